import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** How many calls and bytes a second are served of a share, and to each grant made with a token. */
export const rateLimits: Migration = {
  number: 6,
  name: 'rate limits',
  async up(db) {
    for (const table of ['shares', 'tokens'])
      for (const column of [
        '"callsPerSecond" INTEGER',
        '"bytesPerSecond" INTEGER',
        '"burstSeconds" REAL NOT NULL DEFAULT 1',
      ])
        await sql`ALTER TABLE ${sql.raw(table)} ADD COLUMN ${sql.raw(column)}`.execute(db)
  },
}
