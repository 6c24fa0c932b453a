import { StatField } from '../native/index.ts'
import { statField } from './attributes.ts'

/** Where in a handle the bytes start that a place and a tag are made of: the end of the MAC, as good as random. */
const placeFromEnd = 4
const tagFromEnd = 8

/**
 * The inode numbers of handles seen, as many as fit: a LOOKUP that finds the number it knows needs no second look to be
 * sure that handle and attributes are of one object. Twelve bytes each, in tables that grow no further; a newer handle
 * takes the place of an older one. The 50 bits compared make a false match one in 10^15, and it would mean attributes
 * of an object that was replaced while the LOOKUP ran.
 */
export class KnownInodes {
  readonly #mask: number
  readonly #tags: Uint32Array
  readonly #high: Uint32Array
  readonly #low: Uint32Array
  #count = 0

  /** Holds `countMax` rounded up to a power of two. */
  constructor(countMax: number) {
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, countMax)))
    this.#mask = capacity - 1
    this.#tags = new Uint32Array(capacity)
    this.#high = new Uint32Array(capacity)
    this.#low = new Uint32Array(capacity)
  }

  /** Places taken. */
  get size(): number {
    return this.#count
  }

  /** Whether this handle is known for the inode number in stat slot `slot`. */
  has(handle: Buffer, slot: number): boolean {
    const place = handle.readUInt32LE(handle.length - placeFromEnd) & this.#mask
    return (
      this.#tags[place] === handle.readUInt32LE(handle.length - tagFromEnd) &&
      this.#low[place] === statField(slot, StatField.INO_LOW) &&
      this.#high[place] === statField(slot, StatField.INO_HIGH)
    )
  }

  /** Remembers the inode number in stat slot `slot` for this handle. */
  add(handle: Buffer, slot: number): void {
    const place = handle.readUInt32LE(handle.length - placeFromEnd) & this.#mask
    if (this.#tags[place] === 0 && this.#low[place] === 0) this.#count++
    this.#tags[place] = handle.readUInt32LE(handle.length - tagFromEnd)
    this.#low[place] = statField(slot, StatField.INO_LOW)
    this.#high[place] = statField(slot, StatField.INO_HIGH)
  }
}
