import { AskedThread } from '../asked-thread.ts'
import type { ComparedPiece, ComparisonQuestion, ComparisonSetup } from './messages.ts'

/**
 * Compares two trees in a thread of its own, off the event loop, which goes no further than it is asked to. The first
 * that it gives is empty, when both trees are open; then come bytes of whole changes, at times none; what it returns is the
 * journal that was wanted. The thread ends with the generator, or when the signal says so.
 * @throws the signal's reason, or an Error with what the filesystem said
 */
export async function* compareInThread(
  setup: Omit<ComparisonSetup, 'stop'>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, Uint8Array | undefined> {
  signal.throwIfAborted()
  const module = new URL('./worker.js', import.meta.url)
  const name = 'comparison'
  const thread = new AskedThread<ComparisonQuestion, ComparedPiece>({ module, name, setup, signal })
  try {
    for (;;) {
      const { bytes, isLast, journal } = await thread.ask('more')
      signal.throwIfAborted()
      yield bytes
      if (isLast) return journal
    }
  } finally {
    await thread.close()
  }
}
