import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { madeName, makeRoot } from '../namespace/share-maker.ts'
import { drivers, type Progress } from '../snapshots/drivers/index.ts'
import { cloneSubvolume } from '../snapshots/restore/clone-work.ts'

/** How a directory becomes the files of a share. */
export type FillDriver = 'btrfs' | 'reflink' | 'copy'

export interface Filled {
  readonly driver: FillDriver
  /** Null: they were not counted, as none was looked at. */
  readonly files: number | null
  readonly bytes: number | null
  /** Mounts or subvolumes in it are empty directories now. */
  readonly leavesOut: boolean
}

/**
 * The best way to copy a directory to another: as a btrfs snapshot, sharing data, by copying it.
 * @param into absolute path of a directory that is left as it was
 */
export async function fillDriver(source: string, into: string): Promise<FillDriver> {
  for (const name of ['btrfs', 'reflink'] as const)
    if ((await drivers[name].impossible(source, into)) === undefined) return name
  return 'copy'
}

/**
 * Makes a copy of a directory in one that a share is made in, as {@link madeName}: with owners, modes, times, extended
 * attributes, hard links and holes. Symlinks are copied; nothing is followed. Others may write to the source meanwhile:
 * each file is as it was at some moment.
 */
export async function fillByCopy(
  source: string,
  directory: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<Filled> {
  const driver = await fillDriver(source, directory)
  if (driver === 'btrfs' && (await cloneSubvolume(source, directory)))
    return { driver, files: null, bytes: null, leavesOut: false }
  await makeRoot(directory)
  const way = driver === 'copy' ? 'copy' : 'reflink'
  const taking = drivers[way].begin({ source, directory, name: madeName, onProgress, signal })
  try {
    await taking.prepare()
    await taking.cut(undefined)
    const { files, bytes, inodeMap, leavesOut = false } = await taking.finish()
    // Whose numbers the files had before is nothing to the share.
    if (inodeMap !== undefined) await unlink(inodeMap)
    return { driver: way, files, bytes, leavesOut }
  } catch (error) {
    await taking.discard()
    throw error
  }
}

/** Where the files of a share that is being made are. */
export function madeIn(directory: string): string {
  return join(directory, madeName)
}
