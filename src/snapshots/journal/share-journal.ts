import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makePrivate, removeFile, syncDirectories } from '../../namespace/files.ts'
import { Turns } from '../../service/turns.ts'
import { journalHeader, journalHeaderSize, readJournal, writeJournal } from './journal-file.ts'

/** Bytes of what has changed since a snapshot: beyond, the snapshots are compared. */
export const journalSizeMax = 64 * 1024 * 1024
/** Bytes that wait to be written: with a disk that is slower than that the journal is lost, and nothing else. */
export const waitingSizeMax = 8 * 1024 * 1024

/** What changed since a snapshot. */
export interface ChangesSince {
  /** Number of the snapshot. */
  readonly since: number
  readonly entries: Buffer
}

/** What is known of a journal that was closed as it should be. */
export interface ClosedJournal {
  readonly since: number
  /** Bytes of its entries. */
  readonly size: number
}

/**
 * The file of what changes in a share since its last snapshot. Nothing of it is synced before it is closed: after a crash
 * it counts for nothing. Positions are bytes of all entries that there ever were: they stay what they are when the file
 * begins elsewhere.
 */
export class ShareJournal {
  readonly #path: () => string
  readonly #onFailure: (error: unknown) => void
  readonly #turns = new Turns()
  #waiting: Uint8Array[] = []
  #waitingSize = 0
  /** Where the file begins, and the last entry ends, be it written or not. */
  #start = 0
  #end: number
  /** Before, entries are missing. */
  #wholeFrom = -Infinity
  #lossCount = 0
  #isFailing = false
  #since: number | undefined
  #isThere: boolean

  /**
   * `path` fails while its store is not there. `closed`: the file is there, as it was closed; else there is none that
   * counts.
   */
  constructor(path: () => string, closed: ClosedJournal | undefined, onFailure: (error: unknown) => void) {
    this.#path = path
    this.#onFailure = onFailure
    this.#isThere = closed !== undefined
    this.#since = closed?.since
    this.#end = closed?.size ?? 0
  }

  /** The snapshot since which all changes are in it. */
  get since(): number | undefined {
    return this.#since
  }

  /** Where it ends now. */
  get position(): number {
    return this.#end
  }

  /** Takes note of entries, whose bytes it keeps until they are written. */
  add(entries: Uint8Array): void {
    this.#end += entries.length
    if (this.#waitingSize + entries.length > waitingSizeMax || this.#end - this.#start > journalSizeMax) {
      this.#drop()
      return
    }
    this.#waiting.push(entries)
    this.#waitingSize += entries.length
    if (this.#waiting.length === 1) void this.#turns.take(() => this.#write())
  }

  /** Something has changed that it was not told of. */
  lose(): void {
    this.#since = undefined
    this.#wholeFrom = this.#end
    this.#lossCount += 1
  }

  /** What changed up to a position; undefined: that is not known. */
  before(position: number): Promise<ChangesSince | undefined> {
    return this.#turns.take(async () => {
      const entries = await this.#read()
      // It may have been lost meanwhile.
      if (entries === undefined || this.#since === undefined) return undefined
      return { since: this.#since, entries: entries.subarray(0, position - this.#start) }
    })
  }

  /** Forgets what came before a position: what is left is what changes since snapshot `since`. */
  begin(position: number, since: number): Promise<void> {
    return this.#turns.take(async () => {
      const entries = this.#wholeFrom <= position ? await this.#read() : undefined
      if (entries === undefined || this.#wholeFrom > position) this.#drop()
      else await this.#replace(since, position, entries.subarray(position - this.#start))
    })
  }

  /** Puts what changed before it in front. */
  prepend({ since, entries: earlier }: ChangesSince): Promise<void> {
    return this.#turns.take(async () => {
      const entries = await this.#read()
      if (entries === undefined || this.#since === undefined) return
      await this.#replace(since, this.#start - earlier.length, earlier, entries)
    })
  }

  /** Brings all of it to the disk; undefined: it counts for nothing. */
  close(): Promise<ClosedJournal | undefined> {
    return this.#turns.take(async () => {
      await this.#write()
      if (this.#since === undefined || !this.#isThere) return undefined
      const file = await open(this.#path(), 'r+')
      try {
        await file.sync()
      } finally {
        await file.close()
      }
      await syncDirectories([dirname(this.#path())])
      return { since: this.#since, size: this.#end - this.#start }
    })
  }

  /** Removes the file: nothing comes after. */
  remove(): Promise<void> {
    return this.#turns.take(() => removeFile(this.#path()))
  }

  /** All entries in the file, once those that wait are there too; undefined: they are lost. */
  async #read(): Promise<Buffer | undefined> {
    await this.#write()
    if (!this.#isThere) return this.#end === this.#start ? Buffer.alloc(0) : undefined
    try {
      return (await readJournal(this.#path(), journalSizeMax))?.entries
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  async #write(): Promise<void> {
    const waiting = this.#waiting
    const position = this.#end - this.#waitingSize
    this.#waiting = []
    this.#waitingSize = 0
    if (waiting.length === 0) return
    try {
      if (!this.#isThere) await this.#create(position)
      let at = journalHeaderSize + position - this.#start
      const file = await open(this.#path(), 'r+')
      try {
        for (const entries of waiting) {
          await file.write(entries, 0, entries.length, at)
          at += entries.length
        }
      } finally {
        await file.close()
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  async #create(position: number): Promise<void> {
    await makePrivate(dirname(this.#path()))
    const file = await open(this.#path(), 'w', 0o600)
    try {
      await file.write(journalHeader(0))
    } finally {
      await file.close()
    }
    this.#start = position
    this.#isThere = true
    this.#isFailing = false
  }

  /** Unless it is lost meanwhile, it is whole then. */
  async #replace(since: number, start: number, ...entries: Buffer[]): Promise<void> {
    const lossCount = this.#lossCount
    try {
      await makePrivate(dirname(this.#path()))
      await writeJournal(this.#path(), since, ...entries)
      this.#start = start
      this.#isThere = true
      this.#isFailing = false
      if (this.#lossCount !== lossCount) return
      this.#since = since
      this.#wholeFrom = -Infinity
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#drop()
    // A disk that is full stays so for a while: it is told once.
    if (!this.#isFailing) this.#onFailure(error)
    this.#isFailing = true
  }

  /** Begins anew, in a file of its own: what was counts for nothing. */
  #drop(): void {
    this.lose()
    this.#waiting = []
    this.#waitingSize = 0
    this.#isThere = false
    this.#start = this.#end
  }
}
