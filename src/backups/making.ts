import { v7 as uuid } from 'uuid'
import { insertBackup, type BackupRecord } from '../catalog/backups.ts'
import { allSchedules, scheduleById } from '../catalog/schedules.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import { isWithin } from '../namespace/names.ts'
import { breathe } from '../service/breath.ts'
import { scheduleOf, type Schedule } from '../snapshots/schedules.ts'
import type { BackupJob, RunningBackupJob } from './backup-jobs.ts'
import { BackupRun } from './backup-run.ts'
import type { Forgetting } from './forgetting.ts'
import type { Repository } from './repositories.ts'
import { jobFor, type BackupServices } from './services.ts'

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

/** The label of snapshots that were taken to be backed up: for which repository. The newest of each share stays. */
export const takenForLabel = 'berth/taken-for'

/** Who or what wants a backup. */
interface Origin {
  readonly createdBy: string
  /** Null: somebody who asked. */
  readonly scheduleId: string | null
}

/** A snapshot that is taken when its job begins. */
interface Takes {
  take(signal: AbortSignal): Promise<SnapshotRecord>
}

/** The other kind is there already, or is being taken. */
type Source = Takes | { readonly there: Promise<SnapshotRecord> }

interface Kept {
  readonly snapshot: SnapshotRecord
  readonly release: () => void
}

/** Makes backups: for those who ask, and for schedules. */
export class Making {
  readonly #services: BackupServices
  readonly #forgetting: Forgetting
  /** Snapshots that wait for their backup, or are being backed up. */
  readonly #inUse = new Set<number>()

  constructor(services: BackupServices, forgetting: Forgetting) {
    this.#services = services
    this.#forgetting = forgetting
  }

  /** Whether a backup of a snapshot waits or goes on, or the next one is to be compared with it. */
  isNeeded(snapshot: SnapshotRecord): boolean {
    return this.#inUse.has(snapshot.id) || this.#services.bases.isBase(snapshot)
  }

  /** See {@link Backups.begin}. */
  async begin(wanted: BackupWish): Promise<BackupJob[]> {
    const { repositories, snapshots } = this.#services
    const repository = await repositories.get(wanted.repository)
    const { snapshotId, application, createdBy } = wanted
    const origin: Origin = { createdBy, scheduleId: null }
    if (snapshotId !== undefined) {
      const snapshot = snapshots.get(snapshotId)
      return [this.#add(repository, snapshot.shareId, { there: Promise.resolve(snapshot) }, origin)]
    }
    const shareIds = await this.#sharesOf(wanted)
    if (application === undefined)
      return shareIds.map((shareId) => {
        const take = (signal: AbortSignal) => this.#take(repository, [shareId], createdBy, signal)
        return this.#add(repository, shareId, { take: async (signal) => (await take(signal))[0]! }, origin)
      })
    const taken = this.#take(repository, shareIds, createdBy)
    return shareIds.map((shareId, place) =>
      this.#add(repository, shareId, { there: taken.then((records) => records[place]!) }, origin),
    )
  }

  /** A schedule has taken a snapshot: it is backed up, where the schedule says so. */
  async beginScheduled(schedule: Schedule, snapshot: SnapshotRecord): Promise<void> {
    const { repositories, log } = this.#services
    if (schedule.repositoryId === null) return
    try {
      const repository = await repositories.get(schedule.repositoryId)
      const origin = { createdBy: `schedule:${schedule.name}`, scheduleId: schedule.id }
      this.#add(repository, snapshot.shareId, { there: Promise.resolve(snapshot) }, origin)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      const about = { schedule: schedule.name, share: snapshot.path, reason: error.message }
      log.error(about, 'backup: a snapshot of a schedule cannot be backed up')
    }
  }

  /** At the start: backs up what schedules have taken last, if it was not, or was interrupted. */
  async catchUp(): Promise<void> {
    const { catalog, namespace, snapshots, bases } = this.#services
    const breath = breathe()
    for (const record of await allSchedules(catalog.db)) {
      const { id, repositoryId } = record
      if (repositoryId === null) continue
      for (const share of [...namespace.shares.all()]) {
        await breath()
        const newest = snapshots.of(share.id).find(({ scheduleId }) => scheduleId === id)
        const base = bases.of(share.id, repositoryId)
        if (newest === undefined || (base !== undefined && base.cutAt >= newest.cutAt!)) continue
        await this.beginScheduled(scheduleOf(record), newest)
      }
    }
  }

  async #sharesOf({ shareIds, application, below = '/' }: BackupWish): Promise<number[]> {
    const { namespace, applications } = this.#services
    for (const id of shareIds ?? [])
      if (namespace.livingShare(id) === undefined)
        throw new ServiceError('not-found', `there is no share ${id}, or it is deleted`)
    if (shareIds !== undefined) return [...new Set(shareIds)]
    const applicationId = application === undefined ? undefined : (await applications.get(application)).id
    const found = [...namespace.shares.all()].filter(
      (share) =>
        isWithin(share.path, below) && (applicationId ?? share.applicationId) === share.applicationId,
    )
    if (found.length === 0) throw new ServiceError('not-found', 'there is no share to back up')
    return found.map(({ id }) => id)
  }

