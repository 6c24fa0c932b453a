import { heldBackups, updateBackup, type BackupFilter, type BackupRecord } from '../catalog/backups.ts'
import { ServiceError } from '../config/service-error.ts'
import { breathe } from '../service/breath.ts'
import { checkRetention, retain, type KeepReason, type RetentionPolicy } from '../snapshots/retention.ts'
import type { Schedule } from '../snapshots/schedules.ts'
import type { BackupJob, RunningBackupJob } from './backup-jobs.ts'
import type { Repository } from './repositories.ts'
import { audited, jobFor, type BackupServices } from './services.ts'

/** What is to be forgotten: these, or what a policy does not keep of those that the filters leave. */
export interface ForgetWish {
  /** Name or id. */
  readonly repository: string
  readonly backupIds?: readonly string[]
  readonly retention?: Partial<RetentionPolicy>
  /** In which days begin; default: UTC. */
  readonly timeZone?: string
  readonly shareIds?: readonly number[]
  /** Name or id. */
  readonly application?: string
  /** At or below this logical path. */
  readonly below?: string
  /** Whether what nothing needs any more is removed from the repository then; default: no. */
  readonly prune?: boolean
  readonly createdBy: string
}

export interface ForgetPlan {
  /** Why each stays. */
  readonly keep: readonly { readonly backup: BackupRecord; readonly reasons: readonly KeepReason[] }[]
  readonly forget: readonly BackupRecord[]
}

/** Backups that one run of restic is told of: each is an argument, and its manifest another. */
const forgetAtOnceMax = 200
/** How often a repository is pruned of what schedules forget. */
const pruneEveryMs = 24 * 3600 * 1000

/** Has restic forget backups, and remove what nothing needs any more. */
export class Forgetting {
  readonly #services: BackupServices

  constructor(services: BackupServices) {
    this.#services = services
  }

  /** See {@link Backups.planForget}. */
  async plan(wish: ForgetWish): Promise<ForgetPlan> {
    const repository = await this.#services.repositories.get(wish.repository)
    const { backupIds, retention } = wish
    if ((backupIds === undefined) === (retention === undefined))
      throw new ServiceError('invalid', 'say which backups are to be forgotten, or what is to be kept')
    const held = await this.#held(repository, wish)
    if (backupIds !== undefined)
      return { keep: [], forget: backupIds.map((id) => namedIn(held, repository, id)) }
    return planOf(held, checkRetention(retention!), wish.timeZone ?? 'UTC')
  }

