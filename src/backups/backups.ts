import { hostname } from 'node:os'
import { join } from 'node:path'
import { v7 as uuid } from 'uuid'
import type { Applications } from '../applications/index.ts'
import type { Audit } from '../audit/index.ts'
import {
  backupById,
  backupsBefore,
  forgetSnapshotOfBackups,
  insertBackup,
  runningBackups,
  updateBackup,
  type BackupFilter,
  type BackupRecord,
} from '../catalog/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import type { BackupsConfig } from '../config/config.ts'
import { ServiceError } from '../config/service-error.ts'
import { isWithin } from '../namespace/names.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { checkCount } from '../service/checks.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../service/page.ts'
import type { Comparisons } from '../snapshots/comparison/comparisons.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Logger } from '../telemetry/log.ts'
import { BackupJobs, type BackupJob, type RunningBackupJob } from './backup-jobs.ts'
import { BackupRun } from './backup-run.ts'
import { Bases } from './bases.ts'
import { Repositories, type Repository } from './repositories.ts'
import { Restic } from './restic.ts'
import { Secrets } from './secrets.ts'

/** Shares, a snapshot of each of which is backed up. One of the first three says which. */
export interface BackupWish {
  readonly shareIds?: readonly number[]
  /** Name or id: all its shares, as of one instant. */
  readonly application?: string
  /** All shares at or below this logical path. */
  readonly below?: string
  /** A snapshot that is there, of one share: nothing else need be said then. Default: one is taken. */
  readonly snapshotId?: number
  /** Name or id. */
  readonly repository: string
  readonly createdBy: string
}

export interface BackupsOptions {
  readonly catalog: Catalog
  readonly namespace: Namespace
  readonly applications: Applications
  readonly snapshots: Snapshots
  readonly comparisons: Comparisons
  readonly audit: Pick<Audit, 'record'>
  readonly config: BackupsConfig
  /** Absolute path: restic's cache is put there. */
  readonly dataDirectory: string
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** The label of snapshots that were taken to be backed up: of which repository. The newest of each share stays. */
export const takenForLabel = 'berth/taken-for'

/** Backups of shares by restic: repositories, what goes on, and the catalogue of what was backed up when. */
export class Backups {
  readonly repositories: Repositories
  readonly #options: BackupsOptions
  readonly #now: () => number
  readonly #restic: Restic
  readonly #jobs: BackupJobs
  readonly #bases: Bases
  #unlisten: (() => void) | undefined
  #noting: Promise<unknown> = Promise.resolve()

  /** Writes down what the last run has left unfinished. */
  static async open(options: BackupsOptions): Promise<Backups> {
    const backups = new Backups(options)
    await backups.#start()
    return backups
  }

  private constructor(options: BackupsOptions) {
    const { catalog, namespace, config, dataDirectory, log, now = Date.now } = options
    this.#options = options
    this.#now = now
    this.#restic = new Restic(config.restic, join(dataDirectory, 'restic-cache'))
    const secrets = new Secrets(config.secrets ?? join(dataDirectory, 'secrets'))
    const { sshArguments } = config
    this.repositories = new Repositories({
      catalog,
      namespace,
      restic: this.#restic,
      secrets,
      sshArguments,
      now,
    })
    this.#jobs = new BackupJobs(now, log)
    this.#bases = new Bases(catalog, namespace.gatewayId)
  }

  async #start(): Promise<void> {
    const { catalog, snapshots, log } = this.#options
    for (const { id, path, repositoryName } of await runningBackups(catalog.db)) {
      const message = 'interrupted: the gateway ended meanwhile'
      await updateBackup(catalog.db, id, { state: 'failed', message, endedAt: this.#now() })
      log.warn({ share: path, repository: repositoryName }, 'backup: one was interrupted')
    }
    await this.#bases.load()
    this.#unlisten = snapshots.onChange(({ kind, snapshot }) => {
      if (kind === 'snapshot-removed') this.#noteRemoved(snapshot)
    })
  }

  /** Ends what goes on early. The catalog stays open, and so do the snapshots. */
  async close(): Promise<void> {
    this.#unlisten?.()
    await this.#jobs.close()
    await this.#noting
  }

