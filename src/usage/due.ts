/** Hours after which a share is counted again. */
export const recountHours = 24
const recountMs = recountHours * 60 * 60 * 1000
/** Wait before a share is counted again that changed too much, or could not be opened; it doubles each time. */
const soonMs = 60_000

export interface CountableShare {
  readonly id: number
  /** Absolute. */
  readonly directory: string
  /** When the last count of all of it began, in milliseconds since 1970; null: never. */
  readonly countedAt: number | null
}

/** Says which share is to be counted next. */
export class DueShares {
  readonly #asked: Set<number>
  readonly #trustedSince: number
  /** Counts of this process: newer than what the catalog's readers may know. */
  readonly #counted = new Map<number, number>()
  readonly #soon = new Map<number, { readonly at: number; readonly delayMs: number }>()

  /** Counts that began before `trustedSince` are to be made again. */
  constructor(trustedSince: number, asked: Iterable<number> = []) {
    this.#trustedSince = trustedSince
    this.#asked = new Set(asked)
  }

  /** Shares that were asked for and are not begun. */
  get asked(): number[] {
    return [...this.#asked]
  }

  ask(id: number): void {
    this.#asked.add(id)
  }

  began(id: number): void {
    this.#asked.delete(id)
  }

  /** Whether a count that began at `startedAt` is newer than the share's last. */
  isNewer({ id, countedAt }: CountableShare, startedAt: number): boolean {
    return startedAt > (this.#counted.get(id) ?? countedAt ?? -Infinity)
  }

  /** A count has ended that this process began, or that none since has made doubtful. */
  counted(id: number, startedAt: number, isOurs: boolean): void {
    if (isOurs || startedAt >= this.#trustedSince) this.#counted.set(id, startedAt)
  }

  /** The share may rest until it is due. */
  rest(id: number): void {
    this.#soon.delete(id)
  }

  /** The share is put off for a while; each time in turn for longer. */
  again(id: number, now: number): void {
    const delayMs = Math.min(recountMs, 2 * (this.#soon.get(id)?.delayMs ?? soonMs / 2))
    this.#soon.set(id, { at: now + delayMs, delayMs })
  }

  /** Shares to be counted now: those asked for, then those never counted, then those counted longest ago. */
  list(shares: Iterable<CountableShare>, now: number): number[] {
    const due: { readonly id: number; readonly rank: number }[] = []
    const ids = new Set<number>()
    for (const share of shares) {
      ids.add(share.id)
      const rank = this.#rank(share, now)
      if (rank !== undefined) due.push({ id: share.id, rank })
    }
    for (const known of [this.#asked, this.#counted, this.#soon])
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
    return due.sort((a, b) => a.rank - b.rank || a.id - b.id).map(({ id }) => id)
  }

  /** Smaller comes first; undefined: not now. */
  #rank({ id, countedAt }: CountableShare, now: number): number | undefined {
    if (this.#asked.has(id)) return -2
    const at = this.#counted.get(id) ?? countedAt
    const soon = this.#soon.get(id)
    if (soon !== undefined) return now >= soon.at ? (at ?? -1) : undefined
    if (at === null) return -1
    // A clock that was set back must not put counts off for ever.
    const isOld = now - at >= recountMs || at > now
    const isTrusted = this.#counted.has(id) || at >= this.#trustedSince
    return isOld || !isTrusted ? at : undefined
  }
}
