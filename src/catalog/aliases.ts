import type { Db } from './catalog.ts'
import type { AliasRow } from './schema.ts'

/** A former path that still answers. */
export type AliasRecord = Readonly<AliasRow>

export async function allAliases(db: Db): Promise<AliasRecord[]> {
  return db.selectFrom('aliases').selectAll().orderBy('path').execute()
}

/** Replaces an alias of the same path. */
export async function putAlias(db: Db, alias: AliasRecord): Promise<void> {
  await deleteAlias(db, alias.path)
  await db.insertInto('aliases').values(alias).execute()
}

export async function deleteAlias(db: Db, path: string): Promise<void> {
  await db.deleteFrom('aliases').where('path', '=', path).execute()
}

export async function deleteExpiredAliases(db: Db, now: number): Promise<void> {
  await db.deleteFrom('aliases').where('expiresAt', '<=', now).execute()
}
