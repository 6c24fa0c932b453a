import type { Db } from './catalog.ts'

/** Which application had a share, where, and when. The history is written with the shares, see `noteOwnership`. */
export interface OwnershipRecord {
  readonly id: number
  readonly shareId: number
  /** Null: none. */
  readonly applicationId: string | null
  readonly applicationName: string | null
  readonly path: string
  readonly store: string | null
  readonly directory: string
  readonly fromAt: number
  /** Null: still. */
  readonly toAt: number | null
  /** What has become of the share since. */
  readonly deletedAt: number | null
  readonly purgedAt: number | null
}

/** What an application owned at a time: from then on and not yet ended. By number, after the given one. */
export async function ownedAt(
  db: Db,
  applicationId: string,
  atMs: number,
  after: number,
  countMax: number,
): Promise<OwnershipRecord[]> {
  return ownerships(db)
    .where('ownership.applicationId', '=', applicationId)
    .where('fromAt', '<=', atMs)
    .where((eb) => eb.or([eb('toAt', 'is', null), eb('toAt', '>', atMs)]))
    .where('ownership.id', '>', after)
    .orderBy('ownership.id')
    .limit(countMax)
    .execute()
}

/** All owners of a share, the newest first. */
export async function ownershipsOfShare(
  db: Db,
  shareId: number,
  countMax: number,
): Promise<OwnershipRecord[]> {
  return ownerships(db)
    .where('shareId', '=', shareId)
    .orderBy('ownership.id', 'desc')
    .limit(countMax)
    .execute()
}

/** All who had exactly this directory of a store (null: an absolute path outside all stores), the newest first. */
export async function ownershipsOfDirectory(
  db: Db,
  store: string | null,
  directory: string,
  countMax: number,
): Promise<OwnershipRecord[]> {
  return ownerships(db)
    .where('ownership.store', store === null ? 'is' : '=', store)
    .where('ownership.directory', '=', directory)
    .orderBy('ownership.id', 'desc')
    .limit(countMax)
    .execute()
}

/** Shares that lie in exactly this directory now, deleted ones too: a tombstone's is another than it had in life. */
export async function shareIdsInDirectory(
  db: Db,
  store: string | null,
  directory: string,
): Promise<number[]> {
  const rows = await db
    .selectFrom('shares')
    .select('id')
    .where('store', store === null ? 'is' : '=', store)
    .where('directory', '=', directory)
    .orderBy('id', 'desc')
    .execute()
  return rows.map(({ id }) => id)
}

function ownerships(db: Db) {
  return db
    .selectFrom('ownerships as ownership')
    .innerJoin('shares as share', 'share.id', 'ownership.shareId')
    .leftJoin('applications as application', 'application.id', 'ownership.applicationId')
    .select([
      'ownership.id',
      'ownership.shareId',
      'ownership.applicationId',
      'application.name as applicationName',
      'ownership.path',
      'ownership.store',
      'ownership.directory',
      'ownership.fromAt',
      'ownership.toAt',
      'share.deletedAt',
      'share.purgedAt',
    ])
}
