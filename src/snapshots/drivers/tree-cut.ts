import { changesIn, type ChangeList } from '../../filesystem/change-list.ts'
import { entriesOf } from '../../native/directory-entries.ts'
import { constants } from 'node:fs'
import { native, O_PATH, StatField } from '../../native/index.ts'
import { field, limboObject, Mark, rootObject, type ObjectTable } from './object-table.ts'
import { none } from './places.ts'
import type { TreeCopier } from './tree-copier.ts'
import { isGone, require, type TreePair } from './tree-pair.ts'

const { O_NOFOLLOW, S_IFMT, S_IFDIR } = constants
const mayWriteAnything = process.geteuid!() === 0

/**
 * Makes the copy equal to a live tree that nobody changes now; where somebody does, what was not whole then is marked as the
 * copier marks it, for the next cut. First the names: directories in which names may have changed
 * are compared with their copies. Names that are wrong in the copy are taken away: what has no other name goes to limbo,
 * and comes back when it is met where it was moved to. Then the files that changed, then the attributes of directories.
 */
export class TreeCut {
  readonly #pair: TreePair
  readonly #table: ObjectTable
  readonly #copier: TreeCopier
  #isFull = false
  #directories: number[] = []
  readonly #others: number[] = []
  /** Of files of which it is known what data changed. */
  readonly #ranges = new Map<number, Float64Array[]>()
  readonly #touched: number[] = []

  constructor(pair: TreePair, copier: TreeCopier) {
    this.#pair = pair
    this.#table = pair.table
    this.#copier = copier
  }

