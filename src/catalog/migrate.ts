import { sql, type Kysely } from 'kysely'
import { StartError } from '../config/error.ts'
import type { Migration } from './migrations/index.ts'
import type { Schema } from './schema.ts'
import type { SqliteFile } from './sqlite.ts'

/**
 * The number of the newest migration that a database has had; 0: it is new. Writes nothing.
 * @throws {StartError} if the database is newer than this program, or no catalog at all.
 */
export function appliedMigration(file: SqliteFile, path: string, migrations: readonly Migration[]): number {
  const tables = file.rows<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
  if (tables.length === 0) return 0
  if (!tables.some(({ name }) => name === 'migrations'))
    throw new StartError(`${path} is a database, but no catalog of Berth: move it away`)
  const applied = file.rows<{ number: number; name: string }>(
    'SELECT number, name FROM migrations ORDER BY number',
  )
  const newest = applied.at(-1)?.number ?? 0
  if (newest > migrations.length)
    throw new StartError(
      `catalog ${path} is newer than this program (migration ${newest}, known are ${migrations.length}): ` +
        'start the newer Berth again, or restore the catalog from a backup of before',
    )
  const stranger = applied.find(({ number, name }) => migrations[number - 1]?.name !== name)
  if (stranger !== undefined)
    throw new StartError(
      `catalog ${path} was made by another program: its migration ${stranger.number} is "${stranger.name}"`,
    )
  return newest
}

/** Applies the migrations after `applied`, each in its own transaction, `before` going ahead of each. */
export async function applyMigrations(
  db: Kysely<Schema>,
  migrations: readonly Migration[],
  applied: number,
  before: (migration: Migration) => void,
): Promise<void> {
  for (const migration of migrations.slice(applied)) {
    before(migration)
    await db.transaction().execute(async (transaction) => {
      if (migration.number === 1) await sql.raw(migrationsTable).execute(transaction)
      await migration.up(transaction)
      await sql`INSERT INTO migrations (number, name, "appliedAt")
        VALUES (${migration.number}, ${migration.name}, ${Date.now()})`.execute(transaction)
    })
  }
}

const migrationsTable = `CREATE TABLE migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  appliedAt INTEGER NOT NULL
) STRICT`
