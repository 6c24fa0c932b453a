import type { Db } from './catalog.ts'
import type { ManifestRow } from './schema.ts'

/** One version of one document of an application, as it was given. */
export type ManifestRecord = Readonly<ManifestRow>

/** A version without its content. */
export type ManifestEntry = Omit<ManifestRecord, 'content'>

const entryColumns = ['applicationId', 'name', 'version', 'contentType', 'createdAt', 'createdBy'] as const

/** The newest version of each document, by name. */
export async function manifestsAfter(
  db: Db,
  applicationId: string,
  after: string,
  countMax: number,
): Promise<ManifestEntry[]> {
  return db
    .selectFrom('manifests as manifest')
    .select(entryColumns)
    .where('applicationId', '=', applicationId)
    .where('name', '>', after)
    .where('version', '=', ({ selectFrom }) =>
      selectFrom('manifests as any')
        .select(({ fn }) => fn.max('any.version').as('newest'))
        .whereRef('any.applicationId', '=', 'manifest.applicationId')
        .whereRef('any.name', '=', 'manifest.name'),
    )
    .orderBy('name')
    .limit(countMax)
    .execute()
}

/** Versions of one document, the newest first, below the given one. */
export async function manifestVersionsBefore(
  db: Db,
  applicationId: string,
  name: string,
  before: number,
  countMax: number,
): Promise<ManifestEntry[]> {
  return db
    .selectFrom('manifests')
    .select(entryColumns)
    .where('applicationId', '=', applicationId)
    .where('name', '=', name)
    .where('version', '<', before)
    .orderBy('version', 'desc')
    .limit(countMax)
    .execute()
}

/** A version of a document, by default the newest. */
export async function manifest(
  db: Db,
  applicationId: string,
  name: string,
  version?: number,
): Promise<ManifestRecord | undefined> {
  let query = db
    .selectFrom('manifests')
    .selectAll()
    .where('applicationId', '=', applicationId)
    .where('name', '=', name)
  if (version !== undefined) query = query.where('version', '=', version)
  return query.orderBy('version', 'desc').limit(1).executeTakeFirst()
}

/** How many documents an application has, whatever their versions. */
export async function manifestNameCount(db: Db, applicationId: string): Promise<number> {
  const { count } = await db
    .selectFrom('manifests')
    .select(({ fn }) => fn.count('name').distinct().as('count'))
    .where('applicationId', '=', applicationId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function insertManifest(db: Db, record: ManifestRecord): Promise<void> {
  await db.insertInto('manifests').values(record).execute()
}
