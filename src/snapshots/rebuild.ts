import { basename } from 'node:path'
import type { Catalog, Db } from '../catalog/catalog.ts'
import { applicationById } from '../catalog/applications.ts'
import { shareById } from '../catalog/shares.ts'
import { allSnapshots, insertSnapshot, type SnapshotRecord } from '../catalog/snapshots.ts'
import { allStores } from '../catalog/stores.ts'
import { ServiceError } from '../config/service-error.ts'
import type { RebuildProblem } from '../namespace/found-records.ts'
import { checkDescription, checkLabels } from '../service/checks.ts'
import { isSidecarNumber, isSnapshotNumber } from '../shared-memory/share-number.ts'
import { snapshotsFound } from './found-snapshots.ts'
import { readManifest, recordOfManifest } from './manifest.ts'
import { checkSnapshotName } from './names.ts'
import { snapshotsIn } from './snapshot-places.ts'

export interface SnapshotRebuildOptions {
  /** With the shares in it, as `rebuildCatalog` makes it. */
  readonly catalog: Catalog
  /** Absolute path. */
  readonly dataDirectory: string
}

export interface SnapshotRebuildReport {
  readonly snapshotCount: number
  readonly problems: readonly RebuildProblem[]
}

/**
 * Fills a new catalog with the snapshots that lie in its stores and in the data directory, by their manifests. What was
 * half made or half removed is left for the next start.
 */
export async function rebuildSnapshots(options: SnapshotRebuildOptions): Promise<SnapshotRebuildReport> {
  const { catalog, dataDirectory } = options
  const problems: RebuildProblem[] = []
  const bases = (await allStores(catalog.db)).map(({ name, directory }) => ({ store: name, directory }))
  const snapshotCount = await catalog.transaction(async (db) => {
    const taken = new Set((await allSnapshots(db)).map(({ id }) => id))
    const found: SnapshotRecord[] = []
    for (const { store, directory } of [{ store: null, directory: dataDirectory }, ...bases])
      for await (const { directory: file, unfinishedId } of snapshotsFound(snapshotsIn(store, directory))) {
        if (unfinishedId !== undefined) continue
        try {
          const record = await recordIn(db, file, store, taken)
          taken.add(record.id)
          found.push(record)
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error
          problems.push({ file, what: error.message })
        }
      }
    for (const record of found) await insertSnapshot(db, record)
    return found.length
  })
  return { snapshotCount, problems }
}

/** Somebody may have written into a manifest, or moved it: what it says is to hold for a snapshot made today. */
async function recordIn(
  db: Db,
  directory: string,
  store: string | null,
  taken: ReadonlySet<number>,
): Promise<SnapshotRecord> {
  const record = recordOfManifest(await readManifest(directory), store)
  const { id, shareId, name, applicationId } = record
  checkSnapshotName(name)
  checkLabels(record.labels)
  checkDescription(record.description)
  const refuse = (what: string): never => {
    throw new ServiceError('conflict', what)
  }
  if (basename(directory) !== name) refuse(`its manifest is that of snapshot ${name}`)
  const share = await shareById(db, shareId)
  if (share?.purgedAt !== null) refuse(`there is no share ${shareId}`)
  if (basename(directory.slice(0, -name.length - 1)) !== String(shareId))
    refuse(`it is a snapshot of share ${shareId}`)
  if (!isSnapshotNumber(id) || isSidecarNumber(id)) refuse(`${id} is no number of a snapshot`)
  if (taken.has(id)) refuse(`its number ${id} is that of another snapshot`)
  const isKnown = applicationId !== null && (await applicationById(db, applicationId)) !== undefined
  return isKnown ? record : { ...record, applicationId: null }
}
