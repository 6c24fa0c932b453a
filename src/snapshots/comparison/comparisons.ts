import type { Readable } from 'node:stream'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import { refusalFor } from '../refusal.ts'
import { inodeHighMaskOf } from '../restore/inode-mask.ts'
import type { Snapshots } from '../snapshots.ts'
import type { ChangeFormat } from './change.ts'
import { ChangeStream } from './change-stream.ts'
import { compareInThread } from './thread.ts'
import type { ComparisonSetup } from './messages.ts'
import type { TreeSource } from './tree.ts'

/** Comparisons at once: each is a thread that reads as fast as the disks do. */
export const comparisonCountMax = 2
/** A tick of the coarsest clock that ctimes are taken from, 100 Hz, twice. */
const youngMs = 20

type ComparedSnapshots = Pick<Snapshots, 'get' | 'deletions' | 'treeOf' | 'journals'>

export interface FoundChanges {
  readonly stream: Readable
  /** How they are found: by the journal, at the cost of what changed, or by a comparison of everything. */
  readonly by: 'journal' | 'comparison'
}

/** Tells what changed between snapshots of a share. */
export class Comparisons {
  readonly #snapshots: ComparedSnapshots
  readonly #going = new Map<AbortController, Promise<void>>()
  #isClosing = false

  constructor(snapshots: ComparedSnapshots) {
    this.#snapshots = snapshots
  }

  /** Ends those under way. */
  async close(): Promise<void> {
    this.#isClosing = true
    const going = [...this.#going]
    for (const [ending] of going) ending.abort(new ServiceError('unavailable', 'the gateway is stopping'))
    await Promise.all(going.map(([, ended]) => ended))
  }

  /**
   * What is different in snapshot `id` from what it was in `since`, in the format: found by the journal, where it is whole
   * and `isExhaustive` is not wanted, which knows only what clients have changed. Neither is removed until the stream is
   * at its end or destroyed, which must come about.
   * @throws {ServiceError} `not-found`, `invalid` for snapshots of two shares, `limit` or `unavailable`
   */
  async changes(
    id: number,
    since: number,
    format: ChangeFormat,
    isExhaustive = false,
  ): Promise<FoundChanges> {
    const [newer, older] = [this.#snapshots.get(id), this.#snapshots.get(since)]
    if (newer.shareId !== older.shareId)
      throw new ServiceError('invalid', `snapshots ${since} and ${id} are not of the same share`)
    const journal = isExhaustive ? undefined : await this.#journalBetween(older, newer)
    if (this.#isClosing) throw new ServiceError('unavailable', 'the gateway is stopping')
    if (this.#going.size >= comparisonCountMax)
      throw new ServiceError('limit', `${comparisonCountMax} comparisons are going on: wait for one to end`)
    const ending = new AbortController()
    const pieces = this.#compare(older, newer, { format, journal }, ending)
    try {
      await pieces.next()
    } catch (error) {
      throw refusalFor(`snapshots ${older.name} and ${newer.name} were not compared`, error)
    }
    return { stream: new ChangeStream(pieces, ending), by: journal === undefined ? 'comparison' : 'journal' }
  }

  /** The journal says which names to look at, whichever way they are compared. */
  #journalBetween(a: SnapshotRecord, b: SnapshotRecord): Promise<readonly Uint8Array[] | undefined> {
    const { journals } = this.#snapshots
    return (a.cutAt ?? 0) < (b.cutAt ?? 0) ? journals.between(a, b) : journals.between(b, a)
  }

  async *#compare(
    older: SnapshotRecord,
    newer: SnapshotRecord,
    { format, journal }: Pick<ComparisonSetup, 'format' | 'journal'>,
    ending: AbortController,
  ): AsyncGenerator<Uint8Array, void> {
    const { journals } = this.#snapshots
    let hasEnded = (): void => {}
    this.#going.set(ending, new Promise((resolve) => (hasEnded = resolve)))
    const releases = [older, newer].map(({ id }) => this.#snapshots.deletions.protect(id, 'being compared'))
    const cutAt = Math.min(older.cutAt ?? 0, newer.cutAt ?? 0)
    try {
      const isElsewhere = older.store !== newer.store
      const [before, after] = [{ ...this.#sourceOf(older), isElsewhere }, this.#sourceOf(newer)]
      const isMissing = journal === undefined && !isElsewhere && (await journals.isMissing(older, newer))
      const journalOf = isMissing ? newer.shareId : undefined
      const trees = { older: before, newer: after, trustedBefore: cutAt - youngMs }
      const found = yield* compareInThread({ ...trees, format, journal, journalOf }, ending.signal)
      if (found !== undefined) await journals.keep(older, newer, Buffer.from(found))
    } finally {
      for (const release of releases) release()
      this.#going.delete(ending)
      hasEnded()
    }
  }

  #sourceOf(record: SnapshotRecord): TreeSource {
    return { ...this.#snapshots.treeOf(record), inodeHighMask: inodeHighMaskOf(record.driver) }
  }
}
