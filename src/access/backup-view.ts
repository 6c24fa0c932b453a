import { Mountstat3, type Nfsstat3Failure } from 'nfs-server-ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import { formatPath } from '../namespace/names.ts'
import type { Tree, TreeNode } from '../namespace/tree.ts'
import { breathe } from '../service/breath.ts'
import { BackupSessions } from './backup-sessions.ts'
import { folderOf, goInto, type Entered, type Walk } from './folder-walk.ts'
import type { GrantJudge } from './grant-judge.ts'
import type { Grants } from './grants.ts'
import type {
  Claim,
  Destination,
  FolderSight,
  MountNotice,
  MountOutcome,
  RefusalNotice,
  Visitor,
} from './mounts.ts'
import type { Permissions } from './permissions.ts'
import { isOnTheWay, type Principal } from './principal.ts'
import { Refused } from './refused.ts'
import { ShortMemory } from './short-memory.ts'

/** First name of the paths that are mounted to back up: no share has such a path. */
export const backupName = '.backup'
/** Before the name of snapshots, as a folder of the backup view. */
const setMark = '@'

/** Snapshots as the backup view needs to know them. */
export interface BackupSnapshot {
  readonly id: number
  readonly name: string
  /** Milliseconds since 1970; null of none that is whole. */
  readonly cutAt: number | null
}

export interface BackupViewOptions {
  readonly tree: Tree
  readonly permissions: Permissions
  readonly grants: Grants
  readonly judge: GrantJudge
  /** Those of a share that are whole, newest first. */
  snapshotsOf(shareId: number): readonly BackupSnapshot[]
  /** Where a snapshot's files lie; undefined when it is no more. */
  definition(snapshotId: number): ShareDefinition | undefined
  readonly onMount: (notice: MountNotice) => void
  readonly onRefusal: (notice: RefusalNotice) => void
  readonly now: () => number
}

/** A share in the view: what it is read from. */
interface Shown {
  readonly share: ShareRecord
  readonly snapshot: BackupSnapshot
}

/** Who looks, and at which snapshots: by name, or empty for what was the newest of each share at an instant. */
interface Looker {
  readonly principal: Principal
  readonly set: string
  readonly instant: number
}

/**
 * The namespace for backup programs: `/.backup` has every share at its logical path as of its newest snapshot, and keeps
 * to it while it is read; `/.backup/@NAME` has those that have a snapshot of that name. Its grants open nothing else.
 */
export class BackupView {
  readonly #options: BackupViewOptions
  readonly #sights: ShortMemory<Promise<FolderSight>>
  readonly #sessions: BackupSessions

  constructor(options: BackupViewOptions) {
    this.#options = options
    this.#sights = new ShortMemory(options.now)
    this.#sessions = new BackupSessions(options.grants, options.now)
  }

  /** Snapshots, rules or the namespace have changed. */
  forget(): void {
    this.#sights.forget()
  }

  /** Whether a backup reads a snapshot, or is to come to it: it would fail if that was removed. */
  isReading(snapshot: { readonly id: number; readonly shareId: number }): boolean {
    return this.#sessions.isReading(snapshot, (shareId, instant) => this.#newestAt(shareId, instant))
  }

