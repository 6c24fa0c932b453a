/** Longest delay of setTimeout; it takes a longer one for none at all. */
const delayMsMax = 2 ** 31 - 1

/** Calls once at a time that may be moved. Does not keep the process running. */
export class Alarm {
  readonly #now: () => number
  readonly #ring: () => void
  #at = Infinity
  #timer: NodeJS.Timeout | undefined

  constructor(now: () => number, ring: () => void) {
    this.#now = now
    this.#ring = ring
  }

  /** To ring at this time, unless an earlier one is set. */
  setBy(at: number): void {
    if (at >= this.#at) return
    this.#at = at
    this.#wait()
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#at = Infinity
  }

  #wait(): void {
    clearTimeout(this.#timer)
    const delayMs = Math.max(0, Math.min(this.#at - this.#now(), delayMsMax))
    this.#timer = setTimeout(() => this.#wake(), delayMs).unref()
  }

  #wake(): void {
    if (this.#at > this.#now()) {
      this.#wait()
      return
    }
    this.#at = Infinity
    this.#ring()
  }
}
