import { Nfsstat3, type Nfsstat3Failure } from 'nfs-server-ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { ShareDefinition } from '../filesystem/index.ts'
import type { Entered } from './folder-walk.ts'
import type { GrantJudge } from './grant-judge.ts'
import type { Grants } from './grants.ts'
import { nameText } from './mount-path.ts'
import type { FolderSight } from './mounts.ts'
import type { Permissions } from './permissions.ts'

/** A snapshot that can be gone into. */
export interface VisibleSnapshot {
  readonly id: number
  readonly name: string
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

export interface SnapshotFoldersOptions {
  readonly grants: Grants
  readonly judge: GrantJudge
  readonly permissions: Permissions
  /** A share that lives. */
  share(id: number): ShareRecord | undefined
  /** Those of a share that are whole. */
  snapshotsOf(shareId: number): readonly VisibleSnapshot[]
  /** Where a snapshot's files lie; undefined when it is no more. */
  definition(snapshotId: number): ShareDefinition | undefined
}

/** `.snapshot` at the root of each share, with a directory for each snapshot: who may see it, and what is in it. */
export class SnapshotFolders {
  readonly #options: SnapshotFoldersOptions

  constructor(options: SnapshotFoldersOptions) {
    this.#options = options
  }

  /** The directory, as a grant of the share shows it. */
  folder(grantNumber: number, shareId: number): FolderSight | Nfsstat3Failure {
    const { grants, judge, permissions, share: shareOf, snapshotsOf } = this.#options
    const grant = grants.get(grantNumber)
    const share = shareOf(shareId)
    const principal = grant && judge.principalOf(grant)
    if (grant?.shareId !== shareId || principal === undefined || share === undefined) return Nfsstat3.ACCES
    if (share.snapshotAccess === 'backup' && !permissions.mayBackUp(principal, share.path))
      return Nfsstat3.ACCES
    const snapshots = snapshotsOf(shareId)
    const entries = snapshots.map(({ id, name }) => ({ id, name, kind: 'link' as const }))
    entries.sort((a, b) => a.id - b.id)
    const changedAt = snapshots.reduce(
      (latest, { changedAt }) => Math.max(latest, changedAt),
      share.createdAt,
    )
    return { tree: 'snapshots', id: shareId, parentId: shareId, changedAt, entries }
  }

  /** A snapshot that a client goes into, by its name. */
  enter(grantNumber: number, shareId: number, name: Uint8Array): Entered {
    const folder = this.folder(grantNumber, shareId)
    if (typeof folder === 'number') return { status: folder }
    const wanted = nameText(name)
    const entry = folder.entries.find((each) => each.name === wanted)
    const share = entry && this.#options.definition(entry.id)
    if (share === undefined) return { status: Nfsstat3.NOENT, folder }
    return { status: Nfsstat3.OK, folder, place: { kind: 'share', share, grant: grantNumber } }
  }
}
