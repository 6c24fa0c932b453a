/** The directories in one directory that a walk has yet to enter, as many as there is room for. Names are Latin-1. */
export class Level {
  /** The last first, once they are sorted. */
  #names: string[] = []
  #current = ''
  #isWhole = true

  /** One whose directory `name` is the next, and the rest yet to be read. */
  static at(name: string): Level {
    const level = new Level()
    level.#current = name
    level.#isWhole = false
    return level
  }

  /** The name of the directory that the walk is in, or has left last; empty before the first. */
  get current(): string {
    return this.#current
  }

  /** Whether it holds all that come after {@link current}. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  get size(): number {
    return this.#names.length
  }

  /** Makes the next directory the current one, if one is known. */
  enterNext(): boolean {
    const next = this.#names.pop()
    if (next === undefined) return false
    this.#current = next
    return true
  }

  /** The names are about to be read, all that come after {@link current}. */
  begin(): void {
    this.#names = []
    this.#isWhole = true
  }

  add(name: string, countMax: number): void {
    this.#names.push(name)
    if (this.#names.length >= 2 * countMax) this.sort(countMax)
  }

  /** Puts names in order and lets go of those that are too many: the last ones. */
  sort(countMax: number): void {
    // By code units, which in Latin-1 are bytes.
    const names = this.#names.sort().reverse()
    if (names.length <= countMax) return
    this.#isWhole = false
    names.splice(0, names.length - countMax)
  }

  forget(): void {
    if (this.#names.length > 0) this.#isWhole = false
    this.#names = []
  }
}
