const capacityFirst = 1024

interface Numbers {
  readonly length: number
  [index: number]: number
  set(from: ArrayLike<number>): void
}

/** A column of numbers that grows: for millions of rows, where an object each would be ten times as much. */
export class Column<T extends Numbers> {
  readonly #type: new (length: number) => T
  #values: T

  constructor(type: new (length: number) => T) {
    this.#type = type
    this.#values = new type(capacityFirst)
  }

  get(row: number): number {
    return this.#values[row]!
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) this.#grow(row)
    this.#values[row] = value
  }

  /** Memory that was never written costs nothing: the kernel gives it page by page. */
  #grow(row: number): void {
    const before = this.#values
    this.#values = new this.#type(Math.max(before.length * 2, row + 1))
    this.#values.set(before)
  }
}

/** Byte strings of up to 255 bytes, one after the other, each after its length. */
export class Texts {
  #bytes = Buffer.alloc(capacityFirst)
  #size = 0

  /** Answers the number to {@link get} it by. */
  add(text: Buffer): number {
    const at = this.#size
    const end = at + 1 + text.length
    if (text.length > 255 || end > 2 ** 32) throw new RangeError('too much text')
    if (end > this.#bytes.length) {
      const before = this.#bytes
      this.#bytes = Buffer.alloc(Math.max(before.length * 2, end))
      before.copy(this.#bytes)
    }
    this.#bytes[at] = text.length
    text.copy(this.#bytes, at + 1)
    this.#size = end
    return at
  }

  /** A view. */
  get(at: number): Buffer {
    return this.#bytes.subarray(at + 1, at + 1 + this.#bytes[at]!)
  }
}

/**
 * Finds rows by a number of 64 bits that they have in two columns: a hash table of row numbers, open addressing. Rows
 * stay in it; one whose number changes is added again.
 */
export class Index {
  readonly #high: Column<Uint32Array>
  readonly #low: Column<Uint32Array>
  /** Row + 1; 0: free. */
  #slots = new Int32Array(capacityFirst * 2)
  #count = 0

  constructor(high: Column<Uint32Array>, low: Column<Uint32Array>) {
    this.#high = high
    this.#low = low
  }

  /** A row that has this number and satisfies `holds`; -1: none. */
  find(high: number, low: number, holds: (row: number) => boolean): number {
    const mask = this.#slots.length - 1
    for (let at = hash(high, low) & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      const row = this.#slots[at]! - 1
      if (this.#low.get(row) === low && this.#high.get(row) === high && holds(row)) return row
    }
    return -1
  }

  /** A row whose columns are set. */
  add(row: number): void {
    if (++this.#count * 4 > this.#slots.length * 3) this.#grow()
    this.#put(row)
  }

  #put(row: number): void {
    const mask = this.#slots.length - 1
    let at = hash(this.#high.get(row), this.#low.get(row)) & mask
    while (this.#slots[at] !== 0) at = (at + 1) & mask
    this.#slots[at] = row + 1
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Int32Array(before.length * 2)
    for (const slot of before) if (slot !== 0) this.#put(slot - 1)
  }
}

function hash(high: number, low: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
