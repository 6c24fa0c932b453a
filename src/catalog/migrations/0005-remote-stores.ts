import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Whether a store may be slow to answer; null: by its filesystem. */
export const remoteStores: Migration = {
  number: 5,
  name: 'remote stores',
  async up(db) {
    await sql`ALTER TABLE stores ADD COLUMN remote INTEGER CHECK (remote IN (0, 1))`.execute(db)
  },
}
