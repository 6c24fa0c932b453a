import { NfsError, type DirectoryCursor, type Fattr3, type NfsFh3 } from 'nfs-server-ts'
import { native } from '../native/index.ts'
import { Dirent, readPage } from './directory-page.ts'
import { Slot } from './engine.ts'
import type { HandleCodec } from './handle.ts'
import type { Inode } from './inode.ts'
import { isDot, isDotDot } from './names.ts'

/** Most bytes of entries taken from the kernel at once, and the usual size of an entry. */
const pageSizeMax = 64 * 1024
const entrySizeUsual = 40
/** Room for a few entries of the longest name, whatever the client asked for. */
const pageSizeMin = 2048

interface IndexedEntry {
  attributes: Fattr3
  handle: NfsFh3
}

const dot = 0x2e

/** A directory that is being listed. */
export interface ListedDirectory {
  inode: Inode
  fd: number
  /** At a share's root, ".." is the root: its number must not tell what lies above. */
  isRoot: boolean
  /** A name that is listed with its own: `.snapshot`, or `.berth` for backups. */
  addedName: Buffer | undefined
  attributes: Fattr3
}

/**
 * A page of a directory as the kernel gives it: its own cookies, so that entries that stay are listed exactly once
 * while others come and go. One instance serves all calls of a backend, one after the other; its buffers are reused.
 */
export class Listing implements DirectoryCursor {
  readonly #page = Buffer.allocUnsafeSlow(pageSizeMax)
  readonly #view = new DataView(this.#page.buffer)
  readonly #codec: HandleCodec
  /** What READDIRPLUS tells of the entries of a page, by their place in it. */
  readonly #indexed = new Map<number, IndexedEntry>()

  #listed: ListedDirectory | undefined
  #plus = false
  #sizeMax = 0
  #size = 0
  /** The current entry, and the one after it. */
  #at = 0
  #next = 0

  constructor(codec: HandleCodec) {
    this.#codec = codec
  }

  readonly nameBuffer = this.#page
  nameStart = 0
  nameEnd = 0

  /** Reads the page after a cookie: 0 or a negative errno. `plus`: attributes and handles will be asked for. */
  read(
    listed: ListedDirectory,
    cookieHigh: number,
    cookieLow: number,
    entryCountMax: number,
    plus: boolean,
  ): number {
    this.#listed = listed
    this.#plus = plus
    this.#sizeMax = Math.min(pageSizeMax, Math.max(pageSizeMin, entryCountMax * entrySizeUsual))
    return this.#fill(cookieHigh, cookieLow)
  }

  next(): boolean {
    // Short names leave room in the reply for more than one page; the end is known by the empty one.
    if (this.#next >= this.#size && (this.#size === 0 || this.#fill(this.cookieHigh, this.cookieLow) < 0))
      return false
    if (this.#size === 0) return false
    const at = this.#next
    this.#at = at
    this.#next = at + this.#view.getUint16(at + Dirent.RECLEN, true)
    this.nameStart = at + Dirent.NAME
    let end = this.nameStart
    while (this.#page[end] !== 0) end++
    this.nameEnd = end
    return true
  }

  get eof(): boolean {
    return this.#size === 0
  }

  get fileidHigh(): number {
    return this.#isRootDotDot
      ? this.#listed!.attributes.fileidHigh
      : this.#view.getUint32(this.#at + Dirent.INO + 4, true)
  }

  get fileidLow(): number {
    return this.#isRootDotDot
      ? this.#listed!.attributes.fileidLow
      : this.#view.getUint32(this.#at + Dirent.INO, true)
  }

  get cookieHigh(): number {
    return this.#view.getUint32(this.#at + Dirent.OFF + 4, true)
  }

  get cookieLow(): number {
    return this.#view.getUint32(this.#at + Dirent.OFF, true)
  }

  get attributes(): Fattr3 | undefined {
    return this.#isSelf ? this.#listed!.attributes : this.#indexed.get(this.#at)?.attributes
  }

  get handle(): NfsFh3 | undefined {
    return this.#isSelf ? this.#listed!.inode.handle : this.#indexed.get(this.#at)?.handle
  }

  get #isDot(): boolean {
    return this.nameEnd === this.nameStart + 1 && this.#page[this.nameStart] === dot
  }

  get #isRootDotDot(): boolean {
    return (
      this.#listed!.isRoot &&
      this.nameEnd === this.nameStart + 2 &&
      this.#page[this.nameStart] === dot &&
      this.#page[this.nameStart + 1] === dot
    )
  }

  /** Whether the entry is the directory itself: ".", and ".." at the root. */
  get #isSelf(): boolean {
    return this.#isDot || this.#isRootDotDot
  }

  /** Reads the entries after a cookie. A failure leaves the page as it was: the client will ask again, and be told. */
  #fill(cookieHigh: number, cookieLow: number): number {
    const result = readPage(this.#listed!, cookieHigh, cookieLow, this.#page, this.#sizeMax)
    if (result < 0) return result
    this.#size = result
    this.#next = 0
    this.#indexed.clear()
    if (this.#plus) this.#indexPage()
    return 0
  }

  #indexPage(): void {
    try {
      this.#listed!.inode.served.locator.together(() => this.#index())
    } catch (error) {
      if (!(error instanceof NfsError)) throw error
      // The index takes no new names (its disk is full, which it has said): what is there can be listed all the same.
      this.#indexed.clear()
    }
  }

  /** Makes the handles of a page one by one, and has their names remembered. */
  #index(): void {
    const { inode, fd } = this.#listed!
    const { served, handle: dirHandle } = inode
    for (let at = 0; at < this.#size; at += this.#view.getUint16(at + Dirent.RECLEN, true)) {
      const name = this.#page.subarray(at + Dirent.NAME, this.#page.indexOf(0, at + Dirent.NAME))
      if (isDot(name) || isDotDot(name) || native.statAt(fd, name, Slot.OBJECT) < 0) continue
      if (!served.share.holds(Slot.OBJECT)) continue
      const packed = served.locator.identify(fd, name)
      if (packed < 0) continue
      const size = inode.granted.encodeHandle(packed, Slot.OBJECT)
      const handle = Buffer.from(this.#codec.encoded.subarray(0, size))
      served.locator.learn(dirHandle, name, handle)
      this.#indexed.set(at, { attributes: inode.granted.attributes(Slot.OBJECT), handle })
    }
  }
}
