import type { AliasRecord } from '../catalog/aliases.ts'
import type { NodeRecord } from '../catalog/nodes.ts'
import type { TargetRecord } from '../catalog/targets.ts'
import { formatPath, type Names } from './names.ts'

/** A folder or link, with what is below it. Read it and let it go: the next change may replace `record`. */
export interface TreeNode {
  readonly id: number
  readonly record: NodeRecord
  /** Undefined: the root, or a node that has been removed. */
  readonly parent: TreeNode | undefined
  /** By name; empty below a link. */
  readonly children: ReadonlyMap<string, TreeNode>
  /** Where a link leads, the first to be tried first. */
  readonly targets: readonly TargetRecord[]
}

/** What a path leads to. */
export type Place =
  | { readonly kind: 'folder'; readonly node: TreeNode }
  /** `below`: the names that are left, within what the link leads to. */
  | { readonly kind: 'link'; readonly node: TreeNode; readonly below: Names }

export const rootId = 0

const rootRecord: NodeRecord = {
  id: rootId,
  parentId: rootId,
  name: '',
  kind: 'folder',
  description: '',
  labels: {},
  createdAt: 0,
  changedAt: 0,
  version: 1,
}

class Node implements TreeNode {
  record: NodeRecord
  parent: Node | undefined
  readonly children = new Map<string, Node>()
  targets: readonly TargetRecord[] = []

  constructor(record: NodeRecord, parent: Node | undefined) {
    this.record = record
    this.parent = parent
  }

  get id(): number {
    return this.record.id
  }
}

/** All folders, links and aliases in memory: what mounts and walks are answered from. The catalog has the same. */
export class Tree {
  readonly #nodes = new Map<number, Node>()
  readonly #aliases = new Map<string, AliasRecord>()
  readonly #root = new Node(rootRecord, undefined)

  constructor(
    nodes: readonly NodeRecord[],
    targets: readonly TargetRecord[],
    aliases: readonly AliasRecord[],
  ) {
    this.#nodes.set(rootId, this.#root)
    for (const record of nodes) this.#nodes.set(record.id, new Node(record, undefined))
    for (const { id, parentId, name } of nodes) {
      const [node, parent] = [this.#nodes.get(id)!, this.#nodes.get(parentId)]
      // Not by a foreign key, as the root has no row.
      if (parent === undefined) throw new Error(`node ${id} of the catalog has no parent ${parentId}`)
      node.parent = parent
      parent.children.set(name, node)
    }
    for (const target of targets) this.putTarget(target)
    for (const alias of aliases) this.#aliases.set(alias.path, alias)
  }

  get root(): TreeNode {
    return this.#root
  }

  /** Folders and links, the root among them. */
  get size(): number {
    return this.#nodes.size
  }

  get aliases(): ReadonlyMap<string, AliasRecord> {
    return this.#aliases
  }

  get(id: number): TreeNode | undefined {
    return this.#nodes.get(id)
  }

  /** The node of exactly these names. */
  find(names: Names): TreeNode | undefined {
    let node: TreeNode | undefined = this.#root
    for (const name of names) node = node?.children.get(name)
    return node
  }

  /** What a path leads to, aliases and what lies below links included. What is there wins over what was there. */
  resolve(names: Names, now: number): Place | undefined {
    return this.#walk(this.#root, names) ?? this.#resolveAlias(names, now)
  }

  namesOf(node: TreeNode): Names {
    const names: string[] = []
    for (let at: TreeNode = node; at.parent !== undefined; at = at.parent) names.push(at.record.name)
    return names.reverse()
  }

  pathOf(node: TreeNode): string {
    return formatPath(this.namesOf(node))
  }

  /** The node and all below it, parents first. */
  *subtree(node: TreeNode): Generator<TreeNode> {
    yield node
    for (const child of node.children.values()) yield* this.subtree(child)
  }

  /** Adds a node, or changes one that is there: its parent and name too. */
  put(record: NodeRecord): TreeNode {
    const parent = this.#nodes.get(record.parentId)!
    const node = this.#nodes.get(record.id) ?? new Node(record, parent)
    node.parent?.children.delete(node.record.name)
    node.record = record
    node.parent = parent
    parent.children.set(record.name, node)
    this.#nodes.set(record.id, node)
    return node
  }

  /** Its aliases go too. */
  remove(id: number): void {
    const node = this.#nodes.get(id)
    if (node === undefined) return
    node.parent?.children.delete(node.record.name)
    node.parent = undefined
    this.#nodes.delete(id)
    for (const { path, nodeId } of this.#aliases.values()) if (nodeId === id) this.#aliases.delete(path)
  }

  putTarget(target: TargetRecord): void {
    const node = this.#nodes.get(target.linkId)!
    const others = node.targets.filter(({ id }) => id !== target.id)
    node.targets = [...others, target].sort((a, b) => a.priority - b.priority || a.id - b.id)
  }

  removeTarget({ linkId, id }: TargetRecord): void {
    const node = this.#nodes.get(linkId)
    if (node !== undefined) node.targets = node.targets.filter((target) => target.id !== id)
  }

  putAlias(alias: AliasRecord): void {
    this.#aliases.set(alias.path, alias)
  }

  removeAlias(path: string): void {
    this.#aliases.delete(path)
  }

  #walk(from: Node, names: Names): Place | undefined {
    let node = from
    for (const [index, name] of names.entries()) {
      if (node.record.kind === 'link') return { kind: 'link', node, below: names.slice(index) }
      const child = node.children.get(name)
      if (child === undefined) return undefined
      node = child
    }
    return node.record.kind === 'link' ? { kind: 'link', node, below: [] } : { kind: 'folder', node }
  }

  /** The alias nearest to the path's end decides. */
  #resolveAlias(names: Names, now: number): Place | undefined {
    if (this.#aliases.size === 0) return undefined
    for (let length = names.length; length > 0; length--) {
      const alias = this.#aliases.get(formatPath(names.slice(0, length)))
      const node = alias === undefined || alias.expiresAt <= now ? undefined : this.#nodes.get(alias.nodeId)
      if (node !== undefined) return this.#walk(node, names.slice(length))
    }
    return undefined
  }
}
