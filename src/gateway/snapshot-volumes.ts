import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import { inodeHighMaskOf } from '../snapshots/restore/inode-mask.ts'
import { isSidecarNumber, sidecarOf, snapshotOfNumber } from '../shared-memory/share-number.ts'

import type { SharePlaces } from './share-places.ts'

/** What is asked of the snapshots here. */
export interface KnownSnapshots {
  /** @throws {ServiceError} `not-found` */
  get(id: number): SnapshotRecord
  treeOf(record: SnapshotRecord): { readonly tree: string; readonly inodeMap: string | undefined }
  sidecarOf(record: SnapshotRecord): string
}

/** What lanes open for a number, a snapshot or what is known about one; undefined when it is no more. */
export function definitionOfSnapshot(
  snapshots: KnownSnapshots,
  places: SharePlaces,
  number: number,
): ShareDefinition | undefined {
  const record = known(snapshots, snapshotOfNumber(number))
  if (record === undefined) return undefined
  const { id, shareId: share, path, name } = record
  const place = places.in(record.store)
  if (isSidecarNumber(number)) {
    const directory = snapshots.sidecarOf(record)
    return {
      id: number,
      path: `${path}/.snapshot/${name} (sidecar)`,
      directory,
      ...place,
      snapshotOf: { share },
    }
  }
  const { tree: directory, inodeMap } = snapshots.treeOf(record)
  const inodeHighMask = record.driver === 'cephfs' ? inodeHighMaskOf(record.driver) : undefined
  const of = { share, inodeMap, inodeHighMask, sidecar: sidecarOf(id) }
  return { id, path: `${path}/.snapshot/${name}`, directory, ...place, snapshotOf: of }
}

function known(snapshots: KnownSnapshots, id: number): SnapshotRecord | undefined {
  try {
    return snapshots.get(id)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'not-found') return undefined
    throw error
  }
}
