import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { namesIn } from './files.ts'
import { privateDirectory, tombstone, tombstones } from './layout.ts'
import type { NamespaceState } from './state.ts'

/** Entries that one answer lists at most. */
export const unclaimedCountMax = 1000

/** What lies in a store and belongs to no share. */
export interface Unclaimed {
  /** Relative to the store's directory. */
  readonly paths: readonly string[]
  /** False: there are more. */
  readonly isComplete: boolean
}

/**
 * What in a store belongs to no share: directories and files that somebody else has put there, tombstones that the
 * catalog does not know. Nothing is looked for within a share.
 * @throws {ServiceError} `unavailable`
 */
export async function unclaimedIn(state: NamespaceState, store: string): Promise<Unclaimed> {
  const base = state.directoryOf(store)
  const claimed = new Set<string>()
  const above = new Set(['.'])
  for (const share of state.shares.values()) {
    if (share.store !== store) continue
    claimed.add(share.deletedAt === null ? share.directory : tombstone(share.id))
    for (let at = dirname(share.directory); !above.has(at); at = dirname(at)) above.add(at)
  }
  const paths: string[] = []
  for await (const path of strangers(base, '.', claimed, above)) {
    if (paths.length === unclaimedCountMax) return { paths, isComplete: false }
    paths.push(path)
  }
  return { paths, isComplete: true }
}

async function* strangers(
  base: string,
  directory: string,
  claimed: ReadonlySet<string>,
  above: ReadonlySet<string>,
): AsyncGenerator<string> {
  if (directory === '.') {
    for (const name of (await namesIn(join(base, tombstones))).sort())
      if (!claimed.has(join(tombstones, name))) yield join(tombstones, name)
  }
  for (const name of (await readdir(join(base, directory))).sort()) {
    const path = join(directory, name)
    // mkfs makes lost+found.
    if (claimed.has(path) || path === privateDirectory || path === 'lost+found') continue
    if (above.has(path)) yield* strangers(base, path, claimed, above)
    else yield path
  }
}
