import { constants } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTreesIn } from '../../namespace/remove-tree.ts'
import { AT_FDCWD, native } from '../../native/index.ts'
import { isGone, openDirectory, require } from '../drivers/tree-pair.ts'

/**
 * Of the directory at a share's root in which files are made that then take their places: only within a share, which can be a
 * subvolume, a rename is sure to be possible. It is closed to clients, and gone when the restore is done.
 */
export const stagingName = Buffer.from('.berth-restore')

/** Makes it, empty, whatever was there, and opens it. */
export async function makeStaging(root: number): Promise<number> {
  await removeStaging(root)
  require(native.mkdirAt(root, stagingName, 0o700), 'make', () => stagingName.toString())
  return require(openDirectory(root, stagingName), 'open', () => stagingName.toString())
}

/** Removes it, if it is there. `root` is a descriptor of the share's root. */
export async function removeStaging(root: number): Promise<void> {
  const path = `/proc/self/fd/${root}/${stagingName.toString()}`
  if (isGone(native.statAt(root, stagingName, 0))) return
  const fd = openDirectory(root, stagingName)
  if (fd >= 0) {
    native.close(fd)
    await removeTreesIn(path, new AbortController().signal)
    for (const name of await readdir(path)) await unlink(join(path, name))
  }
  const result = native.unlinkAt(root, stagingName, fd >= 0 ? 1 : 0)
  if (!isGone(result)) require(result, 'remove', () => stagingName.toString())
}

/** Absolute path of a directory of the operator's, opened for {@link removeStaging}: no symlink. */
export function openShare(path: string): number {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
  return require(native.openAt(AT_FDCWD, Buffer.from(path), flags), 'open', () => path)
}
