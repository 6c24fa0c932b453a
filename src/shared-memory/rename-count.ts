const BEGUN = 0
const ENDED = 1

/** How long is waited for a rename of another lane to end, in ms. */
const waitMsMax = 1

/**
 * Renames of directories by all lanes: who reads a path step by step knows by it that all steps were of one instant. As a
 * seqlock, with several writers.
 */
export class RenameCount {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(buffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
  }

  begin(): void {
    Atomics.add(this.#words, BEGUN, 1)
  }

  end(): void {
    Atomics.add(this.#words, ENDED, 1)
    Atomics.notify(this.#words, ENDED)
  }

  /** How many have begun, once none is under way, or a moment has passed. To be asked before the first step. */
  settled(): number {
    const ended = Atomics.load(this.#words, ENDED)
    if (Atomics.load(this.#words, BEGUN) !== ended) Atomics.wait(this.#words, ENDED, ended, waitMsMax)
    return Atomics.load(this.#words, ENDED)
  }

  /** Whether none has been under way since {@link settled} answered `count`. */
  isStill(count: number): boolean {
    return Atomics.load(this.#words, BEGUN) === count
  }
}
