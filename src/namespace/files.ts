import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { ServiceError } from '../config/service-error.ts'
import { native } from '../native/index.ts'
import { createSubvolume, isOnBtrfs } from '../native/subvolume.ts'

/** Up to so many files are synced one by one; more are written first, and then their whole filesystem is synced. */
const singleSyncCountMax = 16
/** Files written at the same time: as many as Node's thread pool has threads. */
const writersMax = 4

/** One file to be written. */
export interface FileContent {
  readonly path: string
  readonly content: string | Uint8Array
}

/**
 * Puts each content in its file, whole or not at all, and on the disk before this resolves. Mode 0600. All lie on one
 * filesystem, in directories that are there.
 */
export async function writeAllDurably(files: readonly FileContent[]): Promise<void> {
  const together = files.length > singleSyncCountMax
  await each(files, ({ path, content }) => writeTemporary(path, content, !together))
  if (together) await syncFilesystem(dirname(files[0]!.path))
  await each(files, ({ path }) => rename(temporaryOf(path), path))
  // The renames are on the disk only once the directories are.
  await syncDirectories(files.map(({ path }) => dirname(path)))
}

/** Where the content of a file is until all of it is on the disk. */
export function temporaryOf(path: string): string {
  return `${path}.new`
}

async function writeTemporary(path: string, content: string | Uint8Array, sync: boolean): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
  const file = await open(temporaryOf(path), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
  try {
    await file.writeFile(content)
    if (sync) await file.sync()
  } finally {
    await file.close()
  }
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values()
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: writersMax }, worker))
}

/** Writes all that is in the filesystem of a directory to its disk. */
export async function syncFilesystem(directory: string): Promise<void> {
  const file = await open(directory)
  try {
    const result = await new Promise<number>((resolve) => native.startSync(file.fd, 2, resolve))
    if (result < 0) throw new Error(`cannot sync ${directory}: ${getSystemErrorName(result)}`)
  } finally {
    await file.close()
  }
}

export async function syncDirectories(directories: readonly string[]): Promise<void> {
  for (const directory of new Set(directories)) {
    const file = await open(directory)
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

/** Makes a directory closed to others, where it is missing. */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
}

/** Makes an empty btrfs subvolume. False: the filesystem is another, or refuses. */
export async function makeSubvolume(path: string): Promise<boolean> {
  const parent = await open(dirname(path))
  try {
    return isOnBtrfs(parent.fd) && (await createSubvolume(parent.fd, Buffer.from(basename(path)))) === 0
  } finally {
    await parent.close()
  }
}

/** Renames a directory; both paths are of one filesystem. */
export async function renameDirectory(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || process.geteuid!() === 0) throw error
    // Without root its owner needs leave to write it, since a move changes its `..`; its clients may have taken it away.
    const { mode } = await lstat(from)
    await chmod(from, mode | constants.S_IWUSR)
    await rename(from, to).catch(async (failure: unknown) => {
      await chmod(from, mode)
      throw failure
    })
    await chmod(to, mode)
  }
}

/** Removes a file that may be missing. */
export async function removeFile(path: string): Promise<void> {
  await tolerate(unlink(path), 'ENOENT')
}

/** Removes a directory, unless it is missing, holds something, or has a filesystem mounted on it. */
export async function removeEmpty(directory: string): Promise<void> {
  await tolerate(rmdir(directory), 'ENOENT', 'ENOTEMPTY', 'EEXIST', 'EBUSY')
}

/** Removes a directory that holds nothing but empty directories; of any other, what is empty. */
export async function removeEmptyTree(directory: string): Promise<void> {
  const entries = await tolerate(readdir(directory, { withFileTypes: true }), 'ENOENT', 'ENOTDIR')
  for (const entry of entries ?? [])
    if (entry.isDirectory()) await removeEmptyTree(join(directory, entry.name))
  await tolerate(removeEmpty(directory), 'ENOTDIR')
}

/** Removes the directories at and above `path`, a path below `base`, for as long as they are empty. */
export async function removeEmptyUpwards(base: string, path: string): Promise<void> {
  for (let at = path; at !== '.'; at = dirname(at)) await removeEmpty(join(base, at))
}

export async function isThere(path: string): Promise<boolean> {
  return (await tolerate(lstat(path), 'ENOENT')) !== undefined
}

/** The names in a directory that may be missing. */
export async function namesIn(directory: string): Promise<string[]> {
  return (await tolerate(readdir(directory), 'ENOENT')) ?? []
}

/**
 * Of `path` below `base`, the directories that are missing, the outermost first.
 * @throws {ServiceError} `conflict` where something else is in the way: a symlink could lead out of the store.
 */
export async function missingDirectories(base: string, path: string): Promise<string[]> {
  const missing: string[] = []
  let at = ''
  for (const name of path === '.' ? [] : path.split('/')) {
    at = join(at, name)
    const stat = missing.length > 0 ? undefined : await tolerate(lstat(join(base, at)), 'ENOENT')
    if (stat === undefined) missing.push(at)
    else if (!stat.isDirectory())
      throw new ServiceError('conflict', `${join(base, at)} is no directory: move it out of the way`)
  }
  return missing
}

async function tolerate<T>(work: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (codes.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
