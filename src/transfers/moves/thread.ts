import type { ChangeList } from '../../filesystem/index.ts'
import { AskedThread } from '../../snapshots/asked-thread.ts'
import type { MoveCounts, MoveQuestion, MoveSetup } from './messages.ts'

/** The thread that makes a share in another store, step by step. To be closed. */
export class MoveThread {
  readonly #thread: AskedThread<MoveQuestion, MoveCounts, MoveCounts>

  constructor(setup: Omit<MoveSetup, 'stop'>, signal: AbortSignal, onProgress: (counts: MoveCounts) => void) {
    const module = new URL('./worker.js', import.meta.url)
    this.#thread = new AskedThread({ module, name: 'move', setup, signal, onProgress })
  }

  copy(): Promise<MoveCounts> {
    return this.#thread.ask({ kind: 'copy' })
  }

  round(changed: ChangeList | undefined): Promise<MoveCounts> {
    return this.#thread.ask({ kind: 'round', changed })
  }

  map(): Promise<MoveCounts> {
    return this.#thread.ask({ kind: 'map' })
  }

  /** As a round, while nobody changes the share: then all is there, and on the disk. */
  finish(changed: ChangeList | undefined): Promise<MoveCounts> {
    return this.#thread.ask({ kind: 'close', changed })
  }

  /** Resolves when the thread works on nothing any more. */
  close(): Promise<void> {
    return this.#thread.close()
  }
}
