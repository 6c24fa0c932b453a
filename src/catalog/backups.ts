import type { Db } from './catalog.ts'
import type { BackupRow } from './schema.ts'

/** What restic holds of one share as of one snapshot of it. See {@link BackupRow} for the columns. */
export interface BackupRecord extends Omit<Readonly<BackupRow>, 'tags'> {
  readonly tags: readonly string[]
}

/** All that fit every condition given. */
export interface BackupFilter {
  readonly repositoryId?: string
  readonly gatewayId?: string
  readonly shareId?: number
  /** This logical path and those below it. */
  readonly below?: string
  readonly applicationId?: string
  readonly scheduleId?: string
  readonly state?: BackupRow['state']
  /** Those too that the repository has no more; default: only what it has, or is to have. */
  readonly withForgotten?: boolean
}

/** Rows read at once: a few milliseconds. */
const rowsAtOnceMax = 200

/** The newest first, by id, from below the given one on. */
export async function backupsBefore(
  db: Db,
  before: string | undefined,
  countMax: number,
  filter: BackupFilter,
): Promise<BackupRecord[]> {
  let query = fitting(db, filter)
  if (before !== undefined) query = query.where('id', '<', before)
  const rows = await query.orderBy('id', 'desc').limit(countMax).execute()
  return rows.map(fromRow)
}

/**
 * Those that restic holds whole, or in part where their state is `failed`; the newest cut first. There may be very many:
 * `breath` is awaited between pages of them.
 */
export async function heldBackups(
  db: Db,
  filter: BackupFilter,
  breath: () => Promise<void> | undefined,
): Promise<BackupRecord[]> {
  const found: BackupRecord[] = []
  for (;;) {
    const rows = await fitting(db, filter)
      .where('resticId', 'is not', null)
      .where('id', '>', found.at(-1)?.id ?? '')
      .orderBy('id')
      .limit(rowsAtOnceMax)
      .execute()
    for (const row of rows) found.push(fromRow(row))
    if (rows.length < rowsAtOnceMax) break
    await breath()
  }
  return found.sort((a, b) => b.cutAt - a.cutAt || (a.id < b.id ? 1 : -1))
}

/** The newest complete backup of a share in a repository that is not forgotten. */
export async function newestBackup(
  db: Db,
  of: Required<Pick<BackupFilter, 'gatewayId' | 'shareId' | 'repositoryId'>>,
): Promise<BackupRecord | undefined> {
  const row = await fitting(db, { ...of, state: 'done' })
    .orderBy('cutAt', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row && fromRow(row)
}

export async function backupById(db: Db, id: string): Promise<BackupRecord | undefined> {
  const row = await db.selectFrom('backups').selectAll().where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** What goes on or, at the start, what the last run has left. */
export async function runningBackups(db: Db): Promise<BackupRecord[]> {
  const rows = await db.selectFrom('backups').selectAll().where('state', '=', 'running').execute()
  return rows.map(fromRow)
}

export async function insertBackup(db: Db, { tags, ...backup }: BackupRecord): Promise<void> {
  await db
    .insertInto('backups')
    .values({ ...backup, tags: JSON.stringify(tags) })
    .execute()
}

export async function updateBackup(
  db: Db,
  id: string,
  { tags, ...news }: Partial<Omit<BackupRecord, 'id'>>,
): Promise<void> {
  await db
    .updateTable('backups')
    .set({ ...news, ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }) })
    .where('id', '=', id)
    .execute()
}

/** A snapshot is no more: what was backed up of it stays. */
export async function forgetSnapshotOfBackups(db: Db, snapshotId: number, shareId: number): Promise<void> {
  await db
    .updateTable('backups')
    .set({ snapshotId: null })
    .where('shareId', '=', shareId)
    .where('snapshotId', '=', snapshotId)
    .execute()
}

function fitting(db: Db, filter: BackupFilter) {
  const { below, withForgotten = false, ...columns } = filter
  let query = db.selectFrom('backups').selectAll()
  for (const column of ['repositoryId', 'gatewayId', 'applicationId', 'scheduleId', 'state'] as const) {
    const value = columns[column]
    if (value !== undefined) query = query.where(column, '=', value)
  }
  if (columns.shareId !== undefined) query = query.where('shareId', '=', columns.shareId)
  if (below !== undefined && below !== '/')
    query = query.where(({ or, eb }) =>
      // All paths that begin with it and a slash: "0" is the character after "/".
      or([eb('path', '=', below), eb.and([eb('path', '>', `${below}/`), eb('path', '<', `${below}0`)])]),
    )
  if (!withForgotten) query = query.where('forgottenAt', 'is', null)
  return query
}

function fromRow({ tags, ...row }: BackupRow): BackupRecord {
  return { ...row, tags: JSON.parse(tags) as string[] }
}
