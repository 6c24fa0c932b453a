import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import type { Db } from './catalog.ts'
import type { HostRow } from './schema.ts'

/** A network whose clients need no token. */
export interface HostRecord extends Omit<Readonly<HostRow>, 'identity'> {
  /** Null: the share's. */
  readonly identity: IdentityRule | null
}

export async function allHosts(db: Db): Promise<HostRecord[]> {
  const rows = await db.selectFrom('hosts').selectAll().orderBy('id').execute()
  return rows.map(({ identity, ...row }) => ({
    ...row,
    identity: identity === null ? null : (JSON.parse(identity) as IdentityRule),
  }))
}

export async function insertHost(db: Db, host: HostRecord): Promise<void> {
  await db.insertInto('hosts').values(toRow(host)).execute()
}

export async function updateHost(db: Db, host: HostRecord): Promise<void> {
  const { id, ...row } = toRow(host)
  await db.updateTable('hosts').set(row).where('id', '=', id).execute()
}

export async function deleteHost(db: Db, id: string): Promise<void> {
  await db.deleteFrom('hosts').where('id', '=', id).execute()
}

function toRow({ identity, ...host }: HostRecord): HostRow {
  return { ...host, identity: identity && JSON.stringify(identity) }
}
