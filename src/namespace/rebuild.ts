import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { insertApplication, type ApplicationRecord } from '../catalog/applications.ts'
import type { Catalog, Db } from '../catalog/catalog.ts'
import { putFact } from '../catalog/facts.ts'
import { insertShare, noteFormerOwnership, noteOwnership, type ShareRecord } from '../catalog/shares.ts'
import { insertStore } from '../catalog/stores.ts'
import { insertTarget } from '../catalog/targets.ts'
import { isThere } from './files.ts'
import { recordsOfStore, recordsOutside, type FoundRecord, type RebuildProblem } from './found-records.ts'
import { defaultStore, mirrored, storeFile } from './layout.ts'
import { gatewayIdKey } from './namespace.ts'
import { parsePath } from './names.ts'
import { checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import { targetOf } from './new-share.ts'
import { shareOfRecord } from './records.ts'
import { readStoreFile, type StoreFile } from './store-file.ts'
import { Tree } from './tree.ts'

/** Where a share is put whose own path is another's. */
const recoveredFolder = 'recovered'

export interface RebuildOptions {
  /** Just made: empty. */
  readonly catalog: Catalog
  /** Absolute path of the data directory; its default store is read too. */
  readonly dataDirectory: string
  /** Absolute paths of the directories of all other stores. */
  readonly stores: readonly string[]
}

export interface RebuildReport {
  readonly gatewayId: string | undefined
  readonly stores: readonly string[]
  readonly applicationCount: number
  /** Living ones, those of the config file counted. */
  readonly shareCount: number
  readonly tombstoneCount: number
  readonly problems: readonly RebuildProblem[]
}

/**
 * Fills a new catalog from the records beside the shares: folders, links, shares under their own numbers, tombstones,
 * applications and who owned what. What lies in the catalog alone is not in them: descriptions and labels of folders,
 * links to other gateways, manifests, history, tokens, rules, grants.
 * @throws {ServiceError} `conflict` for a catalog that is not empty or stores of several gateways, `invalid` for a
 * directory that is no store
 */
export async function rebuildCatalog(options: RebuildOptions): Promise<RebuildReport> {
  const { catalog, dataDirectory } = options
  await requireEmpty(catalog.db)
  const problems: RebuildProblem[] = []
  const stores = await readStores(options)
  const gatewayId = [...stores.values()][0]?.gateway
  const found = await recordsOutside(dataDirectory, problems)
  for (const [directory, { store }] of stores)
    found.push(...(await recordsOfStore(store, directory, problems)))
  const records = withoutTwins(found, problems)
  const applications = applicationsOf(records, problems)

  await catalog.transaction(async (db) => {
    const rebuilding = new Rebuilding(db, applications, problems)
    const id = gatewayId ?? records[0]?.record.gateway
    if (id !== undefined) await putFact(db, gatewayIdKey, id)
    for (const [directory, { store: name, classes, driver = 'auto', remote = null, createdAt }] of stores)
      await insertStore(db, { name, directory, classes, driver, remote, createdAt, version: 1 })
    for (const application of applications.values()) await insertApplication(db, application)
    for (const record of records) await rebuilding.add(record)
  })
  const living = records.filter(({ record }) => record.deletedAt === null)
  return {
    gatewayId,
    stores: [...stores.values()].map(({ store }) => store),
    applicationCount: applications.size,
    shareCount: living.length,
    tombstoneCount: records.filter(({ store, record }) => store && record.deletedAt && !record.purgedAt)
      .length,
    problems,
  }
}

/** What the rows of one rebuilding have in common. */
class Rebuilding {
  readonly #db: Db
  readonly #applications: ReadonlyMap<string, ApplicationRecord>
  readonly #problems: RebuildProblem[]
  readonly #holder = { tree: new Tree([], [], []) }

  constructor(db: Db, applications: ReadonlyMap<string, ApplicationRecord>, problems: RebuildProblem[]) {
    this.#db = db
    this.#applications = applications
    this.#problems = problems
  }

  async add({ file, store, record }: FoundRecord): Promise<void> {
    const { application } = record
    const isKnown = application !== null && this.#applications.has(application.id)
    const share = shareOfRecord(record, store, isKnown ? application.id : null)
    if (share.deletedAt !== null) {
      await insertShare(this.#db, share)
      await noteFormerOwnership(this.#db, share, store === null ? share.directory : mirrored(share.path))
      return
    }
    const placed = await this.#place(share, file)
    await insertShare(this.#db, placed)
    await insertTarget(this.#db, targetOf(placed))
    await noteOwnership(this.#db, share.id, share.createdAt)
  }

  /** Makes the link of a living share. */
  async #place(share: ShareRecord, file: string): Promise<ShareRecord> {
    try {
      return { ...share, linkId: await this.#link(share.path, share.createdAt) }
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      const path = `/${recoveredFolder}/${share.id}`
      this.#problems.push({ file, what: `${error.message}; the share is now ${path}` })
      return { ...share, path, linkId: await this.#link(path, share.createdAt) }
    }
  }

  async #link(path: string, at: number): Promise<number> {
    const names = parsePath(path)
    checkFree(this.#holder, names)
    return rememberNodes(this.#holder, await insertPath(this.#holder, this.#db, names, { kind: 'link' }, at))
      .id
  }
}

async function requireEmpty(db: Db): Promise<void> {
  for (const table of ['stores', 'shares', 'nodes', 'applications'] as const) {
    const row = await db.selectFrom(table).select('createdAt').limit(1).executeTakeFirst()
    if (row !== undefined)
      throw new ServiceError('conflict', `the catalog is not empty: it has ${table}. Move it away first`)
  }
}

/** Stores by their real directory. */
async function readStores({ dataDirectory, stores }: RebuildOptions): Promise<Map<string, StoreFile>> {
  const standard = join(dataDirectory, defaultStore.directory)
  const directories = (await isThere(join(standard, storeFile))) ? [standard, ...stores] : stores
  const read = new Map<string, StoreFile>()
  for (const directory of directories) {
    const file = storeFileIn(directory)
    const other = [...read.values()].find(
      ({ store, gateway }) => store === file.store || gateway !== file.gateway,
    )
    const path = realpathSync(directory)
    if (other !== undefined && !read.has(path))
      throw new ServiceError(
        'conflict',
        `${directory} is store ${file.store} of gateway ${file.gateway}, beside store ${other.store} of ${other.gateway}: ` +
          'stores of one gateway with different names are needed',
      )
    read.set(path, file)
  }
  return read
}

function storeFileIn(directory: string): StoreFile {
  let why = 'it has no .berth/store.json'
  try {
    const file = readStoreFile(directory)
    if (file !== undefined) return file
  } catch (error) {
    why = (error as Error).message
  }
  throw new ServiceError('invalid', `${directory} is no store: ${why}`)
}

/**
 * By number. Of two with the same one, as a copied store and a move that was interrupted bring them, the older is reported.
 */
function withoutTwins(found: readonly FoundRecord[], problems: RebuildProblem[]): FoundRecord[] {
  const byId = new Map<number, FoundRecord>()
  for (const one of found) {
    const twin = byId.get(one.record.share)
    const isNewer = twin !== undefined && one.record.version > twin.record.version
    if (twin === undefined || isNewer) byId.set(one.record.share, one)
    if (twin === undefined) continue
    const [older, newer] = isNewer ? [twin, one] : [one, twin]
    problems.push({ file: older.file, what: `share ${one.record.share} is that of ${newer.file} too` })
  }
  return [...byId.values()].sort((a, b) => a.record.share - b.record.share)
}

/** Each application as the newest record has it. */
function applicationsOf(
  records: readonly FoundRecord[],
  problems: RebuildProblem[],
): Map<string, ApplicationRecord> {
  const byId = new Map<string, ApplicationRecord>()
  for (const { record } of records) {
    const { application } = record
    if (application !== null && application.version >= (byId.get(application.id)?.version ?? 0))
      byId.set(application.id, application)
  }
  const byName = new Map<string, string>()
  for (const { file, record } of records) {
    const application = record.application && byId.get(record.application.id)
    if (!application) continue
    const other = byName.get(application.name) ?? application.id
    byName.set(application.name, other)
    if (other === application.id) continue
    byId.delete(application.id)
    problems.push({
      file,
      what: `its application ${application.id} has the name ${application.name} of ${other}`,
    })
  }
  return byId
}
