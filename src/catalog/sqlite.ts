import Database from 'better-sqlite3'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/**
 * Distinct SQL texts of one database. The program has a few hundred; more means that somebody builds SQL from values,
 * which is a bug: a list of varying length, or an update of whichever columns happen to change.
 */
export const statementCountMax = 1000

/**
 * Databases and statements are never garbage: since Node 24.19 a collection between calls that frees one of
 * better-sqlite3 12 aborts the process (`RemoveEnvironmentCleanupHook`, Assertion failed: (env) != nullptr). So each
 * SQL text is prepared once and kept, and nobody uses what makes an object of the addon and drops it: `pragma()`,
 * `iterate()`, `transaction()`, `backup()`.
 */
const keptForEver: unknown[] = []

/** One SQLite database file, in the form in which Kysely wants it. */
export class SqliteFile implements SqliteDatabase {
  readonly #database: Database.Database
  readonly #statements = new Map<string, SqliteStatement>()
  #hasWritten = false

  /** Opens the file, or makes it where it is missing. @throws {Database.SqliteError} */
  constructor(path: string) {
    this.#database = new Database(path)
    keptForEver.push(this.#database, this.#statements)
  }

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    if (this.#statements.size >= statementCountMax)
      throw new Error(`over ${statementCountMax} distinct SQL statements, the next would be: ${text}`)
    const statement = text === 'rollback' ? this.#rollback() : this.#prepare(text)
    this.#statements.set(text, statement)
    return statement
  }

  /** All rows of one query. */
  rows<T>(text: string): T[] {
    return this.prepare(text).all([]) as T[]
  }

  /** Runs statements that answer nothing worth knowing: pragmas, VACUUM. */
  execute(text: string): void {
    this.#database.exec(text)
  }

  /** Whether something may have been committed since this was answered last. */
  takeCommitted(): boolean {
    if (this.#database.inTransaction) return false
    const hasWritten = this.#hasWritten
    this.#hasWritten = false
    return hasWritten
  }

  close(): void {
    this.#database.close()
  }

  #prepare(text: string): SqliteStatement {
    const statement = this.#database.prepare(text)
    const note = () => {
      if (!statement.readonly) this.#hasWritten = true
    }
    return {
      reader: statement.reader,
      all(parameters) {
        note()
        return statement.all(parameters)
      },
      run(parameters) {
        note()
        return statement.run(parameters)
      },
      iterate() {
        throw new Error('rows of the catalog are not streamed: read them in pages')
      },
    }
  }

  /** After some errors (disk full, I/O) SQLite has rolled back by itself: another try would hide that error. */
  #rollback(): SqliteStatement {
    const statement = this.#prepare('rollback')
    const nothing = { changes: 0, lastInsertRowid: 0 }
    return {
      ...statement,
      run: (parameters) => (this.#database.inTransaction ? statement.run(parameters) : nothing),
    }
  }
}

/** Whether SQLite found that the file is none of its own, or broken. */
export function isDamage(error: unknown): error is Database.SqliteError {
  return error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(error.code)
}

/** Whether the disk failed, or the filesystem has no memory that processes share, which the write-ahead log needs. */
export function isUnusable(error: unknown): error is Error {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_IOERR')
}

/** A text as an SQL literal, for the statements that take no parameters. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
