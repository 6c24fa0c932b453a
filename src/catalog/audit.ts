import { sql } from 'kysely'
import type { Db } from './catalog.ts'
import type { AuditRow } from './schema.ts'

/** Rows of one INSERT: enough to make its cost small, and one SQL text. */
const rowsOfInsert = 50

/** Adds rows, in order. Within a transaction, since it takes several statements. */
export async function insertAuditRows(db: Db, rows: readonly AuditRow[]): Promise<void> {
  const wholeCount = rows.length - (rows.length % rowsOfInsert)
  for (let start = 0; start < wholeCount; start += rowsOfInsert)
    await db
      .insertInto('audit')
      .values(rows.slice(start, start + rowsOfInsert))
      .execute()
  for (const row of rows.slice(wholeCount)) await db.insertInto('audit').values(row).execute()
}

/** Removes all but the newest rows: of file operations `filesMax`, of all together `countMax`. */
export async function trimAuditRows(db: Db, countMax: number, filesMax: number): Promise<void> {
  await sql`DELETE FROM audit WHERE kind = 'file' AND sequence <=
    (SELECT sequence FROM audit WHERE kind = 'file' ORDER BY sequence DESC LIMIT 1 OFFSET ${filesMax})`.execute(
    db,
  )
  await sql`DELETE FROM audit
    WHERE sequence <= (SELECT sequence FROM audit ORDER BY sequence DESC LIMIT 1 OFFSET ${countMax})`.execute(
    db,
  )
}

/** Removes the rows after a number: lines that the files do not have. */
export async function removeAuditRowsAfter(db: Db, sequence: number): Promise<void> {
  await db.deleteFrom('audit').where('sequence', '>', sequence).execute()
}

/** What rows are asked for. Empty texts, 0 and Infinity ask for any, so that one SQL text answers all questions. */
export interface AuditFilter {
  readonly kind: string
  readonly subject: string
  readonly shareId: number
  /** Of the logical path, letter by letter. */
  readonly pathPrefix: string
  /** Milliseconds since 1970, and after: only newer ones. */
  readonly since: number
  /** Only older ones than this number. */
  readonly before: number
  readonly limit: number
}

/** The newest first. */
export async function auditRows(db: Db, filter: AuditFilter): Promise<AuditRow[]> {
  const { kind, subject, shareId, pathPrefix, since, before, limit } = filter
  return db
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '<', before)
    .where('at', '>=', since)
    .where(sql<boolean>`(${kind} = '' OR kind = ${kind})`)
    .where(sql<boolean>`(${subject} = '' OR subject = ${subject})`)
    .where(sql<boolean>`(${shareId} = 0 OR "shareId" = ${shareId})`)
    .where(sql<boolean>`substr(path, 1, length(${pathPrefix})) = ${pathPrefix}`)
    .orderBy('sequence', 'desc')
    .limit(limit)
    .execute()
}
