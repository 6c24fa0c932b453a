/** Most numbers remembered; the oldest make room. A forgotten one is asked for again, once. */
const goneCountMax = 65_536

/** Numbers of snapshots that are no more: whoever still has handles of them is told so without asking. */
export class GoneSnapshots {
  readonly #numbers = new Set<number>()

  has(number: number): boolean {
    return this.#numbers.has(number)
  }

  add(number: number): void {
    const [oldest] = this.#numbers
    if (this.#numbers.size >= goneCountMax && oldest !== undefined) this.#numbers.delete(oldest)
    this.#numbers.add(number)
  }
}
