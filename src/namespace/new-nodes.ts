import { ServiceError } from '../config/service-error.ts'
import { deleteAlias } from '../catalog/aliases.ts'
import type { Db } from '../catalog/catalog.ts'
import { insertNode, type Labels, type NodeRecord } from '../catalog/nodes.ts'
import { formatPath, type Names } from './names.ts'
import type { NamespaceState } from './state.ts'
import { rootId, type TreeNode } from './tree.ts'

/** Folders and links of one gateway. */
export const nodeCountMax = 100_000

type TreeHolder = Pick<NamespaceState, 'tree'>

/** What is to be made at the end of a path. */
export interface NodeContent {
  readonly kind: NodeRecord['kind']
  readonly description?: string
  readonly labels?: Labels
}

/**
 * Makes sure that a folder or link can be made here.
 * @throws {ServiceError} `exists`, `conflict` below a link, `limit`, `invalid` for the root.
 */
export function checkFree({ tree }: TreeHolder, names: Names): void {
  const path = formatPath(names)
  if (names.length === 0) throw new ServiceError('exists', 'the root is there already')
  const place = deepestOn(tree.root, names)
  if (place.depth === names.length)
    throw new ServiceError('exists', `there is a ${place.node.record.kind} ${path} already`)
  if (place.node.record.kind === 'link')
    throw new ServiceError(
      'conflict',
      `${path} would lie below the link ${formatPath(names.slice(0, place.depth))}: nothing can`,
    )
  if (tree.size + names.length - place.depth > nodeCountMax)
    throw new ServiceError('limit', `there are ${nodeCountMax} folders and links already`)
}

/**
 * Makes a folder or link, with the folders on the way that are missing, in the catalog: all that are new, the one asked
 * for last. Give them to {@link rememberNodes} once they are there. What was an alias before is none any more.
 */
export async function insertPath(
  { tree }: TreeHolder,
  db: Db,
  names: Names,
  content: NodeContent,
  at: number,
): Promise<NodeRecord[]> {
  const made: NodeRecord[] = []
  let parentId = rootId
  for (const [index, name] of names.entries()) {
    const path = names.slice(0, index + 1)
    const known = made.length === 0 ? tree.find(path) : undefined
    if (known === undefined) {
      const { kind, description = '', labels = {} } = index === names.length - 1 ? content : folder
      const times = { createdAt: at, changedAt: at, version: 1 }
      made.push(await insertNode(db, { parentId, name, kind, description, labels, ...times }))
      if (tree.aliases.has(formatPath(path))) await deleteAlias(db, formatPath(path))
    }
    parentId = known?.id ?? made.at(-1)!.id
  }
  return made
}

const folder: NodeContent = { kind: 'folder' }

/** Takes new nodes into memory, and answers the last. */
export function rememberNodes({ tree }: TreeHolder, made: readonly NodeRecord[]): TreeNode {
  let node = tree.root
  for (const record of made) {
    node = tree.put(record)
    tree.removeAlias(tree.pathOf(node))
  }
  return node
}

/** Tells of new nodes. */
export function announceNodes(state: NamespaceState, made: readonly NodeRecord[]): void {
  for (const { id } of made)
    state.emit({ kind: 'node-added', nodeId: id, path: state.tree.pathOf(state.node(id)) })
}

function deepestOn(root: TreeNode, names: Names): { node: TreeNode; depth: number } {
  let node = root
  for (const [depth, name] of names.entries()) {
    const child = node.children.get(name)
    if (child === undefined) return { node, depth }
    node = child
  }
  return { node, depth: names.length }
}
