import type { Db } from './catalog.ts'
import { fact, putFact } from './facts.ts'
import type { Labels } from './nodes.ts'
import { firstSnapshotNumber, snapshotNumberStep } from '../shared-memory/share-number.ts'
import type { SnapshotRow } from './schema.ts'

/** A read-only copy of a share as of one instant. See {@link SnapshotRow} for the columns. */
export interface SnapshotRecord extends Omit<Readonly<SnapshotRow>, 'labels'> {
  readonly labels: Labels
}

/** The highest number of a snapshot that was removed: handles of it must not come to mean another. */
const lastRemovedKey = 'last-removed-snapshot'

/** By number. */
export async function allSnapshots(db: Db): Promise<SnapshotRecord[]> {
  const rows = await db.selectFrom('snapshots').selectAll().orderBy('id').execute()
  return rows.map(fromRow)
}

/** A number that no snapshot ever had. */
export async function nextSnapshotId(db: Db): Promise<number> {
  return Math.max(await lastSnapshotId(db), firstSnapshotNumber - snapshotNumberStep) + snapshotNumberStep
}

/** The highest number that a snapshot ever had; 0: there was none. */
async function lastSnapshotId(db: Db): Promise<number> {
  const { last } = await db
    .selectFrom('snapshots')
    .select(({ fn }) => fn.max<number | null>('id').as('last'))
    .executeTakeFirstOrThrow()
  return Math.max(last ?? 0, Number((await fact(db, lastRemovedKey)) ?? 0))
}

export async function insertSnapshot(db: Db, snapshot: SnapshotRecord): Promise<void> {
  await db.insertInto('snapshots').values(toRow(snapshot)).execute()
}

export async function updateSnapshot(db: Db, snapshot: SnapshotRecord): Promise<void> {
  const { id, ...row } = toRow(snapshot)
  await db.updateTable('snapshots').set(row).where('id', '=', id).execute()
}

/** Its number stays given. Within a transaction, since it takes several statements. */
export async function deleteSnapshot(db: Db, id: number): Promise<void> {
  await putFact(db, lastRemovedKey, String(Math.max(id, await lastSnapshotId(db))))
  await db.deleteFrom('snapshots').where('id', '=', id).execute()
}

function fromRow({ labels, ...row }: SnapshotRow): SnapshotRecord {
  return { ...row, labels: JSON.parse(labels) as Labels }
}

function toRow({ labels, ...snapshot }: SnapshotRecord): SnapshotRow {
  return { ...snapshot, labels: JSON.stringify(labels) }
}
