import type { Transaction } from 'kysely'
import type { Schema } from '../schema.ts'

/** One step from one form of the catalog to the next. Once released it is never changed: another follows it. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly number: number
  readonly name: string
  /** Runs in a transaction of its own. `Schema` is that of the newest program, not of this step. */
  up(db: Transaction<Schema>): Promise<void>
}
