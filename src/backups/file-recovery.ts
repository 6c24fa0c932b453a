import { join } from 'node:path'
import { backupById } from '../catalog/backups.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import { ServiceError } from '../config/service-error.ts'
import { isThere } from '../namespace/files.ts'
import { madeName, makeRoot } from '../namespace/share-maker.ts'
import { shown } from '../service/shown.ts'
import { namesWithin } from '../snapshots/restore/paths.ts'
import type { RestoreReport } from '../snapshots/restore/report.ts'
import type { BackupJob, RunningBackupJob } from './backup-jobs.ts'
import type { RepositoryAccess } from './restic.ts'
import { restoreInto } from './restored-tree.ts'
import { audited, jobFor, type BackupServices } from './services.ts'
import { noted } from './unfinished-restores.ts'

/** A file or directory of a backup, and where it is to go. */
export interface FilesWish {
  readonly backupId: string
  /** Within the share, as `etc/app.conf`. */
  readonly path: string
  /** Within the share; default: where it was. Where something is already, it gets another name beside that. */
  readonly to?: string
  /** Into which share; default: that of the backup, if it was made here. */
  readonly shareId?: number
  readonly createdBy: string
}

type Held = NonNullable<Awaited<ReturnType<typeof backupById>>>

/** Brings files back from backups: restic writes them where nobody else comes, and from there they go into the share. */
export class FileRecovery {
  readonly #services: BackupServices

  constructor(services: BackupServices) {
    this.#services = services
  }

  /** See {@link Backups.restoreFiles}. */
  async begin(wish: FilesWish): Promise<BackupJob> {
    const { repositories, jobs } = this.#services
    const backup = await this.#held(wish.backupId)
    const repository = await repositories.get(backup.repositoryId)
    const share = this.#shareFor(backup, wish.shareId)
    const names = namesWithin(wish.path)
    if (names.length === 0)
      throw new ServiceError('invalid', 'name a file or directory: a whole backup is restored as a share')
    const to = wish.to === undefined ? names : namesWithin(wish.to)
    if (to.length === 0)
      throw new ServiceError('invalid', 'the root of a share stays: name a place within it')
    const about = { ...jobFor(repository, 'restore', wish.createdBy), path: `${share.path}/${to.join('/')}` }
    return jobs.add({ ...about, shareId: share.id }, (job) =>
      audited(this.#services, { ...about, repositoryName: about.path }, 'RESTORE_FILES', () =>
        noted(this.#services, { repository: repository.name, path: about.path }, async () =>
          this.#restore(backup, await repositories.accessOf(repository), { names, to, share, job }, wish),
        ),
      ),
    ).job
  }

  async #held(id: string): Promise<Held> {
    const backup = await backupById(this.#services.catalog.db, id)
    if (backup === undefined) throw new ServiceError('not-found', `there is no backup ${shown(id)}`)
    if (backup.resticId === null || backup.forgottenAt !== null)
      throw new ServiceError(
        'conflict',
        `backup ${id} is not in repository ${backup.repositoryName} any more`,
      )
    return backup
  }

  #shareFor({ gatewayId, shareId, path }: Held, wanted: number | undefined): ShareRecord {
    const { namespace } = this.#services
    const isOwn = gatewayId === namespace.gatewayId
    const share =
      wanted === undefined ? isOwn && namespace.livingShare(shareId) : namespace.shares.get(wanted)
    if (share === false || share === undefined)
      throw new ServiceError(
        'conflict',
        `share ${path} is not here: say into which share, or restore all of it`,
      )
    return share
  }

  async #restore(
    backup: Held,
    access: RepositoryAccess,
    { names, to, share, job }: { names: string[]; to: string[]; share: ShareRecord; job: RunningBackupJob },
    { path, createdBy }: FilesWish,
  ): Promise<RestoreReport> {
    const { namespace, restores, restic } = this.#services
    // Those outside all stores are copied from wherever there is room.
    const store = share.store ?? namespace.stores.list()[0]!.name
    return namespace.maker.aside(store, async (directory) => {
      await makeRoot(directory)
      const source = join(directory, madeName)
      job.note({ phase: 'restoring' })
      await restoreInto({ restic, access, backup, job }, source, names)
      if (!(await isThere(join(source, ...names))))
        throw new ServiceError('not-found', `there is no ${shown(path)} in the backup of ${backup.path}`)
      job.note({ phase: 'putting into the share' })
      const part = { source, shareId: share.id, from: names, to, besideSuffix: `.${backup.snapshotName}` }
      return restores.restoreForeign(part, createdBy, job.signal)
    })
  }
}
