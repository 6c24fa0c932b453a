import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ControlEvent } from '../../src/audit/index.ts'
import type { BackupJob } from '../../src/backups/backup-jobs.ts'
import { Backups } from '../../src/backups/backups.ts'
import { Comparisons } from '../../dist/snapshots/comparison/comparisons.js'
import { Restores } from '../../dist/snapshots/restore/restores.js'
import { Hooks } from '../../src/snapshots/hooks.ts'
import { Schedules } from '../../src/snapshots/schedules.ts'
import { makeQuickRepository, password } from './quick-repository.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

/** Why tests that need restic cannot run here; undefined: they can. */
export const noRestic: string | undefined =
  process.getuid!() !== 0
    ? 'skipped: it needs root'
    : ['restic', 'setfattr', 'getfattr']
        .filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
        .map((program) => `skipped: it needs ${program}`)[0]

/** Where a repository lies in its directory. */
const repositoryName = 'repository'

/** Backups by the real restic, of real shares, into a repository in a directory. */
export class TemporaryBackups {
  readonly temporary: TemporarySnapshots
  /** Where the repository is. */
  readonly repository: string
  readonly events: ControlEvent[] = []
  /** The program; another is run after the next {@link reopen}. */
  program = 'restic'
  readonly #directory: string
  #backups: Backups | undefined
  #comparisons: Comparisons | undefined
  #schedules: Schedules | undefined
  #restores: Restores | undefined

  /** @param directory of a repository and its password; they stay, so that another gateway can come to it. */
  private constructor(temporary: TemporarySnapshots, directory: string) {
    this.temporary = temporary
    this.#directory = directory
    this.repository = join(directory, repositoryName)
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

  get schedules(): Schedules {
    return this.#schedules!
  }

  /** Takes the repository up, which is made where there is none. */
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

  /** Waits until no job goes on or waits. */
  async idle(): Promise<void> {
    // What was begun for a schedule is there a moment later.
    await new Promise((resolve) => setTimeout(resolve, 50))
    for (const job of this.backups.jobs()) await this.ended(job)
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
    await this.#restores?.close()
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
    const log = { info: keep('info'), warn: keep('warn'), error: keep('warn') } as never
    const hooks = new Hooks({ permissions: { commands: [], urls: [] }, log })
    this.#schedules = new Schedules({ catalog, namespace, applications, hooks, now: () => temporary.clock })
    this.#restores = await Restores.open({ catalog, namespace, applications, snapshots, log })
    this.#backups = await Backups.open({
      ...{ catalog, namespace, applications, snapshots, comparisons, dataDirectory: temporary.data },
      ...{ restores: this.#restores, schedules: this.#schedules },
      protection: { snapshotHours: 24, backupHours: 48 },
      audit: { record: (event) => void this.events.push(event) },
      config: { restic: this.program, host: 'gateway', secrets: this.#directory, sshArguments: [] },
      log,
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

/** As {@link temporaryRepository}, with a repository that is made already and quick to open. */
export function quickRepository(): string {
  const directory = temporaryRepository()
  makeQuickRepository(join(directory, repositoryName))
  return directory
}

export function removeRepository(directory: string): void {
  rmSync(directory, { recursive: true })
}

/** Makes something of each kind that a container may have. */
export function fillTree(at: string): void {
  mkdirSync(`${at}/sub/deep`, { recursive: true })
  writeFileSync(`${at}/sub/deep/one`, randomBytes(100_000))
  linkSync(`${at}/sub/deep/one`, `${at}/two`)
  symlinkSync('/nowhere/at all', `${at}/link`)
  writeFileSync(`${at}/name with, comma\nand newline`, 'x', { mode: 0o4751 })
  lchownSync(`${at}/link`, 1002, 1003)
  chownSync(`${at}/sub`, 1001, 1001)
  execFileSync('mkfifo', ['-m', '0600', `${at}/fifo`])
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', `${at}/two`])
  utimesSync(`${at}/sub/deep/one`, 1_600_000_000.25, 1_600_000_000.25)
  utimesSync(`${at}/sub`, 1_500_000_000.5, 1_500_000_000.5)
  utimesSync(at, 1_400_000_000.75, 1_400_000_000.75)
}

/** All that is to be kept of a tree: names, types, modes, owners, sizes, times, link counts, targets, bytes, attributes. */
export function listingOf(at: string): string[] {
  // The size and link count of a directory are its filesystem's.
  const directories = ['-type', 'd', '-printf', '%P|d|%m|%U:%G|%T@\\0']
  const others = ['!', '-type', 'd', '-printf', '%P|%y|%m|%U:%G|%s|%T@|%n|%l\\0']
  const find = execFileSync('find', [at, ...directories, '-o', ...others]).toString()
  const sums = 'find . -type f -print0 | sort -z | xargs -0r sha256sum -z'
  const attributes = 'find . ! -type l -print0 | sort -z | xargs -0 getfattr -d'
  const said = [sums, attributes].map((line) => execFileSync('sh', ['-c', line], { cwd: at }).toString())
  return [find, ...said]
    .flatMap((text) => text.split('\0'))
    .filter((line) => line.trim() !== '')
    .sort()
}
