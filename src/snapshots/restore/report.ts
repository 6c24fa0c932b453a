/** Paths of each kind that are told; of more there is only their number. */
export const listedPathCountMax = 1000

/** What becomes of the objects of the share. */
export const outcomes = ['added', 'replaced', 'changed', 'removed', 'skipped'] as const
/**
 * `changed`: only owner, mode, times or extended attributes. `skipped`: left as it is, since another filesystem is mounted
 * there, or clients changed it at the same moment.
 */
export type Outcome = (typeof outcomes)[number]

/** What a restore has done so far, or would do. */
export interface RestoreCounts extends Readonly<Record<Outcome, number>> {
  /** Objects of the snapshot that were looked at. */
  readonly examined: number
  /** Of content that was written. */
  readonly bytes: number
}

export interface RestoreReport {
  readonly counts: RestoreCounts
  /** The first {@link listedPathCountMax} of each, relative to the share's root. */
  readonly paths: Readonly<Record<Outcome, readonly string[]>>
  /** Where it was restored to, relative to the share's root; empty: the root. */
  readonly to: string
}

/** Counts, and remembers the first paths. */
export class Tally {
  readonly counts = { examined: 0, bytes: 0, added: 0, replaced: 0, changed: 0, removed: 0, skipped: 0 }
  readonly paths: Record<Outcome, string[]> = {
    added: [],
    replaced: [],
    changed: [],
    removed: [],
    skipped: [],
  }

  note(outcome: Outcome, path: () => string): void {
    this.counts[outcome]++
    if (this.paths[outcome].length < listedPathCountMax) this.paths[outcome].push(path())
  }
}
