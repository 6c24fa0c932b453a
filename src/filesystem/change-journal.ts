import { constants } from 'node:fs'
import { native, StatField } from '../native/index.ts'
import { RenameCount } from '../shared-memory/rename-count.ts'
import { statField } from './attributes.ts'
import { itself } from './engine.ts'
import type { ThreadIdentity } from './identity.ts'
import { EntryKind, entryHeaderSize, entryNameSizeMax, writeEntry } from './journal-entries.ts'
import type { Share } from './share.ts'

/** Names and objects that are remembered as told, of all shares together: then they are told of anew. */
export const toldCountMax = 50_000
/** Bytes of entries that are told of at once. */
export const batchSizeMax = 64 * 1024
/** How often the way to an object is looked for while other lanes move directories; then its number is told. */
const placingCountMax = 8
/** How long an entry waits at most, in milliseconds. */
const waitMsMax = 1000
/** A stat slot that nobody relies upon across calls: that of opening. */
const scratch = 3
const pathSizeMax = 4096
const slash = 0x2f
const noName = Buffer.alloc(0)

/** An inode number; one that a number cannot hold is a text. */
type Inode = number | string

/**
 * Tells what changes in the shares of which somebody keeps a journal: each name and object once, until it is told to
 * {@link forget}. It costs a look into a set for what is told of already; what is new costs a few system calls, which find
 * out by what path it is reached.
 */
export class ChangeJournal {
  readonly renames: RenameCount
  readonly #identity: ThreadIdentity
  readonly #tell: (entries: Uint8Array) => void
  readonly #shares = new Map<number, ShareJournal>()
  #batch = Buffer.alloc(0)
  #size = 0
  #toldCount = 0
  #timer: NodeJS.Timeout | undefined

  /** `tell` gets whole entries, as journal-entries.ts has them, and keeps the bytes; `renames` are those of all lanes. */
  constructor(identity: ThreadIdentity, tell: (entries: Uint8Array) => void, renames = new RenameCount()) {
    this.#identity = identity
    this.#tell = tell
    this.renames = renames
  }

  begin(shareId: number): void {
    if (!this.#shares.has(shareId)) this.#shares.set(shareId, new ShareJournal(shareId, this))
  }

  end(shareId: number): void {
    this.forget([shareId])
    this.#shares.delete(shareId)
  }

  of(shareId: number): ShareJournal | undefined {
    return this.#shares.get(shareId)
  }

  /** What changes in these shares from now on is told of, whatever has been. All that was is told when this returns. */
  forget(shareIds: readonly number[]): void {
    this.flush()
    for (const id of shareIds) this.#toldCount -= this.#shares.get(id)?.forget() ?? 0
  }

  /** Tells what waits. */
  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#size === 0) return
    this.#tell(Uint8Array.from(this.#batch.subarray(0, this.#size)))
    this.#size = 0
  }

