import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Kysely, SqliteDialect, type Transaction } from 'kysely'
import { StartError } from '../config/error.ts'
import type { Logger } from '../telemetry/log.ts'
import { appliedMigration, applyMigrations } from './migrate.ts'
import { migrations as allMigrations, type Migration } from './migrations/index.ts'
import type { Schema } from './schema.ts'
import { isDamage, literal, SqliteFile } from './sqlite.ts'

/** What the query functions take: the catalog, or a transaction in it. */
export type Db = Kysely<Schema>

/** What the gateway knows, in one database. All who use it share one connection: queries wait for each other. */
export interface Catalog {
  readonly path: string
  /** For queries outside a transaction. Inside of one, waiting for this would never end: use the transaction's own. */
  readonly db: Db
  /** All of `run` or nothing of it. On the disk when this resolves. */
  transaction<T>(run: (db: Transaction<Schema>) => Promise<T>): Promise<T>
  /** Copies the catalog as it is now into a new file, mode 0600, on the disk when this returns. */
  backup(path: string): void
  close(): Promise<void>
}

export interface CatalogOptions {
  /** The data directory: the caller holds its lock. */
  readonly directory: string
  readonly log?: Pick<Logger, 'info'>
  /** For tests; by default all there are. */
  readonly migrations?: readonly Migration[]
}

export const catalogFileName = 'catalog.db'

/** Backups made before migrations that are kept. */
const backupCountMax = 3

/**
 * Opens the catalog of a data directory, brings it up to date, or makes a new one.
 * @throws {StartError} if it is damaged, or newer than this program.
 */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { directory, log, migrations = allMigrations } = options
  const path = join(directory, catalogFileName)
  const file = openFile(path)
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: file }) })
  try {
    const applied = appliedMigration(file, path, migrations)
    // FULL: a commit is on the disk before anybody is told of it. better-sqlite3 itself comes with less.
    file.execute('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    await applyMigrations(db, migrations, applied, ({ number, name }) => {
      if (applied > 0) backupBefore(file, path, number)
      log?.info({ migration: number, name }, 'catalog: migrating')
    })
  } catch (error) {
    file.close()
    throw isDamage(error) ? damaged(path, error) : error
  }
  return {
    path,
    db,
    transaction: (run) => db.transaction().execute(run),
    backup: (target) => copy(file, target),
    async close() {
      await db.destroy()
      // Kysely closes only what it has used.
      file.close()
    },
  }
}

/** @throws {StartError} if the file is damaged. */
function openFile(path: string): SqliteFile {
  // Made here, since SQLite would make it readable by all. Its -wal and -shm take over the mode.
  closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
  chmodSync(path, 0o600)
  let file: SqliteFile | undefined
  try {
    file = new SqliteFile(path)
    const problem = file.rows<{ quick_check: string }>('PRAGMA quick_check(1)')[0]?.quick_check
    if (problem !== 'ok') throw damaged(path, problem)
    return file
  } catch (error) {
    file?.close()
    throw isDamage(error) ? damaged(path, error) : error
  }
}

function damaged(path: string, cause: unknown): StartError {
  const backup = backupsOf(path).at(-1)
  const what = cause instanceof Error ? cause.message : String(cause)
  return new StartError(
    `catalog ${path} is damaged (${what}): move it away with its -wal and -shm files, then ` +
      `\`berth catalog rebuild\` makes a new one from the records beside the shares` +
      (backup === undefined ? '' : `, or put back the older ${backup}`),
    { cause },
  )
}

/** Paths of the backups that were made before migrations, the oldest first. */
function backupsOf(path: string): string[] {
  const prefix = `${path}.before-`
  const numberOf = (backup: string): number => Number(backup.slice(prefix.length))
  return readdirSync(dirname(path))
    .map((name) => join(dirname(path), name))
    .filter((candidate) => candidate.startsWith(prefix) && numberOf(candidate) > 0)
    .sort((a, b) => numberOf(a) - numberOf(b))
}

function backupBefore(file: SqliteFile, path: string, migration: number): void {
  copy(file, `${path}.before-${migration}`)
  for (const old of backupsOf(path).slice(0, -backupCountMax)) rmSync(old)
}

/** Replaces what is there: a backup left by a migration that failed. */
function copy(file: SqliteFile, target: string): void {
  const unfinished = `${target}.new`
  rmSync(unfinished, { force: true })
  // VACUUM INTO fills an empty file, and leaves it open to others if it has to make it.
  const fd = openSync(unfinished, 'wx', 0o600)
  try {
    file.execute(`VACUUM INTO ${literal(unfinished)}`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(unfinished, target)
  const directory = openSync(dirname(target), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
