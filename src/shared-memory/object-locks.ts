import { Mutex } from './mutex.ts'

/** What a lane changes in one call at most: two directories, or a file and a directory. */
const countMaxOfLane = 2
const keyWords = 2

const Head = { LOCK: 0, WAITING: 1, RELEASES: 2 } as const
const headWords = 4

/**
 * What the lanes are changing right now, an object by one lane at a time. The kernel lets a file's writers, and those who
 * change a directory, go one after the other; this lets a call take the attributes before and after its change as well
 * without another lane's change between them, as a client takes the two to be its own doing (RFC 1813 §2.6), and counts
 * what a file takes up by them.
 *
 * An object is a key of 64 bits. A lane has all its objects or none, so two never wait for each other in turn.
 */
export class ObjectLocks {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #mutex: Mutex
  readonly #laneCount: number
  readonly #own: number
  /** What {@link want} has named. */
  readonly #keys = new Int32Array(countMaxOfLane * keyWords)
  #wanted = 0

  static create(laneCount: number): ObjectLocks {
    const words = headWords + laneCount * countMaxOfLane * keyWords
    return new ObjectLocks(new SharedArrayBuffer(words * 4), laneCount, 0)
  }

  constructor(buffer: SharedArrayBuffer, laneCount: number, lane: number) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#mutex = new Mutex(this.#words, Head.LOCK)
    this.#laneCount = laneCount
    this.#own = placeOf(lane)
  }

  /** Names one more object for the next {@link lock}: any 64 bits but 0. */
  want(high: number, low: number): void {
    if (this.#wanted === countMaxOfLane)
      throw new RangeError(`more than ${countMaxOfLane} objects of one call`)
    const at = this.#wanted++ * keyWords
    this.#keys[at] = high
    this.#keys[at + 1] = low
  }

  /** Waits until no other lane has any of the objects, and has them. */
  lock(): void {
    const words = this.#words
    this.#mutex.lock()
    while (this.#isTaken()) {
      const releases = words[Head.RELEASES]!
      words[Head.WAITING]!++
      this.#mutex.unlock()
      Atomics.wait(words, Head.RELEASES, releases)
      this.#mutex.lock()
      words[Head.WAITING]!--
    }
    for (let index = 0; index < this.#wanted * keyWords; index++)
      words[this.#own + index] = this.#keys[index]!
    this.#mutex.unlock()
  }

  /** Lets go of them. */
  unlock(): void {
    const words = this.#words
    this.#mutex.lock()
    for (let index = 0; index < this.#wanted * keyWords; index++) words[this.#own + index] = 0
    const isWaitedFor = words[Head.WAITING]! > 0
    if (isWaitedFor) words[Head.RELEASES]!++
    this.#mutex.unlock()
    if (isWaitedFor) Atomics.notify(words, Head.RELEASES)
    this.#wanted = 0
  }

  #isTaken(): boolean {
    const [words, keys] = [this.#words, this.#keys]
    const end = placeOf(this.#laneCount)
    for (let at = headWords; at < end; at += keyWords) {
      if (at >= this.#own && at < this.#own + countMaxOfLane * keyWords) continue
      if (words[at] === 0 && words[at + 1] === 0) continue
      for (let index = 0; index < this.#wanted * keyWords; index += keyWords)
        if (words[at] === keys[index] && words[at + 1] === keys[index + 1]) return true
    }
    return false
  }
}

function placeOf(lane: number): number {
  return headWords + lane * countMaxOfLane * keyWords
}