  /** Snapshots of the shares, in their order: of several, in one cut. */
  async #take(
    { name }: Repository,
    shareIds: readonly number[],
    createdBy: string,
    signal?: AbortSignal,
  ): Promise<readonly SnapshotRecord[]> {
    const { snapshots } = this.#services
    const wish = { reason: `backup to ${name}`, createdBy, labels: { [takenForLabel]: name } }
    const { jobId, done } = snapshots.takings.begin(shareIds, wish, shareIds.length > 1)
    const end = (): void => snapshots.takings.abort(jobId)
    signal?.addEventListener('abort', end)
    try {
      const { records } = await done
      return shareIds.map((id) => records.find(({ shareId }) => shareId === id)!)
    } finally {
      signal?.removeEventListener('abort', end)
    }
  }

  #add(repository: Repository, shareId: number, source: Source, origin: Origin): BackupJob {
    const { namespace, jobs } = this.#services
    // From the moment it is there until its job has ended.
    let kept: Promise<Kept> | undefined
    const keep = (taken: Promise<SnapshotRecord>) => (kept = taken.then((snapshot) => this.#keep(snapshot)))
    // What was not taken is told of by the job.
    if ('there' in source) keep(source.there).catch(() => {})
    const { path } = namespace.shares.get(shareId)
    const about = { ...jobFor(repository, 'backup', origin.createdBy), path, shareId }
    const { job, done } = jobs.add(about, async (job) => {
      job.note({ phase: 'snapshot' })
      const { snapshot } = await (kept ?? keep((source as Takes).take(job.signal)))
      return this.#backUp(repository.id, snapshot, origin, job)
    })
    const release = async (): Promise<void> => (await kept)?.release()
    done.then(release, release).catch(() => {})
    return job
  }

  #keep(snapshot: SnapshotRecord): Kept {
    const { id } = snapshot
    const unprotect = this.#services.snapshots.deletions.protect(id, 'being backed up')
    this.#inUse.add(id)
    const release = (): void => {
      this.#inUse.delete(id)
      unprotect()
    }
    return { snapshot, release }
  }

  async #backUp(
    repositoryId: string,
    snapshot: SnapshotRecord,
    origin: Origin,
    job: RunningBackupJob,
  ): Promise<BackupRecord> {
    const { catalog, repositories, bases, log } = this.#services
    const repository = await repositories.get(repositoryId)
    const access = await repositories.accessOf(repository)
    const row = await this.#newRow(repository, snapshot, origin)
    const base = bases.of(snapshot.shareId, repositoryId)
    await insertBackup(catalog.db, row)
    job.note({ backupId: row.id })
    this.#audit(row, 'BEGIN_BACKUP', 'OK')
    const done = await this.#run(new BackupRun(this.#services, { access, snapshot, row, base, job }), row)
    bases.put(done)
    const { path: share, totalBytes, bytesAdded } = done
    log.info({ share, repository: repository.name, totalBytes, bytesAdded }, 'backup: done')
    await this.#removeFormer(snapshot)
    if (origin.scheduleId !== null) await this.#forgetFormer(repository, done, origin.scheduleId, job)
    return done
  }

  async #run(run: BackupRun, row: BackupRecord): Promise<BackupRecord> {
    try {
      const done = await run.run()
      this.#audit(row, 'END_BACKUP', 'OK')
      return done
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#audit(row, 'END_BACKUP', reason)
      this.#services.log.warn({ share: row.path, repository: row.repositoryName, reason }, 'backup: failed')
      throw error
    }
  }

  async #newRow(
    repository: Repository,
    snapshot: SnapshotRecord,
    { createdBy, scheduleId }: Origin,
  ): Promise<BackupRecord> {
    const { applications, namespace, now } = this.#services
    const { applicationId } = snapshot
    const application = applicationId === null ? null : await applications.get(applicationId)
    const startedAt = now()
    return {
      ...blankRow,
      ...{ id: uuid({ msecs: startedAt }), repositoryId: repository.id, repositoryName: repository.name },
      ...{ gatewayId: namespace.gatewayId, shareId: snapshot.shareId, path: snapshot.path, applicationId },
      ...{ applicationName: application?.name ?? null, snapshotName: snapshot.name, cutAt: snapshot.cutAt! },
      ...{ snapshotId: snapshot.id, scheduleId, startedAt, createdBy },
    }
  }

  /** Of snapshots that were taken to be backed up, the newest stays: the next backup is compared with it. */
  async #removeFormer({ id, shareId, labels }: SnapshotRecord): Promise<void> {
    const { snapshots, log } = this.#services
    const takenFor = labels[takenForLabel]
    if (takenFor === undefined) return
    for (const former of snapshots.of(shareId)) {
      if (former.id >= id || former.labels[takenForLabel] !== takenFor || this.isNeeded(former)) continue
      try {
        if (snapshots.deletions.of(former.id).refusal === undefined)
          await snapshots.deletions.delete(former.id)
      } catch (error) {
        // The backup is made: that a snapshot stays is no harm, and the next one tries again.
        if (!(error instanceof ServiceError)) throw error
        log.warn({ snapshot: former.id, reason: error.message }, 'backup: a former snapshot is still there')
      }
    }
  }

  /** What the schedule need not keep. The backup is made, whatever comes of this. */
  async #forgetFormer(
    repository: Repository,
    { shareId, path }: BackupRecord,
    scheduleId: string,
    job: RunningBackupJob,
  ): Promise<void> {
    const { catalog, log } = this.#services
    const record = await scheduleById(catalog.db, scheduleId)
    if (record === undefined) return
    try {
      await this.#forgetting.forgetOf(repository, scheduleOf(record), shareId, job)
    } catch (error) {
      job.signal.throwIfAborted()
      if (!(error instanceof ServiceError)) throw error
      log.warn({ share: path, reason: error.message }, 'backup: former ones could not be forgotten')
    }
  }

  #audit(row: BackupRecord, operation: 'BEGIN_BACKUP' | 'END_BACKUP', result: string): void {
    this.#services.audit.record({
      ...{ kind: 'system', subject: row.createdBy, address: '', shareId: row.shareId },
      ...{ operation, path: row.path, result },
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
