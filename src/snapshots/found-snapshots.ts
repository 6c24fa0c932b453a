import { join } from 'node:path'
import { namesIn } from '../namespace/files.ts'
import { makingPrefix, removingPrefix } from './snapshot-places.ts'

/** A directory among the snapshots of a share. */
export interface FoundSnapshot {
  readonly shareId: number
  /** Absolute path. */
  readonly directory: string
  readonly name: string
  /** The number of one that is not complete, or not any more; undefined: it has a name of its own. */
  readonly unfinishedId: number | undefined
}

/** All that lies in a directory of snapshots, by what it is called. */
export async function* snapshotsFound(base: string): AsyncGenerator<FoundSnapshot> {
  for (const share of await namesIn(base)) {
    const shareId = numberIn(share)
    if (shareId === undefined) continue
    for (const name of await namesIn(join(base, share))) {
      const prefix = [makingPrefix, removingPrefix].find((prefix) => name.startsWith(prefix))
      const unfinishedId = prefix === undefined ? undefined : numberIn(name.slice(prefix.length))
      // Neither ours nor a snapshot: what a driver has tried, for one.
      if (name.startsWith('.') && unfinishedId === undefined) continue
      yield { shareId, directory: join(base, share, name), name, unfinishedId }
    }
  }
}

function numberIn(text: string): number | undefined {
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
}
