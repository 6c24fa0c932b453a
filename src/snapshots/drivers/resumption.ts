import { constants } from 'node:fs'
import { entriesOf } from '../../native/directory-entries.ts'
import { native, StatField } from '../../native/index.ts'
import { Column } from './columns.ts'
import type { CopyRecord } from './copy-log.ts'
import { field, Mark, rootObject, type ObjectTable } from './object-table.ts'
import { none } from './places.ts'
import { require, type TreePair } from './tree-pair.ts'

const { S_IFMT, S_IFDIR } = constants

/**
 * Finds in a copy that was begun by an earlier run what that has copied whole, and takes away all else: a file counts if its
 * number, size and ctime are what the log says. Whether the live objects are as they were is for a cut to compare.
 */
export class Resumption {
  readonly #pair: TreePair
  readonly #table: ObjectTable
  readonly #breath: () => void
  /** Of copies, as the log has them. */
  readonly #ctimes = new Column(Float64Array)
  readonly #ctimesNs = new Column(Uint32Array)
  #removedCount = 0

  constructor(pair: TreePair, breath: () => void) {
    this.#pair = pair
    this.#table = pair.table
    this.#breath = breath
  }

  /** What is not to be kept of directories is in the limbo afterwards. Answers what the records' generator does. */
  run(records: Generator<CopyRecord, number>): number {
    let next = records.next()
    for (; next.done !== true; next = records.next()) this.#restore(next.value)
    const waiting = [rootObject]
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop())
      this.#walk(directory, waiting)
    // Numbers of copies that are no more may be given to others.
    for (let object = 0; object < this.#table.count; object++)
      if (this.#table.has(object, Mark.DEAD)) this.#table.end(object)
    // Its names are compared, whatever its ctime says.
    this.#table.mark(rootObject, Mark.TORN)
    return next.value
  }

  #restore(record: CopyRecord): void {
    const known = this.#table.findCopy(record.copyHigh, record.copyLow)
    if (known === rootObject) return
    const object = this.#table.restore(record, known === none ? undefined : known)
    this.#ctimes.set(object, record.copyCtime)
    this.#ctimesNs.set(object, record.copyCtimeNs)
    // Until it is met in the copy.
    this.#table.mark(object, Mark.DEAD)
  }

  #walk(directory: number, waiting: number[]): void {
    const fd = this.#pair.openCopy(directory)
    const strange: { readonly name: Buffer; readonly isDirectory: boolean }[] = []
    try {
      for (const { name } of entriesOf(fd)) {
        this.#breath()
        if (directory === rootObject && this.#pair.isLimbo(name)) continue
        require(native.statAt(fd, name, 1), 'examine the copy of', () => this.#pair.pathOf(directory, name))
        const isDirectory = (field(1, StatField.MODE) & S_IFMT) === S_IFDIR
        const object = this.#whole(isDirectory)
        if (object === none) {
          strange.push({ name: Buffer.from(name), isDirectory })
          continue
        }
        this.#table.unmark(object, Mark.DEAD)
        this.#table.link(object, directory, name)
        if (isDirectory) waiting.push(object)
      }
      // Without root, also the owner must have leave to write; its mode comes with its other attributes.
      if (strange.length > 0) native.chmod(fd, 0o700)
      for (const { name, isDirectory } of strange) this.#remove(fd, directory, name, isDirectory)
    } finally {
      native.close(fd)
    }
  }

  /** The object whose copy stat row 1 describes, if it is the one that was noted; a directory has one place. */
  #whole(isDirectory: boolean): number {
    const object = this.#table.findCopy(field(1, StatField.INO_HIGH), field(1, StatField.INO_LOW))
    if (object === none || object === rootObject || !this.#table.hasTypeOf(object, 1)) return none
    const isNew = this.#table.has(object, Mark.DEAD)
    const { high, low } = this.#table.liveOf(object)
    // Two copies of one object: one of them is of before.
    if (isNew ? this.#table.find(high, low) !== none : isDirectory) return none
    if (isDirectory) return object
    const isSame =
      this.#ctimes.get(object) === field(1, StatField.CTIME) &&
      this.#ctimesNs.get(object) === field(1, StatField.CTIME_NS) &&
      (!this.#table.isRegular(object) || this.#table.size(object) === field(1, StatField.SIZE))
    return isSame ? object : none
  }

  #remove(fd: number, directory: number, name: Buffer, isDirectory: boolean): void {
    const path = () => this.#pair.pathOf(directory, name)
    if (!isDirectory) {
      require(native.unlinkAt(fd, name, 0), 'remove the copy of', path)
      return
    }
    if (process.geteuid!() !== 0) {
      // Its `..` changes.
      const own = require(native.openBeneath(
        fd,
        name,
        constants.O_RDONLY | constants.O_DIRECTORY,
        0,
      ), 'open', path)
      native.chmod(own, 0o700)
      native.close(own)
    }
    const aside = Buffer.from(`left-${++this.#removedCount}`)
    require(native.renameAt(fd, name, this.#pair.limbo, aside), 'put aside the copy of', path)
  }
}
