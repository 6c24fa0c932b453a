import { lstat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Comparisons } from '../snapshots/comparison/comparisons.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import { JsonObjects } from './json-objects.ts'

interface UnseenChangesOptions {
  readonly comparisons: Pick<Comparisons, 'changes'>
  readonly snapshots: Pick<Snapshots, 'treeOf'>
  /** How long to wait when as many comparisons go on as may. */
  readonly againMs?: number
}

const againMsDefault = 5000

/**
 * Whether files have changed between two snapshots of a share in a way that restic does not see when it may look neither
 * at inode numbers nor at ctimes, which are not the share's own in copies: a file of the same path, size and mtime.
 */
export async function hasUnseenChanges(
  { comparisons, snapshots, againMs = againMsDefault }: UnseenChangesOptions,
  older: SnapshotRecord,
  newer: SnapshotRecord,
  signal: AbortSignal,
): Promise<boolean> {
  const changes = await beginComparison(comparisons, older, newer, againMs, signal)
  const [before, after] = [older, newer].map((record) => snapshots.treeOf(record).tree) as [string, string]
  const end = (): void => void changes.destroy(signal.reason as Error)
  signal.addEventListener('abort', end)
  try {
    let suspects: Suspect[] = []
    const objects = new JsonObjects((change) => suspects.push(...suspectsIn(change)))
    for await (const chunk of changes) {
      objects.write(chunk as Buffer)
      for (const suspect of suspects)
        if (await looksUnchanged(before, after, suspect, older.cutAt ?? 0)) return true
      suspects = []
    }
    return false
  } finally {
    signal.removeEventListener('abort', end)
    changes.destroy()
  }
}

async function beginComparison(
  comparisons: Pick<Comparisons, 'changes'>,
  older: SnapshotRecord,
  newer: SnapshotRecord,
  againMs: number,
  signal: AbortSignal,
) {
  for (;;) {
    signal.throwIfAborted()
    try {
      // What programs on this host have changed is in no journal.
      const { stream } = await comparisons.changes(newer.id, older.id, 'ndjson', true)
      return stream
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'limit') throw error
    }
    await sleep(againMs, undefined, { signal })
  }
}

/** Something whose path has other content now than before, or may have. */
interface Suspect {
  readonly path: Buffer
  readonly isModified: boolean
}

function suspectsIn({ kind, path, pathBase64 }: Readonly<Record<string, unknown>>): Suspect[] {
  if (kind !== 'modified' && kind !== 'renamed' && kind !== 'added') return []
  const bytes = typeof pathBase64 === 'string' ? Buffer.from(pathBase64, 'base64') : Buffer.from(String(path))
  return [{ path: bytes, isModified: kind === 'modified' }]
}

async function looksUnchanged(
  before: string,
  after: string,
  { path, isModified }: Suspect,
  olderCutAt: number,
): Promise<boolean> {
  const [older, newer] = await Promise.all([statIn(before, path), statIn(after, path)])
  if (newer === undefined) return false
  // It is told of by one name alone: by others it may look as before, unless it is seen to have changed since.
  if (isModified && newer.nlink > 1n && newer.mtimeMs <= BigInt(olderCutAt)) return true
  if (older === undefined) return false
  // Of a directory that was put in the place of another nothing is told that is in it.
  if (older.isDirectory() && newer.isDirectory()) return true
  return older.isFile() && newer.isFile() && older.size === newer.size && older.mtimeNs === newer.mtimeNs
}

/** Snapshots do not change: no symlink comes into the way. */
async function statIn(tree: string, path: Buffer) {
  try {
    return await lstat(Buffer.concat([Buffer.from(`${tree}/`), path]), { bigint: true })
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}
