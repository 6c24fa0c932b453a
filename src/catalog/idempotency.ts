import type { Db } from './catalog.ts'
import type { IdempotencyRow } from './schema.ts'

/** What was answered to a request with an idempotency key. */
export type IdempotencyRecord = Readonly<IdempotencyRow>

export async function idempotencyRecord(
  db: Db,
  subject: string,
  key: string,
): Promise<IdempotencyRecord | undefined> {
  return db
    .selectFrom('idempotency')
    .selectAll()
    .where('subject', '=', subject)
    .where('key', '=', key)
    .executeTakeFirst()
}

/** How many keys of a subject are remembered. */
export async function idempotencyCount(db: Db, subject: string): Promise<number> {
  const { count } = await db
    .selectFrom('idempotency')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('subject', '=', subject)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function insertIdempotency(db: Db, record: IdempotencyRecord): Promise<void> {
  await db.insertInto('idempotency').values(record).execute()
}

export async function deleteIdempotencyBefore(db: Db, createdAt: number): Promise<void> {
  await db.deleteFrom('idempotency').where('createdAt', '<', createdAt).execute()
}
