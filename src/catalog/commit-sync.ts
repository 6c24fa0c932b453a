import { closeSync, fdatasync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { syncDirectory } from '../state/durable-file.ts'

/** Brings a file to the disk, by its descriptor. */
export type SyncFile = (fd: number) => Promise<void>

/**
 * Brings what SQLite has committed to the disk: its -wal file. SQLite would do so within the commit, and hold the event loop
 * for as long as the disk takes, which under load is a tenth of a second and more.
 */
export class CommitSync {
  readonly #path: string
  readonly #wal: number
  readonly #sync: SyncFile

  /** `path`: of a database in WAL mode that is open and has been read. */
  constructor(path: string, sync: SyncFile = promisify(fdatasync)) {
    this.#path = path
    this.#wal = openSync(`${path}-wal`, 'r')
    // SQLite has made it just now, and its name must last too.
    syncDirectory(dirname(path))
    this.#sync = sync
  }

  /**
   * Resolves when all that was committed is on the disk. If the disk refuses, nobody knows what of it is there: the process ends,
   * and the next start reads what is.
   */
  async sync(): Promise<void> {
    try {
      await this.#sync(this.#wal)
    } catch (cause) {
      setImmediate(() => {
        throw new Error(`catalog ${this.#path} cannot be brought to the disk: ${(cause as Error).message}`, {
          cause,
        })
      })
      await new Promise<never>(() => {})
    }
  }

  close(): void {
    closeSync(this.#wal)
  }
}
