import type { Applications } from '../applications/index.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Labels } from '../catalog/nodes.ts'
import { allSnapshots, type SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { checkDescription, checkLabels, checkVersion } from '../service/checks.ts'
import type { Page, PageRequest } from '../service/page.ts'
import { shown } from '../service/shown.ts'
import type { Logger } from '../telemetry/log.ts'
import { changeSnapshot, type SnapshotChange } from './changes.ts'
import type { DataPlane } from './data-plane.ts'
import { Deletions } from './deletions.ts'
import type { Hooks } from './hooks.ts'
import { Journals } from './journal/journals.ts'
import { readManifest, type SnapshotManifest } from './manifest.ts'
import { checkSnapshotName } from './names.ts'
import { checkReason } from './orders.ts'
import { refusalFor } from './refusal.ts'
import { PausedTakings } from './paused.ts'
import { recoverSnapshots, removeStrays } from './recovery.ts'
import { Removals } from './removals.ts'
import type { DriverSet, SnapshotListener, SnapshotServices } from './services.ts'
import { listSnapshots, type SnapshotFilter } from './snapshot-list.ts'
import { StoreProbe } from './store-probe.ts'
import { Takings } from './takings.ts'
import { SnapshotIndex } from './snapshot-index.ts'
import { inodeMapIn, sidecarIn, SnapshotPlaces, type SnapshotTree } from './snapshot-places.ts'

export { groupShareCountMax, type SnapshotWish } from './orders.ts'
export type { SnapshotFilter } from './snapshot-list.ts'

/** How often removals that failed are tried again, and interrupted takings are looked after. */
const upkeepEveryMs = 60 * 1000

export interface SnapshotsOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly dataPlane: DataPlane
  readonly drivers: DriverSet
  readonly hooks: Hooks
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Read-only copies of shares as of one instant: all that there are, and what becomes of them. */
export class Snapshots {
  readonly journals: Journals
  readonly takings: Takings
  readonly deletions: Deletions
  readonly #services: SnapshotServices
  readonly #removals: Removals
  readonly #paused: PausedTakings
  readonly #listeners = new Set<SnapshotListener>()
  readonly #closing = new AbortController()
  #background: Promise<unknown> = Promise.resolve()
  #upkeep: NodeJS.Timeout | undefined

  /**
   * Reads what there is, and finishes or undoes what the last run left half done.
   * @throws {StartError} for a store whose driver has been set and cannot be used
   */
  static async open(options: SnapshotsOptions): Promise<Snapshots> {
    const { catalog, namespace, dataPlane, log } = options
    const index = new SnapshotIndex()
    index.load(await allSnapshots(catalog.db))
    const places = new SnapshotPlaces(namespace)
    const journals = await Journals.open({ namespace, dataPlane, index, places, log })
    const snapshots = new Snapshots(options, { index, places, journals })
    await snapshots.#start()
    return snapshots
  }

  private constructor(
    { now = Date.now, ...options }: SnapshotsOptions,
    parts: Pick<SnapshotServices, 'index' | 'places' | 'journals'>,
  ) {
    this.journals = parts.journals
    this.#services = {
      ...options,
      ...parts,
      now,
      emit: (event) => {
        for (const listener of this.#listeners) listener(event)
      },
    }
    this.#removals = new Removals(this.#services)
    this.#paused = new PausedTakings(this.#services, this.#removals)
    this.takings = new Takings(this.#services, this.#removals, this.#paused)
    this.deletions = new Deletions(this.#services, this.#removals, this.takings)
  }

  async #start(): Promise<void> {
    const { namespace, drivers } = this.#services
    await namespace.stores.useProbe(new StoreProbe(drivers))
    await recoverSnapshots(this.#services, this.#removals, this.#paused)
    this.#background = removeStrays(this.#services, this.#closing.signal).then(() => this.#removals.resume())
    this.#upkeep = setInterval(() => void this.#keepUp(), upkeepEveryMs).unref()
  }

  /** Ends takings early; removals go on at the next start. The catalog stays open. */
  async close(): Promise<void> {
    clearInterval(this.#upkeep)
    this.#closing.abort(new ServiceError('unavailable', 'the gateway is stopping'))
    this.#removals.stop()
    await this.takings.close()
    await this.#removals.ended()
    await this.#background
    await this.journals.close()
  }

  async #keepUp(): Promise<void> {
    await this.#paused.expire()
    await this.#removals.resume()
  }

  /** Tells of each change from now on; what it returns ends that. */
  onChange(listener: SnapshotListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A complete snapshot. @throws {ServiceError} `not-found` */
  get(id: number): SnapshotRecord {
    return this.#services.index.complete(id)
  }

  /** A complete snapshot. @throws {ServiceError} `not-found` */
  find(shareId: number, name: string): SnapshotRecord {
    const record = this.#services.index.named(shareId, name)
    if (record?.state !== 'ready')
      throw new ServiceError('not-found', `share ${shareId} has no snapshot ${shown(name)}`)
    return record
  }

  /** Complete ones of a share, the newest first: from memory. */
  of(shareId: number): readonly SnapshotRecord[] {
    return this.#services.index.ready(shareId)
  }

  /**
   * What lies beside the files of a complete snapshot, as it is on the disk.
   * @throws {ServiceError} `not-found` or `unavailable`
   */
  async manifestOf(id: number): Promise<SnapshotManifest> {
    return readManifest(this.#services.places.directoryOf(this.get(id)))
  }

  /** Absolute path of what is known about a complete snapshot, beside its files: as {@link treeOf}. */
  sidecarOf(record: SnapshotRecord): string {
    return sidecarIn(this.#services.places.supposed(record).directory)
  }

  /** Where the files of a complete snapshot lie, by what is in memory: its store may be gone. */
  treeOf(record: SnapshotRecord): SnapshotTree {
    const { drivers, places } = this.#services
    const place = places.supposed(record)
    return {
      tree: drivers.drivers[record.driver].treeOf(place),
      inodeMap: inodeMapIn(place.directory, record.driver),
    }
  }

  /** Complete ones, by number. @throws {ServiceError} `invalid` */
  list(page: PageRequest, filter: SnapshotFilter = {}): Promise<Page<SnapshotRecord>> {
    return listSnapshots(this.#services.index, this.#services.namespace, page, filter)
  }

  /** @throws {ServiceError} `not-found`, `invalid` or `stale` */
  async update(
    id: number,
    wanted: { readonly description?: string; readonly labels?: Labels },
    ifVersion?: number,
  ): Promise<SnapshotRecord> {
    return this.#change(id, ifVersion, (record) => ({
      description: checkDescription(wanted.description ?? record.description),
      labels: checkLabels(wanted.labels ?? record.labels),
    }))
  }

  /** @throws {ServiceError} `not-found`, `invalid`, `exists` or `stale` */
  async rename(id: number, name: string, ifVersion?: number): Promise<SnapshotRecord> {
    checkSnapshotName(name)
    return this.#change(id, ifVersion, (record) => {
      if (record.name !== name) this.#services.index.refuseTaken(record.shareId, name)
      return { name }
    })
  }

  /** Keeps it from being removed, whoever asks. @throws {ServiceError} `not-found`, `invalid`, `stale` or `conflict` */
  async hold(id: number, reason: string, actor: string, ifVersion?: number): Promise<SnapshotRecord> {
    checkReason(reason)
    return this.#change(id, ifVersion, ({ shareId }) => {
      if (this.#services.namespace.isPurging(shareId))
        throw new ServiceError('conflict', `share ${shareId} is being purged, with its snapshots`)
      return { heldAt: this.#services.now(), heldBy: actor, heldFor: reason }
    })
  }

  /** @throws {ServiceError} `not-found` or `stale` */
  async unhold(id: number, ifVersion?: number): Promise<SnapshotRecord> {
    return this.#change(id, ifVersion, () => ({ heldAt: null, heldBy: null, heldFor: null }))
  }

  /**
   * Bytes on the disk that nothing but this snapshot holds; undefined: its filesystem cannot tell.
   * @throws {ServiceError} `not-found` or `unavailable`
   */
  async usage(id: number): Promise<number | undefined> {
    const record = this.get(id)
    const { drivers, places } = this.#services
    try {
      return await drivers.drivers[record.driver].usage(places.of(record), this.#closing.signal)
    } catch (error) {
      throw refusalFor(`what snapshot ${record.name} holds cannot be counted`, error)
    }
  }

  #change(
    id: number,
    ifVersion: number | undefined,
    wanted: (record: SnapshotRecord) => SnapshotChange,
  ): Promise<SnapshotRecord> {
    return this.#services.namespace.inTurn(async () => {
      const record = this.get(id)
      checkVersion(`snapshot ${id}`, record.version, ifVersion)
      return changeSnapshot(this.#services, record, wanted(record))
    })
  }
}
