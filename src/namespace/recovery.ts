import { join } from 'node:path'
import { allIntents, deleteIntent } from '../catalog/intents.ts'
import { takeBack, type FileStep } from './file-steps.ts'
import { namesIn } from './files.ts'
import { livingRecords, recordsOutsideStores, tombstones } from './layout.ts'
import { settleRecords } from './record-keeping.ts'
import { IntentKind, type NamespaceState } from './state.ts'

/**
 * At the start: finishes or takes back what the last run was in the middle of, then writes the records that are
 * missing. What a store that is not there holds up stays for the next start.
 */
export async function recover(state: NamespaceState): Promise<void> {
  const { db } = state.catalog
  for (const { id, kind, detail } of await allIntents(db)) {
    try {
      if (kind === IntentKind.TAKE_BACK) await takeBack(detail as FileStep[], state.directoryOf)
      else if (kind === IntentKind.WRITE_RECORDS) await settleRecords(state, detail as number[])
      else if (kind === IntentKind.PURGE) state.purging.add(detail as number)
      if (kind === IntentKind.TAKE_BACK || kind === IntentKind.WRITE_RECORDS) await deleteIntent(db, id)
    } catch (error) {
      state.warn('a change that the last run began could not be brought to its end yet', error)
    }
  }
  await writeMissingRecords(state)
}

/** Somebody may have removed them, or put back an older backup of the files. */
async function writeMissingRecords(state: NamespaceState): Promise<void> {
  const idsByStore = new Map<string | null, number[]>()
  for (const { id, store } of state.shares.values()) {
    const ids = idsByStore.get(store)
    if (ids === undefined) idsByStore.set(store, [id])
    else ids.push(id)
  }
  for (const [store, ids] of idsByStore) {
    try {
      const known = await recordsOf(state, store)
      await settleRecords(
        state,
        ids.filter((id) => !known.has(id)),
      )
    } catch (error) {
      state.warn(
        `records of store ${store ?? 'none'} could not be written; they are at the next start`,
        error,
      )
    }
  }
}

async function recordsOf(state: NamespaceState, store: string | null): Promise<Set<number>> {
  const numbersIn = async (directory: string): Promise<number[]> =>
    (await namesIn(directory)).map((name) => Number(/^(\d+)(\.json)?$/.exec(name)?.[1]))
  if (store === null) return new Set(await numbersIn(join(state.dataDirectory, recordsOutsideStores)))
  const base = state.directoryOf(store)
  return new Set([
    ...(await numbersIn(join(base, livingRecords))),
    // A tombstone is a directory: its record is taken to be in it.
    ...(await numbersIn(join(base, tombstones))),
  ])
}
