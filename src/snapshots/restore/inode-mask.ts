import type { SnapshotRecord } from '../../catalog/snapshots.ts'

/** Which bits of the upper half of an inode number count: CephFS tags those of snapshots in the highest 16. */
export function inodeHighMaskOf(driver: SnapshotRecord['driver']): number {
  return driver === 'cephfs' ? 0xffff : 0xffffffff
}
