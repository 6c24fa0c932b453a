import type { HistogramCounts } from '../telemetry/metrics.ts'

/** How often the delay is looked at while calls come. */
export const busyIntervalMs = 100
/** While none come: an idle lane is left to sleep. */
export const idleIntervalMs = 1000

/** Upper bounds in seconds. A timer is no more exact than the lowest. */
const bounds: readonly number[] = [...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]]

/**
 * How late a timer of this thread comes: as late as a call that arrived at its time would have been looked at. Node's
 * own `monitorEventLoopDelay` wakes the thread a hundred times a second, and keeps what cannot be added over threads.
 */
export class LaneDelay {
  readonly counts: HistogramCounts & { sum: number } = {
    bounds,
    counts: new Float64Array(bounds.length + 1),
    sum: 0,
  }
  readonly #callCount: () => number
  readonly #clock: { now(): number }
  #lastCallCount = 0
  #dueMs = 0

  /** `callCount` tells how many calls have come since the start. */
  constructor(callCount: () => number, clock: { now(): number } = performance) {
    this.#callCount = callCount
    this.#clock = clock
    this.#arm(idleIntervalMs)
  }

  #arm(intervalMs: number): void {
    this.#dueMs = this.#clock.now() + intervalMs
    setTimeout(() => this.#look(), intervalMs).unref()
  }

  #look(): void {
    const lateMs = Math.max(0, this.#clock.now() - this.#dueMs)
    const callCount = this.#callCount()
    const isBusy = callCount !== this.#lastCallCount
    this.#lastCallCount = callCount
    if (isBusy) this.#record(lateMs)
    this.#arm(isBusy ? busyIntervalMs : idleIntervalMs)
  }

  #record(lateMs: number): void {
    // A delay that spans several looks hides them; each would have found what was left of it.
    for (let leftMs = lateMs; leftMs >= 0; leftMs -= busyIntervalMs) {
      const seconds = leftMs / 1000
      const bucket = bounds.findIndex((bound) => seconds <= bound)
      this.counts.counts[bucket < 0 ? bounds.length : bucket]!++
      this.counts.sum += seconds
    }
  }
}
