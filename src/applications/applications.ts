import { v7 as uuid } from 'uuid'
import { ServiceError } from '../config/service-error.ts'
import {
  applicationByName,
  applicationsAfter,
  insertApplication,
  updateApplication,
  type ApplicationFilter,
  type ApplicationLink,
  type ApplicationRecord,
} from '../catalog/applications.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Labels } from '../catalog/nodes.ts'
import { pageOf, type Page, type PageRequest } from '../service/page.ts'
import { checkDescription, checkLabels, checkOwner, checkVersion } from '../service/checks.ts'
import type { Logger } from '../telemetry/log.ts'
import { checkApplicationId, checkApplicationName, checkLinks, checkPage } from './fields.ts'
import { History } from './history.ts'
import { Manifests } from './manifests.ts'
import { applicationOf } from './reference.ts'
import { Workloads, type Mount } from './workloads.ts'

/** What a change of an application may set. */
export interface ApplicationContent {
  /** Who answers for the data: a person, a team, an address. */
  readonly owner: string
  readonly description: string
  readonly labels: Labels
  readonly links: readonly ApplicationLink[]
}

export interface NewApplication extends Partial<ApplicationContent> {
  /** A DNS label, for ever the application's own: subjects and rules name it so. */
  readonly name: string
  readonly owner: string
  /** That it had, of one that comes back from a backup; default: a new one. */
  readonly id?: string
}

export interface Change {
  /** The version that the asker has seen; absent: any. */
  readonly ifVersion?: number | undefined
}

export interface ApplicationsOptions {
  readonly catalog: Catalog
  readonly log: Pick<Logger, 'warn'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Who owns data. An application outlives its shares, tokens and containers: it can be retired, but never removed. */
export class Applications {
  readonly manifests: Manifests
  readonly history: History
  readonly #workloads: Workloads
  readonly #catalog: Catalog
  readonly #now: () => number
  readonly #listeners: ((application: ApplicationRecord) => void)[] = []

  constructor({ catalog, log, now = Date.now }: ApplicationsOptions) {
    this.#catalog = catalog
    this.#now = now
    this.#workloads = new Workloads({ catalog, log })
    this.manifests = new Manifests({ catalog, now })
    this.history = new History({ catalog, workloads: this.#workloads, now })
  }

  /** A workload has mounted a share: it is written down within a second. */
  seen(mount: Mount): void {
    this.#workloads.seen(mount)
  }

  /** Mounts that could not be written down, since too many waited for it. */
  get lostMountCount(): number {
    return this.#workloads.lostCount
  }

  /** Writes the mounts that wait. Nothing may be seen after. */
  close(): Promise<void> {
    return this.#workloads.flush()
  }

  /** Tells of each application that was changed, after it is in the catalog. */
  onChange(listener: (application: ApplicationRecord) => void): void {
    this.#listeners.push(listener)
  }

  /** @throws {ServiceError} `invalid`, or `exists`: the name of a retired application is not free again. */
  async create({ name, id, ...content }: NewApplication): Promise<ApplicationRecord> {
    const at = this.#now()
    const application: ApplicationRecord = {
      id: id === undefined ? uuid({ msecs: at }) : checkApplicationId(id),
      name: checkApplicationName(name),
      ...checked({ description: '', labels: {}, links: [], ...content }),
      createdAt: at,
      changedAt: at,
      retiredAt: null,
      version: 1,
    }
    await this.#catalog.transaction(async (db) => {
      const other = await applicationByName(db, name)
      if (other !== undefined)
        throw new ServiceError(
          'exists',
          `there is an application ${name} already` +
            (other.retiredAt === null ? '' : ', retired: its history goes by that name, so take another'),
        )
      await insertApplication(db, application)
    })
    return application
  }

  /** By name or id, retired or not. @throws {ServiceError} `not-found` */
  get(reference: string): Promise<ApplicationRecord> {
    return applicationOf(this.#catalog.db, reference)
  }

  /** By name. @throws {ServiceError} `invalid` for a page that cannot be. */
  async list(page: PageRequest, filter: ApplicationFilter = {}): Promise<Page<ApplicationRecord>> {
    checkPage(page)
    const { after = '', limit } = page
    const rows = await applicationsAfter(this.#catalog.db, after, limit + 1, filter)
    return pageOf(rows, limit, ({ name }) => name)
  }

  /** What is absent from `wanted` stays. @throws {ServiceError} `not-found`, `invalid` or `stale` */
  update(
    reference: string,
    wanted: Partial<ApplicationContent>,
    change: Change = {},
  ): Promise<ApplicationRecord> {
    return this.#change(reference, change, (now) => checked({ ...now, ...wanted }))
  }

  /** It takes no new shares and manifests from now on, and stays known. @throws {ServiceError} `not-found` or `stale` */
  retire(reference: string, change: Change = {}): Promise<ApplicationRecord> {
    return this.#change(reference, change, ({ retiredAt }) => ({ retiredAt: retiredAt ?? this.#now() }))
  }

  /** Takes back a retirement. @throws {ServiceError} `not-found` or `stale` */
  revive(reference: string, change: Change = {}): Promise<ApplicationRecord> {
    return this.#change(reference, change, () => ({ retiredAt: null }))
  }

  async #change(
    reference: string,
    { ifVersion }: Change,
    wanted: (now: ApplicationRecord) => Partial<ApplicationRecord>,
  ): Promise<ApplicationRecord> {
    const changed = await this.#catalog.transaction(async (db) => {
      const now = await applicationOf(db, reference)
      checkVersion(`application ${now.name}`, now.version, ifVersion)
      const next = { ...now, ...wanted(now), changedAt: this.#now(), version: now.version + 1 }
      await updateApplication(db, next)
      return next
    })
    for (const listener of this.#listeners) listener(changed)
    return changed
  }
}

function checked({ owner, description, labels, links }: ApplicationContent): ApplicationContent {
  if (owner === '')
    throw new ServiceError('invalid', 'an application needs an owner: who answers for its data?')
  return {
    owner: checkOwner(owner),
    description: checkDescription(description),
    labels: checkLabels(labels),
    links: checkLinks(links),
  }
}
