import { setTimeout } from 'node:timers/promises'
import { Mountstat3, type Nfsstat3Failure } from 'nfs-server-ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import { formatPath } from '../namespace/names.ts'
import type { Tree, TreeNode } from '../namespace/tree.ts'
import { backupName, type BackupView } from './backup-view.ts'
import { folderOf, goInto, type Entered, type Walk } from './folder-walk.ts'
import type { Grants } from './grants.ts'
import { tokenPrincipal, type GrantJudge } from './grant-judge.ts'
import { MountList } from './mount-list.ts'
import { parseMountPath, type MountPath } from './mount-path.ts'
import { isWithin, type Principal } from './principal.ts'
import type { LocalTarget, Permissions } from './permissions.ts'
import { refusalOf, Refused } from './refused.ts'
import type { RefusalDelay } from './refusal-delay.ts'
import { ShortMemory } from './short-memory.ts'
import type { Tickets } from './tickets/tickets.ts'
import { maskSecrets } from './tokens/mask-secrets.ts'
import type { Tokens } from './tokens/tokens.ts'

/** Who asks, as far as it can be told. */
export interface Visitor {
  readonly address: string
  /** The name the client gives itself: a hint. */
  readonly machineName: string
}

/** A folder as one grant shows it. */
export interface FolderSight {
  /** What it is of: the namespace, the backup view of it, or `.snapshot` of the share with its number. */
  readonly tree: 'namespace' | 'backup' | 'snapshots'
  readonly id: number
  readonly parentId: number
  readonly changedAt: number
  readonly entries: readonly {
    readonly id: number
    readonly name: string
    readonly kind: 'folder' | 'link'
    /** What is found behind the name now, as a number: with another one, clients must look again. */
    readonly behind?: number
  }[]
}

/** Where a client may go under a grant. */
export type Destination =
  | { readonly kind: 'share'; readonly share: ShareDefinition; readonly grant: number }
  | { readonly kind: 'folder'; readonly folder: FolderSight; readonly grant: number }

export type MountOutcome =
  | { readonly status: Exclude<Mountstat3, typeof Mountstat3.OK> }
  | {
      readonly status: typeof Mountstat3.OK
      readonly place: Destination
      readonly below: readonly Uint8Array[]
    }

/** A share that may be mounted without a token, and by whom; nobody in particular where that is not known. */
export interface Export {
  readonly path: string
  readonly groups: readonly string[]
}

/** Something that a workload was let do. */
export interface MountNotice {
  readonly principal: Principal
  readonly visitor: Visitor
  readonly grant: number
  readonly share: ShareRecord | undefined
  /** Logical path, without secrets. */
  readonly path: string
  readonly labels: Readonly<Record<string, string>>
}

/** Something that was refused. */
export interface RefusalNotice {
  readonly visitor: Visitor
  /** Empty where it is not known. */
  readonly subject: string
  /** As asked for, without secrets. */
  readonly path: string
  readonly reason: string
}

export interface MountsOptions {
  readonly tree: Tree
  readonly permissions: Permissions
  readonly grants: Grants
  readonly tokens: Tokens
  readonly tickets: Tickets
  readonly judge: GrantJudge
  readonly delay: RefusalDelay
  readonly backupView: BackupView
  /** Where a share's files lie. */
  definition(share: ShareRecord): ShareDefinition
  readonly onMount: (notice: MountNotice) => void
  readonly onRefusal: (notice: RefusalNotice) => void
  readonly now: () => number
  /** Waits that many milliseconds; by default as long as it says. */
  readonly wait?: (ms: number) => Promise<unknown>
}

/** What is mounted, by whom. */
export interface Claim {
  readonly principal: Principal
  readonly names: readonly string[]
  readonly bytes: readonly Uint8Array[]
  readonly labels: Readonly<Record<string, string>>
}

/** Answers MOUNT, and what clients ask while they walk folders: who may go where. */
export class Mounts {
  readonly #options: MountsOptions
  readonly #list = new MountList()
  readonly #exports: ShortMemory<readonly Export[]>
  readonly #sights: ShortMemory<Promise<FolderSight>>

  constructor(options: MountsOptions) {
    this.#options = options
    this.#exports = new ShortMemory(options.now)
    this.#sights = new ShortMemory(options.now)
  }

