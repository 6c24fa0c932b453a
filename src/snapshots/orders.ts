import { v7 as uuid } from 'uuid'
import type { Labels } from '../catalog/nodes.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import { insertSnapshot, nextSnapshotId, type SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { makePrivate } from '../namespace/files.ts'
import { checkDescription, checkLabels } from '../service/checks.ts'
import { shown } from '../service/shown.ts'
import { lastSnapshotNumber, snapshotNumberStep } from '../shared-memory/share-number.ts'
import type { DriverName } from './drivers/driver.ts'
import type { HookSet } from './hooks.ts'
import type { RunningJob } from './jobs.ts'
import { checkSnapshotName, freeName, nameOfTime } from './names.ts'
import { refusalFor } from './refusal.ts'
import type { SnapshotServices } from './services.ts'

/** Snapshots of one share. */
export const shareSnapshotCountMax = 1000
/** Snapshots of all shares together. */
export const snapshotCountMax = 200_000
/** Shares in one cut: each has files open, and a thread. */
export const groupShareCountMax = 256
/** Bytes of a reason. */
const reasonSizeMax = 1024

/** What snapshots are made with. */
export interface SnapshotWish {
  /** Default: the time, in UTC, made unique. */
  readonly name?: string
  readonly description?: string
  readonly labels?: Labels
  /** Why it is made. */
  readonly reason?: string
  /** The subject that asks. */
  readonly createdBy: string
  readonly scheduleId?: string
  readonly hooks?: HookSet
}

/** @throws {ServiceError} `invalid` */
export function checkWish({ name, description = '', labels = {}, reason = '' }: SnapshotWish): void {
  if (name !== undefined) checkSnapshotName(name)
  checkDescription(description)
  checkLabels(labels)
  checkReason(reason)
}

/** @throws {ServiceError} `invalid` */
export function checkReason(reason: string): string {
  if (/\p{Cc}|\p{Surrogate}/u.test(reason) || Buffer.byteLength(reason) > reasonSizeMax)
    throw new ServiceError('invalid', `reason ${shown(reason)} is no line of up to ${reasonSizeMax} bytes`)
  return reason
}

/** Gives snapshots that are to be made their numbers, names and rows. */
export class SnapshotOrders {
  readonly #services: SnapshotServices

  constructor(services: SnapshotServices) {
    this.#services = services
  }

  /** @throws {ServiceError} `not-found` or `conflict` */
  livingShare(id: number): ShareRecord {
    const share = this.#services.namespace.shares.get(id)
    if (share.deletedAt !== null)
      throw new ServiceError('conflict', `share ${id} is deleted: only living shares are snapshotted`)
    return share
  }

  /**
   * One record for each share of a job, as `making`.
   * @throws {ServiceError} `not-found`, `exists`, `limit`, `conflict` or `unavailable`
   */
  async insert(wanted: SnapshotWish, job: RunningJob, isGroup: boolean): Promise<SnapshotRecord[]> {
    const { catalog, namespace, index, now } = this.#services
    const drivers = new Map<number, DriverName>()
    for (const id of job.shareIds) drivers.set(id, await this.driverFor(this.livingShare(id)))
    return namespace.inTurn(async () => {
      job.signal.throwIfAborted()
      const shares = job.shareIds.map((id) => this.livingShare(id))
      this.#checkCounts(shares)
      const name = this.#nameFor(wanted, job.shareIds)
      job.note({ name })
      const at = now()
      const groupId = isGroup ? uuid({ msecs: at }) : null
      const records = await catalog.transaction(async (db) => {
        const first = await nextSnapshotId(db)
        if (first + shares.length * snapshotNumberStep > lastSnapshotNumber)
          throw new ServiceError('limit', 'all numbers of snapshots have been given')
        const records = shares.map((share, place) => {
          const id = first + place * snapshotNumberStep
          return newRecord(share, wanted, { id, name, driver: drivers.get(share.id)!, groupId, at })
        })
        for (const record of records) await insertSnapshot(db, record)
        return records
      })
      for (const record of records) index.put(record)
      return records
    })
  }

  #checkCounts(shares: readonly ShareRecord[]): void {
    const { index } = this.#services
    for (const { id, path } of shares)
      if (index.countOf(id) >= shareSnapshotCountMax)
        throw new ServiceError('limit', `share ${path} has ${shareSnapshotCountMax} snapshots: remove some`)
    if (index.size + shares.length > snapshotCountMax)
      throw new ServiceError('limit', `there are ${snapshotCountMax} snapshots: remove some`)
  }

  #nameFor({ name }: SnapshotWish, shareIds: readonly number[]): string {
    const { index, now } = this.#services
    if (name === undefined)
      return freeName(nameOfTime(now()), (name) => shareIds.some((id) => index.named(id, name) !== undefined))
    for (const id of shareIds) index.refuseTaken(id, name)
    return name
  }

  /** How a share is snapshotted. @throws {ServiceError} `conflict` where the store's driver cannot take it, `unavailable` */
  async driverFor(share: ShareRecord): Promise<DriverName> {
    const { namespace, places, drivers } = this.#services
    const directory = places.ofShare(share.store, share.id)
    const source = namespace.shares.directoryOf(share)
    const set = share.store === null ? 'auto' : namespace.stores.get(share.store).driver
    try {
      await makePrivate(directory)
      if (set === 'auto') return await drivers.detectDriver(source, directory)
      const problem = await drivers.drivers[set].impossible(source, directory)
      if (problem === undefined) return set
      throw new ServiceError('conflict', `share ${share.path} cannot be snapshotted by ${set}: ${problem}`)
    } catch (error) {
      throw refusalFor(`share ${share.path} cannot be snapshotted`, error)
    }
  }
}

function newRecord(
  share: ShareRecord,
  { description = '', labels = {}, reason = '', createdBy, scheduleId }: SnapshotWish,
  given: { id: number; name: string; driver: DriverName; groupId: string | null; at: number },
): SnapshotRecord {
  const { at, ...columns } = given
  return {
    ...columns,
    shareId: share.id,
    state: 'making',
    store: share.store,
    path: share.path,
    applicationId: share.applicationId,
    cutAt: null,
    files: 0,
    bytes: 0,
    scheduleId: scheduleId ?? null,
    description,
    labels,
    reason,
    createdBy,
    createdAt: at,
    changedAt: at,
    heldAt: null,
    heldBy: null,
    heldFor: null,
    version: 1,
  }
}
