import { AsyncLocalStorage } from 'node:async_hooks'
import {
  SqliteDialect,
  SqliteDriver,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely'
import type { CommitSync } from './commit-sync.ts'
import type { SqliteFile } from './sqlite.ts'

/**
 * Kysely's dialect of SQLite, with a guard: who asks the catalog from inside one of its transactions would wait for the
 * end of that transaction, which waits for the answer. That throws instead. And what is committed is on the disk when its
 * query resolves; until then no other begins.
 */
export class GuardedSqliteDialect extends SqliteDialect {
  /** Of commits; until it is there, SQLite has to see to them itself. */
  sync: CommitSync | undefined
  readonly #file: SqliteFile
  readonly #transaction = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(file: SqliteFile) {
    super({ database: file })
    this.#file = file
  }

  override createDriver(): Driver {
    const synced = async (): Promise<void> => {
      if (this.#file.takeCommitted()) await this.sync?.sync()
    }
    return new GuardedDriver(this.#file, () => this.#transaction.getStore()?.isOpen === true, synced)
  }

  /** Runs what belongs to a transaction that has begun. */
  async within<T>(run: () => Promise<T>): Promise<T> {
    const transaction = { isOpen: true }
    try {
      return await this.#transaction.run(transaction, run)
    } finally {
      // What `run` has started to be done later may use the catalog then.
      transaction.isOpen = false
    }
  }
}

class GuardedDriver extends SqliteDriver {
  readonly #isInTransaction: () => boolean
  readonly #synced: () => Promise<void>

  constructor(file: SqliteFile, isInTransaction: () => boolean, synced: () => Promise<void>) {
    super({ database: file })
    this.#isInTransaction = isInTransaction
    this.#synced = synced
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isInTransaction())
      throw new Error('the catalog was used inside a transaction of it: pass the transaction on instead')
    return new SyncedConnection(await super.acquireConnection(), this.#synced)
  }
}

/** Answers a query when what it has committed is on the disk. */
class SyncedConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection
  readonly #synced: () => Promise<void>

  constructor(connection: DatabaseConnection, synced: () => Promise<void>) {
    this.#connection = connection
    this.#synced = synced
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.#connection.executeQuery<Row>(query)
    await this.#synced()
    return result
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>(query, chunkSize)
  }
}
