/** Runs changes one after the other: what one has made sure of still holds when it writes. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** As `run`, once those before it have ended, well or badly. */
  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run, run)
    this.#last = turn
    return turn
  }
}
