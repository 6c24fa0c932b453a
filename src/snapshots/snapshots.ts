import type { Applications } from '../applications/index.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Labels } from '../catalog/nodes.ts'
import { allSnapshots, type SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { removeEmpty } from '../namespace/files.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { checkDescription, checkLabels, checkVersion } from '../service/checks.ts'
import type { Page, PageRequest } from '../service/page.ts'
import { shown } from '../service/shown.ts'
import type { Logger } from '../telemetry/log.ts'
import { Capture } from './capture.ts'
import { changeSnapshot, type SnapshotChange } from './changes.ts'
import type { DataPlane } from './data-plane.ts'
import { noHooks, type Hooks } from './hooks.ts'
import { Journals } from './journal/journals.ts'
import { SnapshotJobs, type SnapshotJob } from './jobs.ts'
import { readManifest, type SnapshotManifest } from './manifest.ts'
import { checkSnapshotName } from './names.ts'
import { checkReason, checkWish, groupShareCountMax, SnapshotOrders, type SnapshotWish } from './orders.ts'
import { refusalFor } from './refusal.ts'
import { recoverSnapshots, removeStrays } from './recovery.ts'
import { Removals } from './removals.ts'
import type { DriverSet, SnapshotListener, SnapshotServices } from './services.ts'
import { listSnapshots, type SnapshotFilter } from './snapshot-list.ts'
import { StoreProbe } from './store-probe.ts'
import { SnapshotIndex } from './snapshot-index.ts'
import { inodeMapIn, sidecarIn, SnapshotPlaces, type SnapshotTree } from './snapshot-places.ts'

export { groupShareCountMax, type SnapshotWish } from './orders.ts'
export type { SnapshotFilter } from './snapshot-list.ts'

/** How often removals that failed are tried again. */
const upkeepEveryMs = 60 * 1000

/** What a deletion would do. */
export interface SnapshotDeletion {
  readonly snapshot: SnapshotRecord
  /** Why it may not be removed now, as a sentence. */
  readonly refusal?: string
  /** Whether it is the last complete one of its share, which goes only if that is meant. */
  readonly isLast: boolean
}

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
  readonly #services: SnapshotServices
  readonly #orders: SnapshotOrders
  readonly #removals: Removals
  readonly #jobs: SnapshotJobs
  readonly #listeners = new Set<SnapshotListener>()
  readonly #closing = new AbortController()
  #background: Promise<unknown> = Promise.resolve()
  #isBeingRead: (snapshot: SnapshotRecord) => boolean = () => false
  /** What reads each, but for backups: `being restored`. */
  readonly #uses = new Map<number, string[]>()
  #upkeep: NodeJS.Timeout | undefined
  #unlisten: (() => void) | undefined

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
    this.#orders = new SnapshotOrders(this.#services)
    this.#removals = new Removals(this.#services)
    this.#jobs = new SnapshotJobs(now)
  }

  async #start(): Promise<void> {
    const { namespace, drivers } = this.#services
    await namespace.stores.useProbe(new StoreProbe(drivers))
    await recoverSnapshots(this.#services, this.#removals)
    namespace.purges.useGuard({
      check: (shareId) => this.#checkPurge(shareId),
      clear: (shareId, signal) => this.#clearForPurge(shareId, signal),
    })
    this.#unlisten = namespace.onChange((event) => {
      if (event.kind === 'share-deleted') void this.#jobs.endThoseOf(event.shareId, deletedMeanwhile())
    })
    this.#background = removeStrays(this.#services, this.#closing.signal).then(() => this.#removals.resume())
    this.#upkeep = setInterval(() => void this.#removals.resume(), upkeepEveryMs).unref()
  }

  /** Ends takings early; removals go on at the next start. The catalog stays open. */
  async close(): Promise<void> {
    clearInterval(this.#upkeep)
    this.#unlisten?.()
    this.#closing.abort(new ServiceError('unavailable', 'the gateway is stopping'))
    this.#removals.stop()
    await this.#jobs.close()
    await this.#removals.ended()
    await this.#background
    await this.journals.close()
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
    const snapshot = this.get(id)
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
    this.get(id)
    this.#uses.set(id, [...(this.#uses.get(id) ?? []), use])
    return () => {
      const left = [...(this.#uses.get(id) ?? [])]
      left.splice(left.indexOf(use), 1)
      if (left.length > 0) this.#uses.set(id, left)
      else this.#uses.delete(id)
    }
  }

  /**
   * Runs what changes a share's files behind the back of the data plane, while no snapshot of it is taken: nobody notes
   * these changes. `signal` ends it early, when the share is deleted or the gateway stops.
   */
  withoutTakings<T>(
    shareId: number,
    createdBy: string,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const wanted = { name: undefined, shareIds: [shareId], createdBy, isListed: false }
    return this.#jobs.add(wanted, async ({ signal }) => {
      try {
        return await work(signal)
      } finally {
        this.journals.lose(shareId)
      }
    }).done
  }

  /** Tells of each change from now on; what it returns ends that. */
  onChange(listener: SnapshotListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What is being taken, the oldest first. */
  jobs(): SnapshotJob[] {
    return this.#jobs.list()
  }

  /** Ends a taking early. @throws {ServiceError} `not-found` */
  abort(jobId: string): void {
    this.#jobs.abort(jobId)
  }

  /** A complete snapshot. @throws {ServiceError} `not-found` */
  get(id: number): SnapshotRecord {
    const record = this.#services.index.get(id)
    if (record?.state !== 'ready') throw new ServiceError('not-found', `there is no snapshot ${id}`)
    return record
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

  /**
   * Takes a snapshot of a share. Resolves when it is complete.
   * @throws {ServiceError} `invalid`, `not-found`, `exists`, `limit`, `conflict`, `forbidden` for a hook, or `unavailable`
   */
  async create(wanted: SnapshotWish & { readonly shareId: number }): Promise<SnapshotRecord> {
    const { records } = await this.begin([wanted.shareId], wanted, false).done
    return records[0]!
  }

  /** Takes snapshots of several shares in one cut: of all, or of none. @throws as {@link create} does */
  async createGroup(
    wanted: SnapshotWish & ({ readonly shareIds: readonly number[] } | { readonly applicationId: string }),
  ): Promise<readonly SnapshotRecord[]> {
    const shareIds = 'shareIds' in wanted ? wanted.shareIds : this.#sharesOf(wanted.applicationId)
    const { records } = await this.begin(shareIds, wanted, true).done
    return records
  }

  /**
   * Begins to take snapshots. `jobId` is what {@link jobs} and {@link abort} know it by; `done` must be waited for.
   * @throws {ServiceError} for what is refused at once; `done` fails with what came in the way later
   */
  begin(
    shareIds: readonly number[],
    wanted: SnapshotWish,
    isGroup: boolean,
  ): {
    readonly jobId: string
    readonly done: Promise<{
      readonly records: readonly SnapshotRecord[]
      readonly warnings: readonly string[]
    }>
  } {
    const { name, hooks = noHooks } = wanted
    checkWish(wanted)
    this.#services.hooks.check(hooks)
    const ids = [...new Set(shareIds)]
    if (ids.length === 0) throw new ServiceError('invalid', 'there is no share to take a snapshot of')
    if (ids.length > groupShareCountMax)
      throw new ServiceError('limit', `over ${groupShareCountMax} shares cannot be taken in one cut`)
    for (const id of ids) this.#orders.livingShare(id)
    const { id: jobId, done } = this.#jobs.add(
      { name, shareIds: ids, createdBy: wanted.createdBy },
      async (job) => {
        const records = await this.#orders.insert(wanted, job, isGroup)
        return new Capture(this.#services, this.#removals, records, job).run(hooks)
      },
    )
    return { jobId, done }
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
      if (record.name !== name) this.#orders.refuseTaken(record.shareId, name)
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

  /** What {@link delete} would do, and whether it would. @throws {ServiceError} `not-found` */
  deletionOf(id: number): SnapshotDeletion {
    const snapshot = this.get(id)
    const isLast = this.of(snapshot.shareId).length === 1
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
      const { snapshot, refusal, isLast } = this.deletionOf(id)
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

  #sharesOf(applicationId: string): number[] {
    const shares = [...this.#services.namespace.shares.all()]
    return shares.filter((share) => share.applicationId === applicationId).map(({ id }) => id)
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

  #checkPurge(shareId: number): void {
    const held = this.of(shareId).find(({ id, heldAt }) => heldAt !== null || this.#uses.has(id))
    if (held !== undefined)
      throw new ServiceError(
        'conflict',
        `share ${shareId} cannot be purged: ${this.deletionOf(held.id).refusal!}`,
      )
  }

  async #clearForPurge(shareId: number, signal: AbortSignal): Promise<void> {
    const { namespace, index, places } = this.#services
    await this.#jobs.endThoseOf(shareId, deletedMeanwhile())
    for (const { id } of index.ofShare(shareId)) {
      if (signal.aborted || this.#closing.signal.aborted)
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

function deletedMeanwhile(): ServiceError {
  return new ServiceError('conflict', 'the share was deleted while its snapshot was taken')
}
