import type { Readable } from 'node:stream'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { ServiceError } from '../../config/service-error.ts'
import { refusalFor } from '../refusal.ts'
import { inodeHighMaskOf } from '../restore/inode-mask.ts'
import type { Snapshots } from '../snapshots.ts'
import type { ChangeFormat } from './change.ts'
import { ChangeStream } from './change-stream.ts'
import { compareInThread } from './thread.ts'
import type { TreeSource } from './tree.ts'

/** Comparisons at once: each is a thread that reads as fast as the disks do. */
export const comparisonCountMax = 2
/** A tick of the coarsest clock that ctimes are taken from, 100 Hz, twice. */
const youngMs = 20

/** Tells what changed between snapshots of a share. */
export class Comparisons {
  readonly #snapshots: Pick<Snapshots, 'get' | 'protect' | 'treeOf'>
  readonly #going = new Map<AbortController, Promise<void>>()
  #isClosing = false

  constructor(snapshots: Pick<Snapshots, 'get' | 'protect' | 'treeOf'>) {
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
   * What is different in snapshot `id` from what it was in `since`, in the format. Neither is removed until the stream is
   * at its end or destroyed, which must come about.
   * @throws {ServiceError} `not-found`, `invalid` for snapshots of two shares, `limit` or `unavailable`
   */
  async changes(id: number, since: number, format: ChangeFormat): Promise<Readable> {
    const [newer, older] = [this.#snapshots.get(id), this.#snapshots.get(since)]
    if (newer.shareId !== older.shareId)
      throw new ServiceError('invalid', `snapshots ${since} and ${id} are not of the same share`)
    if (this.#isClosing) throw new ServiceError('unavailable', 'the gateway is stopping')
    if (this.#going.size >= comparisonCountMax)
      throw new ServiceError('limit', `${comparisonCountMax} comparisons are going on: wait for one to end`)
    const ending = new AbortController()
    const pieces = this.#compare(older, newer, format, ending)
    try {
      await pieces.next()
    } catch (error) {
      throw refusalFor(`snapshots ${older.name} and ${newer.name} were not compared`, error)
    }
    return new ChangeStream(pieces, ending)
  }

  async *#compare(
    older: SnapshotRecord,
    newer: SnapshotRecord,
    format: ChangeFormat,
    ending: AbortController,
  ): AsyncGenerator<Uint8Array, void> {
    let hasEnded = (): void => {}
    this.#going.set(ending, new Promise((resolve) => (hasEnded = resolve)))
    const releases = [older, newer].map(({ id }) => this.#snapshots.protect(id, 'being compared'))
    const cutAt = Math.min(older.cutAt ?? 0, newer.cutAt ?? 0)
    try {
      const [before, after] = [this.#sourceOf(older), this.#sourceOf(newer)]
      const setup = { older: before, newer: after, trustedBefore: cutAt - youngMs, format }
      yield* compareInThread(setup, ending.signal)
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
