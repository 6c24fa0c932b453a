import type { ChildProcessByStdio } from 'node:child_process'
import { Readable } from 'node:stream'
import { ServiceError } from '../config/service-error.ts'
import { endGroup, endOf, gather, type ProgramEnd } from '../service/child-process.ts'
import { shown } from '../service/shown.ts'

/** Time in which nobody takes anything, after which the program ends. */
const idleMsMax = 10 * 60_000
/** Bytes that are kept of what the program complains of. */
const complaintSizeMax = 4096

/**
 * What a program writes, as it is taken: a program whose output nobody takes waits. It ends well only if the program does,
 * and a program whose output is destroyed is ended with all that it started. It runs in a process group of its own.
 */
export class ProgramOutput extends Readable {
  /** Resolves when the program is gone, with what the stream failed with. */
  readonly gone: Promise<Error | undefined>
  readonly #name: string
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #ended: Promise<ProgramEnd>
  readonly #complaints: ReturnType<typeof gather>
  #idle: NodeJS.Timeout | undefined
  #sizeBytes = 0

  constructor(name: string, child: ChildProcessByStdio<null, Readable, Readable>) {
    super()
    this.#name = name
    this.#child = child
    this.#ended = endOf(child)
    this.#complaints = gather([child.stderr], complaintSizeMax)
    let failure: Error | undefined
    this.once('error', (error) => (failure = error))
    this.gone = new Promise((resolve) => this.once('close', () => resolve(failure)))
    child.stdout.on('data', (chunk: Buffer) => this.#take(chunk))
    child.stdout.once('end', () => void this.#finish())
    // It is waited for at the end.
    this.#ended.catch((error: unknown) => this.destroy(error as Error))
    this.#waitForReader()
  }

  /** So far. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  override _read(): void {
    clearTimeout(this.#idle)
    this.#child.stdout.resume()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle)
    this.#child.stdout.destroy()
    const ended = this.#ended.catch(() => {})
    const stopped = this.#child.exitCode === null ? endGroup(this.#child, ended) : ended
    void stopped.then(() => {
      this.#complaints.close()
      // Somebody has ended it before its end: the client went away.
      const isCutShort = error === null && !this.readableEnded
      done(isCutShort ? new ServiceError('unavailable', 'nobody takes it any more') : error)
    })
  }

  #take(chunk: Buffer): void {
    this.#sizeBytes += chunk.length
    if (this.push(chunk)) return
    this.#child.stdout.pause()
    this.#waitForReader()
  }

  async #finish(): Promise<void> {
    const { code, by } = await this.#ended
    const text = await this.#complaints.text()
    if (code === 0) this.push(null)
    else {
      const why = text === '' ? (code === null ? `it was ended by ${by}` : `exit code ${code}`) : shown(text)
      this.destroy(new ServiceError('unavailable', `${this.#name} failed: ${why}`))
    }
  }

  #waitForReader(): void {
    clearTimeout(this.#idle)
    const stop = (): void =>
      void this.destroy(new ServiceError('unavailable', 'nobody has taken it for too long'))
    this.#idle = setTimeout(stop, idleMsMax).unref()
  }
}
