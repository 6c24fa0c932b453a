import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { removeEmpty } from '../namespace/files.ts'
import { checkVersion } from '../service/checks.ts'
import type { Removals } from './removals.ts'
import type { SnapshotServices } from './services.ts'
import type { Takings } from './takings.ts'

/** What a deletion would do. */
export interface SnapshotDeletion {
  readonly snapshot: SnapshotRecord
  /** Why it may not be removed now, as a sentence. */
  readonly refusal?: string
  /** Whether it is the last complete one of its share, which goes only if that is meant. */
  readonly isLast: boolean
}

/** Snapshots that are to go: what keeps each, and what goes with a share that is purged. */
export class Deletions {
  readonly #services: SnapshotServices
  readonly #removals: Removals
  #isBeingRead: (snapshot: SnapshotRecord) => boolean = () => false
  /** What reads each, but for backups: `being restored`. */
  readonly #uses = new Map<number, string[]>()

  constructor(services: SnapshotServices, removals: Removals, takings: Takings) {
    this.#services = services
    this.#removals = removals
    services.namespace.purges.useGuard({
      check: (shareId) => this.#checkPurge(shareId),
      clear: async (shareId, signal) => {
        await takings.endThoseOf(shareId)
        await this.#clearForPurge(shareId, signal)
      },
    })
  }

  /** What {@link delete} would do, and whether it would. @throws {ServiceError} `not-found` */
  of(id: number): SnapshotDeletion {
    const snapshot = this.#services.index.complete(id)
    const isLast = this.#services.index.ready(snapshot.shareId).length === 1
    const { name, heldAt, heldBy, heldFor } = snapshot
    const [use] = this.#uses.get(id) ?? []
    if (use !== undefined) {
      const refusal = `snapshot ${name} is ${use}: wait for the end of that`
      return { snapshot, isLast, refusal }
    }
    if (heldAt === null && this.#isBeingRead(snapshot)) {
      const refusal = `snapshot ${name} is being read by a backup: wait for its end, or end its grant`
      return { snapshot, isLast, refusal }
    }
    if (heldAt === null) return { snapshot, isLast }
    const refusal = `snapshot ${name} is held by ${heldBy} (${heldFor ?? ''}): let go of it first`
    return { snapshot, isLast, refusal }
  }

  /**
   * Removes a snapshot. From the first moment nobody sees it any more; resolves when its files are gone.
   * @throws {ServiceError} `not-found`, `stale`, `conflict` for one that is held or, without `last`, the last of its
   *   share; `unavailable` if its files cannot be removed now: it is tried again
   */
  async delete(
    id: number,
    { last = false, ifVersion }: { readonly last?: boolean; readonly ifVersion?: number | undefined } = {},
  ): Promise<void> {
    await this.#services.namespace.inTurn(async () => {
      const { snapshot, refusal, isLast } = this.of(id)
      checkVersion(`snapshot ${id}`, snapshot.version, ifVersion)
      if (refusal !== undefined) throw new ServiceError('conflict', refusal)
      if (isLast && !last)
        throw new ServiceError(
          'conflict',
          `snapshot ${snapshot.name} is the last of share ${snapshot.path}: say so if it is to go nevertheless`,
        )
      await this.#removals.begin(snapshot)
    })
    await this.#removals.finish(id)
  }

  /** Who says of which snapshots a backup is reading: they are not removed meanwhile. */
  useReaders(isBeingRead: (snapshot: SnapshotRecord) => boolean): void {
    this.#isBeingRead = isBeingRead
  }

  /**
   * Runs what reads the files of a complete snapshot to restore them: it is not removed meanwhile.
   * @throws {ServiceError} `not-found`
   */
  async restoring<T>(id: number, work: (snapshot: SnapshotRecord) => Promise<T>): Promise<T> {
    const snapshot = this.#services.index.complete(id)
    const release = this.protect(id, 'being restored')
    try {
      return await work(snapshot)
    } finally {
      release()
    }
  }

  /**
   * Keeps a complete snapshot from being removed until what it returns is called, once. `use` says what goes on with it:
   * `being compared`.
   * @throws {ServiceError} `not-found`
   */
  protect(id: number, use: string): () => void {
    this.#services.index.complete(id)
    this.#uses.set(id, [...(this.#uses.get(id) ?? []), use])
    return () => {
      const left = [...(this.#uses.get(id) ?? [])]
      left.splice(left.indexOf(use), 1)
      if (left.length > 0) this.#uses.set(id, left)
      else this.#uses.delete(id)
    }
  }

  #checkPurge(shareId: number): void {
    const held = this.#services.index
      .ready(shareId)
      .find(({ id, heldAt }) => heldAt !== null || this.#uses.has(id))
    if (held !== undefined)
      throw new ServiceError('conflict', `share ${shareId} cannot be purged: ${this.of(held.id).refusal!}`)
  }

  async #clearForPurge(shareId: number, signal: AbortSignal): Promise<void> {
    const { namespace, index, places } = this.#services
    for (const { id } of index.ofShare(shareId)) {
      if (signal.aborted || this.#removals.stopping.aborted)
        throw new ServiceError(
          'unavailable',
          `the gateway is stopping: the purge of share ${shareId} goes on later`,
        )
      await namespace.inTurn(async () => {
        const record = index.get(id)
        if (record !== undefined && record.state !== 'removing') await this.#removals.begin(record)
      })
      if (index.get(id) !== undefined) await this.#removals.finish(id)
    }
    // A share that was moved has some where it was.
    for (const { name } of namespace.stores.list())
      if (namespace.stores.get(name).isAvailable) await removeEmpty(places.ofShare(name, shareId))
  }
}