  /** Whether retention is to leave a snapshot alone for now: a backup of it waits, or is the base of the next one. */
  isNeeded(snapshot: SnapshotRecord): boolean {
    return this.#bases.isBase(snapshot)
  }

  /** What goes on and what has ended lately, the oldest first. */
  jobs(): BackupJob[] {
    return this.#jobs.list()
  }

  /** @throws {ServiceError} `not-found` */
  job(id: string): BackupJob {
    return this.#jobs.get(id)
  }

  /** Ends a job early. @throws {ServiceError} `not-found`, or `conflict` for one that has ended */
  abort(jobId: string): void {
    this.#jobs.abort(jobId)
  }

  /** What was ever backed up, the newest first. @throws {ServiceError} `invalid` */
  async list({ after, limit }: PageRequest, filter: BackupFilter = {}): Promise<Page<BackupRecord>> {
    checkCount('limit', limit, 1, pageLimitMax)
    const rows = await backupsBefore(this.#options.catalog.db, after, limit + 1, filter)
    return pageOf(rows, limit, ({ id }) => id)
  }

  /** @throws {ServiceError} `not-found` */
  async get(id: string): Promise<BackupRecord> {
    const found = await backupById(this.#options.catalog.db, id)
    if (found === undefined) throw new ServiceError('not-found', `there is no backup ${id}`)
    return found
  }

  /**
   * Begins to back up shares: a job for each. Snapshots are taken at once, several in one cut, unless one is named.
   * @throws {ServiceError} `not-found`, `invalid`, `limit` or `unavailable`; later refusals are in the jobs
   */
  async begin(wanted: BackupWish): Promise<BackupJob[]> {
    const repository = await this.repositories.get(wanted.repository)
    const { snapshotId, createdBy } = wanted
    if (snapshotId !== undefined) {
      const snapshot = this.#options.snapshots.get(snapshotId)
      return [this.#add(repository, snapshot.shareId, Promise.resolve(snapshot), { createdBy })]
    }
    const shareIds = await this.#sharesOf(wanted)
    const taken = this.#take(repository, shareIds, createdBy)
    return shareIds.map((shareId, place) =>
      this.#add(
        repository,
        shareId,
        taken.then((records) => records[place]!),
        { createdBy },
      ),
    )
  }

  async #sharesOf({ shareIds, application, below }: BackupWish): Promise<number[]> {
    const { namespace, applications } = this.#options
    if (shareIds !== undefined) return [...new Set(shareIds)]
    if (application === undefined && below === undefined)
      throw new ServiceError('invalid', 'say what is to be backed up: shares, an application or a path')
    const applicationId = application === undefined ? undefined : (await applications.get(application)).id
    const found = [...namespace.shares.all()].filter(
      (share) =>
        isWithin(share.path, below ?? '/') && (applicationId ?? share.applicationId) === share.applicationId,
    )
    if (found.length === 0) throw new ServiceError('not-found', 'there is no share to back up')
    return found.map(({ id }) => id)
  }

  /** Snapshots of the shares, in their order. */
  #take(
    repository: Repository,
    shareIds: readonly number[],
    createdBy: string,
  ): Promise<readonly SnapshotRecord[]> {
    const wish = {
      reason: `backup to ${repository.name}`,
      createdBy,
      labels: { [takenForLabel]: repository.name },
    }
    const { done } = this.#options.snapshots.begin(shareIds, wish, shareIds.length > 1)
    return done.then(({ records }) => shareIds.map((id) => records.find(({ shareId }) => shareId === id)!))
  }

