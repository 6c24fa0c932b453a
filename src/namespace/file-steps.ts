import { chmod, chown, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { isThere, makeSubvolume, removeEmpty, renameDirectory, syncDirectories } from './files.ts'

/** One change of a store's directories that can be taken back. Paths are relative to the store's directory. */
export type FileStep = MakeDirectory | RenameDirectory

export interface MakeDirectory {
  readonly kind: 'make'
  readonly store: string
  readonly path: string
  readonly mode: number
  /** Whom it will belong to; absent: the server's own user. */
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** As a btrfs subvolume of its own, where it lies on btrfs and that is allowed: snapshots are then taken at once. */
  readonly asSubvolume?: true
}

export interface RenameDirectory {
  readonly kind: 'rename'
  readonly store: string
  readonly from: string
  readonly to: string
}

/** Absolute path of a store's directory. @throws {ServiceError} `unavailable` */
export type DirectoryOf = (store: string) => string

/**
 * Takes the steps in order; on the disk when this resolves.
 * @throws {ServiceError} `exists` or `unavailable` at the first that fails: those before it are to be taken back.
 */
export async function takeSteps(steps: readonly FileStep[], directoryOf: DirectoryOf): Promise<void> {
  for (const step of steps) {
    const base = directoryOf(step.store)
    try {
      if (step.kind === 'make') await make(join(base, step.path), step)
      else await renameDirectory(join(base, step.from), join(base, step.to))
    } catch (error) {
      throw stepError(error as NodeJS.ErrnoException)
    }
  }
  await syncDirectories(parentsOf(steps, directoryOf))
}

/**
 * Takes back what has been done of the steps, however far they came: also after a crash, by what is on the disk. What
 * somebody has put into a new directory meanwhile stays.
 */
export async function takeBack(steps: readonly FileStep[], directoryOf: DirectoryOf): Promise<void> {
  for (const step of steps.toReversed()) {
    const base = directoryOf(step.store)
    if (step.kind === 'make') await removeEmpty(join(base, step.path))
    else if (!(await isThere(join(base, step.from))) && (await isThere(join(base, step.to))))
      await renameDirectory(join(base, step.to), join(base, step.from))
  }
  const parents: string[] = []
  for (const parent of parentsOf(steps, directoryOf)) if (await isThere(parent)) parents.push(parent)
  await syncDirectories(parents)
}

async function make(path: string, { mode, owner, asSubvolume }: MakeDirectory): Promise<void> {
  if (asSubvolume !== true || !(await makeSubvolume(path))) await mkdir(path, 0o700)
  if (owner !== undefined) await chown(path, owner.uid, owner.gid)
  // Not by mkdir: the umask would cut it.
  await chmod(path, mode)
}

function parentsOf(steps: readonly FileStep[], directoryOf: DirectoryOf): string[] {
  return steps.flatMap((step) => {
    const base = directoryOf(step.store)
    const paths = step.kind === 'make' ? [step.path] : [step.from, step.to]
    return paths.map((path) => join(base, dirname(path)))
  })
}

function stepError(error: NodeJS.ErrnoException): ServiceError {
  const isInTheWay = error.code === 'EEXIST' || error.code === 'ENOTEMPTY' || error.code === 'ENOTDIR'
  return new ServiceError(isInTheWay ? 'exists' : 'unavailable', `the store refused: ${error.message}`, {
    cause: error,
  })
}
