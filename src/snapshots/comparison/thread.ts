import type { Worker } from 'node:worker_threads'
import { startStoppableThread } from '../stoppable-thread.ts'
import type { ComparisonAnswer, ComparisonRequest, ComparisonSetup } from './messages.ts'

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
  const { worker, stop, forget } = startStoppableThread(module, 'comparison', setup, signal)
  let settle: ((answer: ComparisonAnswer) => void) | undefined
  worker.on('message', (answer: ComparisonAnswer) => settle?.(answer))
  const ended = endOf(worker)
  const ask = async (): Promise<ComparisonAnswer> => {
    const answered = new Promise<ComparisonAnswer>((resolve) => (settle = resolve))
    worker.postMessage({ kind: 'more' } satisfies ComparisonRequest)
    return Promise.race([answered, ended])
  }
  try {
    for (;;) {
      const answer = await ask()
      signal.throwIfAborted()
      if (answer.kind === 'failed') throw new Error(answer.message)
      yield answer.bytes
      if (answer.isLast) return answer.journal
    }
  } finally {
    forget()
    // Asked once more, it sees that it is to end.
    stop()
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
