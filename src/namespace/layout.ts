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
 *     .berth/moved/7-2             the map that its second move has left: see src/filesystem/move-map.ts
 *     .berth/moving-7/…            share 7, which is being moved here
 *     .berth/leaving-7-1/…         share 7 as it was before it was moved away once more, until that is removed
 *
 * All paths are relative to the store's directory.
 */
export const privateDirectory = '.berth'
export const storeFile = join(privateDirectory, 'store.json')
export const livingRecords = join(privateDirectory, 'shares')
export const tombstones = join(privateDirectory, 'tombstones')
export const purgedRecords = join(privateDirectory, 'purged')
export const moveMaps = join(privateDirectory, 'moved')
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

/** The map that says what clients call the files of a share that was moved `moves` times. */
export function moveMap(shareId: number, moves: number): string {
  return join(moveMaps, `${shareId}-${moves}`)
}

/** Where a share is made that is being moved to the store. */
export function movingShare(shareId: number): string {
  return join(privateDirectory, `moving-${shareId}`)
}

/** Where its files are put when it is moved away for the time after `moves`. */
export function leavingShare(shareId: number, moves: number): string {
  return join(privateDirectory, `leaving-${shareId}-${moves}`)
}

/** Of a logical path: where its share lies in a store. */
export function mirrored(path: string): string {
  return path.slice(1)
}
