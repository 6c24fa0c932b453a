/** Rows of a chunk, as a power of two: 16 Ki. */
const chunkShift = 14
const chunkRows = 2 ** chunkShift
const chunkMask = chunkRows - 1
const textChunkSize = 256 * 1024
const slotsFirst = 2048

type Numbers = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array

/**
 * A column of numbers that grows, chunk by chunk: for millions of rows, where an object each would be ten times as much,
 * and one array would be copied and kept twice whenever it grows.
 */
export class Column<T extends Numbers> {
  readonly #type: new (length: number) => T
  readonly #chunks: T[] = []

  constructor(type: new (length: number) => T) {
    this.#type = type
  }

  get(row: number): number {
    return this.#chunks[row >>> chunkShift]![row & chunkMask]!
  }

  /** Any row up to the first after those that were set. */
  set(row: number, value: number): void {
    const chunk = (this.#chunks[row >>> chunkShift] ??= new this.#type(chunkRows))
    chunk[row & chunkMask] = value
  }
}

/** Byte strings of up to 255 bytes, one after the other, each after its length. */
export class Texts {
  readonly #chunks: Buffer[] = []
  #size = 0

  /** Answers the number to {@link get} it by. */
  add(text: Buffer): number {
    // None lies in two chunks.
    const left = textChunkSize - (this.#size % textChunkSize)
    if (text.length + 1 > left) this.#size += left
    const at = this.#size
    this.#size += 1 + text.length
    if (text.length > 255 || this.#size > 2 ** 32) throw new RangeError('too much text')
    const chunk = (this.#chunks[Math.floor(at / textChunkSize)] ??= Buffer.allocUnsafeSlow(textChunkSize))
    chunk[at % textChunkSize] = text.length
    text.copy(chunk, (at % textChunkSize) + 1)
    return at
  }

  /** A view. */
  get(at: number): Buffer {
    const chunk = this.#chunks[Math.floor(at / textChunkSize)]!
    const start = (at % textChunkSize) + 1
    return chunk.subarray(start, start + chunk[start - 1]!)
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
  #slots = new Int32Array(slotsFirst)
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
