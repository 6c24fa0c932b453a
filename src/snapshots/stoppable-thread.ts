import { Worker } from 'node:worker_threads'

/** A walk leaves only short-lived garbage: a small young generation keeps megabytes less resident. */
const youngGenerationSizeMib = 4

/** A thread that walks trees, and ends early when it is told to. */
export interface StoppableThread {
  readonly worker: Worker
  /** Tells it to end at its next look at the flag. It is not terminated: its descriptors would stay open. */
  stop(): void
  /** The signal does not concern it any more. */
  forget(): void
}

/**
 * Starts the thread of a module. Its `workerData` is `setup` with `stop`, the shared memory of one flag: not 0 once the
 * signal is aborted.
 */
export function startStoppableThread(
  module: URL,
  name: string,
  setup: object,
  signal: AbortSignal,
): StoppableThread {
  const flag = new Int32Array(new SharedArrayBuffer(4))
  const stop = (): void => void Atomics.store(flag, 0, 1)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  const worker = new Worker(module, {
    workerData: { ...setup, stop: flag.buffer },
    name,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
  })
  return { worker, stop, forget: () => signal.removeEventListener('abort', stop) }
}
