import { hostname } from 'node:os'
import { join } from 'node:path'
import {
  backupById,
  backupsBefore,
  forgetSnapshotOfBackups,
  runningBackups,
  updateBackup,
  type BackupFilter,
  type BackupRecord,
} from '../catalog/backups.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import type { BackupsConfig, ProtectionConfig } from '../config/config.ts'
import { ServiceError } from '../config/service-error.ts'
import { checkCount } from '../service/checks.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../service/page.ts'
import type { Schedule, Schedules } from '../snapshots/schedules.ts'
import { BackupJobs, type BackupJob } from './backup-jobs.ts'
import { Bases } from './bases.ts'
import { Checking } from './checking.ts'
import { FileRecovery, type FilesWish } from './file-recovery.ts'
import { Forgetting, type ForgetPlan, type ForgetWish } from './forgetting.ts'
import { Making, type BackupWish } from './making.ts'
import { Recovery, type RecoveryPlan } from './recovery.ts'
import { Repositories } from './repositories.ts'
import { Restic } from './restic.ts'
import { Scanning } from './scanning.ts'
import { Secrets } from './secrets.ts'
import type { RecoveryWish } from './selection.ts'
import type { BackupServices } from './services.ts'
import { tellOfInterrupted } from './unfinished-restores.ts'
import { Unprotected, type UnprotectedShare } from './unprotected.ts'

export type { BackupFilter, BackupRecord } from '../catalog/backups.ts'
export type { BackupJob } from './backup-jobs.ts'
export type { ForgetPlan, ForgetWish } from './forgetting.ts'
export type { BackupWish } from './making.ts'
export type { RecoveryPlan, RecoveryReport } from './recovery.ts'
export type { ScanReport } from './scanning.ts'
export type { RecoveryWish } from './selection.ts'
export type { FilesWish } from './file-recovery.ts'
export type { UnprotectedShare } from './unprotected.ts'

export interface BackupsOptions extends Pick<
  BackupServices,
  'catalog' | 'namespace' | 'applications' | 'snapshots' | 'comparisons' | 'restores' | 'audit' | 'log'
