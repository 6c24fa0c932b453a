import type { Db } from './catalog.ts'
import { fact, putFact } from './facts.ts'
import type { Labels } from './nodes.ts'
import { firstSnapshotNumber, snapshotNumberStep } from '../shared-memory/share-number.ts'
import type { SnapshotRow } from './schema.ts'

/** A read-only copy of a share as of one instant. See {@link SnapshotRow} for the columns. */
export interface SnapshotRecord extends Omit<Readonly<SnapshotRow>, 'labels'> {
  readonly labels: Labels
}

/** Rows read at once: there may be very many. */
const rowsAtOnceMax = 1000

/** The highest number of a snapshot that was removed: handles of it must not come to mean another. */
const lastRemovedKey = 'last-removed-snapshot'

/** By number. */
export async function allSnapshots(db: Db): Promise<SnapshotRecord[]> {
  const once = new Texts()
  const records: SnapshotRecord[] = []
  for (;;) {
    const rows = await db
      .selectFrom('snapshots')
      .selectAll()
      .where('id', '>', records.at(-1)?.id ?? 0)
      .orderBy('id')
      .limit(rowsAtOnceMax)
      .execute()
    for (const row of rows) records.push(once.record(row))
    if (rows.length < rowsAtOnceMax) return records
  }
}

/** All records are held in memory, and most of their texts are the same: each is kept once. */
class Texts {
  readonly #texts = new Map<string, string>()
  readonly #labels = new Map<string, Labels>()

  record(row: SnapshotRow): SnapshotRecord {
    return {
      ...row,
      name: this.#text(row.name),
      state: this.#text(row.state),
      driver: this.#text(row.driver),
      store: this.#text(row.store),
      path: this.#text(row.path),
      applicationId: this.#text(row.applicationId),
      scheduleId: this.#text(row.scheduleId),
      groupId: this.#text(row.groupId),
      description: this.#text(row.description),
      reason: this.#text(row.reason),
      createdBy: this.#text(row.createdBy),
      labels: this.#parsed(row.labels),
    }
  }

  #text<T extends string | null>(text: T): T {
    if (text === null) return text
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    return (known ?? text) as T
  }

  #parsed(json: string): Labels {
    let labels = this.#labels.get(json)
    if (labels === undefined) this.#labels.set(json, (labels = JSON.parse(json) as Labels))
    return labels
  }
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

function toRow({ labels, ...snapshot }: SnapshotRecord): SnapshotRow {
  return { ...snapshot, labels: JSON.stringify(labels) }
}

/** How many snapshots lie in a store, whatever their state. */
export async function snapshotCountIn(db: Db, store: string): Promise<number> {
  const { count } = await db
    .selectFrom('snapshots')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('store', '=', store)
    .executeTakeFirstOrThrow()
  return count
}
