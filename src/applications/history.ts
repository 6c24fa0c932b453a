import { ServiceError } from '../config/service-error.ts'
import type { Catalog } from '../catalog/catalog.ts'
import {
  ownedAt,
  ownershipsOfDirectory,
  ownershipsOfShare,
  shareIdsInDirectory,
  type OwnershipRecord,
} from '../catalog/ownerships.ts'
import { pageOf, type Page, type PageRequest } from '../service/page.ts'
import { shareById } from '../catalog/shares.ts'
import { allStores } from '../catalog/stores.ts'
import {
  idleSharesAfter,
  workloadsBefore,
  type IdleShare,
  type TimeRange,
  type WorkloadRecord,
} from '../catalog/workloads.ts'
import { checkPage, numberInCursor } from './fields.ts'
import { placesInStore, placesOnHost, type Place } from './places.ts'
import { applicationOf } from './reference.ts'
import type { Workloads } from './workloads.ts'

/** Answers of one question about owners; a share rarely has had more than a few. */
const ownerCountMax = 100
const dayMs = 86_400_000
/** A century: more is a slip. */
const dayCountMax = 36_500

export interface HistoryOptions {
  readonly catalog: Catalog
  readonly workloads: Workloads
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What is asked for by its number, by its directory in a store, or by an absolute path on this machine. */
export type Owned =
  | { readonly shareId: number }
  | { readonly store: string; readonly directory: string }
  | { readonly hostPath: string }

/** Which application owned which data, where and when, and who mounted it: for living and deleted shares alike. */
export class History {
  readonly #catalog: Catalog
  readonly #workloads: Workloads
  readonly #now: () => number

  constructor({ catalog, workloads, now }: HistoryOptions) {
    this.#catalog = catalog
    this.#workloads = workloads
    this.#now = now
  }

  /**
   * Where an application's data was at a time: each share with its path, store and directory of then.
   * @throws {ServiceError} `not-found` or `invalid`
   */
  async dataOn(application: string, atMs: number, page: PageRequest): Promise<Page<OwnershipRecord>> {
    checkPage(page)
    const after = numberInCursor(page, 0)
    const { id } = await applicationOf(this.#catalog.db, application)
    const rows = await ownedAt(this.#catalog.db, id, atMs, after, page.limit + 1)
    return pageOf(rows, page.limit, ({ id }) => String(id))
  }

  /** Who mounted a share, the newest comers first. @throws {ServiceError} `not-found` or `invalid` */
  async mountsOf(shareId: number, page: PageRequest, range: TimeRange = {}): Promise<Page<WorkloadRecord>> {
    if ((await shareById(this.#catalog.db, shareId)) === undefined)
      throw new ServiceError('not-found', `there is no share ${shareId}, and never was`)
    return this.#mounts({ shareId }, page, range)
  }

  /** Who mounted an application's shares, the newest comers first. @throws {ServiceError} `not-found` or `invalid` */
  async workloadsOf(
    application: string,
    page: PageRequest,
    range: TimeRange = {},
  ): Promise<Page<WorkloadRecord>> {
    const { id } = await applicationOf(this.#catalog.db, application)
    return this.#mounts({ applicationId: id }, page, range)
  }

  /**
   * Living shares that no workload has mounted or called for so many days; one that never was counts from its creation.
   * @throws {ServiceError} `invalid`
   */
  async orphans(days: number, page: PageRequest): Promise<Page<IdleShare>> {
    checkPage(page)
    const after = numberInCursor(page, 0)
    if (!(days >= 0 && days <= dayCountMax))
      throw new ServiceError('invalid', `days must be 0 to ${dayCountMax}, not ${days}`)
    await this.#workloads.flush()
    const since = this.#now() - days * dayMs
    const rows = await idleSharesAfter(this.#catalog.db, since, after, page.limit + 1)
    return pageOf(rows, page.limit, ({ shareId }) => String(shareId))
  }

  /**
   * Which applications a share, tombstone or directory belongs to or belonged to, the newest first. A directory belongs to
   * the share at it or above it, the nearest that ever was.
   * @throws {ServiceError} `not-found` for a share that never was, `invalid` for a path that cannot be.
   */
  async ownersOf(owned: Owned): Promise<readonly OwnershipRecord[]> {
    const { db } = this.#catalog
    if ('shareId' in owned) {
      const owners = await ownershipsOfShare(db, owned.shareId, ownerCountMax)
      if (owners.length > 0) return owners
      throw new ServiceError('not-found', `there is no share ${owned.shareId}, and never was`)
    }
    const places =
      'hostPath' in owned
        ? placesOnHost(owned.hostPath, await allStores(db))
        : placesInStore(owned.store, owned.directory)
    for (const place of places) {
      const owners = await this.#ownersIn(place)
      if (owners.length > 0) return owners
    }
    return []
  }

  /** Who had exactly this directory, in the life of a share or as its tombstone. */
  async #ownersIn({ store, directory, shareId }: Place): Promise<readonly OwnershipRecord[]> {
    const { db } = this.#catalog
    const owners = await ownershipsOfDirectory(db, store, directory, ownerCountMax)
    const shareIds = shareId === undefined ? await shareIdsInDirectory(db, store, directory) : [shareId]
    for (const id of shareIds)
      for (const owner of await ownershipsOfShare(db, id, ownerCountMax))
        if (owner.store === store && !owners.some((known) => known.id === owner.id)) owners.push(owner)
    return owners.sort((a, b) => b.id - a.id).slice(0, ownerCountMax)
  }

  async #mounts(
    of: { readonly applicationId: string } | { readonly shareId: number },
    page: PageRequest,
    range: TimeRange,
  ): Promise<Page<WorkloadRecord>> {
    checkPage(page)
    const before = numberInCursor(page, Number.MAX_SAFE_INTEGER)
    await this.#workloads.flush()
    const rows = await workloadsBefore(this.#catalog.db, of, before, page.limit + 1, range)
    return pageOf(rows, page.limit, ({ id }) => String(id))
  }
}
