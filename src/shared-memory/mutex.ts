const FREE = 0
const TAKEN = 1
/** Taken, and somebody may sleep until it is not. */
const WANTED = 2

/** Tries before a thread sleeps: what is done under these locks takes less than a microsecond or waits in the kernel anyway. */
const spinCount = 100

/**
 * A lock between threads, in words of shared memory that are 0 at first. Taking a free one costs one atomic operation, and
 * so does letting go; who finds it taken sleeps (a futex). A thread that ends while it has one leaves it taken: the gateway
 * ends with any of its lanes.
 */
export class Mutex {
  readonly #words: Int32Array
  readonly #at: number

  constructor(words: Int32Array, at: number) {
    this.#words = words
    this.#at = at
  }

  lock(): void {
    lockWord(this.#words, this.#at)
  }

  unlock(): void {
    unlockWord(this.#words, this.#at)
  }
}

/** Takes the lock in a word. */
export function lockWord(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at, FREE, TAKEN) !== FREE) lockTaken(words, at)
}

export function unlockWord(words: Int32Array, at: number): void {
  if (Atomics.exchange(words, at, FREE) === WANTED) Atomics.notify(words, at, 1)
}

function lockTaken(words: Int32Array, at: number): void {
  for (let spin = 0; spin < spinCount; spin++)
    if (Atomics.compareExchange(words, at, FREE, TAKEN) === FREE) return
  while (Atomics.exchange(words, at, WANTED) !== FREE) Atomics.wait(words, at, WANTED)
}
