import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTreesIn } from '../../namespace/remove-tree.ts'
import type { SnapshotPlace } from './driver.ts'

/** Removes everything in a snapshot's directory, subvolumes too. @throws the signal's reason when it ends it early. */
export async function removeAll({ directory }: SnapshotPlace, signal?: AbortSignal): Promise<void> {
  const isWhole = await removeTreesIn(directory, signal ?? new AbortController().signal)
  if (!isWhole) signal?.throwIfAborted()
  for (const name of await readdir(directory)) await unlink(join(directory, name))
}
