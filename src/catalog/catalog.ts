import { chmodSync, closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, type Transaction } from 'kysely'
import { StartError } from '../config/error.ts'
import type { Logger } from '../telemetry/log.ts'
import { backupBefore, backupsOf, copyInto } from './copies.ts'
import { CommitSync, type SyncFile } from './commit-sync.ts'
import { GuardedSqliteDialect } from './dialect.ts'
import { appliedMigration, applyMigrations } from './migrate.ts'
import { migrations as allMigrations, type Migration } from './migrations/index.ts'
import type { Schema } from './schema.ts'
import { isDamage, isUnusable, SqliteFile } from './sqlite.ts'

/** What the query functions take: the catalog, or a transaction in it. */
export type Db = Kysely<Schema>

/** What the gateway knows, in one database. All who use it share one connection: queries wait for each other. */
export interface Catalog {
  readonly path: string
  /** For queries outside a transaction; inside of one, its own is to be used, and this throws. */
  readonly db: Db
  /** All of `run` or nothing of it. On the disk when this resolves. */
  transaction<T>(run: (db: Transaction<Schema>) => Promise<T>): Promise<T>
  /** Copies the catalog as it is now into a file of mode 0600, on the disk when this returns. */
  backup(path: string): void
  close(): Promise<void>
}

export interface CatalogOptions {
  /** The data directory: the caller holds its lock. */
  readonly directory: string
  readonly log?: Pick<Logger, 'info'>
  /** For tests; by default all there are. */
  readonly migrations?: readonly Migration[]
  /** For tests; by default fdatasync. */
  readonly syncFile?: SyncFile
}

export const catalogFileName = 'catalog.db'

/**
 * Opens the catalog of a data directory, brings it up to date, or makes a new one.
 * @throws {StartError} if it is damaged, or newer than this program.
 */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { directory, log, migrations = allMigrations, syncFile } = options
  const path = join(directory, catalogFileName)
  const file = openFile(path)
  const dialect = new GuardedSqliteDialect(file)
  const db = new Kysely<Schema>({ dialect })
  try {
    const applied = appliedMigration(file, path, migrations)
    // FULL: a commit is on the disk before it returns. better-sqlite3 itself comes with less.
    file.execute('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    await applyMigrations(db, migrations, applied, ({ number, name }) => {
      if (applied > 0) backupBefore(file, path, number)
      log?.info({ migration: number, name }, 'catalog: migrating')
    })
    // NORMAL: of the disk SQLite sees to what a crash needs, and nobody is told of a commit before `sync` has seen to that.
    file.execute('PRAGMA synchronous = NORMAL')
    // The first to read makes the -wal file.
    file.rows('SELECT count(*) FROM sqlite_schema')
    dialect.sync = new CommitSync(path, syncFile)
  } catch (error) {
    file.close()
    throw refusalOf(path, error)
  }
  return {
    path,
    db,
    transaction: (run) => db.transaction().execute((transaction) => dialect.within(() => run(transaction))),
    backup: (target) => copyInto(file, target),
    async close() {
      await db.destroy()
      dialect.sync?.close()
      dialect.sync = undefined
      // Kysely closes only what it has used.
      file.close()
    },
  }
}

/** @throws {StartError} if the file is damaged. */
function openFile(path: string): SqliteFile {
  makeFile(path)
  let file: SqliteFile | undefined
  try {
    file = new SqliteFile(path)
    const [problem] = file.rows<{ quick_check: string }>('PRAGMA quick_check(1)')
    // Its last line; the first may name the database only.
    if (problem?.quick_check !== 'ok') throw damaged(path, problem?.quick_check.split('\n').at(-1))
    return file
  } catch (error) {
    file?.close()
    throw refusalOf(path, error)
  }
}

/** SQLite itself would make the file for all to read. The -wal and -shm files take over its mode. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600))
    chmodSync(path, 0o600)
  } catch (error) {
    throw new StartError(`catalog ${path} cannot be opened: ${(error as Error).message}`, { cause: error })
  }
}

/** What to tell an operator of an error while it was opened. */
function refusalOf(path: string, error: unknown): unknown {
  if (isDamage(error)) return damaged(path, error)
  if (!isUnusable(error)) return error
  return new StartError(
    `catalog ${path} cannot be used where it lies (${error.message}): put the data directory on a local disk that works, ` +
      'not on a filesystem in user space or of the network',
    { cause: error },
  )
}

function damaged(path: string, cause: unknown): StartError {
  const backup = backupsOf(path).at(-1)
  return new StartError(
    `catalog ${path} is damaged (${cause instanceof Error ? cause.message : String(cause)}): move it away with ` +
      'its -wal and -shm files; then `berth catalog rebuild` makes a new one from the records beside the shares' +
      (backup === undefined ? '' : `, or put back the older ${backup}`),
    { cause },
  )
}
