import type { Db } from './catalog.ts'

/** A single fact, such as the gateway's own id. */
export async function fact(db: Db, key: string): Promise<string | undefined> {
  const row = await db.selectFrom('facts').select('value').where('key', '=', key).executeTakeFirst()
  return row?.value
}

export async function putFact(db: Db, key: string, value: string): Promise<void> {
  await db
    .insertInto('facts')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute()
}

export async function deleteFact(db: Db, key: string): Promise<void> {
  await db.deleteFrom('facts').where('key', '=', key).execute()
}
