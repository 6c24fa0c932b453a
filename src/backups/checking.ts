import { ServiceError } from '../config/service-error.ts'
import type { BackupJob } from './backup-jobs.ts'
import { audited, jobFor, type BackupServices } from './services.ts'

/** Has restic look whether a repository is whole, and let go of locks that nobody holds any more. */
export class Checking {
  readonly #services: BackupServices

  constructor(services: BackupServices) {
    this.#services = services
  }

  /** See {@link Backups.check}. */
  async check(reference: string, createdBy: string, readData: boolean): Promise<BackupJob> {
    const { repositories, restic, jobs, now } = this.#services
    const repository = await repositories.get(reference)
    const about = jobFor(repository, 'check', createdBy)
    return jobs.add(about, (job) =>
      audited(this.#services, about, 'CHECK_REPOSITORY', async () => {
        job.note({ phase: readData ? 'reading all data' : 'checking' })
        const args = ['check', ...(readData ? ['--read-data'] : [])]
        const access = await repositories.accessOf(repository)
        try {
          await restic.run(access, { args, signal: job.signal })
          await repositories.note(repository.id, { checkedAt: now(), checkResult: 'ok' })
        } catch (error) {
          // That restic could not look is no finding.
          if (error instanceof ServiceError && /contains errors|pack .* damaged/.test(error.message))
            await repositories.note(repository.id, { checkedAt: now(), checkResult: error.message })
          throw error
        }
      }),
    ).job
  }

  /** See {@link Backups.unlock}. */
  async unlock(reference: string, createdBy: string): Promise<BackupJob> {
    const { repositories, restic, jobs } = this.#services
    const repository = await repositories.get(reference)
    const about = jobFor(repository, 'unlock', createdBy)
    return jobs.add(about, ({ signal }) =>
      audited(this.#services, about, 'UNLOCK_REPOSITORY', async () => {
        await restic.run(await repositories.accessOf(repository), { args: ['unlock'], signal })
      }),
    ).job
  }
}
