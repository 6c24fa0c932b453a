import type { Db } from './catalog.ts'
import type { StoreRow } from './schema.ts'

/** A directory on one filesystem that holds shares. */
export interface StoreRecord extends Omit<Readonly<StoreRow>, 'classes'> {
  readonly classes: readonly string[]
}

export async function allStores(db: Db): Promise<StoreRecord[]> {
  const rows = await db.selectFrom('stores').selectAll().orderBy('name').execute()
  return rows.map((row) => ({ ...row, classes: JSON.parse(row.classes) as string[] }))
}

export async function insertStore(db: Db, store: StoreRecord): Promise<void> {
  await db
    .insertInto('stores')
    .values({ ...store, classes: JSON.stringify(store.classes) })
    .execute()
}

export async function updateStore(db: Db, { name, classes, driver, version }: StoreRecord): Promise<void> {
  await db
    .updateTable('stores')
    .set({ classes: JSON.stringify(classes), driver, version })
    .where('name', '=', name)
    .execute()
}

export async function deleteStore(db: Db, name: string): Promise<void> {
  await db.deleteFrom('stores').where('name', '=', name).execute()
}
