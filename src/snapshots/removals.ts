import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { deleteSnapshot, updateSnapshot, type SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { isThere, removeEmpty, syncDirectories } from '../namespace/files.ts'
import { refusalFor } from './refusal.ts'
import type { SnapshotServices } from './services.ts'
import { makingName, removingName } from './snapshot-places.ts'

/** Removals at once: each keeps a disk busy. */
const runningCountMax = 2

/** The end of snapshots. From its begin on nobody sees one any more; what a crash has left goes on at the next start. */
export class Removals {
  readonly #services: SnapshotServices
  readonly #running = new Map<number, Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #freePlaces = runningCountMax
  readonly #stopping = new AbortController()
  /** Last failure of each snapshot, so that the log has it once. */
  readonly #failures = new Map<number, string>()

  constructor(services: SnapshotServices) {
    this.#services = services
  }

  /** Within a turn of the namespace: takes a snapshot out of use, whole or half made. {@link finish} does the rest. */
  async begin(record: SnapshotRecord): Promise<void> {
    const { catalog, index, journals, now, emit } = this.#services
    if (record.state === 'ready') await journals.removing(record)
    const removing: SnapshotRecord = {
      ...record,
      state: 'removing',
      changedAt: now(),
      version: record.version + 1,
    }
    await updateSnapshot(catalog.db, removing)
    index.put(removing)
    if (record.state === 'ready') emit({ kind: 'snapshot-removed', snapshot: record })
    if (index.ready(record.shareId).length === 0) await journals.end(record.shareId)
    await this.#setAside(removing)
  }

  /**
   * Removes the files of one that has begun to be, and its record. Resolves when all is gone.
   * @throws {ServiceError} `unavailable`: it is tried again later
   */
  finish(id: number): Promise<void> {
    const running = this.#running.get(id) ?? this.#finish(id).finally(() => this.#running.delete(id))
    this.#running.set(id, running)
    return running
  }

  /** Goes on with all that were begun; what fails is in the log, and tried again at the next call. */
  async resume(): Promise<void> {
    const ids = [...this.#services.index.all()]
      .filter(({ state }) => state === 'removing')
      .map(({ id }) => id)
    // Who began one hears of its failure himself.
    const idle = ids.filter((id) => !this.#running.has(id))
    await Promise.all(idle.map((id) => this.finish(id).catch((error: unknown) => this.#warn(id, error))))
  }

  /** Aborted when the gateway ends: what is not removed yet is at its next start. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Lets go of removals under way, and of all that are begun later. */
  stop(): void {
    this.#stopping.abort(
      new ServiceError('unavailable', 'the gateway is stopping: the removal goes on at its next start'),
    )
  }

  /** Resolves when none is under way. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running.values())
  }

  async #finish(id: number): Promise<void> {
    await this.#place()
    try {
      const { signal } = this.#stopping
      const { catalog, drivers, index, places } = this.#services
      const record = await this.#setAside(index.get(id)!)
      const place = places.of(record)
      signal.throwIfAborted()
      // CephFS keeps the tree elsewhere: it is to be removed, whatever became of our directory.
      if (record.driver === 'cephfs' || (await isThere(place.directory)))
        await drivers.drivers[record.driver].remove(place, signal)
      signal.throwIfAborted()
      await removeEmpty(place.directory)
      if (await isThere(place.directory)) throw new Error(`${place.directory} is not empty`)
      await catalog.transaction((db) => deleteSnapshot(db, id))
      index.remove(id)
      this.#failures.delete(id)
    } catch (error) {
      throw refusalFor(`snapshot ${id} could not be removed yet, it is tried again`, error)
    } finally {
      this.#freePlaces += 1
      this.#waiting.shift()?.()
    }
  }

  /** Renames the directory of a record that is being removed; then its name is free. */
  async #setAside(record: SnapshotRecord): Promise<SnapshotRecord> {
    const { catalog, index, places } = this.#services
    const { id, name, store, shareId } = record
    const aside = removingName(id)
    if (name === aside) return record
    const parent = places.ofShare(store, shareId)
    for (const former of [makingName(id), name])
      if (await isThere(join(parent, former))) await rename(join(parent, former), join(parent, aside))
    if (await isThere(parent)) await syncDirectories([parent])
    const renamed = { ...record, name: aside }
    await updateSnapshot(catalog.db, renamed)
    index.put(renamed)
    return renamed
  }

  async #place(): Promise<void> {
    while (this.#freePlaces === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#freePlaces -= 1
  }

  #warn(id: number, error: unknown): void {
    const { message } = error as Error
    if (this.#stopping.signal.aborted || this.#failures.get(id) === message) return
    this.#failures.set(id, message)
    this.#services.log.warn({ err: error, snapshot: id }, 'snapshot: not removed yet')
  }
}
