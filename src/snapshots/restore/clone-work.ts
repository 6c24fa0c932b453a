import { constants } from 'node:fs'
import { madeName } from '../../namespace/share-maker.ts'
import { native } from '../../native/index.ts'
import { isOnBtrfs, isSubvolume, snapshotSubvolume } from '../../native/subvolume.ts'
import { openRoot, require } from '../drivers/tree-pair.ts'

/**
 * Makes a writable snapshot of the read-only one that is the root of `source`. False: nothing was made, as it is none of
 * btrfs, or lies on another filesystem.
 */
export async function cloneSubvolume(source: string, directory: string): Promise<boolean> {
  const [from, into] = [openRoot(source), openRoot(directory)]
  try {
    if (!isSubvolume(from) || !isOnBtrfs(into)) return false
    const name = Buffer.from(madeName)
    if ((await snapshotSubvolume(from, into, name)) < 0) return false
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
    const made = native.openBeneath(into, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
    require(made, 'open', () => `the clone in ${directory}`)
    const result = native.subvolumeMakeWritable(made)
    native.close(made)
    require(result, 'make writable', () => `the clone in ${directory}`)
    return true
  } finally {
    native.close(from)
    native.close(into)
  }
}
