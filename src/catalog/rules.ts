import type { RuleRow } from './schema.ts'
import type { Db } from './catalog.ts'

/** Rows of one INSERT: one of two SQL texts, however many rules there are. */
const rowsOfInsert = 100

/** All rules, by id. */
export function allRules(db: Db): Promise<RuleRow[]> {
  return db.selectFrom('rules').selectAll().orderBy('id').execute()
}

/** `breath`, waited for between statements, lets others run. */
export async function insertRules(
  db: Db,
  rows: readonly RuleRow[],
  breath: () => Promise<void> | undefined,
): Promise<void> {
  const whole = rows.length - (rows.length % rowsOfInsert)
  for (let index = 0; index < whole; index += rowsOfInsert) {
    await db
      .insertInto('rules')
      .values(rows.slice(index, index + rowsOfInsert))
      .execute()
    await breath()
  }
  for (const row of rows.slice(whole)) await insertRule(db, row)
}

export async function insertRule(db: Db, row: RuleRow): Promise<void> {
  await db.insertInto('rules').values(row).execute()
}

export async function deleteRule(db: Db, id: string): Promise<void> {
  await db.deleteFrom('rules').where('id', '=', id).execute()
}

export async function describeRule(
  db: Db,
  { id, description, version }: Pick<RuleRow, 'id' | 'description' | 'version'>,
): Promise<void> {
  await db.updateTable('rules').set({ description, version }).where('id', '=', id).execute()
}
