import { allIntents, deleteIntent } from '../catalog/intents.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { isThere, removeEmpty } from '../namespace/files.ts'
import { completeSnapshots } from './capture.ts'
import { settle, settleKind, type Settlement } from './changes.ts'
import { snapshotsFound, type FoundSnapshot } from './found-snapshots.ts'
import { readManifest, recordOfManifest } from './manifest.ts'
import type { PausedTakings } from './paused.ts'
import type { Removals } from './removals.ts'
import type { SnapshotServices } from './services.ts'
import { nativeName } from './snapshot-places.ts'

/**
 * At the start: finishes or undoes what the last run was in the middle of, and says so in the log. A snapshot, or all of
 * a group, that has its manifest is complete; of any other, what was copied stays for the next one, or it is removed, and files of removed ones go while the gateway runs.
 * What a store that is not there holds up waits for the next start.
 */
export async function recoverSnapshots(
  services: SnapshotServices,
  removals: Removals,
  paused: PausedTakings,
): Promise<void> {
  const { catalog, index, log } = services
  for (const { id, kind, detail } of await allIntents(catalog.db)) {
    if (kind !== settleKind) continue
    const settlement = detail as Settlement
    await tried(services, settlement.id, async () => {
      await settle(services, settlement)
      await deleteIntent(catalog.db, id)
      log.info({ snapshot: settlement.id }, 'snapshot: a change that the last run began is done')
    })
  }
  for (const records of unfinished(index.all()))
    await tried(services, records[0]!.id, () => finishOrUndo(services, { removals, paused }, records))
}

/** Those of a group together. */
function unfinished(records: Iterable<SnapshotRecord>): Iterable<SnapshotRecord[]> {
  const groups = new Map<string | number, SnapshotRecord[]>()
  for (const record of records) {
    if (record.state !== 'making') continue
    const key = record.groupId ?? record.id
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [record])
    else group.push(record)
  }
  return groups.values()
}

async function finishOrUndo(
  services: SnapshotServices,
  { removals, paused }: { readonly removals: Removals; readonly paused: PausedTakings },
  records: readonly SnapshotRecord[],
): Promise<void> {
  const { log, namespace } = services
  const complete: SnapshotRecord[] = []
  for (const record of records) {
    const found = await completeRecord(services, record)
    if (found !== undefined) complete.push(found)
  }
  const names = { snapshots: records.map(({ id }) => id), shares: records.map(({ path }) => path) }
  if (complete.length === records.length) {
    await completeSnapshots(services, complete)
    log.info(names, 'snapshot: one that the last run had taken is finished')
    return
  }
  const isKept = await namespace.inTurn(async () => {
    let count = 0
    for (const record of records) {
      if (await paused.keep(record)) count += 1
      else await removals.begin(record)
    }
    return count > 0
  })
  log.warn(
    names,
    isKept
      ? 'snapshot: one that the last run was taking is paused: what it copied is gone on with by the next one'
      : 'snapshot: one that the last run was taking is undone',
  )
}

/** What the manifest of a snapshot says that was being made; undefined: there is none that is whole. */
async function completeRecord(
  { places }: SnapshotServices,
  record: SnapshotRecord,
): Promise<SnapshotRecord | undefined> {
  for (const directory of [places.directoryOf(record), places.directoryOf({ ...record, state: 'ready' })]) {
    try {
      const manifest = await readManifest(directory)
      if (manifest.snapshot.id === record.id) return recordOfManifest(manifest, record.store)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
    }
  }
  return undefined
}

/** Removes what no record knows of that is half made or half removed, and tells of what is whole. */
export async function removeStrays(services: SnapshotServices, signal: AbortSignal): Promise<void> {
  const { namespace, places, index, log } = services
  for (const store of [null, ...namespace.stores.list().map(({ name }) => name)]) {
    const unknown: FoundSnapshot[] = []
    const isUnknown = ({ shareId, name }: FoundSnapshot) => index.named(shareId, name) === undefined
    await tried(services, undefined, async () => {
      for await (const found of snapshotsFound(places.base(store))) {
        if (signal.aborted) return
        const { shareId, unfinishedId } = found
        if (unfinishedId === undefined) {
          if (isUnknown(found)) unknown.push(found)
        } else if (index.get(unfinishedId)?.shareId !== shareId) await removeStray(services, found, signal)
      }
    })
    // One may have been renamed while this looked.
    const still = await namespace.inTurn(async () => {
      const there = await Promise.all(unknown.map(({ directory }) => isThere(directory)))
      return unknown.filter((found, place) => there[place] === true && isUnknown(found))
    })
    if (still.length > 0)
      log.warn(
        { count: still.length, first: still[0]!.directory },
        'snapshot: the catalog does not know some that lie here; `berth catalog rebuild` does',
      )
  }
}

async function removeStray(
  services: SnapshotServices,
  { directory, shareId, unfinishedId }: FoundSnapshot,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, drivers, log } = services
  const share = namespace.livingShare(shareId)
  const source = share === undefined ? directory : namespace.shares.directoryOf(share)
  // Whoever has made it: this way removes all that the others leave, too.
  await drivers.drivers.cephfs.remove({ directory, source, name: nativeName(unfinishedId!) }, signal)
  await removeEmpty(directory)
  log.warn({ directory }, 'snapshot: removed half of one that no record knows')
}

/** What is wrong with one does not keep the others from being put right, nor the gateway from starting. */
async function tried(
  { log }: SnapshotServices,
  snapshot: number | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (err) {
    const isKnown = err instanceof ServiceError || (err as NodeJS.ErrnoException).code !== undefined
    if (!isKnown) throw err
    log.warn({ err, snapshot }, 'snapshot: what the last run left could not be put right yet')
  }
}
