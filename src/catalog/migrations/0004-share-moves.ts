import { sql } from 'kysely'
import type { Migration } from './migration.ts'

/** How often each share was moved to another store: its clients know its files by those of before. */
export const shareMoves: Migration = {
  number: 4,
  name: 'share moves',
  async up(db) {
    await sql`ALTER TABLE shares ADD COLUMN moves INTEGER NOT NULL DEFAULT 0 CHECK (moves BETWEEN 0 AND 127)`.execute(
      db,
    )
  },
}
