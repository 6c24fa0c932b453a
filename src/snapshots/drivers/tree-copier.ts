import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { entriesOf, EntryType, type DirectoryEntry } from '../../native/directory-entries.ts'
import { native, O_PATH, StatField } from '../../native/index.ts'
import type { CopyFile, CopyRanges } from './contents.ts'
import { field, limboObject, Mark, type ObjectTable } from './object-table.ts'
import { none } from './places.ts'
import { isGone, require, type TreePair } from './tree-pair.ts'

const { O_NOFOLLOW, S_IFMT, S_IFDIR, S_IFREG, S_IFLNK } = constants
const { EXDEV, EEXIST, ELOOP } = osConstants.errno
/** A symlink's target is shorter: PATH_MAX. */
const targetSizeMax = 4096

/** A name in a directory of both trees, which are open as `live` and `copy`. */
export interface NamedObject {
  readonly directory: number
  readonly live: number
  readonly copy: number
  readonly name: Buffer
}

/** What is done with an object that has been copied already and is met under a name it was not known to have. */
export type OnKnown = (object: number, directory: number, copyFd: number, name: Buffer) => void

export interface CopierOptions {
  readonly pair: TreePair
  readonly copyFile: CopyFile
  readonly copyRanges: CopyRanges
  /** Called for each object. */
  readonly breath: () => void
  /**
   * Told of each object that has been copied whole and did not change meanwhile, of a directory when it is made. Stat row 1
   * describes the copy.
   */
  readonly onCopied?: ((object: number) => void) | undefined
}

/**
 * Copies what is not yet in the copy. Other processes may change the live tree meanwhile: whatever was not whole then is
 * marked {@link Mark.TORN}, the directory for a name that was gone or met twice, and the object for content that changed.
 */
export class TreeCopier {
  readonly #pair: TreePair
  readonly #table: ObjectTable
  readonly #copyFile: CopyFile
  readonly #copyRanges: CopyRanges
  readonly #breath: () => void
  readonly #onCopied: ((object: number) => void) | undefined
  readonly #target = Buffer.allocUnsafe(targetSizeMax)
  #leavesOut = false

  constructor({ pair, copyFile, copyRanges, breath, onCopied }: CopierOptions) {
    this.#pair = pair
    this.#table = pair.table
    this.#copyFile = copyFile
    this.#copyRanges = copyRanges
    this.#breath = breath
    this.#onCopied = onCopied
  }

  /** Whether mounts or btrfs subvolumes were met: they are not part of the tree. */
  get leavesOut(): boolean {
    return this.#leavesOut
  }

  /** Copies all that is in a directory, whose copy is there and empty. */
  walk(first: number, onKnown: OnKnown): void {
    const waiting = [first]
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      const live = this.#pair.openLive(directory)
      if (isGone(live)) {
        this.#tearWithParent(directory)
        continue
      }
      require(live, 'open', () => this.#pair.pathOf(directory))
      const copy = this.#pair.openCopy(directory)
      try {
        this.#copyDirectory(directory, live, copy, waiting, onKnown)
      } finally {
        native.close(live)
        native.close(copy)
      }
    }
  }

