import { mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { catalogFileName, openCatalog, type Catalog } from '../catalog/catalog.ts'
import { ifThere, syncDirectory } from '../state/durable-file.ts'
import { holderOf, openDataDirectory, type DataDirectory } from '../state/data-directory.ts'
import { CommandError } from './command-error.ts'
import { ExitCode } from './exit-code.ts'

// Catalogs of gateways that do not run: this process takes the lock of the data directory while it works.

/** @throws {CommandError} if a gateway runs on the data directory, {StartError} if its catalog is damaged. */
export async function withCatalog<T>(data: string, work: (catalog: Catalog) => Promise<T>): Promise<T> {
  const directory = takeDirectory(data)
  try {
    if (!isThere(join(directory.path, catalogFileName)))
      throw new CommandError(ExitCode.notFound, `data directory ${data} has no catalog`)
    const catalog = await openCatalog({ directory: directory.path })
    try {
      return await work(catalog)
    } finally {
      await catalog.close()
    }
  } finally {
    directory.unlock()
  }
}

/** @throws {CommandError} if a gateway runs on it, {StartError} if it cannot be used. */
function takeDirectory(data: string): DataDirectory {
  const path = resolve(data)
  const holder = holderOf(path)
  if (holder !== undefined)
    throw new CommandError(ExitCode.conflict, `a gateway runs on ${path}, process ${holder}: stop it first`)
  return openDataDirectory(path)
}

/** What became of the old catalog. */
export interface Replacement<T> {
  readonly result: T
  /** Where the former catalog is now, if there was one. */
  readonly former: string | undefined
}

/**
 * Fills a new catalog, made beside the old one, and only when it is whole puts it in its place.
 * @throws {CommandError} if there is a catalog and it is not to be replaced, or a gateway runs on the data directory.
 */
export async function withNewCatalog<T>(
  data: string,
  { replace }: { readonly replace: boolean },
  fill: (catalog: Catalog, dataDirectory: string) => Promise<T>,
): Promise<Replacement<T>> {
  const directory = takeDirectory(data)
  const building = join(directory.path, 'catalog.building')
  const path = join(directory.path, catalogFileName)
  try {
    if (isThere(path) && !replace)
      throw new CommandError(
        ExitCode.conflict,
        `${path} is there already: give --replace to move it aside and put a new one in its place`,
      )
    // Left by one that was killed.
    rmSync(building, { recursive: true, force: true })
    mkdirSync(building, { mode: 0o700 })
    const catalog = await openCatalog({ directory: building })
    let result: T
    try {
      result = await fill(catalog, directory.path)
    } finally {
      // With the last connection the write-ahead log goes into the file.
      await catalog.close()
    }
    const former = moveAside(path)
    renameSync(join(building, catalogFileName), path)
    syncDirectory(directory.path)
    return { result, former }
  } finally {
    rmSync(building, { recursive: true, force: true })
    directory.unlock()
  }
}

/** The write-ahead log goes along: it may hold what the file has not yet. */
function moveAside(path: string): string | undefined {
  if (!isThere(path)) return undefined
  const former = `${path}.replaced-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  for (const suffix of ['', '-wal', '-shm']) ifThere(() => renameSync(path + suffix, former + suffix))
  return former
}

function isThere(path: string): boolean {
  return ifThere(() => statSync(path)) !== undefined
}