  add(kind: EntryKind, share: number, slot: number, name: Buffer): void {
    if (this.#batch.length === 0) this.#batch = Buffer.allocUnsafeSlow(batchSizeMax)
    if (this.#size + entryHeaderSize + name.length > batchSizeMax) this.flush()
    const [inodeHigh, inodeLow] = [statField(slot, StatField.INO_HIGH), statField(slot, StatField.INO_LOW)]
    this.#size = writeEntry(this.#batch, this.#size, { kind, share, inodeHigh, inodeLow, name })
    this.#timer ??= setTimeout(() => this.flush(), waitMsMax).unref()
  }

  /** More are remembered, or fewer. */
  count(more: number): void {
    this.#toldCount += more
    if (this.#toldCount <= toldCountMax) return
    for (const journal of this.#shares.values()) journal.forget()
    this.#toldCount = 1
  }

  asServer(run: () => void): void {
    this.#identity.asServer(run)
  }
}

const [path, rootPath] = [Buffer.allocUnsafeSlow(pathSizeMax), Buffer.allocUnsafeSlow(pathSizeMax)]

/** The part of the journal that is about one share. */
export class ShareJournal {
  readonly #shareId: number
  readonly #journal: ChangeJournal
  /** Objects whose way from the root is told, or that nobody knows it. */
  readonly #placed = new Set<Inode>()
  /** By directory. */
  readonly #names = new Map<Inode, Set<string>>()
  #nameCount = 0

  constructor(shareId: number, journal: ChangeJournal) {
    this.#shareId = shareId
    this.#journal = journal
  }

  get renames(): RenameCount {
    return this.#journal.renames
  }

  /** Answers how many it has forgotten. */
  forget(): number {
    const count = this.#placed.size + this.#nameCount
    this.#placed.clear()
    this.#names.clear()
    this.#nameCount = 0
    return count
  }

  /** Data or attributes of the object that stat slot `slot` describes change; it is open as `fd`. */
  object(share: Share, slot: number, fd: number): void {
    if (this.#isPlaced(slot)) return
    // The way to it that the kernel knows is one of several.
    if (hasOtherNames(slot)) this.#addObject(slot)
    else this.#journal.asServer(() => this.#place(share, slot, fd))
  }

  /** A name changes in the directory that stat slot `slot` describes, open as `fd`. */
  name(share: Share, slot: number, fd: number, name: Buffer): void {
    // No name can be longer.
    if (name.length > entryNameSizeMax) return
    this.#addName(slot, name)
    if (!this.#isPlaced(slot)) this.#journal.asServer(() => this.#place(share, slot, fd))
  }

  /** The object in `slot` gets or loses a name that is told of; its other names lead to something that changes too. */
  named(slot: number): void {
    if (hasOtherNames(slot) && !this.#isPlaced(slot)) this.#addObject(slot)
  }

  /** The object in `slot` is new, and its name is told of. */
  made(slot: number): void {
    this.#isPlaced(slot)
  }

  /** Whether it was; from now on it is. */
  #isPlaced(slot: number): boolean {
    const inode = inodeOf(slot)
    if (this.#placed.has(inode)) return true
    this.#placed.add(inode)
    this.#journal.count(1)
    return false
  }

  #addObject(slot: number): void {
    this.#journal.add(EntryKind.OBJECT, this.#shareId, slot, noName)
  }

  #addName(slot: number, name: Buffer): void {
    const directory = inodeOf(slot)
    let names = this.#names.get(directory)
    if (names === undefined) this.#names.set(directory, (names = new Set<string>()))
    const text = name.toString('latin1')
    if (names.has(text)) return
    names.add(text)
    this.#nameCount += 1
    this.#journal.count(1)
    this.#journal.add(EntryKind.NAME, this.#shareId, slot, name)
  }

  /** Tells the way from the root to an object, as far as it has not been told; else, of the object itself. */
  #place(share: Share, slot: number, fd: number): void {
    const { renames } = this.#journal
    for (let left = placingCountMax; left > 0; left--) {
      const count = renames.settled()
      const placed: Inode[] = []
      const isTold = this.#tellWay(share, slot, fd, placed)
      if (renames.isStill(count)) {
        if (!isTold) this.#addObject(slot)
        return
      }
      // Another lane has moved a directory meanwhile: steps before and after that do not belong together. What was told too
      // much does no harm.
      for (const inode of placed) this.#placed.delete(inode)
      this.#journal.count(-placed.length)
    }
    this.#addObject(slot)
  }

  /** Whether the way could be told; `placed` gets the directories whose way is told with it. */
  #tellWay(share: Share, slot: number, fd: number, placed: Inode[]): boolean {
    const way = wayTo(share, fd)
    const isRight =
      way !== undefined &&
      native.statAt(share.rootFd, way, scratch) === 0 &&
      share.holds(scratch) &&
      statField(scratch, StatField.INO_LOW) === statField(slot, StatField.INO_LOW) &&
      statField(scratch, StatField.INO_HIGH) === statField(slot, StatField.INO_HIGH)
    if (!isRight) return false
    for (let end = way.length; end > 0;) {
      const before = way.lastIndexOf(slash, end - 1)
      const parent = way.subarray(0, Math.max(0, before))
      const name = way.subarray(before + 1, end)
      // A process on this host has moved it just now.
      if (native.statAt(share.rootFd, parent.length === 0 ? itself : parent, scratch) < 0) return false
      this.#addName(scratch, name)
      if (this.#isPlaced(scratch)) return true
      placed.push(inodeOf(scratch))
      end = before
    }
    return true
  }
}

/** Names from a share's root to an open object, as far as the kernel knows them: a view, empty for the root. */
function wayTo({ rootFd }: Share, fd: number): Buffer | undefined {
  const size = native.pathOf(fd, path)
  const rootSize = native.pathOf(rootFd, rootPath)
  if (size <= 0 || rootSize <= 0 || size >= pathSizeMax) return undefined
  if (size === rootSize && path.compare(rootPath, 0, size, 0, size) === 0) return itself
  // The root of the filesystem ends with a slash, all others have one after them.
  const begin = rootPath[rootSize - 1] === slash ? rootSize : rootSize + 1
  const isBelow =
    size > begin && path[begin - 1] === slash && path.compare(rootPath, 0, rootSize, 0, rootSize) === 0
  return isBelow ? path.subarray(begin, size) : undefined
}

function hasOtherNames(slot: number): boolean {
  const isDirectory = (statField(slot, StatField.MODE) & constants.S_IFMT) === constants.S_IFDIR
  return !isDirectory && statField(slot, StatField.NLINK) > 1
}

function inodeOf(slot: number): Inode {
  const [high, low] = [statField(slot, StatField.INO_HIGH), statField(slot, StatField.INO_LOW)]
  return high < 0x20_0000 ? high * 0x1_0000_0000 + low : `${high}.${low}`
}
