import { ServiceError } from '../config/service-error.ts'
import type { Db } from '../catalog/catalog.ts'
import { deleteNode, updateNode, type Labels, type NodeRecord } from '../catalog/nodes.ts'
import {
  deleteTarget,
  insertTarget,
  updateTarget,
  type NewTarget,
  type TargetRecord,
  type TargetState,
} from '../catalog/targets.ts'
import { checkCount, checkDescription, checkLabels, checkVersion } from '../service/checks.ts'
import { formatPath, parsePath } from './names.ts'
import { shown } from '../service/shown.ts'
import { announceNodes, checkFree, insertPath, rememberNodes } from './new-nodes.ts'
import type { NamespaceState } from './state.ts'
import type { TreeNode } from './tree.ts'

/** Targets of one link. */
export const targetCountMax = 32
const priorityMax = 1_000_000
/** A host name or address, with a port or without. */
const gatewayShape = /^[A-Za-z0-9[][-A-Za-z0-9.:[\]]{0,254}$/

/** Where a link shall lead: a share of this gateway, or a logical path on another. */
export type TargetContent = (
  { readonly shareId: number } | { readonly gateway: string; readonly path: string }
) & {
  /** Default: `online`. */
  readonly state?: TargetState
  /** Lower is tried first; default 0. */
  readonly priority?: number
}

export interface NewLink {
  readonly path: string
  /** One or more. */
  readonly targets: readonly TargetContent[]
  readonly description?: string
  readonly labels?: Labels
}

/** What the removal of a link would do. */
export interface LinkRemoval {
  readonly path: string
  readonly targets: readonly TargetRecord[]
  /** The share that would lose its only path: while there is one, the link cannot be removed. */
  readonly shareInTheWay: number | undefined
}

/** Links beside those that give shares their paths: second names, and paths on other gateways. */
export class Links {
  readonly #state: NamespaceState

  constructor(state: NamespaceState) {
    this.#state = state
  }

  /**
   * Makes a link, and the folders above it that are missing.
   * @throws {ServiceError} `invalid`, `not-found`, `exists`, `conflict` or `limit`
   */
  async create({ path, targets, description = '', labels = {} }: NewLink): Promise<TreeNode> {
    return this.#state.turns.take(async () => {
      const names = parsePath(path)
      checkFree(this.#state, names)
      if (targets.length === 0)
        throw new ServiceError('invalid', `link ${formatPath(names)} would lead nowhere`)
      checkTargetCount(targets.length)
      const content = {
        kind: 'link' as const,
        description: checkDescription(description),
        labels: checkLabels(labels),
      }
      const wanted = targets.map((target) => this.#targetOf(target))
      const { made } = await this.#state.carryOut({
        write: async (db) => {
          const made = await insertPath(this.#state, db, names, content, this.#state.now())
          return { made, records: await insertTargets(db, made.at(-1)!.id, wanted) }
        },
        apply: ({ made, records }) => {
          rememberNodes(this.#state, made)
          for (const record of records) this.#state.tree.putTarget(record)
        },
      })
      announceNodes(this.#state, made)
      return this.#state.node(made.at(-1)!.id)
    })
  }

  /** @throws {ServiceError} `not-found`, `invalid`, `exists`, `limit` or `stale` */
  async addTarget(linkId: number, content: TargetContent, ifVersion?: number): Promise<TargetRecord> {
    return this.#state.turns.take(async () => {
      const link = this.#link(linkId, ifVersion)
      checkTargetCount(link.targets.length + 1)
      const target = this.#targetOf(content)
      if (link.targets.some((other) => leadToTheSame(other, target)))
        throw new ServiceError('exists', `${this.#state.tree.pathOf(link)} leads there already`)
      return this.#changeTargets(
        link,
        (db) => insertTarget(db, { linkId, ...target }),
        (record) => this.#state.tree.putTarget(record),
      )
    })
  }

  /** @throws {ServiceError} `not-found`, `invalid` or `stale` */
  async updateTarget(
    linkId: number,
    targetId: number,
    update: { readonly state?: TargetState; readonly priority?: number },
    ifVersion?: number,
  ): Promise<TargetRecord> {
    return this.#state.turns.take(async () => {
      const link = this.#link(linkId, ifVersion)
      const target = this.#target(link, targetId)
      const changed = {
        ...target,
        state: update.state ?? target.state,
        priority: checkCount('priority', update.priority ?? target.priority, 0, priorityMax),
      }
      await this.#changeTargets(
        link,
        (db) => updateTarget(db, changed),
        () => this.#state.tree.putTarget(changed),
      )
      return changed
    })
  }

  /** @throws {ServiceError} `not-found`, `stale`, or `conflict` for the last one and the one that gives a share its path */
  async removeTarget(linkId: number, targetId: number, ifVersion?: number): Promise<void> {
    return this.#state.turns.take(async () => {
      const link = this.#link(linkId, ifVersion)
      const target = this.#target(link, targetId)
      const path = this.#state.tree.pathOf(link)
      if (link.targets.length === 1)
        throw new ServiceError('conflict', `${path} would lead nowhere: remove the link`)
      if (target.shareId !== null && target.shareId === this.#state.shareOfLink(link)?.id)
        throw new ServiceError('conflict', `${path} is the path of share ${target.shareId}: delete the share`)
      await this.#changeTargets(
        link,
        (db) => deleteTarget(db, targetId),
        () => this.#state.tree.removeTarget(target),
      )
    })
  }

  /** What {@link remove} would do. @throws {ServiceError} `not-found` or `invalid` */
  removalOf(linkId: number): LinkRemoval {
    const link = this.#link(linkId, undefined)
    return {
      path: this.#state.tree.pathOf(link),
      targets: link.targets,
      shareInTheWay: this.#state.shareOfLink(link)?.id,
    }
  }

  /** Removes a link; what it led to stays. @throws {ServiceError} `not-found`, `invalid`, `stale` or `conflict` */
  async remove(linkId: number, ifVersion?: number): Promise<void> {
    return this.#state.turns.take(async () => {
      const { path, shareInTheWay } = this.removalOf(this.#link(linkId, ifVersion).id)
      if (shareInTheWay !== undefined)
        throw new ServiceError('conflict', `${path} is the path of share ${shareInTheWay}: delete the share`)
      await this.#state.carryOut({
        write: (db) => deleteNode(db, linkId),
        apply: () => this.#state.tree.remove(linkId),
      })
      this.#state.emit({ kind: 'node-removed', nodeId: linkId, path })
    })
  }

  /** A change of targets is one of their link. */
  async #changeTargets<T>(
    { record }: TreeNode,
    write: (db: Db) => Promise<T>,
    apply: (result: T) => void,
  ): Promise<T> {
    const link: NodeRecord = { ...record, changedAt: this.#state.now(), version: record.version + 1 }
    const result = await this.#state.carryOut({
      write: async (db) => {
        await updateNode(db, link)
        return write(db)
      },
      apply: (written) => {
        this.#state.tree.put(link)
        apply(written)
      },
    })
    this.#state.emit({ kind: 'targets-changed', linkId: link.id })
    return result
  }

  #targetOf(content: TargetContent): Omit<NewTarget, 'linkId'> {
    const { state = 'online', priority = 0 } = content
    checkCount('priority', priority, 0, priorityMax)
    if ('shareId' in content) {
      const share = this.#state.share(content.shareId)
      if (share.deletedAt !== null)
        throw new ServiceError('conflict', `share ${share.id} is deleted: undelete it first`)
      return { gateway: null, shareId: share.id, path: null, state, priority }
    }
    if (!gatewayShape.test(content.gateway))
      throw new ServiceError('invalid', `gateway ${shown(content.gateway)} is no host name or address`)
    const path = formatPath(parsePath(content.path))
    return { gateway: content.gateway, shareId: null, path, state, priority }
  }

  #target(link: TreeNode, targetId: number): TargetRecord {
    const target = link.targets.find(({ id }) => id === targetId)
    if (target === undefined)
      throw new ServiceError('not-found', `${this.#state.tree.pathOf(link)} has no target ${targetId}`)
    return target
  }

  #link(id: number, ifVersion: number | undefined): TreeNode {
    const node = this.#state.node(id)
    const path = this.#state.tree.pathOf(node)
    if (node.record.kind !== 'link') throw new ServiceError('invalid', `${path} is a folder, not a link`)
    checkVersion(path, node.record.version, ifVersion)
    return node
  }
}

async function insertTargets(
  db: Db,
  linkId: number,
  targets: readonly Omit<NewTarget, 'linkId'>[],
): Promise<TargetRecord[]> {
  const records: TargetRecord[] = []
  for (const target of targets) records.push(await insertTarget(db, { linkId, ...target }))
  return records
}

function leadToTheSame(a: Omit<NewTarget, 'linkId'>, b: Omit<NewTarget, 'linkId'>): boolean {
  return a.gateway === b.gateway && a.shareId === b.shareId && a.path === b.path
}

function checkTargetCount(count: number): void {
  if (count > targetCountMax) throw new ServiceError('limit', `a link has ${targetCountMax} targets at most`)
}
