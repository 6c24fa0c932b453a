import { join } from 'node:path'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { privateDirectory } from '../namespace/layout.ts'
import type { Namespace } from '../namespace/namespace.ts'
import type { SnapshotPlace } from './drivers/driver.ts'

/**
 * Where snapshots lie:
 *
 *     STORE/.berth/snapshots/7/NAME/about/manifest.json  a snapshot of share 7: there once it is complete
 *     STORE/.berth/snapshots/7/NAME/data                 its files, but for CephFS
 *     STORE/.berth/snapshots/7/NAME/inodes               what they were in the share, where the copy has other numbers
 *     STORE/.berth/snapshots/7/NAME/changes              what changed up to it, if that is known
 *     STORE/.berth/snapshots/7/.making-12                number 12, which is being made
 *     STORE/.berth/snapshots/7/.removing-12              number 12, which is being removed
 *
 *     STORE/.berth/journals/7                            what has changed in share 7 since the last of them
 *
 * Those of shares outside all stores lie in the same way in `snapshots` and `journals` of the data directory.
 */
const snapshotsOfStore = join(privateDirectory, 'snapshots')
const snapshotsOutsideStores = 'snapshots'
const journalsOfStore = join(privateDirectory, 'journals')
const journalsOutsideStores = 'journals'

export const makingPrefix = '.making-'
export const removingPrefix = '.removing-'
const sidecar = 'about'
const inodeMapFile = 'inodes'
const changesFile = 'changes'

/** What a lane needs to serve a snapshot. */
export interface SnapshotTree {
  /** Absolute path of the root of its files. */
  readonly tree: string
  /** Absolute path of its inode map; undefined: its files have the numbers of the share's. */
  readonly inodeMap: string | undefined
}

/** The directory of all snapshots in a store's directory or, without one, in the data directory. */
export function snapshotsIn(store: string | null, directory: string): string {
  return join(directory, store === null ? snapshotsOutsideStores : snapshotsOfStore)
}

/** Of a directory, and of a record that is being removed: a new snapshot may have the name that it had. */
export function removingName(id: number): string {
  return `${removingPrefix}${id}`
}

export function makingName(id: number): string {
  return `${makingPrefix}${id}`
}

/** The name under which the filesystem knows a snapshot, where it does (CephFS): it stays when ours changes. */
export function nativeName(id: number): string {
  return `berth-${id}`
}

/** Where the snapshots of a namespace lie. */
export class SnapshotPlaces {
  readonly #namespace: Namespace

  constructor(namespace: Namespace) {
    this.#namespace = namespace
  }

  /** Of all snapshots of a store that is there. @throws {ServiceError} `unavailable` */
  base(store: string | null): string {
    const { dataDirectory, stores } = this.#namespace
    return snapshotsIn(store, store === null ? dataDirectory : stores.directoryOf(store))
  }

  /** The file of what has changed in a share since its last snapshot. @throws {ServiceError} `unavailable` */
  journalOf(store: string | null, shareId: number): string {
    const { dataDirectory, stores } = this.#namespace
    const base =
      store === null
        ? join(dataDirectory, journalsOutsideStores)
        : join(stores.directoryOf(store), journalsOfStore)
    return join(base, String(shareId))
  }

  /** Of all snapshots of a share. @throws {ServiceError} `unavailable` */
  ofShare(store: string | null, shareId: number): string {
    return join(this.base(store), String(shareId))
  }

  /** @throws {ServiceError} `unavailable` if its store is not there. */
  directoryOf(record: SnapshotRecord): string {
    return join(this.ofShare(record.store, record.shareId), directoryName(record))
  }

  /** @throws {ServiceError} `unavailable` if its store is not there. */
  of(record: SnapshotRecord): SnapshotPlace {
    return this.#placeIn(record, this.directoryOf(record))
  }

  /** As {@link of}, by what is in memory alone: its store may be gone. */
  supposed(record: SnapshotRecord): SnapshotPlace {
    const { store, shareId } = record
    const { dataDirectory, stores } = this.#namespace
    const base = snapshotsIn(store, store === null ? dataDirectory : stores.supposedDirectoryOf(store))
    return this.#placeIn(record, join(base, String(shareId), directoryName(record)))
  }

  #placeIn({ id, shareId }: SnapshotRecord, directory: string): SnapshotPlace {
    const share = this.#namespace.shares.get(shareId)
    return { directory, source: this.#namespace.shares.directoryOf(share), name: nativeName(id) }
  }
}

/** What backups see as `.berth` at the root of the share. */
export function sidecarIn(directory: string): string {
  return join(directory, sidecar)
}

export function manifestIn(directory: string): string {
  return join(sidecarIn(directory), 'manifest.json')
}

export function inodeMapIn(directory: string, driver: SnapshotRecord['driver']): string | undefined {
  return driver === 'reflink' || driver === 'copy' ? join(directory, inodeMapFile) : undefined
}

/** The file of what changed up to a snapshot since the one before. */
export function changesIn(directory: string): string {
  return join(directory, changesFile)
}

function directoryName({ id, state, name }: SnapshotRecord): string {
  return state === 'making' ? makingName(id) : name
}
