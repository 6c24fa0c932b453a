import { ServiceError } from '../config/service-error.ts'
import { deleteAlias, type AliasRecord } from '../catalog/aliases.ts'
import { deleteNode, updateNode, type Labels } from '../catalog/nodes.ts'
import { checkDescription, checkLabels, checkVersion } from '../service/checks.ts'
import { moveNode, type MoveOptions } from './move.ts'
import { formatPath, parsePath } from './names.ts'
import { announceNodes, checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import type { NamespaceState } from './state.ts'
import { rootId, type TreeNode } from './tree.ts'

/** Paths that a refusal or a dry run lists at most. */
const listedCountMax = 100

export interface NewFolder {
  readonly path: string
  readonly description?: string
  readonly labels?: Labels
}

export interface NodeUpdate {
  readonly description?: string
  /** All of them: those left out go. */
  readonly labels?: Labels
}

/** What the removal of a folder would do. */
export interface FolderRemoval {
  readonly path: string
  /** Paths below it that must go first, the first {@link listedCountMax}; none: it can be removed. */
  readonly inTheWay: readonly string[]
}

/** Folders, and what folders and links have in common. */
export class Nodes {
  readonly #state: NamespaceState

  constructor(state: NamespaceState) {
    this.#state = state
  }

  /** @throws {ServiceError} `not-found` */
  get(id: number): TreeNode {
    return this.#state.node(id)
  }

  /** The folder or link at exactly this path, aliases apart. @throws {ServiceError} `invalid` or `not-found` */
  at(path: string): TreeNode {
    const names = parsePath(path)
    const node = this.#state.tree.find(names)
    if (node === undefined)
      throw new ServiceError('not-found', `there is no folder or link ${formatPath(names)}`)
    return node
  }

  /** By name. @throws {ServiceError} `not-found` */
  children(id: number): TreeNode[] {
    const children = [...this.#state.node(id).children.values()]
    return children.sort((a, b) => (a.record.name < b.record.name ? -1 : 1))
  }

  /**
   * Makes a folder, and the folders above it that are missing.
   * @throws {ServiceError} `invalid`, `exists`, `conflict` or `limit`
   */
  async createFolder({ path, description = '', labels = {} }: NewFolder): Promise<TreeNode> {
    return this.#state.turns.take(async () => {
      const names = parsePath(path)
      checkFree(this.#state, names)
      const content = {
        kind: 'folder' as const,
        description: checkDescription(description),
        labels: checkLabels(labels),
      }
      const made = await this.#state.carryOut({
        write: (db) => insertPath(this.#state, db, names, content, this.#state.now()),
        apply: (records) => rememberNodes(this.#state, records),
      })
      announceNodes(this.#state, made)
      return this.#state.node(made.at(-1)!.id)
    })
  }

  /** Describes and labels a folder or link. @throws {ServiceError} `not-found`, `invalid` or `stale` */
  async update(id: number, update: NodeUpdate, ifVersion?: number): Promise<TreeNode> {
    return this.#state.turns.take(async () => {
      const node = this.#changeable(id, ifVersion)
      const record = {
        ...node.record,
        description: checkDescription(update.description ?? node.record.description),
        labels: checkLabels(update.labels ?? node.record.labels),
        changedAt: this.#state.now(),
        version: node.record.version + 1,
      }
      await this.#state.carryOut({
        write: (db) => updateNode(db, record),
        apply: () => this.#state.tree.put(record),
      })
      this.#state.emit({ kind: 'node-changed', nodeId: id })
      return node
    })
  }

  /**
   * Moves or renames a folder or link with all below it, the directories of its shares too; folders missing on the way
   * are made. Mounts go on: what is mounted is a share, not a path.
   * @throws {ServiceError} `not-found`, `invalid`, `exists`, `conflict`, `limit`, `stale` or `unavailable`
   */
  async move(id: number, to: string, options: MoveOptions = {}): Promise<TreeNode> {
    return this.#state.turns.take(() =>
      moveNode(this.#state, this.#changeable(id, options.ifVersion), to, options),
    )
  }

  /** A former path that still answers. @throws {ServiceError} `invalid` or `not-found` */
  alias(path: string): AliasRecord {
    const { tree, now } = this.#state
    const former = formatPath(parsePath(path))
    const alias = tree.aliases.get(former)
    if (alias === undefined || alias.expiresAt <= now())
      throw new ServiceError('not-found', `${former} is no former path that answers`)
    return alias
  }

  /** Lets a former path answer no more. What was mounted by it goes on. @throws {ServiceError} as {@link alias} */
  async removeAlias(path: string): Promise<void> {
    return this.#state.turns.take(async () => {
      const { path: former } = this.alias(path)
      await this.#state.carryOut({
        write: (db) => deleteAlias(db, former),
        apply: () => this.#state.tree.removeAlias(former),
      })
    })
  }

  /** What {@link removeFolder} would do. @throws {ServiceError} `not-found` or `invalid` */
  removalOf(id: number): FolderRemoval {
    const { tree } = this.#state
    const node = this.#folder(id, undefined)
    const inTheWay: string[] = []
    for (const below of tree.subtree(node)) {
      if (inTheWay.length === listedCountMax) break
      if (below !== node) inTheWay.push(tree.pathOf(below))
    }
    return { path: tree.pathOf(node), inTheWay }
  }

  /** Removes an empty folder. @throws {ServiceError} `not-found`, `invalid`, `stale`, or `conflict` with something in it */
  async removeFolder(id: number, ifVersion?: number): Promise<void> {
    return this.#state.turns.take(async () => {
      const { path, inTheWay } = this.removalOf(this.#folder(id, ifVersion).id)
      if (inTheWay.length > 0)
        throw new ServiceError('conflict', `folder ${path} is not empty: ${inTheWay[0]} is in it`)
      await this.#state.carryOut({
        write: (db) => deleteNode(db, id),
        apply: () => this.#state.tree.remove(id),
      })
      this.#state.emit({ kind: 'node-removed', nodeId: id, path })
    })
  }

  #folder(id: number, ifVersion: number | undefined): TreeNode {
    const node = this.#changeable(id, ifVersion)
    if (node.record.kind !== 'folder')
      throw new ServiceError('invalid', `${this.#state.tree.pathOf(node)} is a link, not a folder`)
    return node
  }

  #changeable(id: number, ifVersion: number | undefined): TreeNode {
    if (id === rootId) throw new ServiceError('invalid', 'the root cannot be changed')
    const node = this.#state.node(id)
    checkVersion(this.#state.tree.pathOf(node), node.record.version, ifVersion)
    return node
  }
}
