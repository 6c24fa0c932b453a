import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ControlEvent } from '../../src/audit/index.ts'
import type { BackupJob } from '../../src/backups/backup-jobs.ts'
import { Backups } from '../../dist/backups/backups.js'
import { Comparisons } from '../../dist/snapshots/comparison/comparisons.js'
import { TemporarySnapshots } from './snapshot-fixture.ts'

/** Why tests that need restic cannot run here; undefined: they can. */
export const noRestic: string | undefined = (() => {
  try {
    execFileSync('restic', ['version'])
    return undefined
  } catch {
    return 'restic is not installed'
  }
})()

export const password = 'correct horse battery staple'

/** Backups by the real restic, of real shares, into a repository in a directory. */
export class TemporaryBackups {
  readonly temporary: TemporarySnapshots
  /** Where the repository is. */
  readonly repository: string
  readonly events: ControlEvent[] = []
  readonly #directory: string
  #backups: Backups | undefined
  #comparisons: Comparisons | undefined

  /** @param directory of a repository and its password; they stay, so that another gateway can come to it. */
  private constructor(temporary: TemporarySnapshots, directory: string) {
    this.temporary = temporary
    this.#directory = directory
    this.repository = join(directory, 'repository')
  }

  static async open(directory = temporaryRepository()): Promise<TemporaryBackups> {
    const backups = new TemporaryBackups(await TemporarySnapshots.open(), directory)
    backups.temporary.clock = Date.parse('2026-11-21T09:00:00Z')
    await backups.#start()
    return backups
  }

  get backups(): Backups {
    return this.#backups!
  }

  /** The repository, made at the first call. */
  async add(name = 'offsite'): Promise<string> {
    const wanted = { name, url: this.repository, secrets: { password: { file: 'password' } } }
    return (await this.backups.repositories.create(wanted, 'admin:ada')).id
  }

  /** Waits for a job to end. */
  async ended({ id }: Pick<BackupJob, 'id'>): Promise<BackupJob> {
    for (;;) {
      const job = this.backups.job(id)
      if (job.endedAt !== null) return job
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Backs a share up. @throws {Error} if that fails */
  async backUp(shareId: number, snapshotId?: number): Promise<BackupJob> {
    const what = snapshotId === undefined ? { shareIds: [shareId] } : { snapshotId }
    const [job] = await this.backups.begin({ ...what, repository: 'offsite', createdBy: 'admin:ada' })
    const ended = await this.ended(job!)
    if (ended.state !== 'done') throw new Error(ended.message)
    return ended
  }

  /** What restic itself says. */
  async restic(...args: string[]): Promise<string> {
    const environment = { RESTIC_REPOSITORY: this.repository, RESTIC_PASSWORD: password, TZ: 'UTC' }
    const { stdout } = await promisify(execFile)('restic', args, {
      env: { ...process.env, ...environment, RESTIC_CACHE_DIR: join(this.#directory, 'cache') },
      maxBuffer: 1e8,
    })
    return stdout
  }

  async reopen(): Promise<void> {
    await this.#close()
    await this.temporary.reopen()
    await this.#start()
  }

  /** The repository stays. */
  async remove(): Promise<void> {
    await this.#close()
    await this.temporary.remove()
  }

  async #close(): Promise<void> {
    await this.#backups?.close()
    await this.#comparisons?.close()
  }

  async #start(): Promise<void> {
    const { temporary } = this
    const { catalog, namespace, applications, snapshots } = temporary
    const keep =
      (level: 'info' | 'warn') =>
      (fields: object, message = '') =>
        void temporary.lines.push({ level, message, fields })
    const comparisons = new Comparisons(snapshots)
    this.#comparisons = comparisons
    this.#backups = await Backups.open({
      ...{ catalog, namespace, applications, snapshots, comparisons, dataDirectory: temporary.data },
      audit: { record: (event) => void this.events.push(event) },
      config: { restic: 'restic', host: 'gateway', secrets: this.#directory, sshArguments: [] },
      log: { info: keep('info'), warn: keep('warn'), error: keep('warn') } as never,
      now: () => temporary.clock++,
    })
  }
}

/** A directory with a password in it. */
export function temporaryRepository(): string {
  const directory = mkdtempSync(join(tmpdir(), 'berth-repository-'))
  mkdirSync(join(directory, 'cache'))
  writeFileSync(join(directory, 'password'), `${password}\n`, { mode: 0o600 })
  return directory
}

export function removeRepository(directory: string): void {
  rmSync(directory, { recursive: true })
}
