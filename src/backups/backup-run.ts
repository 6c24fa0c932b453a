import { lstat, readdir } from 'node:fs/promises'
import { updateBackup, type BackupRecord } from '../catalog/backups.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Comparisons } from '../snapshots/comparison/comparisons.ts'
import type { SnapshotManifest } from '../snapshots/manifest.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Logger } from '../telemetry/log.ts'
import type { RunningBackupJob } from './backup-jobs.ts'
import { emptyFile, manifestFile, rootOfShare, type BackupManifest } from './backup-manifest.ts'
import { incompleteCode, type RepositoryAccess, type Restic } from './restic.ts'
import { backupOfTags, incompleteTag, tagsOf, type TaggedBackup } from './tags.ts'
import { hasUnseenChanges } from './unseen-changes.ts'

export interface BackupRunServices {
  readonly catalog: Catalog
  readonly snapshots: Snapshots
  readonly comparisons: Comparisons
  readonly restic: Restic
  /** By which restic names the gateway. */
  readonly host: string
  readonly log: Pick<Logger, 'info' | 'warn'>
  readonly now: () => number
}

export interface BackupRunOptions {
  readonly access: RepositoryAccess
  /** What is backed up. It is protected meanwhile. */
  readonly snapshot: SnapshotRecord
  /** Its row, which says `running`. */
  readonly row: BackupRecord
  /** The backup of the share before this one; undefined: there is none. */
  readonly base: BackupRecord | undefined
  readonly job: RunningBackupJob
}

/** What restic says at the end of a backup. */
interface Summary {
  readonly snapshot_id: string
  readonly files_new: number
  readonly files_changed: number
  readonly files_unmodified: number
  readonly data_added: number
  readonly total_files_processed: number
  readonly total_bytes_processed: number
}

/** Has restic make a backup of one snapshot: its manifest first, and then its files. */
export class BackupRun {
  readonly #services: BackupRunServices
  readonly #options: BackupRunOptions
  readonly #tree: string

  constructor(services: BackupRunServices, options: BackupRunOptions) {
    this.#services = services
    this.#options = options
    this.#tree = services.snapshots.treeOf(options.snapshot).tree
  }

  /** Answers the row as it is then. @throws {ServiceError} what restic said; the row says `failed` */
  async run(): Promise<BackupRecord> {
    const { catalog, now } = this.#services
    const { row } = this.#options
    const news: Mutable<Partial<BackupRecord>> = {}
    try {
      await this.#backUp(news)
      news.state = 'done'
      return { ...row, ...news }
    } catch (error) {
      news.state = 'failed'
      news.message = error instanceof Error ? error.message : String(error)
      throw error
    } finally {
      await updateBackup(catalog.db, row.id, { ...news, endedAt: now() })
    }
  }

  /** What is known is put into `news` at once, also of a backup that fails later. */
  async #backUp(news: Mutable<Partial<BackupRecord>>): Promise<void> {
    const { snapshots } = this.#services
    const { snapshot, row, job } = this.#options
    const manifest = await snapshots.manifestOf(snapshot.id)
    const names = await readdir(this.#tree)
    const told = this.#told(manifest, names.length === 0)
    const labels = manifest.application?.labels ?? {}
    job.note({ phase: 'manifest', filesTotal: snapshot.files, bytesTotal: snapshot.bytes })
    news.manifestResticId = await this.#backUpManifest(
      manifest,
      tagsOf({ ...told, kind: 'manifest' }, labels),
    )
    const tags = tagsOf({ ...told, manifestResticId: news.manifestResticId }, labels)
    news.tags = tags
    const looks = told.isEmpty ? [] : await this.#looks()
    job.note({ phase: 'backing up' })
    const { summary, complaint } = await this.#backUpTree(tags, looks, told.isEmpty)
    Object.assign(news, numbersOf(summary))
    if (told.isEmpty) Object.assign(news, { filesNew: 0, totalFiles: 0, totalBytes: 0 })
    Object.assign(news, await this.#wholeIds(summary.snapshot_id, news.manifestResticId))
    if (complaint === undefined) return
    news.resticId = await this.#markIncomplete(news.resticId!, row)
    throw new ServiceError(
      'unavailable',
      `${row.path} was not backed up whole: restic could not read all: ${complaint}`,
    )
  }

