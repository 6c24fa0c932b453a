import type { ShareRecord } from '../catalog/shares.ts'
import type { TargetRecord } from '../catalog/targets.ts'
import type { Tree, TreeNode } from '../namespace/tree.ts'
import { Right } from '../shared-memory/grant-table.ts'
import { breathe } from '../service/breath.ts'
import type { ClientLists } from './client-lists.ts'
import type { Action } from './policy/action.ts'
import type { Policy } from './policy/policy.ts'
import { isOnTheWay, isWithin, type Principal } from './principal.ts'

/** What is asked of the namespace here. */
export interface NamespaceView {
  readonly tree: Pick<Tree, 'pathOf'>
  /** A share that lives. */
  livingShare(id: number): ShareRecord | undefined
}

/** Where a link leads on this gateway. */
export interface LocalTarget {
  readonly target: TargetRecord
  readonly share: ShareRecord
}

/** Says what a principal may do with shares, and what it may see of the namespace. */
export class Permissions {
  readonly #policy: Policy
  readonly #namespace: NamespaceView
  readonly #lists: ClientLists

  /** `lists`: who may use the shares of the configuration file without a token. */
  constructor(policy: Policy, namespace: NamespaceView, lists: ClientLists) {
    this.#policy = policy
    this.#namespace = namespace
    this.#lists = lists
  }

  /** Bits of {@link Right} on a share that lies at `path`. */
  rights(principal: Principal, { share, target }: LocalTarget, path: string): number {
    if (!isWithin(path, principal.scope)) return 0
    const isListed = principal.tokenId === null && this.#isListed(share, principal.address)
    const may = (action: Action) =>
      isListed || this.#policy.decide({ subject: principal.subject, path, action })
    const canWrite = target.state !== 'read-only' && may('write')
    return (may('read') ? Right.READ : 0) | (canWrite ? Right.READ | Right.WRITE : 0)
  }

  /** Addresses and networks that may use a share without a token, as the configuration file has them. */
  clientsOf(shareId: number): readonly string[] {
    return this.#lists.clientsOf(shareId)
  }

  /** Whether a principal may know what is at a path, and that something is. */
  mayList({ subject, scope }: Principal, path: string): boolean {
    return isWithin(path, scope) && this.#policy.decide({ subject, path, action: 'list' })
  }

  /** Whether a principal reads what backups read. */
  mayBackUp({ subject, scope }: Principal, path: string): boolean {
    return isWithin(path, scope) && this.#policy.decide({ subject, path, action: 'backup' })
  }

  /**
   * Whether a principal sees a folder or link: what it may list, what it may use, and what is on the way there. Asked
   * of a folder that it may not list, this may look at everything below.
   */
  async sees(
    principal: Principal,
    node: TreeNode,
    path = this.#namespace.tree.pathOf(node),
  ): Promise<boolean> {
    return this.#sees(principal, node, path, breathe())
  }

  /** The first target of a link that takes new mounts here. */
  targetFor({ targets }: TreeNode): LocalTarget | undefined {
    return this.#find(targets, ({ state }) => state === 'online' || state === 'read-only')
  }

  /** The target that a grant is for; its state may be any. */
  targetOf({ targets }: TreeNode, shareId: number): LocalTarget | undefined {
    return this.#find(targets, (target) => target.shareId === shareId)
  }

  #find(
    targets: readonly TargetRecord[],
    wanted: (target: TargetRecord) => boolean,
  ): LocalTarget | undefined {
    for (const target of targets) {
      if (target.gateway !== null || target.shareId === null || !wanted(target)) continue
      const share = this.#namespace.livingShare(target.shareId)
      if (share !== undefined) return { target, share }
    }
    return undefined
  }

  async #sees(
    principal: Principal,
    node: TreeNode,
    path: string,
    breath: () => Promise<void> | undefined,
  ): Promise<boolean> {
    if (!isOnTheWay(path, principal.scope)) return false
    if (this.mayList(principal, path)) return true
    await breath()
    if (node.record.kind === 'link') {
      const local = this.targetFor(node)
      return local !== undefined && this.rights(principal, local, path) !== 0
    }
    const prefix = path === '/' ? '' : path
    for (const [name, child] of node.children)
      if (await this.#sees(principal, child, `${prefix}/${name}`, breath)) return true
    return false
  }

  #isListed({ id, origin }: ShareRecord, address: string): boolean {
    return origin === 'config' && this.#lists.includes(id, address)
  }
}
