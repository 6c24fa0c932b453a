import type { ProcedureCounter } from './statistics.ts'

/**
 * Times calls. They are answered one after the other, so that the clock is read once for each: where one ends, the next
 * begins.
 */
export class CallMeter {
  #sinceMs = 0
  #counter: ProcedureCounter | undefined
  #outcome = 0

  /** When the call at hand began, on the clock of `performance.now()`. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  /** A call begins now: the time since the last one was nobody's. */
  begin(): void {
    this.#sinceMs = performance.now()
    this.#counter = undefined
  }

  /** The reply to the call at hand is written. Without this, it is not counted when it ends. */
  answered(counter: ProcedureCounter, outcome: number): void {
    this.#counter = counter
    this.#outcome = outcome
  }

  /** The call at hand ends, and the next begins. */
  end(): void {
    const nowMs = performance.now()
    if (this.#counter !== undefined) this.#counter.add(this.#outcome, nowMs - this.#sinceMs)
    this.#counter = undefined
    this.#sinceMs = nowMs
  }
}