  /** With its tags a backup gets another id. */
  async #markIncomplete(resticId: string, { gatewayId, shareId, cutAt }: BackupRecord): Promise<string> {
    const { restic } = this.#services
    const { access, job } = this.#options
    const { signal } = job
    await restic.run(access, { args: ['tag', '--add', incompleteTag, resticId], signal })
    let marked = resticId
    await restic.run(access, {
      args: ['snapshots', '--json', '--tag', incompleteTag],
      signal,
      onObject: ({ id, tags }) => {
        const told = backupOfTags((tags ?? []) as string[])
        if (told?.gatewayId === gatewayId && told.shareId === shareId && told.cutAt === cutAt)
          marked = String(id)
      },
    })
    return marked
  }

  #told(manifest: SnapshotManifest, isEmpty: boolean): Omit<TaggedBackup, 'isIncomplete'> {
    const { gatewayId, shareId, path, snapshotName, cutAt } = this.#options.row
    const application = manifest.application?.name ?? null
    return {
      kind: 'data',
      gatewayId,
      shareId,
      path,
      application,
      snapshotName,
      cutAt,
      manifestResticId: null,
      isEmpty,
    }
  }

  async #backUpManifest(manifest: SnapshotManifest, tags: readonly string[]): Promise<string> {
    const content: BackupManifest = {
      ...manifest,
      root: rootOfShare(await lstat(this.#tree, { bigint: true })),
    }
    const { summary } = await this.#backUpInput(
      manifestFile,
      `${JSON.stringify(content, undefined, 2)}\n`,
      tags,
    )
    return summary.snapshot_id
  }

  async #backUpTree(tags: readonly string[], looks: readonly string[], isEmpty: boolean) {
    // restic makes no snapshot of nothing.
    if (isEmpty) return this.#backUpInput(emptyFile, 'The share was empty.\n', tags)
    const args = [...looks, '.']
    try {
      return await this.#restic(args, tags, { cwd: this.#tree })
    } catch (error) {
      const isParentGone =
        error instanceof ServiceError && /no matching ID|parent snapshot/.test(error.message)
      if (!isParentGone || looks.includes('--force')) throw error
      this.#note('the backup before is in the repository no more: everything is read')
      return this.#restic(['--force', '.'], tags, { cwd: this.#tree })
    }
  }

  #backUpInput(name: string, input: string, tags: readonly string[]) {
    return this.#restic(['--stdin', '--stdin-filename', name], tags, { input })
  }

  async #restic(args: readonly string[], tags: readonly string[], where: { cwd?: string; input?: string }) {
    const { restic, host } = this.#services
    const { access, row, job } = this.#options
    let summary: Summary | undefined
    const { code, complaint } = await restic.run(access, {
      args: [
        ...['backup', '--json', '--host', host, '--time', timeOf(row.cutAt)],
        ...['--tag', tags.join(',')],
        ...args,
      ],
      ...where,
      signal: job.signal,
      goodCodes: [incompleteCode],
      onObject: (object) => {
        if (object.message_type === 'summary') summary = object as unknown as Summary
        if (object.message_type === 'status' && where.cwd !== undefined) job.note(progressOf(object))
      },
    })
    if (summary === undefined) throw new ServiceError('unavailable', 'restic has not said what it made')
    return { summary, complaint: code === incompleteCode ? complaint : undefined }
  }

  /**
   * How restic finds out which files it need not read. On btrfs a snapshot has the numbers and ctimes of the share. Those
   * of CephFS change with each snapshot, and of copies they are their own; there size and mtime must do, unless they
   * hide a change.
   */
  async #looks(): Promise<string[]> {
    const { snapshot, base, job } = this.#options
    if (base?.resticId === null || base === undefined) return ['--force']
    const parent = ['--parent', base.resticId]
    if (snapshot.driver === 'btrfs') return parent
    job.note({ phase: 'comparing' })
    if (await this.#mayHideChanges(base)) return ['--force']
    return [...parent, '--ignore-inode', '--ignore-ctime']
  }

  async #mayHideChanges(base: BackupRecord): Promise<boolean> {
    const { snapshots, comparisons, log } = this.#services
    const { snapshot, job } = this.#options
    const older = snapshots.of(snapshot.shareId).find(({ id }) => id === base.snapshotId)
    if (older === undefined) {
      this.#note('the snapshot that was backed up last is no more: everything is read')
      return true
    }
    if (older.id === snapshot.id) return false
    const release = snapshots.deletions.protect(older.id, 'being compared')
    try {
      return await hasUnseenChanges({ snapshots, comparisons }, older, snapshot, job.signal)
    } catch (err) {
      job.signal.throwIfAborted()
      // To read too much is no harm.
      log.warn({ err, share: snapshot.path }, 'backup: snapshots could not be compared: everything is read')
      return true
    } finally {
      release()
    }
  }

  /** Before 0.17 restic tells the first letters of what it has made alone. */
  async #wholeIds(resticId: string, manifestResticId: string): Promise<Partial<BackupRecord>> {
    const { restic } = this.#services
    const { access, job } = this.#options
    if (isWholeId(resticId) && isWholeId(manifestResticId)) return { resticId, manifestResticId }
    const found: string[] = []
    await restic.run(access, {
      args: ['snapshots', '--json', resticId, manifestResticId],
      signal: job.signal,
      onObject: ({ id }) => found.push(String(id)),
    })
    const whole = (begin: string): string => found.find((id) => id.startsWith(begin)) ?? begin
    return { resticId: whole(resticId), manifestResticId: whole(manifestResticId) }
  }

  #note(message: string): void {
    const { row } = this.#options
    this.#services.log.info({ share: row.path, repository: row.repositoryName }, `backup: ${message}`)
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

function isWholeId(id: string): boolean {
  return /^[0-9a-f]{64}$/.test(id)
}

/** As `--time` has it, in UTC. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

function numbersOf(summary: Summary): Partial<BackupRecord> {
  return {
    filesNew: summary.files_new,
    filesChanged: summary.files_changed,
    filesUnmodified: summary.files_unmodified,
    bytesAdded: summary.data_added,
    totalFiles: summary.total_files_processed,
    totalBytes: summary.total_bytes_processed,
  }
}

/** Totals grow while restic looks for files. */
function progressOf({ files_done, bytes_done, total_files, total_bytes }: Readonly<Record<string, unknown>>) {
  return {
    files: Number(files_done ?? 0),
    bytes: Number(bytes_done ?? 0),
    ...(total_files === undefined ? {} : { filesTotal: Number(total_files) }),
    ...(total_bytes === undefined ? {} : { bytesTotal: Number(total_bytes) }),
  }
}
