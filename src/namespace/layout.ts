import { join } from 'node:path'

/**
 * Where things lie in a store:
 *
 *     finance/payroll/db           a share, at its logical path
 *     .berth/store.json            whose store this is
 *     .berth/shares/7.json         the record of share 7
 *     .berth/tombstones/7/data     deleted share 7, until it is purged
 *     .berth/tombstones/7/record.json
 *     .berth/purged/7.json         the record of a share whose data is gone: its number is not given again
 *     .berth/snapshots/7/…         snapshots of share 7: see src/snapshots/snapshot-places.ts
 *
 * All paths are relative to the store's directory.
 */
export const privateDirectory = '.berth'
export const storeFile = join(privateDirectory, 'store.json')
export const livingRecords = join(privateDirectory, 'shares')
export const tombstones = join(privateDirectory, 'tombstones')
export const purgedRecords = join(privateDirectory, 'purged')
/** In the data directory: the records of shares that lie in no store. */
export const recordsOutsideStores = 'records'
/** In the data directory: the store that is there from the first start. */
export const defaultStore = { name: 'default', directory: join('stores', 'default') } as const

export function livingRecord(shareId: number): string {
  return join(livingRecords, `${shareId}.json`)
}

export function tombstone(shareId: number): string {
  return join(tombstones, String(shareId))
}

export function tombstoneData(shareId: number): string {
  return join(tombstone(shareId), 'data')
}

export function tombstoneRecord(shareId: number): string {
  return join(tombstone(shareId), 'record.json')
}

export function purgedRecord(shareId: number): string {
  return join(purgedRecords, `${shareId}.json`)
}

/** Of a logical path: where its share lies in a store. */
export function mirrored(path: string): string {
  return path.slice(1)
}
