import { ServiceError } from '../config/service-error.ts'
import type { Catalog } from '../catalog/catalog.ts'
import {
  insertManifest,
  manifest,
  manifestNameCount,
  manifestsAfter,
  manifestVersionsBefore,
  type ManifestEntry,
  type ManifestRecord,
} from '../catalog/manifests.ts'
import { pageOf, type Page, type PageRequest } from '../service/page.ts'
import { shown } from '../service/shown.ts'
import { checkManifestName, checkPage, numberInCursor } from './fields.ts'
import { checkManifest } from './manifest-check.ts'
import type { ManifestType } from './manifest-text.ts'
import { applicationOf } from './reference.ts'

/** Documents of one application. */
export const manifestCountMax = 256
/** Versions of one document: nobody is to lose the first ones unasked, and none is to fill the disk. */
export const manifestVersionMax = 10_000

export interface ManifestsOptions {
  readonly catalog: Catalog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface NewManifest {
  readonly name: string
  /** JSON or YAML, one document or several; kept to the letter. */
  readonly content: string
  /** Absent: JSON if it can be read as such, else YAML. */
  readonly contentType?: ManifestType
  /** The subject that gives it. */
  readonly actor: string
}

/** What an application is made from: any YAML or JSON documents, with all their versions. */
export class Manifests {
  readonly #catalog: Catalog
  readonly #now: () => number

  constructor({ catalog, now }: ManifestsOptions) {
    this.#catalog = catalog
    this.#now = now
  }

  /**
   * Adds a version, unless the newest has the same content: that is answered then.
   * @throws {ServiceError} `not-found`, `invalid`, `conflict` for a retired application, or `limit`.
   */
  async put(
    application: string,
    { name, content, contentType, actor }: NewManifest,
  ): Promise<ManifestRecord> {
    checkManifestName(name)
    const type = await checkManifest(content, contentType)
    return this.#catalog.transaction(async (db) => {
      const { id, retiredAt, name: applicationName } = await applicationOf(db, application)
      if (retiredAt !== null)
        throw new ServiceError('conflict', `application ${applicationName} is retired: it takes no manifests`)
      const newest = await manifest(db, id, name)
      if (newest?.content === content && newest.contentType === type) return newest
      if (newest === undefined && (await manifestNameCount(db, id)) >= manifestCountMax)
        throw new ServiceError('limit', `application ${applicationName} has ${manifestCountMax} manifests`)
      const version = (newest?.version ?? 0) + 1
      if (version > manifestVersionMax)
        throw new ServiceError(
          'limit',
          `manifest ${name} has ${manifestVersionMax} versions: take another name`,
        )
      const added = { applicationId: id, name, version, contentType: type, content }
      const record = { ...added, createdAt: this.#now(), createdBy: actor }
      await insertManifest(db, record)
      return record
    })
  }

  /** A version, by default the newest. @throws {ServiceError} `not-found` */
  async get(application: string, name: string, version?: number): Promise<ManifestRecord> {
    const { id, name: applicationName } = await applicationOf(this.#catalog.db, application)
    const found = await manifest(this.#catalog.db, id, name, version)
    if (found === undefined)
      throw new ServiceError(
        'not-found',
        `application ${applicationName} has no manifest ${shown(name)}` +
          (version === undefined ? '' : ` of version ${version}`),
      )
    return found
  }

  /** The newest version of each document, by name. @throws {ServiceError} `not-found` or `invalid` */
  async list(application: string, page: PageRequest): Promise<Page<ManifestEntry>> {
    checkPage(page)
    const { id } = await applicationOf(this.#catalog.db, application)
    const { after = '', limit } = page
    const rows = await manifestsAfter(this.#catalog.db, id, after, limit + 1)
    return pageOf(rows, limit, ({ name }) => name)
  }

  /** All versions of a document, the newest first. @throws {ServiceError} `not-found` or `invalid` */
  async versions(application: string, name: string, page: PageRequest): Promise<Page<ManifestEntry>> {
    checkPage(page)
    const before = numberInCursor(page, Number.MAX_SAFE_INTEGER)
    const { applicationId } = await this.get(application, name)
    const rows = await manifestVersionsBefore(this.#catalog.db, applicationId, name, before, page.limit + 1)
    return pageOf(rows, page.limit, ({ version }) => String(version))
  }
}