  /** Copies the object of that name. Answers its number if it is a directory that is still to be walked, or {@link none}. */
  place(directory: number, live: number, copy: number, entry: DirectoryEntry, onKnown: OnKnown): number {
    this.#breath()
    const { name, type, inodeHigh, inodeLow } = entry
    // The inode number that the directory tells is right on most filesystems, and saves a call for most files.
    if (type === EntryType.REGULAR && this.#table.find(inodeHigh, inodeLow) === none)
      if (this.#copyRegular(directory, live, copy, name)) return none
    const examined = native.statAt(live, name, 0)
    if (isGone(examined)) return this.#tear(directory)
    require(examined, 'examine', () => this.#pair.pathOf(directory, name))
    const kind = field(0, StatField.MODE) & S_IFMT
    if (!this.#pair.isHere(0)) {
      this.#leavesOut = true
      if (kind === S_IFDIR) this.#makePlaceholder(directory, copy, name)
      return none
    }
    const known = this.#table.findLive(0)
    if (known !== none && this.#table.hasTypeOf(known, 0)) {
      onKnown(known, directory, copy, name)
      return none
    }
    // An inode number that was given anew.
    if (known !== none) this.#table.mark(known, Mark.DEAD)
    if (kind === S_IFDIR) return this.#makeDirectory(directory, copy, name)
    if (kind !== S_IFREG) this.#copySpecial(directory, live, copy, name)
    else if (!this.#copyRegular(directory, live, copy, name)) return this.#tear(directory)
    return none
  }

  /** Gives the copy of an object that is no directory another name. */
  link(object: number, directory: number, copy: number, name: Buffer): void {
    const place = this.#table.firstPlace(object)
    const [from, known] = [this.#table.places.directory(place), Buffer.from(this.#table.places.name(place))]
    if (from === limboObject) {
      this.#pair.renameCopy(limboObject, known, copy, name)
      this.#table.unlink(object, limboObject, known)
    } else {
      const dirfd = this.#pair.openCopy(from)
      const fd = native.openBeneath(dirfd, known, O_PATH | O_NOFOLLOW, 0)
      const result = fd < 0 ? fd : native.linkAt(fd, copy, name)
      // The link has changed the ctime of the copy.
      if (result === 0 && this.#onCopied !== undefined && this.#isWhole(object) && native.fstat(fd, 1) === 0)
        this.#onCopied(object)
      native.close(dirfd)
      if (fd >= 0) native.close(fd)
      if (result === -EEXIST) return void this.#tear(directory)
      require(result, 'link the copy of', () => this.#pair.pathOf(directory, name))
    }
    this.#table.link(object, directory, name)
  }

  /**
   * Copies an object that is no directory once more, from a name that leads to it, for all its names; of a file's data the
   * ranges alone, if some are given. Until that is done it is {@link Mark.LACKING}.
   */
  renew(
    object: number,
    { directory, live, copy, name }: NamedObject,
    ranges: readonly Float64Array[] | undefined,
  ): void {
    this.#breath()
    if (!this.#table.isRegular(object)) {
      this.#renewSpecial(object, directory, live, copy, name)
      return
    }
    const result =
      ranges === undefined
        ? this.#copyFile(live, name, copy, name, 1)
        : this.#copyRanges(live, name, copy, name, ranges)
    if (isGone(result)) return
    require(result, 'copy', () => this.#pair.pathOf(directory, name))
    // Another file may have come to the name since it was looked at.
    if (!this.#table.isInode(object, 0)) return
    this.#table.unmark(object, Mark.LACKING)
    this.#table.setState(object, 0)
    this.#tell(object, result)
  }

  /** The attributes of a directory, after all that is done in it. Answers whether it had changed since slot 3 was filled. */
  attributes(directory: number, live: number, copy: number): boolean {
    const result = native.copyAttributes(live, copy, 0)
    require(result, 'copy the attributes of', () => this.#pair.pathOf(directory))
    this.#table.setState(directory, 0)
    return (
      result === 1 ||
      field(0, StatField.CTIME) !== field(3, StatField.CTIME) ||
      field(0, StatField.CTIME_NS) !== field(3, StatField.CTIME_NS)
    )
  }

  #copyDirectory(directory: number, live: number, copy: number, waiting: number[], onKnown: OnKnown): void {
    require(native.fstat(live, 3), 'examine', () => this.#pair.pathOf(directory))
    const entries = entriesOf(live)
    let next = entries.next()
    for (; next.done !== true; next = entries.next()) {
      const made = this.place(directory, live, copy, next.value, onKnown)
      if (made !== none) waiting.push(made)
    }
    // A directory that is removed meanwhile: some filesystems have other errors then.
    if (isGone(next.value) || (next.value < 0 && isRemoved(live))) this.#tearWithParent(directory)
    else require(next.value, 'read', () => this.#pair.pathOf(directory))
    if (this.attributes(directory, live, copy)) this.#tear(directory)
  }

  /** False: it is no regular file, or a known one, or one of another filesystem, and nothing was done. */
  #copyRegular(directory: number, live: number, copy: number, name: Buffer): boolean {
    const result = this.#copyFile(live, name, copy, name, 0)
    if (result === -ELOOP) return false
    if (isGone(result) || result === -EEXIST) {
      this.#tear(directory)
      return true
    }
    // Something is mounted there; or the two trees are on two filesystems, which would be an error.
    if (result === -EXDEV && native.statAt(live, name, 0) === 0 && !this.#pair.isHere(0)) return false
    require(result, 'copy', () => this.#pair.pathOf(directory, name))
    if (this.#table.findLive(0) !== none) {
      require(native.unlinkAt(copy, name, 0), 'remove the copy of', () => this.#pair.pathOf(directory, name))
      return false
    }
    this.#note(directory, name, result)
    return true
  }

  #makeDirectory(directory: number, copy: number, name: Buffer): number {
    const path = () => this.#pair.pathOf(directory, name)
    const made = native.mkdirAt(copy, name, 0o700)
    if (made === -EEXIST) return this.#tear(directory)
    require(made, 'make the copy of', path)
    require(native.statAt(copy, name, 1), 'examine the copy of', path)
    return this.#note(directory, name, 0)
  }

  /** For a directory on which another filesystem is mounted. */
  #makePlaceholder(directory: number, copy: number, name: Buffer): void {
    const result = native.mkdirAt(copy, name, 0o755)
    if (result !== -EEXIST) require(result, 'make the copy of', () => this.#pair.pathOf(directory, name))
  }

  /** A symlink, fifo, socket or device. */
  #copySpecial(directory: number, live: number, copy: number, name: Buffer): void {
    const result = this.#makeSpecial(directory, live, copy, name)
    if (result !== undefined) this.#note(directory, name, result)
  }

  /** Undefined: it was gone, or another object came there. */
  #makeSpecial(directory: number, live: number, copy: number, name: Buffer): number | undefined {
    const path = () => this.#pair.pathOf(directory, name)
    const [inodeHigh, inodeLow] = [field(0, StatField.INO_HIGH), field(0, StatField.INO_LOW)]
    const from = native.openBeneath(live, name, O_PATH | O_NOFOLLOW, 0)
    if (isGone(from)) {
      this.#tear(directory)
      return undefined
    }
    require(from, 'open', path)
    let to = none
    try {
      require(native.fstat(from, 0), 'examine', path)
      const kind = field(0, StatField.MODE) & S_IFMT
      const isOther = field(0, StatField.INO_LOW) !== inodeLow || field(0, StatField.INO_HIGH) !== inodeHigh
      if (isOther || kind === S_IFDIR || kind === S_IFREG) {
        this.#tear(directory)
        return undefined
      }
      const made = kind === S_IFLNK ? this.#makeSymlink(from, copy, name) : makeNode(copy, name, kind)
      if (made === -EEXIST) {
        this.#tear(directory)
        return undefined
      }
      require(made, 'make the copy of', path)
      to = require(native.openBeneath(copy, name, O_PATH | O_NOFOLLOW, 0), 'open the copy of', path)
      return require(native.copyAttributes(from, to, 1), 'copy the attributes of', path)
    } finally {
      native.close(from)
      if (to !== none) native.close(to)
    }
  }

  #makeSymlink(from: number, copy: number, name: Buffer): number {
    const size = native.readlink(from, this.#target)
    return size < 0 ? size : native.symlinkAt(this.#target.subarray(0, size), copy, name)
  }

  /** Made anew, as a symlink's target and a device's number cannot be changed; its number may have been given to another. */
  #renewSpecial(object: number, directory: number, live: number, copy: number, name: Buffer): void {
    const { places } = this.#table
    // In a cut while others change it: the next one sees to it.
    if (isGone(native.statAt(live, name, 0)) || !this.#table.isInode(object, 0)) return
    for (let place = this.#table.firstPlace(object); place !== none; place = places.next(place)) {
      const dirfd = this.#pair.openCopy(places.directory(place))
      const result = native.unlinkAt(dirfd, places.name(place), 0)
      native.close(dirfd)
      require(result, 'remove the copy of', () => this.#pair.pathOf(directory, name))
    }
    if (this.#makeSpecial(directory, live, copy, name) === undefined) {
      this.#forget(object)
      return
    }
    this.#table.setState(object, 0)
    this.#table.setCopy(object, 1)
    const fd = require(native.openBeneath(copy, name, O_PATH | O_NOFOLLOW, 0), 'open the copy of', () =>
      this.#pair.pathOf(directory, name))
    for (let place = this.#table.firstPlace(object); place !== none; place = places.next(place)) {
      if (places.directory(place) === directory && places.name(place).equals(name)) continue
      const dirfd = this.#pair.openCopy(places.directory(place))
      const result = native.linkAt(fd, dirfd, places.name(place))
      native.close(dirfd)
      require(result, 'link the copy of', () => this.#pair.pathOf(directory, name))
    }
    native.close(fd)
  }

  /** It is gone, with all its names in the copy. */
  #forget(object: number): void {
    const { places } = this.#table
    this.#table.mark(object, Mark.DEAD)
    for (let place = this.#table.firstPlace(object); place !== none; place = this.#table.firstPlace(object))
      this.#table.unlink(object, places.directory(place), Buffer.from(places.name(place)))
  }

  /** Adds what was copied, as slots 0 and 1 describe it. */
  #note(directory: number, name: Buffer, result: number): number {
    const object = this.#table.add(0)
    this.#table.setCopy(object, 1)
    this.#table.link(object, directory, name)
    this.#tell(object, result)
    return object
  }

  /** What changed meanwhile, or so late that it need not show, is not whole for sure. */
  #tell(object: number, result: number): void {
    if (result === 1) this.#table.mark(object, Mark.TORN)
    else if (!this.#table.has(object, Mark.YOUNG) || this.#table.isDirectory(object)) this.#onCopied?.(object)
  }

  #isWhole(object: number): boolean {
    return !this.#table.has(object, Mark.TORN | Mark.YOUNG | Mark.LACKING)
  }

  #tear(directory: number): number {
    this.#table.mark(directory, Mark.TORN)
    return none
  }

  #tearWithParent(directory: number): void {
    this.#tear(directory)
    const place = this.#table.firstPlace(directory)
    if (place !== none) this.#tear(this.#table.places.directory(place))
  }
}

function isRemoved(fd: number): boolean {
  return native.fstat(fd, 0) === 0 && field(0, StatField.NLINK) === 0
}

/** The fifo, socket or device that slot 0 describes. */
function makeNode(copy: number, name: Buffer, kind: number): number {
  const [major, minor] = [field(0, StatField.RDEV_MAJOR), field(0, StatField.RDEV_MINOR)]
  return native.mknodAt(copy, name, kind | 0o600, major, minor)
}
