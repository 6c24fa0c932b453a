import { heldBackups, type BackupRecord } from '../catalog/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { ServiceError } from '../config/service-error.ts'
import { formatPath, isWithin, parsePath } from '../namespace/names.ts'
import { breathe } from '../service/breath.ts'
import { shown } from '../service/shown.ts'
import type { Repository } from './repositories.ts'

/** Which shares of a repository are to be restored, and as of when. One of the first four says which. */
export interface RecoveryWish {
  /** Name or id. */
  readonly repository: string
  readonly all?: boolean
  /** Name or id that it had: all its shares. */
  readonly application?: string
  /** The logical path of a share or folder: all at or below it. */
  readonly path?: string
  readonly backupIds?: readonly string[]
  /** The newest backup of each share from before then, in milliseconds since 1970; default: the newest. */
  readonly at?: number
  /** Where they are to lie; default: in the store of the name that they lay in, if there is one. */
  readonly store?: string
  /** Put before their logical paths: `/restored`. */
  readonly pathPrefix?: string
  readonly createdBy: string
}

/**
 * The backups that are to be restored, one for each logical path, in order of the numbers of their shares.
 * @throws {ServiceError} `invalid` or `not-found`
 */
export async function selectBackups(
  { db }: Catalog,
  { id: repositoryId, name, scannedAt }: Repository,
  wish: RecoveryWish,
): Promise<BackupRecord[]> {
  const { all = false, application, path, backupIds, at = Infinity } = wish
  const given = [all || undefined, application, path, backupIds].filter((one) => one !== undefined)
  if (given.length !== 1)
    throw new ServiceError('invalid', 'say what is to be restored: all, an application, a path, or backups')
  const below = path === undefined ? '/' : formatPath(parsePath(path))
  const held = await heldBackups(db, { repositoryId }, breathe())
  const fitting = held.filter((backup) =>
    backupIds === undefined
      ? backup.state === 'done' &&
        backup.cutAt <= at &&
        isWithin(backup.path, below) &&
        (application === undefined || [backup.applicationId, backup.applicationName].includes(application))
      : backupIds.includes(backup.id),
  )
  for (const id of backupIds ?? [])
    if (!fitting.some((backup) => backup.id === id))
      throw new ServiceError('not-found', `repository ${name} holds no backup ${shown(id)}`)
  if (fitting.length === 0)
    throw new ServiceError(
      'not-found',
      `the catalogue knows of no such backup in repository ${name}` +
        (scannedAt === null ? ': scan it first' : ''),
    )
  return newestOfEach(fitting)
}

/** A share that was moved is restored where it was last; of two that had the same path, the one that had it last. */
function newestOfEach(newestFirst: readonly BackupRecord[]): BackupRecord[] {
  const shares = new Set<string>()
  const paths = new Set<string>()
  const chosen: BackupRecord[] = []
  for (const backup of newestFirst) {
    const share = `${backup.gatewayId} ${backup.shareId}`
    if (shares.has(share)) continue
    shares.add(share)
    if (paths.has(backup.path)) continue
    paths.add(backup.path)
    chosen.push(backup)
  }
  return chosen.sort((a, b) => a.shareId - b.shareId || (a.path < b.path ? -1 : 1))
}
