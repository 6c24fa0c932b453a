const minuteMs = 60_000

/** At most so many mounts a minute: a bucket that is full at first and refills evenly. */
export class MountRate {
  readonly #countMax: number
  #left: number
  #at: number

  constructor(perMinute: number, now: number) {
    this.#countMax = perMinute
    this.#left = perMinute
    this.#at = now
  }

  /** Counts one mount; false when it is one too many. */
  take(now: number): boolean {
    const refilled = ((now - this.#at) / minuteMs) * this.#countMax
    // The clock may have been set back.
    this.#left = Math.min(this.#countMax, this.#left + Math.max(0, refilled))
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
