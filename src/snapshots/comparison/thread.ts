import { Worker } from 'node:worker_threads'
import type { ComparisonAnswer, ComparisonRequest, ComparisonSetup } from './messages.ts'

/** A walk leaves only short-lived garbage: a small young generation keeps megabytes less resident. */
const youngGenerationSizeMib = 4

/**
 * Compares two trees in a thread of its own, off the event loop, which goes no further than it is asked to. The first
 * that it gives is empty, when both trees are open; then come bytes of whole changes, at times none. The thread ends with
 * the generator, or when the signal says so.
 * @throws the signal's reason, or an Error with what the filesystem said
 */
export async function* compareInThread(
  setup: Omit<ComparisonSetup, 'stop'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  signal.throwIfAborted()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const end = (): void => void Atomics.store(stop, 0, 1)
  signal.addEventListener('abort', end)
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { ...setup, stop: stop.buffer } satisfies ComparisonSetup,
    name: 'comparison',
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
  })
  let settle: ((answer: ComparisonAnswer) => void) | undefined
  worker.on('message', (answer: ComparisonAnswer) => settle?.(answer))
  const ended = endOf(worker)
  const ask = async (): Promise<ComparisonAnswer> => {
    const answered = new Promise<ComparisonAnswer>((resolve) => (settle = resolve))
    worker.postMessage({ kind: 'more' } satisfies ComparisonRequest)
    return Promise.race([answered, ended])
  }
  try {
    for (let isLast = false; !isLast;) {
      const answer = await ask()
      signal.throwIfAborted()
      if (answer.kind === 'failed') throw new Error(answer.message)
      isLast = answer.isLast
      yield answer.bytes
    }
  } finally {
    signal.removeEventListener('abort', end)
    // Not terminated: its descriptors would stay open. Asked once more, it sees that it is to end.
    end()
    worker.postMessage({ kind: 'more' } satisfies ComparisonRequest)
    await ended
  }
}

/** Resolves with what to say about it when the thread has ended, in whatever way. */
function endOf(worker: Worker): Promise<ComparisonAnswer> {
  return new Promise((resolve) => {
    const failed = (message: string) => resolve({ kind: 'failed', message })
    worker.on('error', ({ message }) => failed(`the thread of a comparison died: ${message}`))
    worker.on('exit', () => failed('the thread of a comparison ended without an answer'))
  })
}
