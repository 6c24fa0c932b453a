import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, rename, rmdir, unlink } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { entriesOf, EntryType, type DirectoryEntry } from '../native/directory-entries.ts'
import { AT_FDCWD, native, O_PATH, StatField, statRows } from '../native/index.ts'
import { destroySubvolume, isSubvolume } from '../native/subvolume.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
const { EACCES, ENOENT, EPERM, ENOTEMPTY } = osConstants.errno

/**
 * Removes the directories in `directory` with all that is in them, however deep, but nothing that a symlink leads to and
 * nothing of another filesystem mounted there. Files in `directory` itself stay. The work is done on the thread pool; a
 * crash in between does no harm: call it again.
 *
 * A tree is taken apart from the top: directories found in one are moved up into `directory` first. So its depth, which
 * clients choose, costs neither stack nor descriptors. A btrfs subvolume goes as a whole; where that is not allowed it is
 * taken apart by itself, as nothing can be moved out of it.
 *
 * Answers false when `signal` has ended it early: then something is left.
 * @throws {Error} for what cannot be removed.
 */
export async function removeTreesIn(directory: string, signal: AbortSignal): Promise<boolean> {
  const top = native.openAt(AT_FDCWD, Buffer.from(directory), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  if (top === -ENOENT) return true
  require(top, `cannot open ${directory}`)
  try {
    const waiting = directoriesIn(top)
    // Nothing in `directory` has such a name, whoever chose the others: it may be the root of a subvolume.
    const prefix = `removed-${randomUUID()}-`
    let moved = 0
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (await removeSubvolume(top, next, signal)) continue
      const isEmpty = await empty(top, next, signal, async (fd, found) => {
        const name = Buffer.from(`${prefix}${++moved}`)
        await reopenToOwner(fd, found)
        if (await moveUp(pathIn(fd, found), pathIn(top, name))) waiting.push(name)
      })
      if (!isEmpty) return false
      await rmdir(pathIn(top, next))
    }
    return true
  } finally {
    native.close(top)
  }
}

/** False: it was empty, and is gone. */
async function moveUp(from: Buffer, to: Buffer): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    // What stands in a btrfs snapshot for a subvolume that was there cannot be moved.
    await rmdir(from).catch(() => {
      throw error
    })
    return false
  }
}

/** True: it was a subvolume, and is gone. Of one that may not be destroyed, the directories in it are gone. */
async function removeSubvolume(top: number, name: Buffer, signal: AbortSignal): Promise<boolean> {
  const fd = await open(top, name)
  try {
    if (!isSubvolume(fd)) return false
    const result = await destroySubvolume(top, name)
    if (result === 0) return true
    if (![EPERM, EACCES, ENOTEMPTY].includes(-result))
      require(result, `cannot remove subvolume ${name.toString()}`)
    require(native.subvolumeMakeWritable(fd), `cannot make subvolume ${name.toString()} writable`)
    // Ended early, the loop over what is left ends at once, too.
    await removeTreesIn(`/proc/self/fd/${fd}/.`, signal)
    return false
  } finally {
    native.close(fd)
  }
}

/** Removes the files in a directory, and hands on the directories in it. False: it was ended early. */
async function empty(
  top: number,
  name: Buffer,
  signal: AbortSignal,
  onDirectory: (dirfd: number, name: Buffer) => Promise<void>,
): Promise<boolean> {
  const fd = await open(top, name)
  try {
    // Again until nothing is found: some filesystems skip entries while others are removed.
    for (let isEmpty = false; !isEmpty;) {
      isEmpty = true
      for (const entry of soundEntriesOf(fd)) {
        if (signal.aborted) return false
        isEmpty = false
        await (isDirectory(fd, entry) ? onDirectory(fd, entry.name) : unlink(pathIn(fd, entry.name)))
      }
    }
    return true
  } finally {
    native.close(fd)
  }
}

async function open(top: number, name: Buffer): Promise<number> {
  await reopenToOwner(top, name)
  // EXDEV: a filesystem is mounted there.
  const fd = native.openBeneath(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
  require(fd, `cannot open directory ${name.toString()}`)
  return fd
}

/**
 * The owner of a directory, who we are without root, may have closed it to itself: then it could neither be read nor
 * moved, as a move writes its `..`.
 */
async function reopenToOwner(dirfd: number, name: Buffer): Promise<void> {
  if (process.geteuid!() === 0) return
  const fd = native.openBeneath(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0)
  require(fd, `cannot reach directory ${name.toString()}`)
  try {
    await chmod(`/proc/self/fd/${fd}`, 0o700).catch((error: unknown) => {
      // A read-only subvolume: its owner may read it, or it stays.
      if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error
    })
  } finally {
    native.close(fd)
  }
}

/** @throws {Error} where the directory cannot be read to its end. */
function* soundEntriesOf(fd: number): Generator<DirectoryEntry> {
  require(yield* entriesOf(fd), 'cannot read a directory')
}

/** The names of the directories in a directory. */
function directoriesIn(fd: number): Buffer[] {
  const names: Buffer[] = []
  for (const entry of soundEntriesOf(fd)) if (isDirectory(fd, entry)) names.push(Buffer.from(entry.name))
  return names
}

/** By its d_type; some filesystems do not tell it. */
function isDirectory(fd: number, { name, type }: DirectoryEntry): boolean {
  if (type !== EntryType.UNKNOWN) return type === EntryType.DIRECTORY
  require(native.statAt(fd, name, 0), 'cannot examine a directory entry')
  return (statRows[StatField.MODE]! & constants.S_IFMT) === constants.S_IFDIR
}

/** Of a name in an open directory: the kernel follows the descriptor, whatever became of the directory's own path. */
function pathIn(fd: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${fd}/`), name])
}

function require(result: number, what: string): void {
  if (result < 0) throw new Error(`${what}: ${getSystemErrorName(result)}`)
}
