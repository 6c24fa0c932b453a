import { Readable } from 'node:stream'
import { ServiceError } from '../../config/service-error.ts'

/** Time in which whoever asked takes nothing, after which a comparison ends. */
const idleMsMax = 10 * 60_000

/** The bytes of a comparison, which goes on as they are taken and ends when nobody takes them any more. */
export class ChangeStream extends Readable {
  readonly #pieces: AsyncGenerator<Uint8Array, void>
  readonly #ending: AbortController
  readonly #onAbort = (): void => void this.destroy(this.#ending.signal.reason as Error)
  #idle: NodeJS.Timeout | undefined

  /** `ending` is what the comparison looks at; aborted by another, it ends the stream. */
  constructor(pieces: AsyncGenerator<Uint8Array, void>, ending: AbortController) {
    super({ highWaterMark: 1 })
    this.#pieces = pieces
    this.#ending = ending
    ending.signal.addEventListener('abort', this.#onAbort)
    this.#waitForReader()
  }

  override _read(): void {
    clearTimeout(this.#idle)
    this.#next().then(
      (piece) => {
        this.push(piece)
        if (piece !== null) this.#waitForReader()
      },
      (error: unknown) => void this.destroy(error as Error),
    )
  }

  /** While the comparison looks at something it ends early; the stream is closed when its thread is gone. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle)
    this.#ending.signal.removeEventListener('abort', this.#onAbort)
    this.#ending.abort(error ?? new Error('nobody takes the changes'))
    this.#pieces.return().then(
      () => done(error),
      () => done(error),
    )
  }

  /** Something, or null at the end. */
  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      const { done, value } = await this.#pieces.next()
      if (done === true) return null
      if (value.length > 0) return value
    }
  }

  #waitForReader(): void {
    const stop = (): void =>
      void this.destroy(new ServiceError('unavailable', 'nobody has taken the changes for too long'))
    this.#idle = setTimeout(stop, idleMsMax).unref()
  }
}
