import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import type { Db } from './catalog.ts'
import type { TokenRow } from './schema.ts'

/** A token as everybody may see it: without the hash of its secret. */
export interface TokenRecord extends Omit<Readonly<TokenRow>, 'secretHash' | 'networks' | 'identity'> {
  /** Where it may be used from; empty: anywhere. */
  readonly networks: readonly string[]
  /** Null: the share's. */
  readonly identity: IdentityRule | null
}

/** A token with what is kept of its secret: SHA-256, 32 bytes. */
export interface StoredToken {
  readonly record: TokenRecord
  readonly secretHash: Buffer
}

export async function allTokens(db: Db): Promise<StoredToken[]> {
  return (await db.selectFrom('tokens').selectAll().orderBy('id').execute()).map(fromRow)
}

/** At most `countMax` tokens by id, after the given one. */
export async function tokensAfter(
  db: Db,
  after: string,
  countMax: number,
  { kind, subject }: { readonly kind?: TokenRow['kind']; readonly subject?: string },
): Promise<TokenRecord[]> {
  let query = db.selectFrom('tokens').selectAll().where('id', '>', after)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (subject !== undefined) query = query.where('subject', '=', subject)
  const rows = await query.orderBy('id').limit(countMax).execute()
  return rows.map((row) => fromRow(row).record)
}

export async function insertToken(db: Db, token: StoredToken): Promise<void> {
  await db.insertInto('tokens').values(toRow(token)).execute()
}

/** Writes what of a token can change. */
export async function updateToken(db: Db, token: StoredToken): Promise<void> {
  const { id, name, scope, networks, mountsPerMinute, expiresAt, revokedAt, replacedBy, version, ...row } =
    toRow(token)
  const { callsPerSecond, bytesPerSecond, burstSeconds } = row
  await db
    .updateTable('tokens')
    .set({ name, scope, networks, mountsPerMinute, expiresAt, revokedAt, replacedBy, version })
    .set({ callsPerSecond, bytesPerSecond, burstSeconds })
    .where('id', '=', id)
    .execute()
}

export async function touchToken(db: Db, id: string, lastUsedAt: number): Promise<void> {
  await db.updateTable('tokens').set({ lastUsedAt }).where('id', '=', id).execute()
}

export async function deleteToken(db: Db, id: string): Promise<void> {
  await db.deleteFrom('tokens').where('id', '=', id).execute()
}

function fromRow({ secretHash, networks, identity, ...row }: TokenRow): StoredToken {
  const record: TokenRecord = {
    ...row,
    networks: JSON.parse(networks) as string[],
    identity: identity === null ? null : (JSON.parse(identity) as IdentityRule),
  }
  return { record, secretHash }
}

function toRow({ record: { networks, identity, ...record }, secretHash }: StoredToken): TokenRow {
  return {
    ...record,
    secretHash,
    networks: JSON.stringify(networks),
    identity: identity && JSON.stringify(identity),
  }
}
