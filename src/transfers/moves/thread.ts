import type { ChangeList } from '../../filesystem/index.ts'
import { startStoppableThread, type StoppableThread } from '../../snapshots/stoppable-thread.ts'
import type { MoveAnswer, MoveRequest, MoveSetup } from './messages.ts'

export interface MoveCounts {
  readonly files: number
  readonly bytes: number
}

/** The thread that makes a share in another store, step by step. To be closed. */
export class MoveThread {
  readonly #thread: StoppableThread
  readonly #signal: AbortSignal
  readonly #ended: Promise<Error>
  #settle: ((answer: MoveCounts | Error) => void) | undefined

  constructor(setup: Omit<MoveSetup, 'stop'>, signal: AbortSignal, onProgress: (counts: MoveCounts) => void) {
    this.#signal = signal
    this.#thread = startStoppableThread(new URL('./worker.js', import.meta.url), 'move', setup, signal)
    const { worker } = this.#thread
    worker.on('message', ({ kind, ...answer }: MoveAnswer) => {
      if (kind === 'progress') onProgress(answer as MoveCounts)
      else this.#settle?.('message' in answer ? new Error(answer.message) : answer)
    })
    this.#ended = new Promise((resolve) => {
      worker.on('error', (cause) =>
        resolve(new Error(`the thread of a move died: ${cause.message}`, { cause })),
      )
      worker.on('exit', (code) => resolve(new Error(`the thread of a move ended with code ${code}`)))
    })
  }

  copy(): Promise<MoveCounts> {
    return this.#ask({ kind: 'copy' })
  }

  round(changed: ChangeList | undefined): Promise<MoveCounts> {
    return this.#ask({ kind: 'round', changed })
  }

  map(): Promise<MoveCounts> {
    return this.#ask({ kind: 'map' })
  }

  /** As a round, while nobody changes the share: then all is there, and on the disk. */
  finish(changed: ChangeList | undefined): Promise<MoveCounts> {
    return this.#ask({ kind: 'close', changed })
  }

  /** Resolves when the thread works on nothing any more. */
  async close(): Promise<void> {
    this.#thread.forget()
    this.#thread.stop()
    this.#post({ kind: 'end' })
    await this.#ended
  }

  /** One at a time. @throws the signal's reason, or what came in the way */
  async #ask(request: MoveRequest): Promise<MoveCounts> {
    this.#signal.throwIfAborted()
    const answered = new Promise<MoveCounts | Error>((resolve) => (this.#settle = resolve))
    this.#post(request)
    const answer = await Promise.race([answered, this.#ended])
    this.#settle = undefined
    if (!(answer instanceof Error)) return answer
    this.#signal.throwIfAborted()
    throw answer
  }

  #post(request: MoveRequest): void {
    this.#thread.worker.postMessage(request)
  }
}