  #add(
    repository: Repository,
    shareId: number,
    taken: Promise<SnapshotRecord>,
    { createdBy, scheduleId = null }: { readonly createdBy: string; readonly scheduleId?: string | null },
  ): BackupJob {
    const { snapshots, namespace } = this.#options
    // From the moment it is there until its job has ended.
    const kept = taken.then((snapshot) => ({
      snapshot,
      release: snapshots.protect(snapshot.id, 'being backed up'),
    }))
    const about = { repositoryId: repository.id, repositoryName: repository.name, createdBy }
    const { path } = namespace.shares.get(shareId)
    const { job, done } = this.#jobs.add({ kind: 'backup', ...about, path, shareId }, async (job) => {
      job.note({ phase: 'snapshot' })
      const { snapshot } = await kept
      return this.#backUp(repository, snapshot, { createdBy, scheduleId }, job)
    })
    const release = async (): Promise<void> => (await kept).release()
    // What was not taken is told of by the job.
    done.then(release, release).catch(() => {})
    return job
  }

  async #backUp(
    { id: repositoryId, name }: Repository,
    snapshot: SnapshotRecord,
    { createdBy, scheduleId }: { readonly createdBy: string; readonly scheduleId: string | null },
    job: RunningBackupJob,
  ): Promise<BackupRecord> {
    const { catalog, namespace, applications, config, log } = this.#options
    // As it is by now.
    const repository = await this.repositories.get(repositoryId)
    const application =
      snapshot.applicationId === null ? null : await applications.get(snapshot.applicationId)
    const startedAt = this.#now()
    const row: BackupRecord = {
      ...blankRow,
      ...{
        id: uuid({ msecs: startedAt }),
        repositoryId,
        repositoryName: name,
        gatewayId: namespace.gatewayId,
      },
      ...{ shareId: snapshot.shareId, path: snapshot.path, applicationId: snapshot.applicationId },
      ...{ applicationName: application?.name ?? null, snapshotName: snapshot.name, cutAt: snapshot.cutAt! },
      ...{ snapshotId: snapshot.id, scheduleId, startedAt, createdBy },
    }
    const base = this.#bases.of(snapshot.shareId, repositoryId)
    const access = await this.repositories.accessOf(repository)
    await insertBackup(catalog.db, row)
    job.note({ backupId: row.id })
    this.#audit(row, 'BEGIN_BACKUP', 'OK')
    try {
      const services = {
        ...this.#options,
        restic: this.#restic,
        host: config.host ?? hostname(),
        now: this.#now,
      }
      const done = await new BackupRun(services, { access, snapshot, row, base, job }).run()
      this.#bases.put(done)
      this.#audit(row, 'END_BACKUP', 'OK')
      const { totalBytes, bytesAdded } = done
      log.info({ share: row.path, repository: name, totalBytes, bytesAdded }, 'backup: done')
      await this.#removeFormer(snapshot)
      return done
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#audit(row, 'END_BACKUP', message)
      log.warn({ share: row.path, repository: name, reason: message }, 'backup: failed')
      throw error
    }
  }

  /** Of snapshots that were taken to be backed up, the newest stays: the next backup is compared with it. */
  async #removeFormer({ id, shareId, labels }: SnapshotRecord): Promise<void> {
    const { snapshots, log } = this.#options
    const takenFor = labels[takenForLabel]
    if (takenFor === undefined) return
    for (const former of snapshots.of(shareId)) {
      if (former.id >= id || former.labels[takenForLabel] !== takenFor || former.heldAt !== null) continue
      if (this.isNeeded(former) || snapshots.deletionOf(former.id).refusal !== undefined) continue
      try {
        await snapshots.delete(former.id)
      } catch (error) {
        // Its backup is made: that it stays is no harm, and the next one tries again.
        if (!(error instanceof ServiceError)) throw error
        log.warn(
          { snapshot: former.id, reason: error.message },
          'backup: a former snapshot could not be removed',
        )
      }
    }
  }

  #noteRemoved({ id, shareId }: SnapshotRecord): void {
    const { catalog, log } = this.#options
    this.#noting = this.#noting.then(async () => {
      try {
        await forgetSnapshotOfBackups(catalog.db, id, shareId)
      } catch (err) {
        log.error({ err, snapshot: id }, 'backup: that a snapshot is gone could not be written down')
      }
    })
  }

  #audit(row: BackupRecord, operation: 'BEGIN_BACKUP' | 'END_BACKUP', result: string): void {
    this.#options.audit.record({
      kind: 'system',
      subject: row.createdBy,
      address: '',
      shareId: row.shareId,
      operation,
      path: row.path,
      result,
      detail: { backup: row.id, repository: row.repositoryName, snapshot: row.snapshotName },
    })
  }
}

const blankRow = {
  ...{
    resticId: null,
    manifestResticId: null,
    state: 'running' as const,
    endedAt: null,
    message: '',
    tags: [],
  },
  ...{ filesNew: 0, filesChanged: 0, filesUnmodified: 0, bytesAdded: 0, totalFiles: 0, totalBytes: 0 },
  ...{ forgottenAt: null },
}
