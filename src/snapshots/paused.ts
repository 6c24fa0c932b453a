import { rename } from 'node:fs/promises'
import { v7 as uuid } from 'uuid'
import { deleteSnapshot, updateSnapshot, type SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { syncDirectories } from '../namespace/files.ts'
import type { Leftover } from './drivers/driver.ts'
import type { SnapshotJob } from './jobs.ts'
import type { Removals } from './removals.ts'
import type { SnapshotServices } from './services.ts'
import { makingName } from './snapshot-places.ts'

/** How long what an interrupted taking has copied is kept for the next one of its share, in days. */
export const pausedDaysMax = 7
const dayMs = 24 * 3_600_000

interface Paused {
  /** By which it is listed and aborted, until the gateway ends. */
  readonly jobId: string
  readonly leftover: Leftover
}

/**
 * Takings that the end of a gateway has interrupted, one of a share: what has been copied stays, and the next snapshot of the
 * share goes on with it. Their records are as `making`, under the name of their directory, so that any name is free.
 */
export class PausedTakings {
  readonly #services: SnapshotServices
  readonly #removals: Removals
  readonly #paused = new Map<number, Paused>()

  constructor(services: SnapshotServices, removals: Removals) {
    this.#services = services
    this.#removals = removals
  }

  /** At the start: keeps what the last run has left of one, if it is worth it; else it is to be removed. */
  async keep(record: SnapshotRecord): Promise<boolean> {
    const { catalog, drivers, index, namespace, places } = this.#services
    const { id, shareId, driver } = record
    const leftover = await drivers.drivers[driver].leftover(places.directoryOf(record))
    const isWanted = leftover !== undefined && namespace.livingShare(shareId) !== undefined
    if (!isWanted || this.#isOver(leftover) || this.#of(shareId) !== undefined) return false
    const kept: SnapshotRecord = { ...record, name: makingName(id), groupId: null }
    await catalog.transaction((db) => updateSnapshot(db, kept))
    index.put(kept)
    this.#paused.set(id, { jobId: uuid(), leftover })
    return true
  }

  /** As jobs, the oldest first. */
  list(): SnapshotJob[] {
    return this.#living().map(({ id, shareId, createdBy, createdAt }) => {
      const { jobId, leftover } = this.#paused.get(id)!
      const { files, bytes } = leftover
      return {
        ...{ id: jobId, name: undefined, shareIds: [shareId], phase: 'paused' as const },
        ...{ files, bytes, createdBy, startedAt: createdAt },
      }
    })
  }

  /** What there is of a share that a taking by this driver can go on with; undefined: nothing. */
  leftoverFor({
    shareId,
    driver,
    store,
  }: Pick<SnapshotRecord, 'shareId' | 'driver' | 'store'>): Leftover | undefined {
    const found = this.#of(shareId)
    const isOfUse = found?.driver === driver && found.store === store
    return isOfUse ? this.#paused.get(found.id)?.leftover : undefined
  }

  /**
   * Puts what there is of a share where a new taking of it goes on, in `directory`, which is not there. What it cannot go on
   * with is removed.
   */
  async takeUp(record: SnapshotRecord, directory: string): Promise<void> {
    const { catalog, index, log, places } = this.#services
    const found = this.#of(record.shareId)
    if (found === undefined) return
    const leftover = this.leftoverFor(record)
    if (leftover === undefined) {
      await this.#remove(found.id)
      return
    }
    await rename(places.directoryOf(found), directory)
    await syncDirectories([places.ofShare(record.store, record.shareId)])
    await catalog.transaction((db) => deleteSnapshot(db, found.id))
    index.remove(found.id)
    this.#paused.delete(found.id)
    const { files, bytes } = leftover
    log.info(
      { share: record.path, files, bytes },
      'snapshot: goes on with what an interrupted one has copied',
    )
  }

  /** Removes what is left of one. False: it is none of these. */
  async remove(jobId: string): Promise<boolean> {
    const found = this.#living().find(({ id }) => this.#paused.get(id)?.jobId === jobId)
    if (found === undefined) return false
    await this.#remove(found.id)
    return true
  }

  /** Removes those that nobody has gone on with for too long; what fails is tried again with other removals. */
  async expire(): Promise<void> {
    for (const { id, path } of this.#living()) {
      if (!this.#isOver(this.#paused.get(id)!.leftover)) continue
      this.#services.log.warn(
        { share: path, days: pausedDaysMax },
        'snapshot: nobody has gone on with an interrupted one; what it copied is removed',
      )
      await this.#remove(id).catch((error: unknown) => {
        if (!(error instanceof ServiceError)) throw error
      })
    }
  }

  async #remove(id: number): Promise<void> {
    const { index, namespace } = this.#services
    await namespace.inTurn(async () => {
      const record = index.get(id)
      if (record?.state === 'making') await this.#removals.begin(record)
    })
    this.#paused.delete(id)
    if (index.get(id) !== undefined) await this.#removals.finish(id)
  }

  #of(shareId: number): SnapshotRecord | undefined {
    return this.#living().find((record) => record.shareId === shareId)
  }

  /** A purge may have removed some. */
  #living(): SnapshotRecord[] {
    const { index } = this.#services
    return [...this.#paused.keys()]
      .map((id) => index.get(id))
      .filter((record) => record !== undefined)
      .filter(({ state }) => state === 'making')
  }

  #isOver({ at }: Leftover): boolean {
    return at + pausedDaysMax * dayMs < this.#services.now()
  }
}
