import type { DirectoryCursor, Fattr3, NfsFh3 } from 'nfs-server-ts'
import { native, StatField, statFieldCount } from '../native/index.ts'
import { fattr3 } from './attributes.ts'
import { Slot } from './engine.ts'
import type { HandleCodec } from './handle.ts'
import type { Inode } from './inode.ts'
import { isDot, isDotDot } from './names.ts'

/** Most bytes of entries taken from the kernel at once, and the usual size of an entry. */
const pageSizeMax = 64 * 1024
const entrySizeUsual = 40
/** Room for a few entries of the longest name, whatever the client asked for. */
const pageSizeMin = 2048

/** Entries described by one crossing into the addon: enough to make it cheap, few enough to waste little at the end. */
const describeCountMax = 32

const handleRoom = 64

/** Offsets in a linux_dirent64 record: getdents64(2). */
const Dirent = { INO: 0, OFF: 8, RECLEN: 16, NAME: 19 } as const

const dot = 0x2e

/** The listed directory itself, which "." tells in READDIRPLUS, and ".." too at a share's root. */
export interface ListedDirectory {
  attributes: Fattr3
  handle: NfsFh3
  /** At a share's root, ".." is the root: its number must not tell what lies above. */
  isRoot: boolean
}

/**
 * A page of a directory as the kernel gives it: its own cookies, so that entries that stay are listed exactly once
 * while others come and go. One instance serves all calls of a backend, one after the other; its buffers are reused.
 */
export class Listing implements DirectoryCursor {
  readonly #page = Buffer.allocUnsafeSlow(pageSizeMax)
  readonly #view = new DataView(this.#page.buffer)
  readonly #rows = new Float64Array(describeCountMax * statFieldCount)
  readonly #rowBytes = Buffer.from(this.#rows.buffer)
  readonly #handles = Buffer.allocUnsafeSlow(describeCountMax * handleRoom)
  readonly #codec: HandleCodec
  /** Handles of a page in a share that keeps an index, by the entry's place in the page. */
  readonly #indexed = new Map<number, Buffer>()

  #inode: Inode | undefined
  #fd = -1
  #plus = false
  #sizeMax = 0
  #size = 0
  /** The current entry, and the one after it. */
  #at = 0
  #next = 0
  /** Rows described: the current entry's, and how many there are. */
  #row = 0
  #rowCount = 0

  constructor(codec: HandleCodec) {
    this.#codec = codec
  }

  readonly nameBuffer = this.#page
  nameStart = 0
  nameEnd = 0
  /** Set after {@link read}, before the entries are pulled. */
  self: ListedDirectory | undefined

  /** Reads the page after a cookie: 0 or a negative errno. `plus`: attributes and handles will be asked for. */
  read(
    inode: Inode,
    fd: number,
    cookieHigh: number,
    cookieLow: number,
    entryCountMax: number,
    plus: boolean,
  ): number {
    this.#inode = inode
    this.#fd = fd
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
    if (this.#plus && ++this.#row >= this.#rowCount) this.#describe()
    return true
  }

  get eof(): boolean {
    return this.#size === 0
  }

  get fileidHigh(): number {
    return this.#isRootDotDot
      ? this.self!.attributes.fileidHigh
      : this.#view.getUint32(this.#at + Dirent.INO + 4, true)
  }

  get fileidLow(): number {
    return this.#isRootDotDot
      ? this.self!.attributes.fileidLow
      : this.#view.getUint32(this.#at + Dirent.INO, true)
  }

  get cookieHigh(): number {
    return this.#view.getUint32(this.#at + Dirent.OFF + 4, true)
  }

  get cookieLow(): number {
    return this.#view.getUint32(this.#at + Dirent.OFF, true)
  }

  get attributes(): Fattr3 | undefined {
    if (this.#isSelf) return this.self!.attributes
    if (this.#rows[this.#row * statFieldCount + StatField.MODE] === 0) return undefined
    return fattr3(this.#inode!.served.share.id, this.#rows, this.#row)
  }

  get handle(): NfsFh3 | undefined {
    if (this.#isSelf) return this.self!.handle
    // Who may list but not search a directory is told names only.
    if (this.#rows[this.#row * statFieldCount + StatField.MODE] === 0) return undefined
    if (!this.#inode!.served.locator.listsHandles) return this.#indexed.get(this.#at)
    const size = this.#rows[this.#row * statFieldCount + StatField.HANDLE_SIZE]!
    if (size === 0) return undefined
    return this.#handles.subarray(this.#row * handleRoom, this.#row * handleRoom + size)
  }

  get #isDot(): boolean {
    return this.nameEnd === this.nameStart + 1 && this.#page[this.nameStart] === dot
  }

  get #isRootDotDot(): boolean {
    return (
      this.self!.isRoot &&
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
    const result = native.getdents(this.#fd, cookieHigh, cookieLow, this.#page, 0, this.#sizeMax)
    if (result < 0) return result
    this.#size = result
    this.#next = 0
    this.#row = -1
    this.#rowCount = 0
    const { locator } = this.#inode!.served
    if (this.#plus && !locator.listsHandles) locator.together(() => this.#index())
    return 0
  }

  /** Makes the handles of a page one by one, and has their names remembered. */
  #index(): void {
    const { served, handle: dirHandle } = this.#inode!
    this.#indexed.clear()
    for (let at = 0; at < this.#size; at += this.#view.getUint16(at + Dirent.RECLEN, true)) {
      const name = this.#page.subarray(at + Dirent.NAME, this.#page.indexOf(0, at + Dirent.NAME))
      if (isDot(name) || isDotDot(name) || native.statAt(this.#fd, name, Slot.OBJECT) < 0) continue
      if (!served.share.holds(Slot.OBJECT)) continue
      const packed = served.locator.identify(this.#fd, name)
      if (packed < 0) continue
      const size = served.encodeHandle(packed, Slot.OBJECT)
      const handle = Buffer.from(this.#codec.encoded.subarray(0, size))
      served.locator.learn(dirHandle, name, handle)
      this.#indexed.set(at, handle)
    }
  }

  #describe(): void {
    const { share, header } = this.#inode!.served
    this.#row = 0
    this.#rowCount = native.describe(
      this.#fd,
      this.#page,
      this.#at,
      this.#size,
      this.#rowBytes,
      this.#handles,
      describeCountMax,
      this.#codec.key,
      header,
      share.mountId,
      share.devMajor,
      share.devMinor,
    )
  }
}
