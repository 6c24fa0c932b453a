import { Nfsstat3, type Nfsstat3Failure } from 'nfs-server-ts'
import type { GrantRecord } from '../catalog/grants.ts'
import type { Tree, TreeNode } from '../namespace/tree.ts'
import type { GrantJudge } from './grant-judge.ts'
import type { Grants } from './grants.ts'
import { nameText } from './mount-path.ts'
import type { Destination, FolderSight } from './mounts.ts'
import { isWithin, type Principal } from './principal.ts'
import { refusalOf, type Refused } from './refused.ts'

/** What comes of going into a name of a folder. */
export type Entered =
  | { readonly status: Nfsstat3Failure; readonly folder?: FolderSight }
  | { readonly status: typeof Nfsstat3.OK; readonly folder: FolderSight; readonly place: Destination }

/** A folder that a client has a handle of, and on whose behalf it asks. */
export interface SeenFolder {
  readonly principal: Principal
  readonly node: TreeNode
  readonly grant: GrantRecord
}

interface WalkOptions {
  readonly tree: Tree
  readonly grants: Grants
  readonly judge: GrantJudge
}

/** The folder that a handle names, if its grant reaches there and is for the view: the namespace, or that for backups. */
export function folderOf(
  { tree, grants, judge }: WalkOptions,
  view: 'namespace' | 'backup',
  grantNumber: number,
  folderId: number,
): SeenFolder | Nfsstat3Failure {
  const grant = grants.get(grantNumber)
  const principal = grant && judge.principalOf(grant)
  if (grant?.shareId !== null || principal === undefined) return Nfsstat3.ACCES
  if ((grant.backupSet === null) !== (view === 'namespace')) return Nfsstat3.ACCES
  const node = tree.get(folderId)
  if (node?.record.kind !== 'folder') return Nfsstat3.STALE
  // The folder that was mounted is the top of what its client sees.
  const top = tree.get(grant.nodeId)
  if (top === undefined || !isWithin(tree.pathOf(node), tree.pathOf(top))) return Nfsstat3.ACCES
  return { principal, node, grant }
}

/** A folder from which a client goes on, and how a view shows what is in it. */
export interface Walk {
  readonly node: TreeNode
  readonly grant: number
  sightOf(folder: TreeNode): Promise<FolderSight>
  /** @throws {Refused} */
  enterShare(link: TreeNode): Promise<Destination>
  onRefusal(link: TreeNode, refusal: Refused): void
}

/** Goes into a name of a folder. */
export async function goInto(walk: Walk, name: Uint8Array): Promise<Entered> {
  const { node, grant } = walk
  const folder = await walk.sightOf(node)
  const child = node.children.get(nameText(name))
  // What may not be seen is not there.
  if (child === undefined || !folder.entries.some(({ id }) => id === child.id))
    return { status: Nfsstat3.NOENT, folder }
  if (child.record.kind === 'folder') {
    const place = { kind: 'folder', folder: await walk.sightOf(child), grant } as const
    return { status: Nfsstat3.OK, folder, place }
  }
  try {
    return { status: Nfsstat3.OK, folder, place: await walk.enterShare(child) }
  } catch (error) {
    walk.onRefusal(child, refusalOf(error))
    return { status: Nfsstat3.ACCES, folder }
  }
}
