import type { Db } from './catalog.ts'
import type { StoreRow } from './schema.ts'

/** A directory on one filesystem that holds shares. */
export interface StoreRecord extends Omit<Readonly<StoreRow>, 'classes' | 'remote'> {
  readonly classes: readonly string[]
  readonly remote: boolean | null
}

export async function allStores(db: Db): Promise<StoreRecord[]> {
  const rows = await db.selectFrom('stores').selectAll().orderBy('name').execute()
  return rows.map(({ classes, remote, ...row }) => ({
    ...row,
    classes: JSON.parse(classes) as string[],
    remote: remote === null ? null : remote === 1,
  }))
}

export async function insertStore(db: Db, store: StoreRecord): Promise<void> {
  await db
    .insertInto('stores')
    .values({ ...store, classes: JSON.stringify(store.classes), remote: numberOf(store.remote) })
    .execute()
}

export async function updateStore(
  db: Db,
  { name, classes, driver, remote, version }: StoreRecord,
): Promise<void> {
  await db
    .updateTable('stores')
    .set({ classes: JSON.stringify(classes), driver, remote: numberOf(remote), version })
    .where('name', '=', name)
    .execute()
}

export async function deleteStore(db: Db, name: string): Promise<void> {
  await db.deleteFrom('stores').where('name', '=', name).execute()
}

function numberOf(remote: boolean | null): number | null {
  return remote === null ? null : Number(remote)
}
