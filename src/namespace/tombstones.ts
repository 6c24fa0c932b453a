import { join } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { deleteNode } from '../catalog/nodes.ts'
import { noteOwnership, updateShare, type ShareRecord } from '../catalog/shares.ts'
import { insertTarget } from '../catalog/targets.ts'
import type { FileStep } from './file-steps.ts'
import { isThere, makePrivate, removeEmpty } from './files.ts'
import { mirrored, tombstone, tombstoneData, tombstones } from './layout.ts'
import { stepsToMakeRoom, tidyAbove } from './move.ts'
import { formatPath, parsePath } from './names.ts'
import { announceNodes, checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import { targetOf } from './new-share.ts'
import type { NamespaceState } from './state.ts'

/** What the deletion of a share would do. */
export interface ShareDeletion {
  readonly shareId: number
  readonly path: string
  /** Where its data is, and where it would wait. */
  readonly directory: string
  readonly tombstone: string
  /** Milliseconds since 1970. */
  readonly purgeAt: number
  readonly usedBytes: number
  readonly usedFiles: number
  /** Paths of other links that lead to it: while there are any, it cannot be deleted. */
  readonly linksInTheWay: readonly string[]
}

export function deletionOf(state: NamespaceState, share: ShareRecord, graceMs: number): ShareDeletion {
  const { id, path, usedBytes, usedFiles } = share
  const linksInTheWay: string[] = []
  for (const node of state.tree.subtree(state.tree.root))
    if (node.id !== share.linkId && node.targets.some(({ shareId }) => shareId === id))
      linksInTheWay.push(state.tree.pathOf(node))
  return {
    shareId: id,
    path,
    directory: state.directoryOfShare(share),
    tombstone: state.directoryOfShare({ ...share, directory: tombstoneData(id) }),
    purgeAt: state.now() + graceMs,
    usedBytes,
    usedFiles,
    linksInTheWay,
  }
}

/** Within a turn: a living share, made over the API. */
export async function deleteShare(
  state: NamespaceState,
  share: ShareRecord,
  actor: string,
  graceMs: number,
): Promise<ShareRecord> {
  const { path, purgeAt, linksInTheWay } = deletionOf(state, share, graceMs)
  if (linksInTheWay.length > 0)
    throw new ServiceError(
      'conflict',
      `${linksInTheWay[0]} leads to share ${path} too: remove that link first`,
    )
  const { id, directory } = share
  const [store, linkId, at] = [share.store!, share.linkId!, state.now()]
  const base = state.directoryOf(store)
  await makePrivate(join(base, tombstones))
  const steps: FileStep[] = [{ kind: 'make', store, path: tombstone(id), mode: 0o700 }]
  // Somebody may have removed it on the host: then there is nothing to keep.
  if (await isThere(join(base, directory)))
    steps.push({ kind: 'rename', store, from: directory, to: tombstoneData(id) })
  // Left by a deletion that was taken back while somebody looked.
  await removeEmpty(join(base, tombstone(id)))
  const record = {
    ...share,
    directory: tombstoneData(id),
    linkId: null,
    changedAt: at,
    deletedAt: at,
    deletedBy: actor,
    purgeAt,
    version: share.version + 1,
  }
  await state.carryOut({
    steps,
    records: [id],
    write: async (db) => {
      await updateShare(db, record)
      await noteOwnership(db, id, at)
      await deleteNode(db, linkId)
    },
    apply: () => {
      state.tree.remove(linkId)
      state.shares.set(id, record)
    },
  })
  await tidyAbove(state, store, directory)
  state.emit({ kind: 'node-removed', nodeId: linkId, path })
  state.emit({ kind: 'share-deleted', shareId: id })
  return record
}

/** Within a turn. */
export async function undeleteShare(
  state: NamespaceState,
  share: ShareRecord,
  path: string,
): Promise<ShareRecord> {
  const { id, store } = share
  if (share.deletedAt === null) throw new ServiceError('conflict', `share ${id} is not deleted`)
  if (store === null)
    throw new ServiceError('conflict', `share ${id} was declared in the config file: declare it there again`)
  if (state.purging.has(id))
    throw new ServiceError('conflict', `share ${id} is being purged: its data cannot be put back`)
  const names = parsePath(path)
  checkFree(state, names)
  const base = state.directoryOf(store)
  const [from, to] = [share.directory, mirrored(formatPath(names))]
  if (!(await isThere(join(base, from))))
    throw new ServiceError('conflict', `the data of share ${id} is gone from ${join(base, from)}`)
  const steps = [...(await stepsToMakeRoom(store, base, to)), { kind: 'rename', store, from, to } as const]
  const at = state.now()
  const restored = {
    ...share,
    path: formatPath(names),
    directory: to,
    changedAt: at,
    deletedAt: null,
    deletedBy: null,
    purgeAt: null,
    version: share.version + 1,
  }
  const { made, record } = await state.carryOut({
    steps,
    records: [id],
    write: async (db) => {
      const made = await insertPath(state, db, names, { kind: 'link' }, at)
      const record = { ...restored, linkId: made.at(-1)!.id }
      await updateShare(db, record)
      await noteOwnership(db, id, at)
      return { made, record, target: await insertTarget(db, targetOf(record)) }
    },
    apply: ({ made, record, target }) => {
      rememberNodes(state, made)
      state.tree.putTarget(target)
      state.shares.set(id, record)
    },
  })
  announceNodes(state, made)
  state.emit({ kind: 'share-undeleted', shareId: id })
  return record
}
