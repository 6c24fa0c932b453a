import { readdirSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../config/error.ts'
import { ServiceError } from '../config/service-error.ts'
import type { SnapshotRow } from '../catalog/schema.ts'
import { snapshotCountIn } from '../catalog/snapshots.ts'
import { deleteStore, insertStore, updateStore, type StoreRecord } from '../catalog/stores.ts'
import { checkVersion } from '../service/checks.ts'
import { namesIn } from './files.ts'
import { filesystemName, isRemoteFilesystem } from './filesystem-name.ts'
import { livingRecords, privateDirectory, tombstones } from './layout.ts'
import { shown } from '../service/shown.ts'
import type { NamespaceState } from './state.ts'
import { checkClasses, checkDirectory, checkName, refuseOverlap } from './store-checks.ts'
import { isHalfMade, readStoreFile, writeStoreFile } from './store-file.ts'
import { unclaimedIn, type Unclaimed } from './unclaimed.ts'

/** Stores of one gateway. */
export const storeCountMax = 256

export interface NewStore {
  /** `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, 63 at most. */
  readonly name: string
  /** Absolute path of a directory that is there: empty, or once a store of this gateway. */
  readonly directory: string
  /** Labels by which a share may ask for it, in the shape of its name. */
  readonly classes?: readonly string[]
  /** How snapshots are taken; default `auto`. */
  readonly driver?: StoreRecord['driver']
  /** Whether it may be slow to answer; default null: by its filesystem. */
  readonly remote?: boolean | null
}

/** What may be changed of a store; what is absent stays. */
export type StoreChange = Pick<NewStore, 'classes' | 'driver' | 'remote'>

/** Knows how snapshots can be taken in a store's directory. */
export interface DriverProbe {
  /** What `auto` comes to there. */
  detect(directory: string): Promise<SnapshotRow['driver']>
  /** Why this one cannot be used there, as a sentence; undefined: it can. */
  impossible(driver: SnapshotRow['driver'], directory: string): Promise<string | undefined>
}

/** A store and what its filesystem says now. */
export interface StoreStatus extends StoreRecord {
  /** How snapshots are taken now; absent where it could not be found out yet. */
  readonly driverInUse?: SnapshotRow['driver']
  /** Whether its calls have threads of their own. */
  readonly isRemote: boolean
  /** Whether its filesystem is mounted and it is the store it is taken for. */
  readonly isAvailable: boolean
  /** Why not, when it is not. */
  readonly problem?: string
  /** Absent when it is not available. */
  readonly space?: StoreSpace
  /** Living and deleted shares in it. */
  readonly shareCount: number
}

export interface StoreSpace {
  /** `ext4`, `xfs`, `btrfs`, … */
  readonly filesystem: string
  readonly sizeBytes: number
  /** What may still be written by others than root. */
  readonly freeBytes: number
  readonly freeFiles: number
}

/** The directories that shares lie in. */
export class Stores {
  readonly #state: NamespaceState
  #probe: DriverProbe | undefined
  /** What `auto` comes to, by store. */
  readonly #detected = new Map<string, SnapshotRow['driver']>()
  /** What its filesystem says, by store, once it was there. */
  readonly #remote = new Map<string, boolean>()

  constructor(state: NamespaceState) {
    this.#state = state
  }

  /** By name. */
  list(): StoreStatus[] {
    const stores = [...this.#state.stores.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return stores.map((store) => this.#statusOf(store))
  }

  /** @throws {ServiceError} `not-found` */
  get(name: string): StoreStatus {
    return this.#statusOf(this.#store(name))
  }

  /**
   * From now on drivers are checked; those of all stores that are there are at once.
   * @throws {StartError} for a driver that has been set and cannot be used
   */
  async useProbe(probe: DriverProbe): Promise<void> {
    this.#probe = probe
    for (const store of this.#state.stores.values()) {
      if (!this.#availabilityOf(store).isAvailable) continue
      try {
        await this.#checkDriver(store.directory, store.driver)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        throw new StartError(`store ${store.name}: ${error.message}`, { cause: error })
      }
      await this.#detectDriver(store)
    }
  }

  /** Of a store that is there: mounted, and the one it is taken for. @throws {ServiceError} `unavailable` */
  directoryOf(name: string): string {
    return this.#state.directoryOf(name)
  }

  /** Whether calls on its files may wait long. A filesystem is asked once: it may not answer when it is asked again. */
  isRemote(name: string): boolean {
    const { remote, directory } = this.#store(name)
    const known = remote ?? this.#remote.get(name)
    if (known !== undefined) return known
    if (!this.#availabilityOf(this.#store(name)).isAvailable) return false
    const found = isRemoteFilesystem(statfsSync(directory).type)
    this.#remote.set(name, found)
    return found
  }

  /** As it was told, by what is in memory alone. @throws {ServiceError} `not-found` */
  supposedDirectoryOf(name: string): string {
    return this.#store(name).directory
  }

  /**
   * Makes a directory a store.
   * @throws {ServiceError} `invalid`, `exists`, `conflict`, `limit` or `unavailable`
   */
  async add({
    name,
    directory,
    classes = [],
    driver = 'auto',
    remote = null,
  }: NewStore): Promise<StoreStatus> {
    return this.#state.turns.take(async () => {
      checkName('store name', name)
      checkClasses(classes)
      const { stores, dataDirectory } = this.#state
      if (stores.has(name)) throw new ServiceError('exists', `there is a store ${name} already`)
      if (stores.size >= storeCountMax)
        throw new ServiceError('limit', `there are ${storeCountMax} stores already`)
      const path = checkDirectory(directory)
      refuseOverlap(path, dataDirectory, `the data directory ${dataDirectory}`)
      await this.#checkDriver(path, driver)
      const store = await this.#add({ name, directory: path, classes, driver, remote })
      await this.#detectDriver(store)
      return this.#statusOf(store)
    })
  }

  /** The store that is there from the first start on, in the data directory: its directory is made. */
  async addDefault(store: NewStore): Promise<void> {
    await this.#state.turns.take(() => this.#add(store))
  }

  /** @throws {ServiceError} `not-found`, `invalid`, `stale` or `unavailable` */
  async update(name: string, wanted: StoreChange, ifVersion?: number): Promise<StoreStatus> {
    return this.#state.turns.take(async () => {
      const store = this.#store(name)
      checkVersion(`store ${name}`, store.version, ifVersion)
      const { classes = store.classes, driver = store.driver, remote = store.remote } = wanted
      checkClasses(classes)
      const directory = this.#state.directoryOf(name)
      await this.#checkDriver(directory, driver)
      const changed = { ...store, classes: [...classes], driver, remote, version: store.version + 1 }
      await updateStore(this.#state.catalog.db, changed)
      this.#state.stores.set(name, changed)
      await writeStoreFile(directory, this.#fileOf(changed))
      // Somebody may have changed its filesystem, and looks again by this.
      await this.#detectDriver(changed)
      return this.#statusOf(changed)
    })
  }

  /**
   * Forgets a store; its directory stays as it is.
   * @throws {ServiceError} `not-found`, `stale`, or `conflict` while shares or tombstones are in it.
   */
  async remove(name: string, ifVersion?: number): Promise<void> {
    return this.#state.turns.take(async () => {
      const store = this.#store(name)
      checkVersion(`store ${name}`, store.version, ifVersion)
      const count = this.#shareCount(name)
      if (count > 0)
        throw new ServiceError(
          'conflict',
          `store ${name} holds ${count} shares, deleted ones counted: purge or move them first`,
        )
      const snapshots = await snapshotCountIn(this.#state.catalog.db, name)
      if (snapshots > 0)
        throw new ServiceError(
          'conflict',
          `store ${name} holds ${snapshots} snapshots of shares that were moved away: delete them first`,
        )
      await deleteStore(this.#state.catalog.db, name)
      this.#state.stores.delete(name)
      this.#detected.delete(name)
      this.#remote.delete(name)
    })
  }

  /** What in a store belongs to no share. @throws {ServiceError} `not-found` or `unavailable` */
  async unclaimed(name: string): Promise<Unclaimed> {
    return unclaimedIn(this.#state, this.#store(name).name)
  }

  /**
   * The store for a new share: the one named; else, of those with the class, the one with the most free space; else the
   * default one.
   * @throws {ServiceError} `not-found` or `unavailable`
   */
  place(wish: { readonly store?: string; readonly class?: string }): StoreRecord {
    if (wish.store !== undefined) {
      const store = this.#store(wish.store)
      this.#state.directoryOf(store.name)
      return store
    }
    const wanted = wish.class ?? 'default'
    const fitting = [...this.#state.stores.values()].filter(
      ({ name, classes }) => classes.includes(wanted) || (wish.class === undefined && name === wanted),
    )
    if (fitting.length === 0)
      throw new ServiceError(
        'not-found',
        wish.class === undefined
          ? 'there is no store named or of class default: name the one that is meant'
          : `there is no store of class ${shown(wanted)}`,
      )
    const [best] = fitting
      .map((store) => ({ store, now: this.#availabilityOf(store) }))
      .filter(({ now }) => now.isAvailable)
      .sort((a, b) => (b.now.space?.freeBytes ?? 0) - (a.now.space?.freeBytes ?? 0))
    if (best === undefined)
      throw new ServiceError(
        'unavailable',
        this.#availabilityOf(fitting[0]!).problem ?? 'no store is available',
      )
    return best.store
  }

  async #add({
    name,
    directory,
    classes = [],
    driver = 'auto',
    remote = null,
  }: NewStore): Promise<StoreRecord> {
    for (const other of this.#state.stores.values())
      refuseOverlap(directory, other.directory, `store ${other.name} in ${other.directory}`)
    for (const share of this.#state.shares.values())
      if (share.store === null && share.deletedAt === null)
        refuseOverlap(directory, share.directory, `share ${share.path} in ${share.directory}`)
    await this.#checkContent(directory)
    const createdAt = this.#state.now()
    const store: StoreRecord = {
      name,
      directory,
      classes: [...classes],
      driver,
      remote,
      createdAt,
      version: 1,
    }
    try {
      await writeStoreFile(directory, this.#fileOf(store))
    } catch (error) {
      throw new ServiceError('unavailable', `${directory} cannot be written: ${(error as Error).message}`, {
        cause: error,
      })
    }
    await insertStore(this.#state.catalog.db, store)
    this.#state.stores.set(name, store)
    return store
  }

  /** @throws {ServiceError} `conflict` for a directory that others use. */
  async #checkContent(directory: string): Promise<void> {
    const file = readStoreFile(directory)
    if (file === undefined) {
      const found = readdirSync(directory, { withFileTypes: true }).filter(
        ({ name }) => name !== 'lost+found',
      )
      const [entry] = found
      if (entry === undefined) return
      const isPrivate = entry.name === privateDirectory && entry.isDirectory()
      // A start that was killed while it made the store.
      if (found.length === 1 && isPrivate && (await isHalfMade(directory))) return
      throw new ServiceError(
        'conflict',
        `${directory} is not empty (${shown(entry.name)}): a store begins empty`,
      )
    }
    if (file.gateway !== this.#state.gatewayId)
      throw new ServiceError(
        'conflict',
        `${directory} is store ${file.store} of another gateway, ${file.gateway}`,
      )
    for (const place of [livingRecords, tombstones]) {
      if ((await namesIn(join(directory, place))).length > 0)
        throw new ServiceError(
          'conflict',
          `${directory} holds shares of the former store ${file.store}: \`berth catalog rebuild\` reads them`,
        )
    }
  }

  #store(name: string): StoreRecord {
    const store = this.#state.stores.get(name)
    if (store === undefined) throw new ServiceError('not-found', `there is no store ${shown(name)}`)
    return store
  }

  #fileOf({ name, classes, driver, remote, createdAt }: StoreRecord) {
    return {
      format: 1 as const,
      store: name,
      gateway: this.#state.gatewayId,
      classes: [...classes],
      driver,
      ...(remote === null ? {} : { remote }),
      createdAt,
    }
  }

  #statusOf(store: StoreRecord): StoreStatus {
    const driver = store.driver === 'auto' ? this.#detected.get(store.name) : store.driver
    return {
      ...store,
      ...this.#availabilityOf(store),
      ...(driver === undefined ? {} : { driverInUse: driver }),
      isRemote: this.isRemote(store.name),
      shareCount: this.#shareCount(store.name),
    }
  }

  /** For who looks: each share is tried anew when a snapshot of it is taken. */
  async #detectDriver({ name, directory, driver }: StoreRecord): Promise<void> {
    this.#detected.delete(name)
    if (driver !== 'auto' || this.#probe === undefined) return
    try {
      this.#detected.set(name, await this.#probe.detect(directory))
    } catch (error) {
      this.#state.warn(`snapshots cannot be taken in store ${name} as it is now`, error)
    }
  }

  /** @throws {ServiceError} `invalid` */
  async #checkDriver(directory: string, driver: StoreRecord['driver']): Promise<void> {
    if (driver === 'auto' || this.#probe === undefined) return
    const problem = await this.#probe.impossible(driver, directory)
    if (problem !== undefined)
      throw new ServiceError('invalid', `snapshots cannot be taken by ${driver} in ${directory}: ${problem}`)
  }

  #availabilityOf({ name }: StoreRecord): Pick<StoreStatus, 'isAvailable' | 'problem' | 'space'> {
    try {
      return { isAvailable: true, space: spaceOf(this.#state.directoryOf(name)) }
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      return { isAvailable: false, problem: error.message }
    }
  }

  #shareCount(name: string): number {
    let count = 0
    for (const share of this.#state.shares.values()) if (share.store === name) count++
    return count
  }
}

function spaceOf(directory: string): StoreSpace {
  const { type, bsize, blocks, bavail, ffree } = statfsSync(directory)
  return {
    filesystem: filesystemName(type),
    sizeBytes: bsize * blocks,
    freeBytes: bsize * bavail,
    freeFiles: ffree,
  }
}
