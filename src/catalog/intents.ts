import { v7 as uuid } from 'uuid'
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

/**
 * Keeps an intent for as long as work goes on: one that a start finds was interrupted. `leave` keeps it beyond the end, for
 * the next start to see to.
 */
export async function withIntent<T>(
  db: Db,
  intent: Omit<IntentRecord, 'id'>,
  work: (leave: () => void) => Promise<T>,
): Promise<T> {
  const id = uuid({ msecs: intent.createdAt })
  let isLeft = false as boolean
  await putIntent(db, { ...intent, id })
  try {
    return await work(() => (isLeft = true))
  } finally {
    if (!isLeft) await deleteIntent(db, id)
  }
}
