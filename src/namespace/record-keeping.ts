import { dirname, join } from 'node:path'
import { applicationById, type ApplicationRecord } from '../catalog/applications.ts'
import type { Db } from '../catalog/catalog.ts'
import { shareById, type ShareRecord } from '../catalog/shares.ts'
import {
  makePrivate,
  namesIn,
  removeEmpty,
  removeFile,
  syncDirectories,
  writeAllDurably,
  type FileContent,
} from './files.ts'
import {
  livingRecord,
  purgedRecord,
  recordsOutsideStores,
  tombstone,
  tombstoneRecord,
  tombstones,
} from './layout.ts'
import { formatRecord } from './records.ts'

/** What the keeping of records needs of the namespace. */
export interface RecordKeeper {
  readonly catalog: { readonly db: Db }
  readonly shares: ReadonlyMap<number, ShareRecord>
  readonly gatewayId: string
  readonly dataDirectory: string
  /** @throws {ServiceError} `unavailable` */
  directoryOf(store: string): string
}

/** What is to be done in one store, or in the data directory. */
interface Work {
  readonly base: string
  /** Names of the tombstones that are there. */
  readonly tombstones: ReadonlySet<string>
  readonly written: FileContent[]
  readonly outdatedFiles: string[]
  readonly outdatedDirectories: string[]
}

/**
 * Makes the records of these shares say what the catalog says, each in its one place. May be done again at any time.
 * @throws {ServiceError} `unavailable` if a store is not there.
 */
export async function settleRecords(keeper: RecordKeeper, shareIds: readonly number[]): Promise<void> {
  const works = new Map<string | null, Work>()
  const applications = new Map<string, ApplicationRecord>()
  for (const id of shareIds) {
    const share = keeper.shares.get(id) ?? (await shareById(keeper.catalog.db, id))
    // A creation that was taken back.
    if (share === undefined) continue
    let work = works.get(share.store)
    if (work === undefined) works.set(share.store, (work = await workIn(keeper, share.store)))
    const application = await applicationOf(share, keeper.catalog.db, applications)
    plan(work, share, formatRecord(share, application, keeper.gatewayId))
  }
  for (const work of works.values()) await carryOut(work)
}

async function workIn(keeper: RecordKeeper, store: string | null): Promise<Work> {
  const base = store === null ? keeper.dataDirectory : keeper.directoryOf(store)
  const names = store === null ? [] : await namesIn(join(base, tombstones))
  return { base, tombstones: new Set(names), written: [], outdatedFiles: [], outdatedDirectories: [] }
}

function plan(work: Work, share: ShareRecord, content: string): void {
  const { id, store, deletedAt, purgedAt } = share
  const at = (path: string): string => join(work.base, path)
  if (store === null) {
    work.written.push({ path: at(join(recordsOutsideStores, `${id}.json`)), content })
    return
  }
  const isTombstone = deletedAt !== null && purgedAt === null
  const place = purgedAt !== null ? purgedRecord(id) : isTombstone ? tombstoneRecord(id) : livingRecord(id)
  work.written.push({ path: at(place), content })
  if (deletedAt !== null) work.outdatedFiles.push(at(livingRecord(id)))
  if (!isTombstone && work.tombstones.has(String(id))) {
    work.outdatedFiles.push(at(tombstoneRecord(id)))
    work.outdatedDirectories.push(at(tombstone(id)))
  }
}

async function carryOut({ written, outdatedFiles, outdatedDirectories }: Work): Promise<void> {
  for (const directory of new Set(written.map(({ path }) => dirname(path)))) await makePrivate(directory)
  // First the new ones: a crash in between leaves two, never none.
  await writeAllDurably(written)
  for (const path of outdatedFiles) await removeFile(path)
  for (const path of outdatedDirectories) await removeEmpty(path)
  await syncDirectories([...outdatedFiles, ...outdatedDirectories].map(dirname).filter(isKept))

  function isKept(directory: string): boolean {
    return !outdatedDirectories.includes(directory)
  }
}

async function applicationOf(
  { applicationId }: ShareRecord,
  db: Db,
  known: Map<string, ApplicationRecord>,
): Promise<ApplicationRecord | undefined> {
  if (applicationId === null) return undefined
  const application = known.get(applicationId) ?? (await applicationById(db, applicationId))
  if (application !== undefined) known.set(applicationId, application)
  return application
}