  /** MNT. A refusal tells nothing, not even whether the path exists, and comes the later the more there were before. */
  async mount(visitor: Visitor, path: Uint8Array): Promise<MountOutcome> {
    const asked = maskSecrets(Buffer.from(path).toString())
    try {
      const claim = await this.#claim(visitor, path)
      const outcome = await this.#admit(claim, visitor)
      this.#options.delay.admitted(visitor.address)
      return outcome
    } catch (error) {
      const refusal = refusalOf(error)
      const { onRefusal, delay, wait = setTimeout } = this.#options
      onRefusal({ visitor, subject: refusal.subject, path: asked, reason: refusal.message })
      await wait(delay.refused(visitor.address))
      return { status: refusal.status }
    }
  }

  /** UMNT, UMNTALL. The grant lives on: others on that machine may use it. */
  unmount({ address }: Visitor, path: Uint8Array | undefined): void {
    if (path === undefined) {
      this.#list.removeAll(address)
      return
    }
    const parsed = parseMountPath(path)
    if (parsed !== undefined) this.#list.remove(address, formatPath(parsed.names))
  }

  /** DUMP: a client's own mounts, and those of shares that it might mount without a token. */
  dump({ address }: Visitor): { hostname: string; directory: string }[] {
    const principal = this.#options.judge.host(address)
    return this.#list.entries().filter(({ hostname, nodeId }) => {
      if (hostname === address) return true
      const node = this.#options.tree.get(nodeId)
      return node !== undefined && this.#openTo(principal, node) !== undefined
    })
  }

  /** EXPORT: the shares that a client may mount without a token. */
  exports({ address }: Visitor): readonly Export[] {
    return this.#exports.recall(address, () => this.#findExports(address))
  }

  /** Rules, tokens or the namespace have changed: what was seen a moment ago may not be seen any more. */
  forget(): void {
    this.#exports.forget()
    this.#sights.forget()
    this.#options.backupView.forget()
  }

  #findExports(address: string): Export[] {
    const { tree, permissions, judge } = this.#options
    const principal = judge.host(address)
    const open: Export[] = []
    for (const node of tree.subtree(tree.root)) {
      const local = this.#openTo(principal, node)
      if (local !== undefined)
        open.push({ path: tree.pathOf(node), groups: permissions.clientsOf(local.share.id) })
    }
    return open.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** A folder that a client has a handle of. */
  async folder(grantNumber: number, folderId: number): Promise<FolderSight | Nfsstat3Failure> {
    const seen = folderOf(this.#options, 'namespace', grantNumber, folderId)
    return typeof seen === 'number' ? seen : this.#sight(seen.principal, seen.node)
  }

  /** A name in a folder that a client goes into. */
  async enter(grantNumber: number, folderId: number, name: Uint8Array, visitor: Visitor): Promise<Entered> {
    const seen = folderOf(this.#options, 'namespace', grantNumber, folderId)
    if (typeof seen === 'number') return { status: seen }
    const { principal, node } = seen
    const { tree, onRefusal } = this.#options
    const walk: Walk = {
      ...{ node, grant: grantNumber },
      sightOf: (folder) => this.#sight(principal, folder),
      enterShare: (link) => this.#grantShare(principal, link, grantNumber, visitor, {}),
      onRefusal: (link, { subject, message }) =>
        onRefusal({ visitor, subject, path: tree.pathOf(link), reason: message }),
    }
    return goInto(walk, name)
  }

  /** Whose path this is: by its secret, or by the client's address. */
  async #claim(visitor: Visitor, path: Uint8Array): Promise<Claim> {
    const parsed = parseMountPath(path)
    if (parsed === undefined) throw new Refused('it is no path', '', Mountstat3.NOENT)
    const { secret, names, bytes } = parsed
    if (secret === undefined)
      return { principal: this.#options.judge.host(visitor.address), names, bytes, labels: {} }
    if (secret.startsWith('bticket_')) return this.#claimTicket(visitor, secret, parsed)
    const verdict = this.#options.tokens.verify(secret, visitor.address, 'workload')
    if (!verdict.ok) throw new Refused(`the token is refused: ${verdict.reason}`, verdict.record?.subject)
    return { principal: tokenPrincipal(verdict.record, visitor.address), names, bytes, labels: {} }
  }

  async #claimTicket({ address }: Visitor, secret: string, parsed: MountPath): Promise<Claim> {
    const redeemed = await this.#options.tickets.redeem(secret, address)
    if (!redeemed.ok) throw new Refused(`the ticket is refused: ${redeemed.reason}`)
    const { token, record } = redeemed
    const { path, labels } = record
    const asked = formatPath(parsed.names)
    // The ticket knows its path, so a mount line may leave it out.
    const isWhole = parsed.names.length === 0
    if (!isWhole && !isWithin(asked, path)) throw new Refused(`the ticket is for ${path}`, token.subject)
    const names = isWhole ? path.split('/').filter((name) => name !== '') : parsed.names
    const bytes = isWhole ? names.map((name) => Buffer.from(name)) : parsed.bytes
    return { principal: tokenPrincipal(token, address), names, bytes, labels }
  }

  async #admit({ principal, names, bytes, labels }: Claim, visitor: Visitor): Promise<MountOutcome> {
    const { tree, permissions, grants, now, onMount, backupView } = this.#options
    if (names[0] === backupName) return backupView.mount({ principal, names, bytes, labels }, visitor)
    const place = tree.resolve(names, now())
    if (place === undefined) {
      const isKnown = permissions.mayList(principal, formatPath(names))
      throw new Refused('no such path', principal.subject, isKnown ? Mountstat3.NOENT : Mountstat3.ACCES)
    }
    const { node } = place
    const path = tree.pathOf(node)
    if (place.kind === 'link') {
      const destination = await this.#grantShare(principal, node, null, visitor, labels)
      this.#list.add(visitor.address, formatPath(names), node.id)
      return {
        status: Mountstat3.OK,
        place: destination,
        below: bytes.slice(bytes.length - place.below.length),
      }
    }
    if (!(await permissions.sees(principal, node)))
      throw new Refused('nothing there may be seen', principal.subject)
    const wish = { principal, nodeId: node.id, shareId: null, parent: null, backupSet: null }
    const { number } = await grants.issue(wish)
    onMount({ principal, visitor, grant: number, share: undefined, path, labels })
    this.#list.add(visitor.address, formatPath(names), node.id)
    const folder = await this.#sight(principal, node)
    return { status: Mountstat3.OK, place: { kind: 'folder', folder, grant: number }, below: [] }
  }

  /** @throws {Refused} */
  async #grantShare(
    principal: Principal,
    node: TreeNode,
    parent: number | null,
    visitor: Visitor,
    labels: Readonly<Record<string, string>>,
  ): Promise<Destination & { kind: 'share' }> {
    const { tree, permissions, grants, onMount, definition } = this.#options
    const path = tree.pathOf(node)
    const local = permissions.targetFor(node)
    // The same answer whether the link leads elsewhere or nowhere: only who may use it is told.
    if (local === undefined) throw new Refused('no target of the link takes mounts here', principal.subject)
    const { share } = local
    if (permissions.rights(principal, local, path) === 0)
      throw new Refused('no rule allows it', principal.subject)
    const wish = { principal, nodeId: node.id, shareId: share.id, parent, backupSet: null }
    const { number } = await grants.issue(wish)
    onMount({ principal, visitor, grant: number, share, path, labels })
    return { kind: 'share', share: definition(share), grant: number }
  }

  #sight(principal: Principal, node: TreeNode): Promise<FolderSight> {
    const { subject, scope, address } = principal
    const question = JSON.stringify([node.id, subject, scope, address])
    return this.#sights.recall(question, () => this.#look(principal, node))
  }

  async #look(principal: Principal, node: TreeNode): Promise<FolderSight> {
    const { tree, permissions } = this.#options
    const entries: { id: number; name: string; kind: 'folder' | 'link' }[] = []
    for (const [name, child] of node.children)
      if (await permissions.sees(principal, child))
        entries.push({ id: child.id, name, kind: child.record.kind })
    entries.sort((a, b) => a.id - b.id)
    const { changedAt } = node.record
    const parentId = node.parent?.id ?? tree.root.id
    return { tree: 'namespace', id: node.id, parentId, changedAt, entries }
  }

  /** The share behind a link, if a principal may use it. */
  #openTo(principal: Principal, node: TreeNode): LocalTarget | undefined {
    if (node.record.kind !== 'link') return undefined
    const { permissions, tree } = this.#options
    const local = permissions.targetFor(node)
    if (local === undefined || permissions.rights(principal, local, tree.pathOf(node)) === 0) return undefined
    return local
  }
}
