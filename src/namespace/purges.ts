import { join } from 'node:path'
import { v7 } from 'uuid'
import { ServiceError } from '../config/service-error.ts'
import { allIntents, deleteIntent, putIntent } from '../catalog/intents.ts'
import { updateShare } from '../catalog/shares.ts'
import { checkVersion } from '../service/checks.ts'
import { removeFile } from './files.ts'
import { moveMap, tombstone } from './layout.ts'
import { removeTreesIn } from './remove-tree.ts'
import { IntentKind, type NamespaceState } from './state.ts'

/** Who keeps something for shares that must end before them. */
export interface PurgeGuard {
  /** Within a turn. @throws {ServiceError} `conflict` where a share may not be purged now */
  check(shareId: number): void
  /**
   * Removes what is kept for a share that is being purged. To be called again when it failed.
   * @throws {ServiceError} `unavailable` if `signal` has ended it early
   */
  clear(shareId: number, signal: AbortSignal): Promise<void>
}

/** The end of deleted shares: their data is removed, their rows and records stay. */
export class Purges {
  readonly #state: NamespaceState
  /** Purges under way, by share. */
  readonly #running = new Map<number, Promise<void>>()
  readonly #stopping = new AbortController()
  #guard: PurgeGuard | undefined
  /** Why each purge that was due failed last: the log has it once. */
  readonly #reasons = new Map<number, string>()

  constructor(state: NamespaceState) {
    this.#state = state
  }

  /** From now on nothing is purged without its leave. */
  useGuard(guard: PurgeGuard): void {
    this.#guard = guard
  }

  /**
   * Removes the data of a deleted share at once and for good. Resolves when it is gone; from the first moment there is
   * no way back.
   * @throws {ServiceError} `not-found`, `stale`, `unavailable`, or `conflict` for a share that is not deleted, or of which
   *   a snapshot is held
   * @throws {Error} if something cannot be removed: it is tried again later
   */
  async purge(id: number, ifVersion?: number): Promise<void> {
    await this.#state.turns.take(async () => {
      const share = this.#state.share(id)
      if (share.deletedAt === null) throw new ServiceError('conflict', `share ${id} is not deleted`)
      if (share.store === null)
        throw new ServiceError(
          'conflict',
          `share ${id} was declared in the config file: its directory is not ours`,
        )
      checkVersion(`share ${id}`, share.version, ifVersion)
      if (this.#state.purging.has(id)) return
      this.#guard?.check(id)
      const intent = { id: v7(), kind: IntentKind.PURGE, detail: id, createdAt: this.#state.now() }
      await putIntent(this.#state.catalog.db, intent)
      this.#state.purging.add(id)
    })
    await this.#finish(id)
  }

  /** Purges what has passed its grace period, and what an earlier purge has left. */
  async purgeDue(): Promise<void> {
    const now = this.#state.now()
    const due = [...this.#state.shares.values()].filter(
      ({ id, purgeAt }) => this.#state.purging.has(id) || (purgeAt !== null && purgeAt <= now),
    )
    for (const { id } of due) {
      if (this.#isStopping()) return
      try {
        await this.purge(id)
        this.#reasons.delete(id)
      } catch (error) {
        // The others shall not wait for it.
        const { message } = error as Error
        if (this.#isStopping() || this.#reasons.get(id) === message) continue
        this.#reasons.set(id, message)
        this.#state.warn(`deleted share ${id} could not be purged; it is tried again`, error)
      }
    }
  }

  /** Lets go of purges under way: they go on at the next start. Resolves when all have. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.allSettled(this.#running.values())
  }

  /** Asked anew each time: it changes while others are waited for. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  #finish(id: number): Promise<void> {
    const running = this.#running.get(id) ?? this.#remove(id).finally(() => this.#running.delete(id))
    this.#running.set(id, running)
    return running
  }

  async #remove(id: number): Promise<void> {
    const share = this.#state.share(id)
    const { signal } = this.#stopping
    await this.#guard?.clear(id, signal)
    const isDone = await removeTreesIn(join(this.#state.directoryOf(share.store!), tombstone(id)), signal)
    if (!isDone)
      throw new ServiceError(
        'unavailable',
        `the gateway is stopping: the purge of share ${id} goes on at its next start`,
      )
    await removeFile(join(this.#state.directoryOf(share.store!), moveMap(id, share.moves)))
    await this.#state.turns.take(async () => {
      const at = this.#state.now()
      await this.#state.carryOut({
        records: [id],
        write: async (db) => {
          await updateShare(db, {
            ...this.#state.share(id),
            usedBytes: 0,
            usedFiles: 0,
            changedAt: at,
            purgedAt: at,
            version: share.version + 1,
          })
          for (const intent of await allIntents(db))
            if (intent.kind === IntentKind.PURGE && intent.detail === id) await deleteIntent(db, intent.id)
        },
        apply: () => {
          this.#state.shares.delete(id)
          this.#state.purging.delete(id)
        },
      })
    })
    this.#state.emit({ kind: 'share-purged', shareId: id })
  }
}
