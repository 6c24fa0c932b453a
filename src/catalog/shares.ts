import { sql } from 'kysely'
import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import type { Db } from './catalog.ts'
import type { Labels } from './nodes.ts'
import type { ShareRow } from './schema.ts'

/** A share, living or deleted. See {@link ShareRow} for the columns. */
export interface ShareRecord extends Omit<Readonly<ShareRow>, 'labels' | 'readOnly' | 'identity'> {
  readonly labels: Labels
  readonly readOnly: boolean
  readonly identity: IdentityRule
}

/** All shares whose data is still there, by number; of the purged, only what history asks for is read. */
export async function unpurgedShares(db: Db): Promise<ShareRecord[]> {
  const rows = await db.selectFrom('shares').selectAll().where('purgedAt', 'is', null).orderBy('id').execute()
  return rows.map(fromRow)
}

/** Any share that ever was. */
export async function shareById(db: Db, id: number): Promise<ShareRecord | undefined> {
  const row = await db.selectFrom('shares').selectAll().where('id', '=', id).executeTakeFirst()
  return row && fromRow(row)
}

/** A number that no share ever had: rows are never removed. */
export async function nextShareId(db: Db): Promise<number> {
  const { last } = await db
    .selectFrom('shares')
    .select(({ fn }) => fn.max<number | null>('id').as('last'))
    .executeTakeFirstOrThrow()
  return (last ?? 0) + 1
}

export async function insertShare(db: Db, share: ShareRecord): Promise<void> {
  await db.insertInto('shares').values(toRow(share)).execute()
}

export async function updateShare(db: Db, share: ShareRecord): Promise<void> {
  const { id, ...row } = toRow(share)
  await db.updateTable('shares').set(row).where('id', '=', id).execute()
}

/** What a share uses, as counted. */
export interface ShareUsage {
  readonly shareId: number
  readonly bytes: number
  readonly files: number
  /** When a scan last counted all of it; absent: this is no such count. */
  readonly countedAt?: number
}

/** Not a change of the share: its version stays. */
export async function updateUsage(db: Db, { shareId, bytes, files, countedAt }: ShareUsage): Promise<void> {
  await sql`UPDATE shares
    SET "usedBytes" = ${bytes}, "usedFiles" = ${files}, "countedAt" = coalesce(${countedAt ?? null}, "countedAt")
    WHERE id = ${shareId}`.execute(db)
}

/**
 * Writes into the history who owns the share from now on, and where it lies. A share that is deleted ends its last
 * entry.
 */
export async function noteOwnership(db: Db, shareId: number, at: number): Promise<void> {
  await sql`UPDATE ownerships SET "toAt" = ${at} WHERE "shareId" = ${shareId} AND "toAt" IS NULL`.execute(db)
  await sql`INSERT INTO ownerships ("shareId", "applicationId", path, store, directory, "fromAt")
    SELECT id, "applicationId", path, store, directory, ${at} FROM shares
    WHERE id = ${shareId} AND "deletedAt" IS NULL`.execute(db)
}

/** Writes into the history that a share which is no more was owned while it lived. */
export async function noteFormerOwnership(db: Db, share: ShareRecord, directory: string): Promise<void> {
  const { id: shareId, applicationId, path, store, createdAt: fromAt, deletedAt: toAt } = share
  await db
    .insertInto('ownerships')
    .values({ shareId, applicationId, path, store, directory, fromAt, toAt })
    .execute()
}

/**
 * Moves the living shares at and below the logical path `from` to `to`, with their directories where these mirror it,
 * and their history: in a few statements, however many they are.
 */
export async function moveShares(db: Db, from: string, to: string, at: number): Promise<void> {
  // SQL counts characters, JavaScript UTF-16 units.
  const length = Array.from(from).length
  const isMoved = sql`"deletedAt" IS NULL AND substr(path || '/', 1, ${length + 1}) = ${`${from}/`}`
  const [fromDirectory, toDirectory] = [from.slice(1), to.slice(1)]
  await sql`UPDATE shares SET
      path = ${to} || substr(path, ${length + 1}),
      directory = CASE
        WHEN store IS NOT NULL AND substr(directory || '/', 1, ${length}) = ${`${fromDirectory}/`}
        THEN ${toDirectory} || substr(directory, ${length})
        ELSE directory END,
      "changedAt" = ${at},
      version = version + 1
    WHERE ${isMoved}`.execute(db)
  const wasMoved = sql`"deletedAt" IS NULL AND substr(path || '/', 1, ${Array.from(to).length + 1}) = ${`${to}/`}`
  await sql`UPDATE ownerships SET "toAt" = ${at}
    WHERE "toAt" IS NULL AND "shareId" IN (SELECT id FROM shares WHERE ${wasMoved})`.execute(db)
  await sql`INSERT INTO ownerships ("shareId", "applicationId", path, store, directory, "fromAt")
    SELECT id, "applicationId", path, store, directory, ${at} FROM shares WHERE ${wasMoved}`.execute(db)
}

function fromRow({ labels, readOnly, identity, ...row }: ShareRow): ShareRecord {
  return {
    ...row,
    labels: JSON.parse(labels) as Labels,
    readOnly: readOnly !== 0,
    identity: JSON.parse(identity) as IdentityRule,
  }
}

function toRow({ labels, readOnly, identity, ...share }: ShareRecord): ShareRow {
  return {
    ...share,
    labels: JSON.stringify(labels),
    readOnly: readOnly ? 1 : 0,
    identity: JSON.stringify(identity),
  }
}
