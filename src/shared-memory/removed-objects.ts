import { Mutex } from './mutex.ts'

/** Objects that lanes may not have looked at yet; whoever has missed some looks at all that it has open. */
export const removedCountMax = 4096

const Head = { LOCK: 0, COUNT: 1 } as const
const headWords = 2
/** Share, and both halves of the inode number. */
const entryWords = 3

export interface RemovedObject {
  readonly share: number
  readonly inode: number
}

/**
 * Objects that have lost their last name by a call: a lane that has one of them open keeps its space from being free. A
 * ring that all lanes write and read.
 */
export class RemovedObjects {
  readonly buffer: SharedArrayBuffer
  readonly #words: Uint32Array
  readonly #mutex: Mutex
  #seen: number

  static create(): RemovedObjects {
    return new RemovedObjects(new SharedArrayBuffer((headWords + removedCountMax * entryWords) * 4))
  }

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Uint32Array(buffer)
    this.#mutex = new Mutex(new Int32Array(buffer), Head.LOCK)
    this.#seen = Atomics.load(this.#words, Head.COUNT)
  }

  add(share: number, inodeHigh: number, inodeLow: number): void {
    const words = this.#words
    this.#mutex.lock()
    const at = headWords + (words[Head.COUNT]! % removedCountMax) * entryWords
    words[at] = share
    words[at + 1] = inodeHigh
    words[at + 2] = inodeLow
    words[Head.COUNT]!++
    this.#mutex.unlock()
  }

  /** Those since the last time; undefined: more than are remembered. */
  take(): RemovedObject[] | undefined {
    if (Atomics.load(this.#words, Head.COUNT) === this.#seen) return []
    const words = this.#words
    const taken: RemovedObject[] = []
    this.#mutex.lock()
    const count = words[Head.COUNT]!
    // Counts begin again at 2^32.
    const isWhole = (count - this.#seen) >>> 0 <= removedCountMax
    for (let index = this.#seen; isWhole && index !== count; index = (index + 1) >>> 0) {
      const at = headWords + (index % removedCountMax) * entryWords
      taken.push({ share: words[at]!, inode: words[at + 1]! * 0x1_0000_0000 + words[at + 2]! })
    }
    this.#mutex.unlock()
    this.#seen = count
    return isWhole ? taken : undefined
  }
}