> {
  readonly schedules: Pick<Schedules, 'all' | 'sharesOf'>
  readonly config: BackupsConfig
  readonly protection: ProtectionConfig
  /** Absolute path: restic's cache is put there. */
  readonly dataDirectory: string
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** Backups of shares by restic: repositories, what goes on, and the catalogue of what was backed up when. */
export class Backups {
  readonly repositories: Repositories
  readonly #services: BackupServices
  readonly #making: Making
  readonly #forgetting: Forgetting
  readonly #checking: Checking
  readonly #scanning: Scanning
  readonly #recovery: Recovery
  readonly #fileRecovery: FileRecovery
  readonly #unprotected: Unprotected
  #unlisten: (() => void) | undefined
  #background: Promise<unknown> = Promise.resolve()

  /** Writes down what the last run has left unfinished, and begins anew what schedules want of it. */
  static async open(options: BackupsOptions): Promise<Backups> {
    const backups = new Backups(options)
    await backups.#start()
    return backups
  }

  private constructor(given: BackupsOptions) {
    const { config, dataDirectory, schedules, protection, now = Date.now, ...options } = given
    const { catalog, namespace, log } = options
    const restic = new Restic(config.restic, join(dataDirectory, 'restic-cache'))
    const secrets = new Secrets(config.secrets ?? join(dataDirectory, 'secrets'))
    const { sshArguments, host = hostname() } = config
    const bases = new Bases(catalog, namespace.gatewayId, now)
    const onRemoved = (): Promise<void> => bases.load()
    this.repositories = new Repositories({
      catalog,
      namespace,
      restic,
      secrets,
      sshArguments,
      onRemoved,
      now,
    })
    const jobs = new BackupJobs(now, log)
    this.#services = { ...options, repositories: this.repositories, restic, jobs, bases, host, now }
    this.#forgetting = new Forgetting(this.#services)
    this.#making = new Making(this.#services, this.#forgetting)
    this.#checking = new Checking(this.#services)
    this.#scanning = new Scanning(this.#services)
    this.#recovery = new Recovery(this.#services)
    this.#fileRecovery = new FileRecovery(this.#services)
    this.#unprotected = new Unprotected(this.#services, schedules, protection)
  }

  async #start(): Promise<void> {
    const { catalog, snapshots, bases, log, now } = this.#services
    for (const { id, path, repositoryName } of await runningBackups(catalog.db)) {
      const message = 'interrupted: the gateway ended meanwhile'
      await updateBackup(catalog.db, id, { state: 'failed', message, endedAt: now() })
      log.warn({ share: path, repository: repositoryName }, 'backup: one was interrupted')
    }
    await tellOfInterrupted(this.#services)
    await bases.load()
    this.#unlisten = snapshots.onChange(({ kind, snapshot }) => {
      if (kind === 'snapshot-removed') this.#noteRemoved(snapshot)
    })
    await this.#making.catchUp()
  }

  /** Ends what goes on early. The catalog stays open, and so do the snapshots. */
  async close(): Promise<void> {
    this.#unlisten?.()
    await this.#services.jobs.close()
    await this.#background
  }

  /** What goes on and what has ended lately, the oldest first. */
  jobs(): BackupJob[] {
    return this.#services.jobs.list()
  }

  /** @throws {ServiceError} `not-found` */
  job(id: string): BackupJob {
    return this.#services.jobs.get(id)
  }

  /** Ends a job early. @throws {ServiceError} `not-found`, or `conflict` for one that has ended */
  abort(jobId: string): void {
    this.#services.jobs.abort(jobId)
  }

  /** What was ever backed up, the newest first. @throws {ServiceError} `invalid` */
  async list({ after, limit }: PageRequest, filter: BackupFilter = {}): Promise<Page<BackupRecord>> {
    checkCount('limit', limit, 1, pageLimitMax)
    const rows = await backupsBefore(this.#services.catalog.db, after, limit + 1, filter)
    return pageOf(rows, limit, ({ id }) => id)
  }

  /** @throws {ServiceError} `not-found` */
  async get(id: string): Promise<BackupRecord> {
    const found = await backupById(this.#services.catalog.db, id)
    if (found === undefined) throw new ServiceError('not-found', `there is no backup ${id}`)
    return found
  }

  /**
   * Begins to back up shares: a job for each, whose report is the backup. Of the shares of an application snapshots are
   * taken at once, in one cut; of others when their turn comes, unless one is named.
   * @throws {ServiceError} `not-found`, `invalid`, `limit` or `unavailable`; later refusals are in the jobs
   */
  begin(wanted: BackupWish): Promise<BackupJob[]> {
    return this.#making.begin(wanted)
  }

  /** A schedule has taken a snapshot: it is backed up, where the schedule says so. */
  beginScheduled(schedule: Schedule, snapshot: SnapshotRecord): void {
    this.#later('a backup for a schedule was not begun', () =>
      this.#making.beginScheduled(schedule, snapshot),
    )
  }

  /** Whether retention is to leave a snapshot alone for now: a backup of it waits, or is to be compared with it. */
  isNeeded(snapshot: SnapshotRecord): boolean {
    return this.#making.isNeeded(snapshot)
  }

  /** What {@link forget} would do. @throws {ServiceError} `not-found` or `invalid` */
  planForget(wish: ForgetWish): Promise<ForgetPlan> {
    return this.#forgetting.plan(wish)
  }

  /** Has a repository forget backups; the job's report is the plan. @throws {ServiceError} as {@link planForget}, `limit` */
  forget(wish: ForgetWish): Promise<BackupJob> {
    return this.#forgetting.begin(wish)
  }

  /** Removes what no backup needs any more from a repository. @throws {ServiceError} `not-found` or `limit` */
  prune(reference: string, createdBy: string): Promise<BackupJob> {
    return this.#forgetting.prune(reference, createdBy)
  }

  /**
   * Looks whether a repository is whole; with `readData`, all that is in it. What is found is kept with the repository.
   * @throws {ServiceError} `not-found` or `limit`
   */
  check(
    reference: string,
    createdBy: string,
    { readData = false }: { readonly readData?: boolean } = {},
  ): Promise<BackupJob> {
    return this.#checking.check(reference, createdBy, readData)
  }

  /**
   * Removes locks that a restic which died has left in a repository. Nobody else is asked: it is for people, who know
   * whether another gateway is at work.
   * @throws {ServiceError} `not-found` or `limit`
   */
  unlock(reference: string, createdBy: string): Promise<BackupJob> {
    return this.#checking.unlock(reference, createdBy)
  }

  /**
   * Writes into the catalogue what is in a repository, whoever made it, and what is there no more. The job's report is a
   * {@link ScanReport}.
   * @throws {ServiceError} `not-found` or `limit`
   */
  scan(reference: string, createdBy: string): Promise<BackupJob> {
    return this.#scanning.begin(reference, createdBy)
  }

  /** What {@link restore} would do, by what the catalogue knows. @throws {ServiceError} `not-found` or `invalid` */
  planRestore(wish: RecoveryWish): Promise<RecoveryPlan> {
    return this.#recovery.plan(wish)
  }

  /**
   * Makes shares of backups, with their applications. Run again, it passes over what is there already. The job's report
   * is a {@link RecoveryReport}, which may tell of shares that failed.
   * @throws {ServiceError} as {@link planRestore}, `limit`
   */
  restore(wish: RecoveryWish): Promise<BackupJob> {
    return this.#recovery.begin(wish)
  }

  /**
   * Puts a file or directory of a backup into the share that it is of, beside what is there. The job's report is that of
   * a restore.
   * @throws {ServiceError} `not-found`, `invalid`, `conflict` or `limit`
   */
  restoreFiles(wish: FilesWish): Promise<BackupJob> {
    return this.#fileRecovery.begin(wish)
  }

  /** Living shares whose newest snapshot or backup is older than it may be, or missing; by path. */
  unprotected(): Promise<UnprotectedShare[]> {
    return this.#unprotected.list()
  }

  #noteRemoved({ id, shareId }: SnapshotRecord): void {
    const { db } = this.#services.catalog
    this.#later('that a snapshot is gone was not written down', () =>
      forgetSnapshotOfBackups(db, id, shareId),
    )
  }

  /** Does something that nobody waits for. */
  #later(what: string, work: () => Promise<void>): void {
    const tried = async (): Promise<void> => {
      try {
        await work()
      } catch (err) {
        this.#services.log.error({ err }, `backup: ${what}`)
      }
    }
    this.#background = this.#background.then(tried)
  }
}
