import { Worker } from 'node:worker_threads'
import { ServiceError } from '../../config/service-error.ts'
import type { RestoreAnswer, RestoreSetup } from './messages.ts'
import type { RestoreCounts, RestoreReport } from './report.ts'

/** A walk leaves only short-lived garbage: a small young generation keeps megabytes less resident. */
const youngGenerationSizeMib = 4

/**
 * Restores in a thread of its own, off the event loop. Resolves when all is on the disk and the thread is gone.
 * @throws the signal's reason, a {@link ServiceError}, or an Error with what the filesystem said
 */
export async function restoreInThread(
  { order, cloneInto }: Omit<RestoreSetup, 'stop'>,
  signal: AbortSignal,
  onProgress: (counts: RestoreCounts) => void,
): Promise<RestoreReport> {
  signal.throwIfAborted()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const onAbort = (): void => void Atomics.store(stop, 0, 1)
  signal.addEventListener('abort', onAbort)
  const setup: RestoreSetup = {
    order,
    ...(cloneInto === undefined ? {} : { cloneInto }),
    stop: stop.buffer,
  }
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: setup,
    name: 'restore',
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
  })
  try {
    const answer = await new Promise<RestoreAnswer | undefined>((resolve, reject) => {
      let last: RestoreAnswer | undefined
      worker.on('message', (answer: RestoreAnswer) => {
        if (answer.kind === 'progress') onProgress(answer.counts)
        else last = answer
      })
      worker.on('error', (cause) =>
        reject(new Error(`the thread of a restore died: ${cause.message}`, { cause })),
      )
      worker.on('exit', () => resolve(last))
    })
    if (answer?.kind === 'done') return answer.report
    signal.throwIfAborted()
    if (answer?.kind !== 'failed') throw new Error('the thread of a restore ended without an answer')
    throw answer.code === undefined
      ? new Error(answer.message)
      : new ServiceError(answer.code, answer.message)
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
