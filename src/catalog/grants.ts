import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import type { Db } from './catalog.ts'
import type { GrantRow } from './schema.ts'

/** A grant as it is kept. See {@link GrantRow} for the columns. */
export interface GrantRecord extends Omit<Readonly<GrantRow>, 'identity'> {
  readonly identity: IdentityRule | null
}

/** All grants that have not ended, by number. */
export async function livingGrants(db: Db): Promise<GrantRecord[]> {
  const rows = await db
    .selectFrom('grants')
    .selectAll()
    .where('revokedAt', 'is', null)
    .orderBy('number')
    .execute()
  return rows.map(recordOf)
}

/** The highest number ever given; 0 when none was. */
export async function lastGrantNumber(db: Db): Promise<number> {
  const row = await db
    .selectFrom('grants')
    .select(({ fn }) => fn.max('number').as('number'))
    .executeTakeFirst()
  return row?.number ?? 0
}

export async function insertGrant(db: Db, grant: GrantRecord): Promise<void> {
  const identity = grant.identity === null ? null : JSON.stringify(grant.identity)
  await db
    .insertInto('grants')
    .values({ ...grant, identity })
    .execute()
}

/** Ends a grant, unless it has ended. */
export async function endGrant(db: Db, number: number, at: number, reason: string): Promise<void> {
  await db
    .updateTable('grants')
    .set({ revokedAt: at, revokedFor: reason })
    .where('number', '=', number)
    .where('revokedAt', 'is', null)
    .execute()
}

export async function setGrantUsed(db: Db, number: number, lastUsedAt: number): Promise<void> {
  await db.updateTable('grants').set({ lastUsedAt }).where('number', '=', number).execute()
}

/** Forgets grants that ended before a time: their handles are refused all the same. */
export async function deleteGrantsEndedBefore(db: Db, before: number): Promise<void> {
  // The highest number stays, so that it is never given again.
  await db
    .deleteFrom('grants')
    .where('revokedAt', '<', before)
    .where('number', '<', ({ selectFrom }) =>
      selectFrom('grants').select(({ fn }) => fn.max('number').as('number')),
    )
    .execute()
}

function recordOf(row: GrantRow): GrantRecord {
  return { ...row, identity: row.identity === null ? null : (JSON.parse(row.identity) as IdentityRule) }
}
