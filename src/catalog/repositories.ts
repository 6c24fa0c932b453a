import type { Db } from './catalog.ts'
import type { RepositoryRow } from './schema.ts'

/** Where restic keeps backups, as it is stored: what the JSON column holds is checked by who uses it. */
export interface RepositoryRecord extends Omit<Readonly<RepositoryRow>, 'secrets'> {
  readonly secrets: unknown
}

/** By name. */
export async function allRepositories(db: Db): Promise<RepositoryRecord[]> {
  const rows = await db.selectFrom('repositories').selectAll().orderBy('name').execute()
  return rows.map(fromRow)
}

/** By id or name. */
export async function findRepository(db: Db, reference: string): Promise<RepositoryRecord | undefined> {
  const found = async (column: 'id' | 'name') =>
    db.selectFrom('repositories').selectAll().where(column, '=', reference).executeTakeFirst()
  const row = (await found('id')) ?? (await found('name'))
  return row && fromRow(row)
}

export async function insertRepository(db: Db, repository: RepositoryRecord): Promise<void> {
  await db.insertInto('repositories').values(toRow(repository)).execute()
}

export async function updateRepository(db: Db, repository: RepositoryRecord): Promise<void> {
  const { id, ...row } = toRow(repository)
  await db.updateTable('repositories').set(row).where('id', '=', id).execute()
}

/** What was found out about it: not a change, so its version stays. */
export async function noteRepository(
  db: Db,
  id: string,
  news: Partial<Pick<RepositoryRow, 'checkedAt' | 'checkResult' | 'prunedAt' | 'scannedAt'>>,
): Promise<void> {
  await db.updateTable('repositories').set(news).where('id', '=', id).execute()
}

/** Schedules that backed up there do so no more. Within a transaction, since it takes several statements. */
export async function deleteRepository(db: Db, id: string): Promise<void> {
  await db.updateTable('schedules').set({ repositoryId: null }).where('repositoryId', '=', id).execute()
  await db.deleteFrom('repositories').where('id', '=', id).execute()
}

function fromRow({ secrets, ...row }: RepositoryRow): RepositoryRecord {
  return { ...row, secrets: JSON.parse(secrets) as unknown }
}

function toRow({ secrets, ...repository }: RepositoryRecord): RepositoryRow {
  return { ...repository, secrets: JSON.stringify(secrets) }
}
