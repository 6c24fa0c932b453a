import { constants } from 'node:fs'
import { StatField, statFieldCount, statRows } from '../../native/index.ts'
import { Column, Index } from './columns.ts'
import type { CopyRecord } from './copy-log.ts'
import { none, Places } from './places.ts'

/** What is noted of an object, as bits. */
export const Mark = {
  /** It changed so short a time before it was copied that a change after need not show in its ctime. */
  YOUNG: 1,
  /** It changed while it was copied. */
  TORN: 2,
  /** It waits to be compared or copied again. */
  WAITING: 4,
  /** A directory whose names were compared in this cut. */
  COMPARED: 8,
  /** A directory whose attributes are to be copied when all else is done. */
  TOUCHED: 16,
  /** The live object is gone. */
  DEAD: 32,
  /** It is another object or has another copy than a move map says, or none does yet. */
  UNMAPPED: 64,
  /** A move map has it. */
  MAPPED: 128,
  /** Some of what changed in it could not be copied when it was told: all of it is to be. */
  LACKING: 256,
} as const

/** Number of the root; its parent is none. */
export const rootObject = 0
/** Number of the directory for what is named nowhere at the moment: it stands for none in the live tree. */
export const limboObject = 1

/** Coarsest clock that ctimes are taken from, 100 Hz, twice. */
const youngMs = 20
/** Half of a number that no inode has. */
const noNumber = 0xffff_ffff
/** Bits of a mode that say the type, moved into a byte. */
const typeShift = 12

/**
 * What is known of each object that was copied: which live inode became which inode, as of which ctime, and its names. Each
 * takes some 60 bytes and its names' texts, in columns.
 */
export class ObjectTable {
  readonly places = new Places()
  readonly #liveHigh = new Column(Uint32Array)
  readonly #liveLow = new Column(Uint32Array)
  readonly #copyHigh = new Column(Uint32Array)
  readonly #copyLow = new Column(Uint32Array)
  readonly #ctimes = new Column(Float64Array)
  readonly #ctimesNs = new Column(Uint32Array)
  readonly #sizes = new Column(Float64Array)
  readonly #types = new Column(Uint8Array)
  readonly #marks = new Column(Uint16Array)
  /** First of its places. */
  readonly #firsts = new Column(Int32Array)
  readonly #live = new Index(this.#liveHigh, this.#liveLow)
  readonly #copies = new Index(this.#copyHigh, this.#copyLow)
  /** Objects that a move map has, with the number of the copy that it has, which is no more. */
  readonly replacedCopies: { readonly high: number; readonly low: number }[] = []
  #count = 0
  #hasHugeInodes = false

  get count(): number {
    return this.#count
  }

  /** Whether there are inode numbers that are no safe integers. */
  get hasHugeInodes(): boolean {
    return this.#hasHugeInodes
  }

  /** Adds the live object that stat row `slot` describes. */
  add(slot: number): number {
    const object = this.#append(field(slot, StatField.MODE))
    this.#liveHigh.set(object, field(slot, StatField.INO_HIGH))
    this.#liveLow.set(object, field(slot, StatField.INO_LOW))
    this.#live.add(object)
    this.#hasHugeInodes ||= field(slot, StatField.INO_HIGH) >= 2 ** 21
    this.setState(object, slot)
    return object
  }

  /**
   * Adds an object and its copy as an earlier run has noted them, or in place of `known`. Of a directory it is not known
   * what was in it.
   */
  restore(record: CopyRecord, known?: number): number {
    const object = known ?? this.#append(record.mode)
    this.#types.set(object, record.mode >>> typeShift)
    this.#liveHigh.set(object, record.liveHigh)
    this.#liveLow.set(object, record.liveLow)
    this.#live.add(object)
    this.#copyHigh.set(object, record.copyHigh)
    this.#copyLow.set(object, record.copyLow)
    if (known === undefined) this.#copies.add(object)
    this.#hasHugeInodes ||= record.liveHigh >= 2 ** 21
    this.#ctimes.set(object, this.isDirectory(object) ? 0 : record.ctime)
    this.#ctimesNs.set(object, record.ctimeNs)
    this.#sizes.set(object, record.size)
    return object
  }

  /** Adds a directory that is in no index. */
  addLimbo(): number {
    return this.#append(constants.S_IFDIR)
  }