  /** MNT of a path that begins with {@link backupName}. @throws {Refused} */
  async mount({ principal, names, bytes, labels }: Claim, visitor: Visitor): Promise<MountOutcome> {
    const { tree, grants, now, onMount } = this.#options
    const [set, start] = names[1]?.startsWith(setMark) === true ? [names[1].slice(1), 2] : ['', 1]
    const looker = { principal, set, instant: now() }
    const place = tree.resolve(names.slice(start), now())
    if (place === undefined || !(await this.#shows(looker, place.node, tree.pathOf(place.node), breathe())))
      throw new Refused('there is nothing to back up for it', principal.subject)
    const { node } = place
    if (place.kind === 'link') {
      const destination = await this.#enterShare(looker, node, null, visitor, labels)
      const below = bytes.slice(bytes.length - place.below.length)
      return { status: Mountstat3.OK, place: destination, below }
    }
    const wish = { principal, nodeId: node.id, shareId: null, parent: null, backupSet: set }
    const { number } = await grants.issueAnew(wish)
    this.#sessions.instantOf(number)
    onMount({ principal, visitor, grant: number, share: undefined, path: formatPath(names), labels })
    const folder = await this.#sight(looker, node)
    return { status: Mountstat3.OK, place: { kind: 'folder', folder, grant: number }, below: [] }
  }

  /** A folder that a client has a handle of. */
  async folder(grantNumber: number, folderId: number): Promise<FolderSight | Nfsstat3Failure> {
    const seen = this.#seen(grantNumber, folderId)
    return typeof seen === 'number' ? seen : this.#sight(seen.looker, seen.node)
  }

  /** A name in a folder that a client goes into. */
  async enter(grantNumber: number, folderId: number, name: Uint8Array, visitor: Visitor): Promise<Entered> {
    const seen = this.#seen(grantNumber, folderId)
    if (typeof seen === 'number') return { status: seen }
    const { looker, node } = seen
    const walk: Walk = {
      ...{ node, grant: grantNumber },
      sightOf: (folder) => this.#sight(looker, folder),
      enterShare: (link) => this.#enterShare(looker, link, grantNumber, visitor, {}),
      onRefusal: (link, { subject, message }) =>
        this.#options.onRefusal({ visitor, subject, path: this.#viewPath(looker, link), reason: message }),
    }
    return goInto(walk, name)
  }

  async #enterShare(
    looker: Looker,
    node: TreeNode,
    parent: number | null,
    visitor: Visitor,
    labels: Readonly<Record<string, string>>,
  ): Promise<Destination & { kind: 'share' }> {
    const { tree, grants, onMount, definition } = this.#options
    const { principal, set } = looker
    const shown = this.#shown(looker, node, tree.pathOf(node))
    const files = shown && definition(shown.snapshot.id)
    if (shown === undefined || files === undefined)
      throw new Refused('its snapshot is gone', principal.subject)
    const { share } = shown
    const wish = { principal, nodeId: node.id, shareId: share.id, parent, backupSet: set }
    const { number } = await grants.issue(wish)
    this.#sessions.entered(parent ?? number, number, shown.snapshot.id)
    const path = this.#viewPath(looker, node)
    onMount({ principal, visitor, grant: number, share, path, labels })
    return { kind: 'share', share: files, grant: number }
  }

  #seen(grantNumber: number, folderId: number): { looker: Looker; node: TreeNode } | Nfsstat3Failure {
    const seen = folderOf(this.#options, 'backup', grantNumber, folderId)
    if (typeof seen === 'number') return seen
    const { principal, node, grant } = seen
    return {
      looker: { principal, set: grant.backupSet!, instant: this.#sessions.instantOf(grantNumber) },
      node,
    }
  }

  #sight(looker: Looker, node: TreeNode): Promise<FolderSight> {
    const { subject, scope } = looker.principal
    const question = JSON.stringify([node.id, subject, scope, looker.set, looker.instant])
    return this.#sights.recall(question, () => this.#look(looker, node))
  }

  async #look(looker: Looker, node: TreeNode): Promise<FolderSight> {
    const { tree } = this.#options
    const breath = breathe()
    const path = tree.pathOf(node)
    const prefix = path === '/' ? '' : path
    const entries: FolderSight['entries'][number][] = []
    for (const [name, child] of node.children) {
      const childPath = `${prefix}/${name}`
      const { kind } = child.record
      if (kind === 'link') {
        const shown = this.#shown(looker, child, childPath)
        if (shown !== undefined) entries.push({ id: child.id, name, kind, behind: shown.snapshot.id })
      } else if (await this.#shows(looker, child, childPath, breath))
        entries.push({ id: child.id, name, kind })
    }
    entries.sort((a, b) => a.id - b.id)
    const parentId = node.parent?.id ?? tree.root.id
    return { tree: 'backup', id: node.id, parentId, changedAt: node.record.changedAt, entries }
  }

  /** Whether there is something to back up at a folder or link. The root is always there, for who backs anything up. */
  async #shows(
    looker: Looker,
    node: TreeNode,
    path: string,
    breath: () => Promise<void> | undefined,
  ): Promise<boolean> {
    if (node.record.kind === 'link') return this.#shown(looker, node, path) !== undefined
    if (!isOnTheWay(path, looker.principal.scope)) return false
    await breath()
    const prefix = path === '/' ? '' : path
    for (const [name, child] of node.children)
      if (await this.#shows(looker, child, `${prefix}/${name}`, breath)) return true
    return false
  }

  /** The share behind a link and its snapshot, if the looker may back it up. */
  #shown({ principal, set, instant }: Looker, node: TreeNode, path: string): Shown | undefined {
    const { permissions, snapshotsOf } = this.#options
    const share = permissions.targetFor(node)?.share
    if (share === undefined || !permissions.mayBackUp(principal, path)) return undefined
    const snapshot =
      set === '' ? this.#newestAt(share.id, instant) : snapshotsOf(share.id).find(({ name }) => name === set)
    return snapshot && { share, snapshot }
  }

  /** Should all be younger, since those before were removed, the oldest is nearest. */
  #newestAt(shareId: number, instant: number): BackupSnapshot | undefined {
    const snapshots = this.#options.snapshotsOf(shareId)
    return snapshots.find(({ cutAt }) => cutAt !== null && cutAt <= instant) ?? snapshots.at(-1)
  }

  #viewPath({ set }: Looker, node: TreeNode): string {
    const top = set === '' ? `/${backupName}` : `/${backupName}/${setMark}${set}`
    return `${top}${this.#options.tree.pathOf(node)}`
  }
}
