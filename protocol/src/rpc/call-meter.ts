import type { ProcedureCounter } from './statistics.ts'

/** Calls that share a reading of the clock, at most. */
const runLengthMax = 8
/** As long as calls take no more than this on average, readings are shared. */
const quickMs = 0.005

/**
 * Counts calls and times them. They are answered one after the other, so that the end of one is the begin of the next.
 *
 * A reading of the clock costs 50 to 100 ns, which is much to a GETATTR of 1.5 µs. So quick calls share one: eight that
 * took 40 µs together were all quick, whichever of them took how much. When they took longer, the one that was slow is
 * guessed, and from there on each call has its own reading.
 */
export class CallMeter {
  readonly #clock: { now(): number }
  /** When the run of calls at hand began. */
  #sinceMs = 0
  /** Calls in the run that have ended. */
  #length = 0
  #lengthMax = 1
  /** By place in the run; undefined for a call that is not counted, or not here. */
  readonly #counters: (ProcedureCounter | undefined)[] = Array.from({ length: runLengthMax }, () => undefined)
  readonly #outcomes: number[] = Array.from({ length: runLengthMax }, () => 0)

  constructor(clock: { now(): number } = performance) {
    this.#clock = clock
  }

  /** When the call at hand began, or the run that it is in. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  /** Milliseconds since some time. */
  now(): number {
    return this.#clock.now()
  }

  /** Calls come: the time before is nobody's. */
  begin(): void {
    this.#sinceMs = this.now()
  }

  /** The reply to the call at hand is written. Without this, it is not counted when it ends. */
  answered(counter: ProcedureCounter, outcome: number): void {
    this.#counters[this.#length] = counter
    this.#outcomes[this.#length] = outcome
  }

  /** The call at hand ends, and the next begins. */
  end(): void {
    if (++this.#length >= this.#lengthMax) this.#endRun()
  }

  /** For now, there are no more calls. */
  rest(): void {
    if (this.#length > 0) this.#endRun()
  }

  #endRun(): void {
    const length = this.#length
    const nowMs = this.now()
    const spentMs = nowMs - this.#sinceMs
    const isQuick = spentMs <= quickMs * length
    const slow = isQuick || length === 1 ? -1 : this.#slowest()
    const eachMs = slow < 0 ? spentMs / length : quickMs
    for (let place = 0; place < length; place++) {
      const ms = place === slow ? spentMs - eachMs * (length - 1) : eachMs
      this.#counters[place]?.add(this.#outcomes[place]!, ms)
      this.#counters[place] = undefined
    }
    this.#sinceMs = nowMs
    this.#length = 0
    this.#lengthMax = isQuick ? runLengthMax : 1
  }

  /** The place in the run that has probably taken long: what is not counted here, else what is slowest at other times. */
  #slowest(): number {
    let slowest = 0
    let slowestSeconds = 0
    for (let place = 0; place < this.#length; place++) {
      const seconds = this.#counters[place]?.meanSeconds ?? Infinity
      if (seconds <= slowestSeconds) continue
      slowest = place
      slowestSeconds = seconds
    }
    return slowest
  }
}
