import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import { deleteIntent, putIntent } from '../catalog/intents.ts'
import { updateSnapshot, type SnapshotRecord } from '../catalog/snapshots.ts'
import { isThere, syncDirectories } from '../namespace/files.ts'
import { readManifest, snapshotInManifest, writeManifest } from './manifest.ts'
import { refusalFor } from './refusal.ts'
import type { SnapshotServices } from './services.ts'

/** The kind of an intent: directory and manifest of a snapshot may be other than the catalog has them. */
export const settleKind = 'settle-snapshot'

/** What such an intent holds. */
export interface Settlement {
  readonly id: number
  /** Names that its directory may have. */
  readonly names: readonly string[]
}

/** What of a complete snapshot can be changed. */
export type SnapshotChange = Partial<
  Pick<SnapshotRecord, 'name' | 'description' | 'labels' | 'heldAt' | 'heldBy' | 'heldFor'>
>

/**
 * Within a turn of the namespace: changes a complete snapshot in the catalog, in memory, and on the disk. The catalog
 * says what is: after a crash {@link settle} makes the disk follow.
 */
export async function changeSnapshot(
  services: SnapshotServices,
  record: SnapshotRecord,
  change: SnapshotChange,
): Promise<SnapshotRecord> {
  const { catalog, index, now, emit } = services
  const at = now()
  const changed: SnapshotRecord = { ...record, ...change, changedAt: at, version: record.version + 1 }
  const settlement: Settlement = { id: record.id, names: [record.name, changed.name] }
  const intent = { id: uuid({ msecs: at }), kind: settleKind, detail: settlement, createdAt: at }
  if (changed.name !== record.name) await putIntent(catalog.db, intent)
  try {
    if (changed.name !== record.name) await renameIn(services, record, record.name, changed.name)
    await catalog.transaction(async (db) => {
      await updateSnapshot(db, changed)
      await putIntent(db, intent)
    })
  } catch (error) {
    await settled(services, settlement, intent.id)
    throw refusalFor(`snapshot ${record.name} was not changed`, error)
  }
  index.put(changed)
  emit({ kind: 'snapshot-changed', snapshot: changed })
  await settled(services, settlement, intent.id)
  return changed
}

/** What is done in the catalog, or not, is so; where the disk cannot follow, the intent stays for the next start. */
async function settled(services: SnapshotServices, settlement: Settlement, intentId: string): Promise<void> {
  try {
    await settle(services, settlement)
    await deleteIntent(services.catalog.db, intentId)
  } catch (err) {
    services.log.warn(
      { err, snapshot: settlement.id },
      'snapshot: its manifest could not be written; it is at the next start',
    )
  }
}

/** Makes directory and manifest of a snapshot say what the catalog says. May be done again at any time. */
export async function settle(services: SnapshotServices, { id, names }: Settlement): Promise<void> {
  const { index, places } = services
  const record = index.get(id)
  // Gone since, or on its way.
  if (record?.state !== 'ready') return
  const directory = places.directoryOf(record)
  for (const former of names)
    if (former !== record.name && !(await isThere(directory)))
      await renameIn(services, record, former, record.name)
  const manifest = await readManifest(directory)
  await writeManifest(directory, { ...manifest, snapshot: snapshotInManifest(record) })
}

async function renameIn(
  { places }: SnapshotServices,
  { store, shareId }: SnapshotRecord,
  from: string,
  to: string,
): Promise<void> {
  const parent = places.ofShare(store, shareId)
  await rename(join(parent, from), join(parent, to))
  await syncDirectories([parent])
}