  /** `changed` as {@link Taking.cut} has it. */
  run(changed: ChangeList | undefined): void {
    const torn = this.#takeMarks()
    // A number that is no safe integer could mean another.
    this.#isFull = changed === undefined || this.#table.hasHugeInodes
    if (this.#isFull) this.#wait(rootObject)
    else this.#waitFor(changed!)
    for (const object of torn) this.#wait(object)
    this.#compareDirectories()
    for (const object of this.#others) this.#renew(object)
    for (const object of this.#touched) this.#giveAttributes(object)
  }

  /** Ends what an earlier cut has noted. Answers what was not whole. */
  #takeMarks(): number[] {
    const torn: number[] = []
    for (let object = 0; object < this.#table.count; object++) {
      if (this.#table.has(object, Mark.TORN | Mark.LACKING)) torn.push(object)
      this.#table.unmark(object, Mark.WAITING | Mark.COMPARED | Mark.TOUCHED)
    }
    return torn
  }

  #waitFor(changed: ChangeList): void {
    const whole = new Set<number>()
    for (const { inode, ranges } of changesIn(changed)) {
      const object = this.#table.find(Math.floor(inode / 2 ** 32), inode >>> 0)
      if (object === none) continue
      this.#wait(object)
      if (ranges === undefined) whole.add(object)
      else this.#ranges.set(object, [...(this.#ranges.get(object) ?? []), ranges])
    }
    for (const object of whole) this.#ranges.delete(object)
  }

  /** Has an object compared or copied again. */
  #wait(object: number): void {
    if (this.#table.has(object, Mark.WAITING | Mark.COMPARED | Mark.DEAD)) return
    this.#table.mark(object, Mark.WAITING)
    if (this.#table.isDirectory(object)) this.#directories.push(object)
    else this.#others.push(object)
  }

  #touch(object: number): void {
    if (object === limboObject || this.#table.has(object, Mark.TOUCHED)) return
    this.#table.mark(object, Mark.TOUCHED)
    this.#touched.push(object)
  }

  /** The live object that slot 0 describes is this one, and has the right name in the copy. */
  #met(object: number): void {
    const isOpen = this.#table.has(object, this.#isFull ? Mark.YOUNG | Mark.TORN : Mark.TORN)
    const isDirectory = this.#table.isDirectory(object)
    if (isOpen || (this.#isFull && isDirectory) || !this.#table.isAsCopied(object, 0)) this.#wait(object)
  }

  /**
   * A directory whose place the copy does not know yet is compared once it has been met: where that is, names changed
   * too. Those that are left in the end are gone.
   */
  #compareDirectories(): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      const waiting = this.#directories
      this.#directories = []
      for (const directory of waiting) {
        if (this.#table.has(directory, Mark.COMPARED | Mark.DEAD)) continue
        const live = this.#pair.openLiveByKnown(directory)
        if (isGone(live)) {
          this.#directories.push(directory)
          continue
        }
        require(live, 'open', () => this.#pair.pathOf(directory))
        isMoving = true
        this.#table.unmark(directory, Mark.WAITING)
        this.#table.mark(directory, Mark.COMPARED)
        this.#compareOpen(directory, live)
      }
    }
  }

  #compareOpen(directory: number, live: number): void {
    const copy = this.#pair.openCopy(directory)
    try {
      require(native.fstat(live, 0), 'examine', () => this.#pair.pathOf(directory))
      const isUntouched =
        this.#isFull &&
        this.#table.isAsCopied(directory, 0) &&
        !this.#table.has(directory, Mark.YOUNG | Mark.TORN)
      this.#table.unmark(directory, Mark.TORN)
      if (isUntouched && this.#meetAll(live)) return
      this.#touch(directory)
      // Without root, also the owner must have leave to write.
      if (!mayWriteAnything) native.chmod(copy, 0o700)
      // Again until nothing is found: some filesystems skip entries while others are removed.
      while (this.#dropWrongNames(directory, live, copy));
      this.#addMissingNames(directory, live, copy)
    } finally {
      native.close(live)
      native.close(copy)
    }
  }

  /** Of a directory in which no name changed. False: it is not so. */
  #meetAll(live: number): boolean {
    for (const { name } of entriesOf(live)) {
      if (native.statAt(live, name, 0) < 0) return false
      if (!this.#pair.isHere(0)) continue
      const object = this.#table.findLive(0)
      if (object === none || !this.#table.hasTypeOf(object, 0)) return false
      this.#met(object)
    }
    return true
  }

  #dropWrongNames(directory: number, live: number, copy: number): boolean {
    let isDropped = false
    for (const { name, inodeHigh, inodeLow } of entriesOf(copy)) {
      if (directory === rootObject && this.#pair.isLimbo(name)) continue
      const copied = this.#copyOf(directory, copy, name, inodeHigh, inodeLow)
      const examined = native.statAt(live, name, 0)
      if (!isGone(examined)) require(examined, 'examine', () => this.#pair.pathOf(directory, name))
      const isHere = examined === 0 && this.#pair.isHere(0)
      if (copied === none) {
        // Stands for another filesystem that is mounted there, or was.
        if (examined === 0 && !isHere && isDirectory(0)) continue
        require(native.unlinkAt(copy, name, 1), 'remove the copy of', () =>
          this.#pair.pathOf(directory, name))
      } else if (isHere && this.#table.findLive(0) === copied && this.#table.hasTypeOf(copied, 0)) {
        this.#met(copied)
        continue
      } else {
        this.#drop(copied, directory, copy, Buffer.from(name))
      }
      isDropped = true
    }
    return isDropped
  }

  /**
   * The object that has this name in the copy, or {@link none}. The inode number that a directory tells is not right on
   * all filesystems, but where it leads to an object of that name, it is that one: there is no other.
   */
  #copyOf(directory: number, copy: number, name: Buffer, inodeHigh: number, inodeLow: number): number {
    const told = this.#table.findCopy(inodeHigh, inodeLow)
    if (told !== none && this.#table.isNamed(told, directory, name)) return told
    require(native.statAt(copy, name, 1), 'examine the copy of', () => this.#pair.pathOf(directory, name))
    return this.#table.findCopy(field(1, StatField.INO_HIGH), field(1, StatField.INO_LOW))
  }

  /** Takes a name away in the copy. */
  #drop(object: number, directory: number, copy: number, name: Buffer): void {
    const path = () => this.#pair.pathOf(directory, name)
    this.#table.unlink(object, directory, name)
    if (!this.#table.isDirectory(object) && this.#table.firstPlace(object) !== none) {
      require(native.unlinkAt(copy, name, 0), 'remove the copy of', path)
      return
    }
    const limboName = Buffer.from(String(object))
    if (this.#table.isDirectory(object)) this.#lend(copy, name)
    require(native.renameAt(copy, name, this.#pair.limbo, limboName), 'put aside the copy of', path)
    this.#table.link(object, limboObject, limboName)
  }

  #addMissingNames(directory: number, live: number, copy: number): void {
    for (const entry of entriesOf(live)) {
      const told = this.#table.find(entry.inodeHigh, entry.inodeLow)
      if (told !== none && this.#table.isNamed(told, directory, entry.name)) continue
      if (native.statAt(copy, entry.name, 1) === 0) continue
      const made = this.#copier.place(directory, live, copy, entry, this.#onKnown)
      if (made !== none) this.#copier.walk(made, this.#onKnown)
    }
  }

  /** Brings what is known to where it is now, as slot 0 describes it. */
  readonly #onKnown = (object: number, directory: number, copy: number, name: Buffer): void => {
    if (this.#table.isDirectory(object)) this.#move(object, directory, copy, name)
    this.#met(object)
    if (!this.#table.isDirectory(object)) this.#copier.link(object, directory, copy, name)
  }

  #move(object: number, directory: number, copy: number, name: Buffer): void {
    const { places } = this.#table
    const place = this.#table.firstPlace(object)
    const [from, known] = [places.directory(place), Buffer.from(places.name(place))]
    if (!mayWriteAnything) {
      const fd = this.#pair.openCopy(from)
      this.#lend(fd, known)
      native.chmod(fd, 0o700)
      native.close(fd)
    }
    this.#pair.renameCopy(from, known, copy, name)
    this.#table.unlink(object, from, known)
    this.#table.link(object, directory, name)
    this.#touch(object)
    this.#touch(from)
  }

  /** Without root, its owner needs leave to write a directory that is moved, as its `..` changes. */
  #lend(dirfd: number, name: Buffer): void {
    if (mayWriteAnything) return
    const fd = native.openBeneath(dirfd, name, O_PATH | O_NOFOLLOW, 0)
    if (fd < 0) return
    native.chmod(fd, 0o700)
    native.close(fd)
  }

  /** Copies a file again, from the first of its names that is one of the live tree too. */
  #renew(object: number): void {
    this.#table.unmark(object, Mark.TORN)
    const { places } = this.#table
    const ranges = this.#table.has(object, Mark.LACKING) ? undefined : this.#ranges.get(object)
    if (this.#table.isRegular(object)) this.#table.mark(object, Mark.LACKING)
    else this.#touchDirectoriesOf(object)
    for (let place = this.#table.firstPlace(object); place !== none; place = places.next(place)) {
      const directory = places.directory(place)
      const live = this.#pair.openLive(directory)
      if (live < 0) continue
      const name = Buffer.from(places.name(place))
      const isIt = native.statAt(live, name, 0) === 0 && this.#table.isInode(object, 0)
      if (isIt && this.#table.hasTypeOf(object, 0)) {
        const copy = this.#pair.openCopy(directory)
        this.#copier.renew(object, { directory, live, copy, name }, ranges)
        native.close(copy)
        native.close(live)
        return
      }
      native.close(live)
    }
  }

  /** Symlinks and the like are made anew, under all their names. */
  #touchDirectoriesOf(object: number): void {
    const { places } = this.#table
    for (let place = this.#table.firstPlace(object); place !== none; place = places.next(place))
      this.#touch(places.directory(place))
  }

  #giveAttributes(object: number): void {
    const live = this.#pair.openLive(object)
    if (live < 0) return
    const copy = this.#pair.openCopy(object)
    this.#copier.attributes(object, live, copy)
    native.close(live)
    native.close(copy)
  }
}

function isDirectory(slot: number): boolean {
  return (field(slot, StatField.MODE) & S_IFMT) === S_IFDIR
}
