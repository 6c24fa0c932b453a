import { AsyncLocalStorage } from 'node:async_hooks'
import { SqliteDialect, SqliteDriver, type DatabaseConnection, type Driver } from 'kysely'
import type { SqliteFile } from './sqlite.ts'

/**
 * Kysely's dialect of SQLite, with a guard: who asks the catalog from inside one of its transactions would wait for the
 * end of that transaction, which waits for the answer. That throws instead.
 */
export class GuardedSqliteDialect extends SqliteDialect {
  readonly #file: SqliteFile
  readonly #transaction = new AsyncLocalStorage<{ isOpen: boolean }>()

  constructor(file: SqliteFile) {
    super({ database: file })
    this.#file = file
  }

  override createDriver(): Driver {
    return new GuardedDriver(this.#file, () => this.#transaction.getStore()?.isOpen === true)
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

  constructor(file: SqliteFile, isInTransaction: () => boolean) {
    super({ database: file })
    this.#isInTransaction = isInTransaction
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    if (this.#isInTransaction())
      throw new Error('the catalog was used inside a transaction of it: pass the transaction on instead')
    return super.acquireConnection()
  }
}
