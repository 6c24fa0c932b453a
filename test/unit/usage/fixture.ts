import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readdirSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { ShareUse } from '../../../src/shared-memory/share-table.ts'

/** A directory for each test; however deep it gets, it is removed. */
export function useDirectory(): { readonly path: string } {
  const directory = { path: '' }
  beforeEach(() => {
    directory.path = mkdtempSync(join(tmpdir(), 'berth-usage-'))
  })
  // rmSync cannot remove what is deeper than PATH_MAX.
  afterEach(() => void execFileSync('rm', ['-rf', '--one-file-system', directory.path]))
  return directory
}

/** What a tree of no great depth uses, by plain calls: each inode once, as src/filesystem/quota.ts says. */
export function recount(directory: string): ShareUse {
  const use = { bytes: 0, files: 0 }
  const seen = new Set<number>()
  const visit = (path: Buffer): void => {
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      const at = Buffer.concat([path, Buffer.from('/'), name])
      const stat = lstatSync(at)
      if (seen.has(stat.ino)) continue
      seen.add(stat.ino)
      use.files++
      use.bytes += bytesOf(stat)
      if (stat.isDirectory()) visit(at)
    }
  }
  visit(Buffer.from(directory))
  return use
}

function bytesOf(stat: Stats): number {
  return stat.isFile() ? Math.min(stat.blocks * 512, Math.ceil(stat.size / 4096) * 4096) : 0
}
