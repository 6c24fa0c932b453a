import type { SnapshotRecord } from '../../../src/catalog/snapshots.ts'

/** A complete snapshot of share 3, or what `more` makes of it. */
export function snapshotRecord(id: number, more: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return {
    ...{ id, shareId: 3, name: `s${id}`, state: 'ready', driver: 'copy', store: 'default', path: '/a' },
    ...{ applicationId: null, cutAt: 1_800_000_000_000 + id, files: 2, bytes: 7, groupId: null },
    ...{ scheduleId: null, description: 'two\nlines', labels: { a: 'b' }, reason: 'test' },
    ...{ createdBy: 'admin:ada', createdAt: 1_800_000_000_000, changedAt: 1_800_000_000_000 + id },
    ...{ heldAt: null, heldBy: null, heldFor: null, version: 1 },
    ...more,
  }
}