  #append(mode: number): number {
    const object = this.#count++
    this.#types.set(object, mode >>> typeShift)
    this.#marks.set(object, 0)
    this.#firsts.set(object, none)
    return object
  }

  /** Notes the inode that stat row `slot` describes as the copy of an object. */
  setCopy(object: number, slot: number): void {
    this.#noteReplaced(object)
    this.mark(object, Mark.UNMAPPED)
    this.#copyHigh.set(object, field(slot, StatField.INO_HIGH))
    this.#copyLow.set(object, field(slot, StatField.INO_LOW))
    this.#copies.add(object)
  }

  /** The object and its copy are gone: their numbers may be others' from now on. */
  end(object: number): void {
    this.#noteReplaced(object)
    this.#copyHigh.set(object, noNumber)
    this.#copyLow.set(object, noNumber)
    this.mark(object, Mark.DEAD)
  }

  #noteReplaced(object: number): void {
    if (this.has(object, Mark.MAPPED)) this.replacedCopies.push(this.copyOf(object))
    this.unmark(object, Mark.MAPPED)
  }

  /** The number of its copy. */
  copyOf(object: number): { readonly high: number; readonly low: number } {
    return { high: this.#copyHigh.get(object), low: this.#copyLow.get(object) }
  }

  /** What the live object was when it was copied. */
  liveOf(object: number): { high: number; low: number; ctime: number; ctimeNs: number } {
    return {
      high: this.#liveHigh.get(object),
      low: this.#liveLow.get(object),
      ctime: this.#ctimes.get(object),
      ctimeNs: this.#ctimesNs.get(object),
    }
  }

  /** Notes that the object was copied as stat row `slot` describes it. */
  setState(object: number, slot: number): void {
    const ctime = field(slot, StatField.CTIME)
    const ctimeNs = field(slot, StatField.CTIME_NS)
    this.#ctimes.set(object, ctime)
    this.#ctimesNs.set(object, ctimeNs)
    this.#sizes.set(object, field(slot, StatField.SIZE))
    this.mark(object, Mark.UNMAPPED)
    const isYoung = ctime * 1000 + ctimeNs / 1e6 > Date.now() - youngMs
    if (isYoung) this.mark(object, Mark.YOUNG)
    else this.unmark(object, Mark.YOUNG)
  }

  /** Whether the object is as it was when it was copied, as far as stat row `slot` tells. */
  isAsCopied(object: number, slot: number): boolean {
    return (
      this.#ctimesNs.get(object) === field(slot, StatField.CTIME_NS) &&
      this.#ctimes.get(object) === field(slot, StatField.CTIME) &&
      (this.isDirectory(object) || this.#sizes.get(object) === field(slot, StatField.SIZE))
    )
  }

  /** The living object that is the live inode which stat row `slot` describes, of the same type. */
  findLive(slot: number): number {
    return this.find(field(slot, StatField.INO_HIGH), field(slot, StatField.INO_LOW))
  }

  find(high: number, low: number): number {
    return this.#live.find(high, low, (object) => !this.has(object, Mark.DEAD))
  }

  /** The object whose copy has this inode number. */
  findCopy(high: number, low: number): number {
    return this.#copies.find(high, low, () => true)
  }

  isDirectory(object: number): boolean {
    return this.#types.get(object) === constants.S_IFDIR >>> typeShift
  }

  isRegular(object: number): boolean {
    return this.#types.get(object) === constants.S_IFREG >>> typeShift
  }

  hasTypeOf(object: number, slot: number): boolean {
    return this.#types.get(object) === field(slot, StatField.MODE) >>> typeShift
  }

  isInode(object: number, slot: number): boolean {
    return (
      this.#liveLow.get(object) === field(slot, StatField.INO_LOW) &&
      this.#liveHigh.get(object) === field(slot, StatField.INO_HIGH)
    )
  }

  has(object: number, marks: number): boolean {
    return (this.#marks.get(object) & marks) !== 0
  }

  mark(object: number, marks: number): void {
    this.#marks.set(object, this.#marks.get(object) | marks)
  }

  unmark(object: number, marks: number): void {
    this.#marks.set(object, this.#marks.get(object) & ~marks)
  }

  /** Notes a further name; a directory has one at a time. */
  link(object: number, directory: number, name: Buffer): void {
    this.#firsts.set(object, this.places.add(directory, name, this.#firsts.get(object)))
  }

  /** The first of the chain of places, or {@link none}. */
  firstPlace(object: number): number {
    return this.#firsts.get(object)
  }

  isNamed(object: number, directory: number, name: Buffer): boolean {
    const { places } = this
    for (let place = this.#firsts.get(object); place !== none; place = places.next(place))
      if (places.directory(place) === directory && places.name(place).equals(name)) return true
    return false
  }

  unlink(object: number, directory: number, name: Buffer): void {
    let before = none
    for (let place = this.#firsts.get(object); place !== none; place = this.places.next(place)) {
      if (this.places.directory(place) === directory && this.places.name(place).equals(name)) {
        const next = this.places.next(place)
        if (before === none) this.#firsts.set(object, next)
        else this.places.setNext(before, next)
        return
      }
      before = place
    }
  }

  size(object: number): number {
    return this.isRegular(object) ? this.#sizes.get(object) : 0
  }

  /** The type, as a mode has it. */
  modeOf(object: number): number {
    return this.#types.get(object) << typeShift
  }

  /** Negative where the copy of `a` has the smaller inode number. */
  compareCopies(a: number, b: number): number {
    return this.#copyHigh.get(a) - this.#copyHigh.get(b) || this.#copyLow.get(a) - this.#copyLow.get(b)
  }

  /** Writes the record of an object, as inode-map.ts describes it. */
  writeRecord(object: number, into: Buffer, at: number): void {
    into.writeUInt32LE(this.#copyLow.get(object), at)
    into.writeUInt32LE(this.#copyHigh.get(object), at + 4)
    into.writeUInt32LE(this.#liveLow.get(object), at + 8)
    into.writeUInt32LE(this.#liveHigh.get(object), at + 12)
    into.writeBigInt64LE(BigInt(this.#ctimes.get(object)), at + 16)
    into.writeUInt32LE(this.#ctimesNs.get(object), at + 24)
    into.writeUInt32LE(0, at + 28)
  }
}

/** A field of a stat row. */
export function field(slot: number, name: number): number {
  return statRows[slot * statFieldCount + name]!
}
