import { native, type DiskThreads } from '../native/index.ts'
import { errnoName } from './errno.ts'

/** Threads of one store in one lane that wait for its disk: as many syncs and reads are under way at a time. */
export const diskThreadCount = 4
/** Syncs and reads of a store that wait in a lane before no more are made than clients wait for. */
export const diskBehindCount = 256
/** Those that may wait at all, of thousands of clients: beyond it they are put off, and Linux comes again after five seconds. */
export const diskWaitingCountMax = 8192

/**
 * Threads that wait for the disk of one store, in one lane. A disk that stalls holds up who needs it, and nobody else: in
 * one pool for all, four syncs on one disk would stand before the reads of every other.
 *
 * Threads have the identity of the one that starts them: to be opened as the server itself.
 */
export class Disk {
  /** The store's, for messages. */
  readonly name: string
  readonly #threads: DiskThreads
  #waitingCount = 0
  #idle: (() => void)[] = []

  /** `failureCount`: where failed syncs are counted as they fail. @throws Error when no thread can be had. */
  constructor(name: string, failureCount?: Buffer, threadCount = diskThreadCount) {
    const threads = native.diskOpen(threadCount, failureCount)
    if (typeof threads === 'number')
      throw new Error(`no thread can be started for the disk of ${name}: ${errnoName(threads)}`)
    this.name = name
    this.#threads = threads
  }

  /** Syncs and reads that have not ended. */
  get waitingCount(): number {
    return this.#waitingCount
  }

  /** Whether it has more to do than it keeps up with: what can be left alone should be. */
  get isBehind(): boolean {
    return this.#waitingCount >= diskBehindCount
  }

  /** Whether so much waits that who can come again should. */
  get isFull(): boolean {
    return this.#waitingCount >= diskWaitingCountMax
  }

  /** `how`: 0 fsync, 1 fdatasync, 2 syncfs. The descriptor must stay open until `done` is told 0 or a negative errno. */
  sync(fd: number, how: 0 | 1 | 2, done: (result: number) => void): void {
    native.diskSync(this.#threads, fd, how, this.#asked(done))
  }

  /**
   * Waits until bytes of a file are in memory. The descriptor must stay open until `done` is told how many there are, or a
   * negative errno. `ahead`: bytes after them that the disk should read as well.
   */
  fetch(fd: number, count: number, position: number, ahead: number, done: (result: number) => void): void {
    native.diskFetch(this.#threads, fd, count, position, ahead, this.#asked(done))
  }

  /** Has the disk read into memory. The descriptor must stay open until `done` is called: when it was asked for all. */
  readAhead(fd: number, count: number, position: number, done: () => void): void {
    native.diskReadAhead(this.#threads, fd, count, position, this.#asked(done))
  }

  /**
   * Waits until the inodes are in memory of entries of an open directory from a cookie on, those in `size` bytes of getdents
   * records, 64 KiB at most. The descriptor must stay open until `done` is called.
   */
  list(fd: number, cookieHigh: number, cookieLow: number, size: number, done: () => void): void {
    native.diskList(this.#threads, fd, cookieHigh, cookieLow, size, this.#asked(done))
  }

  /** Resolves when nothing waits: never, while the disk hangs. */
  settled(): Promise<void> {
    if (this.#waitingCount === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** What waits is never answered. */
  close(): void {
    native.diskClose(this.#threads)
  }

  /** What is to be called when something that is asked of the threads now has ended. */
  #asked(done: (result: number) => void): (result: number) => void {
    this.#waitingCount++
    return (result) => {
      this.#waitingCount--
      if (this.#waitingCount === 0) for (const resolve of this.#idle.splice(0)) resolve()
      done(result)
    }
  }
}

/** The disks of open shares, one for all shares of a store. */
export class Disks {
  readonly #open = new Map<string, { readonly disk: Disk; shareCount: number }>()
  readonly #failureCount: Buffer | undefined

  /** `failureCount`: where failed syncs are counted as they fail. */
  constructor(failureCount?: Buffer) {
    this.#failureCount = failureCount
  }

  /** The disk of this name, opened if need be: to be given back. To be asked for as the server itself. */
  take(name: string): Disk {
    let open = this.#open.get(name)
    if (open === undefined)
      this.#open.set(name, (open = { disk: new Disk(name, this.#failureCount), shareCount: 0 }))
    open.shareCount++
    return open.disk
  }

  /** One share less needs it. */
  give(disk: Disk): void {
    const open = this.#open.get(disk.name)
    if (open === undefined || --open.shareCount > 0) return
    this.#open.delete(disk.name)
    // Its threads end by themselves once it has answered.
    void disk.settled().then(() => disk.close())
  }

  /** Those that have not answered what they were asked. */
  waiting(): Disk[] {
    return [...this.#open.values()].map(({ disk }) => disk).filter(({ waitingCount }) => waitingCount > 0)
  }
}
