import type { Db } from './catalog.ts'

/** Something begun that touches files and catalog both. */
export interface IntentRecord {
  readonly id: string
  readonly kind: string
  readonly detail: unknown
  readonly createdAt: number
}

/** The oldest first. */
export async function allIntents(db: Db): Promise<IntentRecord[]> {
  const rows = await db.selectFrom('intents').selectAll().orderBy('id').execute()
  return rows.map((row) => ({ ...row, detail: JSON.parse(row.detail) as unknown }))
}

/** Replaces an intent of the same id: one step of a piece of work gives way to the next. */
export async function putIntent(db: Db, intent: IntentRecord): Promise<void> {
  await deleteIntent(db, intent.id)
  await db
    .insertInto('intents')
    .values({ ...intent, detail: JSON.stringify(intent.detail) })
    .execute()
}

export async function deleteIntent(db: Db, id: string): Promise<void> {
  await db.deleteFrom('intents').where('id', '=', id).execute()
}
