import { join } from 'node:path'
import type { Db } from '../catalog/catalog.ts'
import { noteOwnership, updateShare, type ShareRecord } from '../catalog/shares.ts'
import type { FileStep } from './file-steps.ts'
import { isThere, removeFile, syncDirectories } from './files.ts'
import { leavingShare, livingRecord, livingRecords, moveMap } from './layout.ts'
import { stepsToMakeRoom, tidyAbove } from './move.ts'
import type { NamespaceState } from './state.ts'

/** Where a share goes, and what it is made of there: paths relative to the store's directory. */
export interface StoreChange {
  readonly store: string
  /** A directory with all files of the share. */
  readonly files: string
  /** What clients call them, on the disk, as is the directory that it is renamed into; undefined: nobody has a handle of one. */
  readonly map: string | undefined
  /** Written into the catalog with the change. */
  note(db: Db): Promise<void>
}

/** The store that a share was in, and how often it had been moved when it was. */
export interface FormerStore {
  readonly store: string
  readonly moves: number
}

/** Within a turn. What it was before is put aside in its old store: see {@link leaveStore}. */
export async function changeStore(
  state: NamespaceState,
  share: ShareRecord,
  { store, files, map, note }: StoreChange,
): Promise<ShareRecord> {
  const { id, directory, moves: former } = share
  const [base, from, at] = [state.directoryOf(store), share.store!, state.now()]
  const moves = map === undefined ? 0 : former + 1
  const aside = leavingShare(id, former)
  const steps: FileStep[] = [
    ...(await stepsToMakeRoom(store, base, directory)),
    { kind: 'make', store: from, path: aside, mode: 0o700 },
    { kind: 'rename', store: from, from: directory, to: join(aside, 'data') },
  ]
  if (map !== undefined) steps.push({ kind: 'rename', store, from: map, to: moveMap(id, moves) })
  steps.push({ kind: 'rename', store, from: files, to: directory })
  const record = { ...share, store, moves, changedAt: at, version: share.version + 1 }
  await state.carryOut({
    steps,
    records: [id],
    write: async (db) => {
      await updateShare(db, record)
      await noteOwnership(db, id, at)
      await note(db)
    },
    apply: () => state.shares.set(id, record),
  })
  state.emit({ kind: 'share-changed', shareId: id, changed: ['store', 'moves'] })
  return record
}

/**
 * Within a turn: removes what is kept beside a share from a store that it has left, but its files. It may be back by now. May
 * be done again.
 */
export async function leaveStore(
  state: NamespaceState,
  share: ShareRecord,
  { store, moves }: FormerStore,
): Promise<void> {
  const base = state.directoryOf(store)
  if (moves > 0) await removeFile(join(base, moveMap(share.id, moves)))
  if (share.store === store) return
  await removeFile(join(base, livingRecord(share.id)))
  if (await isThere(join(base, livingRecords))) await syncDirectories([join(base, livingRecords)])
  await tidyAbove(state, store, share.directory)
}
