import { dirname, join } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { depthMax, pathSizeMax } from '../config/path-limits.ts'
import { deleteAlias, putAlias, type AliasRecord } from '../catalog/aliases.ts'
import type { Db } from '../catalog/catalog.ts'
import { updateNode, type NodeRecord } from '../catalog/nodes.ts'
import { moveShares, type ShareRecord } from '../catalog/shares.ts'
import { checkCount } from '../service/checks.ts'
import type { FileStep } from './file-steps.ts'
import { isThere, missingDirectories, removeEmptyTree, removeEmptyUpwards } from './files.ts'
import { mirrored } from './layout.ts'
import { formatPath, isWithin, parsePath, type Names } from './names.ts'
import { announceNodes, checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import type { NamespaceState } from './state.ts'
import type { TreeNode } from './tree.ts'

/** Former paths that answer at the same time. */
export const aliasCountMax = 10_000
/** A year. */
const aliasSecondsMax = 366 * 24 * 3600
/** Mode of the directories above a share's. */
export const parentMode = 0o755

export interface MoveOptions {
  /** How long the old path still answers; absent: not at all. */
  readonly aliasSeconds?: number
  readonly ifVersion?: number
}

/** Part of {@link Nodes.move}, within its turn. */
export async function moveNode(
  state: NamespaceState,
  node: TreeNode,
  to: string,
  { aliasSeconds }: MoveOptions,
): Promise<TreeNode> {
  const { tree } = state
  const names = parsePath(to)
  const [fromPath, toPath] = [tree.pathOf(node), formatPath(names)]
  checkMove(state, node, names)
  const shares = sharesBelow(state, node)
  const declared = shares.find(({ origin }) => origin === 'config')
  if (declared !== undefined)
    throw new ServiceError(
      'conflict',
      `share ${declared.path} is declared in the config file: change its path there`,
    )
  const at = state.now()
  const alias = aliasOf(state, node.id, fromPath, aliasSeconds, at)
  const steps = await moveSteps(state, shares, fromPath, toPath)

  const { made } = await state.carryOut({
    steps,
    records: shares.map(({ id }) => id),
    write: (db) => write(db),
    apply: ({ made, record }) => {
      if (made.length > 0) rememberNodes(state, made)
      tree.put(record)
      tree.removeAlias(toPath)
      if (alias !== undefined) tree.putAlias(alias)
      for (const share of shares) state.shares.set(share.id, movedShare(share, fromPath, toPath, at))
    },
  })
  await tidy(state, steps)
  announceNodes(state, made)
  const shareIds = shares.map(({ id }) => id)
  state.emit({ kind: 'node-moved', nodeId: node.id, from: fromPath, to: toPath, shareIds })
  return node

  async function write(db: Db): Promise<{ made: NodeRecord[]; record: NodeRecord }> {
    const parentNames = names.slice(0, -1)
    const known = tree.find(parentNames)
    const made = known === undefined ? await insertPath(state, db, parentNames, { kind: 'folder' }, at) : []
    const parentId = known?.id ?? made.at(-1)!.id
    const version = node.record.version + 1
    const record = { ...node.record, parentId, name: names.at(-1)!, changedAt: at, version }
    await updateNode(db, record)
    // A former path that is taken now is a present one.
    await deleteAlias(db, toPath)
    if (alias !== undefined) await putAlias(db, alias)
    await moveShares(db, fromPath, toPath, at)
    return { made, record }
  }
}

/** @throws {ServiceError} where the node cannot go. */
function checkMove(state: NamespaceState, node: TreeNode, names: Names): void {
  const { tree } = state
  const [fromPath, toPath] = [tree.pathOf(node), formatPath(names)]
  if (isWithin(toPath, fromPath))
    throw new ServiceError('invalid', `${fromPath} cannot be moved to ${toPath}, which is or lies in itself`)
  checkFree(state, names)
  const growthNames = names.length - tree.namesOf(node).length
  const growthBytes = Buffer.byteLength(toPath) - Buffer.byteLength(fromPath)
  for (const below of tree.subtree(node)) {
    const path = tree.namesOf(below)
    if (
      path.length + growthNames > depthMax ||
      Buffer.byteLength(formatPath(path)) + growthBytes > pathSizeMax
    )
      throw new ServiceError(
        'invalid',
        `${formatPath(path)} would come to lie over ${depthMax} names deep, or its path over ${pathSizeMax} bytes long`,
      )
  }
}

/** The shares that have their logical path at or below a node. */
export function sharesBelow(state: NamespaceState, node: TreeNode): ShareRecord[] {
  const shares: ShareRecord[] = []
  for (const below of state.tree.subtree(node)) {
    const share = state.shareOfLink(below)
    if (share !== undefined) shares.push(share)
  }
  return shares
}

/** As `moveShares` does it in the catalog. */
function movedShare(share: ShareRecord, from: string, to: string, at: number): ShareRecord {
  const isMirrored = share.store !== null && isWithin(share.directory, mirrored(from))
  return {
    ...share,
    path: to + share.path.slice(from.length),
    directory: isMirrored ? mirrored(to) + share.directory.slice(mirrored(from).length) : share.directory,
    changedAt: at,
    version: share.version + 1,
  }
}

/** In each store that has shares there, one rename of the directory that mirrors the node. */
async function moveSteps(
  state: NamespaceState,
  shares: readonly ShareRecord[],
  fromPath: string,
  toPath: string,
): Promise<FileStep[]> {
  const [from, to] = [mirrored(fromPath), mirrored(toPath)]
  const stores = new Set<string>()
  for (const { store, directory } of shares)
    if (store !== null && isWithin(directory, from)) stores.add(store)
  const steps: FileStep[] = []
  for (const store of stores) {
    const base = state.directoryOf(store)
    // Somebody may have removed it on the host: the names can be moved all the same.
    if (!(await isThere(join(base, from)))) continue
    steps.push(...(await stepsToMakeRoom(store, base, to)))
    steps.push({ kind: 'rename', store, from, to })
  }
  return steps
}

/**
 * Makes sure that nothing is at `path` of a store, and answers the steps that make the directories above it.
 * @throws {ServiceError} `exists` or `conflict`
 */
export async function stepsToMakeRoom(store: string, base: string, path: string): Promise<FileStep[]> {
  const missing = await missingDirectories(base, dirname(path))
  if (missing.length === 0) await refuseOccupied(join(base, path))
  return missing.map((directory) => ({ kind: 'make', store, path: directory, mode: parentMode }))
}

async function refuseOccupied(directory: string): Promise<void> {
  // What shares that went away have left, and a crash kept from being tidied up.
  await removeEmptyTree(directory)
  if (await isThere(directory))
    throw new ServiceError(
      'exists',
      `${directory} is there already and belongs to no share: move it out of the way, and what is to be kept of it ` +
        'into the share afterwards; or declare it as a share in the config file',
    )
}

/** Removes the directories that a move has left empty. They would be no harm, but a surprise. */
async function tidy(state: NamespaceState, steps: readonly FileStep[]): Promise<void> {
  for (const step of steps) if (step.kind === 'rename') await tidyAbove(state, step.store, step.from)
}

/** Removes the directories above `path` of a store, as far as they are empty. */
export async function tidyAbove(state: NamespaceState, store: string, path: string): Promise<void> {
  try {
    await removeEmptyUpwards(state.directoryOf(store), dirname(path))
  } catch (error) {
    // The change is done; an empty directory is no reason to say otherwise.
    state.warn(`empty directories of store ${store} could not be removed`, error)
  }
}

function aliasOf(
  { tree }: NamespaceState,
  nodeId: number,
  path: string,
  aliasSeconds: number | undefined,
  at: number,
): AliasRecord | undefined {
  if (aliasSeconds === undefined || aliasSeconds === 0) return undefined
  checkCount('aliasSeconds', aliasSeconds, 0, aliasSecondsMax)
  if (tree.aliases.size >= aliasCountMax)
    throw new ServiceError('limit', `${aliasCountMax} former paths answer already: move without another`)
  return { path, nodeId, expiresAt: at + aliasSeconds * 1000, createdAt: at }
}
