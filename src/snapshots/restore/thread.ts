import { AskedThread } from '../asked-thread.ts'
import type { RestoreQuestion, RestoreSetup } from './messages.ts'
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
  const thread = new AskedThread<RestoreQuestion, RestoreReport, RestoreCounts>({
    module: new URL('./worker.js', import.meta.url),
    name: 'restore',
    ...{ setup, signal, onProgress },
  })
  try {
    return await thread.ask('restore')
  } finally {
    await thread.close()
  }
}
