import { ServiceError } from '../../config/service-error.ts'
import { startStoppableThread } from '../stoppable-thread.ts'
import type { RestoreAnswer, RestoreSetup } from './messages.ts'
import type { RestoreCounts, RestoreReport } from './report.ts'

/**
 * Restores in a thread of its own, off the event loop. Resolves when all is on the disk and the thread is gone.
 * @throws the signal's reason, a {@link ServiceError}, or an Error with what the filesystem said
 */
export async function restoreInThread(
  setup: Omit<RestoreSetup, 'stop'>,
  signal: AbortSignal,
  onProgress: (counts: RestoreCounts) => void,
): Promise<RestoreReport> {
  signal.throwIfAborted()
  const module = new URL('./worker.js', import.meta.url)
  const { worker, forget } = startStoppableThread(module, 'restore', setup, signal)
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
    forget()
  }
}
