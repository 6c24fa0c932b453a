import type { Inode } from './inode.ts'

export interface DirectoryEntry {
  readonly name: Buffer
  /** Rises with every entry made, so that it stays good when others come and go. Never 0. */
  readonly cookie: number
  inode: Inode
}

/** "." is listed with cookie 1, ".." with cookie 2. */
export const firstEntryCookie = 3

/** Names of a directory. A name is bytes: the key of the map is its Latin-1 reading, which loses none. */
export class Directory {
  readonly #byName = new Map<string, DirectoryEntry>()
  /** Sorted by cookie. */
  readonly #listed: DirectoryEntry[] = []
  #cookieNext = firstEntryCookie
  parent: Inode

  constructor(parent: Inode) {
    this.parent = parent
  }

  get isEmpty(): boolean {
    return this.#listed.length === 0
  }

  get(name: Buffer): DirectoryEntry | undefined {
    return this.#byName.get(name.toString('latin1'))
  }

  add(name: Buffer, inode: Inode): void {
    const entry = { name: Buffer.from(name), cookie: this.#cookieNext++, inode }
    this.#byName.set(name.toString('latin1'), entry)
    this.#listed.push(entry)
  }

  remove(entry: DirectoryEntry): void {
    this.#byName.delete(entry.name.toString('latin1'))
    this.#listed.splice(this.#indexAfter(entry.cookie - 1), 1)
  }

  /** The entry that follows `cookie`. */
  after(cookie: number): DirectoryEntry | undefined {
    return this.#listed[this.#indexAfter(cookie)]
  }

  /** Index of the first entry with a higher cookie. */
  #indexAfter(cookie: number): number {
    let low = 0
    let high = this.#listed.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#listed[middle]?.cookie ?? 0) <= cookie) low = middle + 1
      else high = middle
    }
    return low
  }
}
