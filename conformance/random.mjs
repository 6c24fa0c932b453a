// Repeatable randomness: everything random in these tests comes from a seed that is printed.

export class Random {
  #state

  /** @param {number} seed */
  constructor(seed) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0
  }

  /** A number of 32 bits; mulberry32. */
  uint32() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** At least 0, below `bound`. @param {number} bound */
  below(bound) {
    return this.uint32() % bound
  }

  /** At least 0, below 1. */
  fraction() {
    return this.uint32() / 2 ** 32
  }

  /** True once in `count` times on average. @param {number} count */
  oneIn(count) {
    return this.below(count) === 0
  }

  /** @template T @param {readonly T[]} items @returns {T} */
  pick(items) {
    return /** @type {T} */ (items[this.below(items.length)])
  }

  /** @param {number} size */
  bytes(size) {
    const buffer = Buffer.alloc(size)
    for (let at = 0; at < size; at++) buffer[at] = this.uint32()
    return buffer
  }
}