  /** See {@link Backups.forget}. */
  async begin(wish: ForgetWish): Promise<BackupJob> {
    const { repositories, jobs } = this.#services
    const repository = await repositories.get(wish.repository)
    // So that what cannot be is refused at once.
    await this.plan(wish)
    const about = jobFor(repository, 'forget', wish.createdBy)
    const { job, done } = jobs.add(about, (job) =>
      audited(this.#services, about, 'FORGET_BACKUPS', async () => {
        const plan = await this.plan(wish)
        await this.#forget(repository, plan.forget, job)
        return plan
      }),
    )
    if (wish.prune === true) void this.#pruneAfter(done, repository, wish.createdBy)
    return job
  }

  /** Within the job of a backup: forgets those of a share that its schedule need not keep. */
  async forgetOf(
    repository: Repository,
    { id: scheduleId, name, backupRetention, timeZone }: Schedule,
    shareId: number,
    job: RunningBackupJob,
  ): Promise<void> {
    if (backupRetention === null) return
    const { catalog, namespace, now, jobs } = this.#services
    const { gatewayId } = namespace
    const filter = { repositoryId: repository.id, gatewayId, shareId, scheduleId }
    const held = await heldBackups(catalog.db, filter, breathe())
    const { forget } = await planOf(held, backupRetention, timeZone)
    if (forget.length === 0) return
    job.note({ phase: 'forgetting' })
    const about = { createdBy: `schedule:${name}`, repositoryName: repository.name }
    await audited(this.#services, about, 'FORGET_BACKUPS', () => this.#forget(repository, forget, job))
    const { prunedAt, createdAt } = repository
    const isWaiting = jobs
      .list()
      .some(
        (other) => other.kind === 'prune' && other.repositoryId === repository.id && other.endedAt === null,
      )
    if (now() - (prunedAt ?? createdAt) > pruneEveryMs && !isWaiting)
      await this.prune(repository.id, about.createdBy)
  }

  /** See {@link Backups.prune}. */
  async prune(reference: string, createdBy: string): Promise<BackupJob> {
    const { repositories, restic, jobs, now } = this.#services
    const repository = await repositories.get(reference)
    const about = jobFor(repository, 'prune', createdBy)
    return jobs.add(about, (job) =>
      audited(this.#services, about, 'PRUNE_REPOSITORY', async () => {
        job.note({ phase: 'pruning' })
        await restic.run(await repositories.accessOf(repository), { args: ['prune'], signal: job.signal })
        await repositories.note(repository.id, { prunedAt: now() })
      }),
    ).job
  }

  /** What was not forgotten is told of by its own job. */
  async #pruneAfter(forgotten: Promise<unknown>, { id, name }: Repository, createdBy: string): Promise<void> {
    try {
      await forgotten
      await this.prune(id, createdBy)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#services.log.warn({ repository: name, reason }, 'backup: nothing is pruned')
    }
  }

  async #held({ id: repositoryId }: Repository, wish: ForgetWish): Promise<BackupRecord[]> {
    const { catalog, applications } = this.#services
    const { below, application, shareIds } = wish
    const filter: BackupFilter = {
      repositoryId,
      ...(below === undefined ? {} : { below }),
      ...(application === undefined ? {} : { applicationId: (await applications.get(application)).id }),
    }
    const held = await heldBackups(catalog.db, filter, breathe())
    return shareIds === undefined ? held : held.filter(({ shareId }) => shareIds.includes(shareId))
  }

  async #forget(
    repository: Repository,
    backups: readonly BackupRecord[],
    { signal }: RunningBackupJob,
  ): Promise<void> {
    const { restic, repositories, catalog, bases, now, log } = this.#services
    const access = await repositories.accessOf(repository)
    for (let begin = 0; begin < backups.length; begin += forgetAtOnceMax) {
      const some = backups.slice(begin, begin + forgetAtOnceMax)
      const ids = some.flatMap(({ resticId, manifestResticId }) => [resticId, manifestResticId])
      await restic.run(access, { args: ['forget', ...ids.filter((id) => id !== null)], signal })
      await catalog.transaction(async (db) => {
        for (const { id } of some) await updateBackup(db, id, { forgottenAt: now() })
      })
      await bases.renew(some)
    }
    if (backups.length === 0) return
    log.info({ repository: repository.name, count: backups.length }, 'backup: forgotten')
  }
}

function namedIn(held: readonly BackupRecord[], { name }: Repository, id: string): BackupRecord {
  const found = held.find((backup) => backup.id === id)
  if (found === undefined) throw new ServiceError('not-found', `repository ${name} holds no backup ${id}`)
  return found
}

/** A policy is for each share by itself. Of those that are not whole, what a whole one has followed need not stay. */
async function planOf(
  held: readonly BackupRecord[],
  policy: RetentionPolicy,
  timeZone: string,
): Promise<ForgetPlan> {
  const breath = breathe()
  const shares = new Map<string, BackupRecord[]>()
  for (const backup of held) {
    await breath()
    const share = `${backup.gatewayId} ${backup.shareId}`
    const known = shares.get(share)
    if (known === undefined) shares.set(share, [backup])
    else known.push(backup)
  }
  const keep: ForgetPlan['keep'][number][] = []
  const forget: BackupRecord[] = []
  for (const backups of shares.values()) {
    await breath()
    const whole = backups.filter(({ state }) => state === 'done')
    const newest = whole[0]?.cutAt ?? 0
    forget.push(...backups.filter(({ state, cutAt }) => state === 'failed' && cutAt < newest))
    const dated = whole.map((backup, place) => ({
      ...{ id: whole.length - place, cutAt: backup.cutAt, isHeld: false },
      backup,
    }))
    const verdict = retain(dated, policy, timeZone)
    keep.push(...verdict.keep.map(({ snapshot, reasons }) => ({ backup: snapshot.backup, reasons })))
    forget.push(...verdict.remove.map(({ backup }) => backup))
  }
  return { keep, forget }
}
