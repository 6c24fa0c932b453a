import { setImmediate } from 'node:timers/promises'
import { v7 as uuid } from 'uuid'
import { heldBackups, insertBackup, updateBackup, type BackupRecord } from '../catalog/backups.ts'
import { applicationByName } from '../catalog/applications.ts'
import type { Db } from '../catalog/catalog.ts'
import { ServiceError } from '../config/service-error.ts'
import { readPath } from '../namespace/names.ts'
import { breathe } from '../service/breath.ts'
import type { BackupJob, RunningBackupJob } from './backup-jobs.ts'
import type { Repository } from './repositories.ts'
import { audited, jobFor, type BackupServices } from './services.ts'
import { backupOfTags, ownTag, type TaggedBackup } from './tags.ts'

/** What a scan has found. */
export interface ScanReport {
  /** Backups in the repository that a gateway has made. */
  readonly found: number
  /** Of these, what the catalogue did not know. */
  readonly added: number
  /** What the catalogue has and the repository has no more. */
  readonly forgotten: number
  /** Whose tags cannot be understood. */
  readonly passedOver: number
}

/** Rows written in one transaction: a few milliseconds. */
const writtenAtOnceMax = 40
/** Backups that one repository may hold. */
export const repositoryBackupCountMax = 1_000_000

/** A backup of files, as its tags tell. */
interface Found extends TaggedBackup {
  readonly resticId: string
  readonly tags: readonly string[]
  /** What newer versions of restic keep with it. */
  readonly totalFiles: number
  readonly totalBytes: number
}

/** Learns from a repository what is in it, whoever made it. */
export class Scanning {
  readonly #services: BackupServices

  constructor(services: BackupServices) {
    this.#services = services
  }

  /** See {@link Backups.scan}. */
  async begin(reference: string, createdBy: string): Promise<BackupJob> {
    const { repositories, jobs } = this.#services
    const repository = await repositories.get(reference)
    const about = jobFor(repository, 'scan', createdBy)
    return jobs.add(about, (job) =>
      audited(this.#services, about, 'SCAN_REPOSITORY', () => this.#scan(repository, createdBy, job)),
    ).job
  }

  async #scan(repository: Repository, createdBy: string, job: RunningBackupJob): Promise<ScanReport> {
    const { catalog, repositories, bases, now } = this.#services
    job.note({ phase: 'listing' })
    const startedAt = now()
    const { backups, manifests, passedOver } = await this.#listed(repository, job)
    const filter = { repositoryId: repository.id, withForgotten: true }
    const known = await heldBackups(catalog.db, filter, breathe())
    const rows = new Map(known.map((row) => [row.resticId, row]))
    const isNew = ({ resticId }: Found): boolean => !rows.has(resticId)
    const isBack = ({ resticId }: Found): boolean => typeof rows.get(resticId)?.forgottenAt === 'number'
    const isGone = ({ resticId, forgottenAt, startedAt: at }: BackupRecord): boolean =>
      forgottenAt === null && !backups.has(resticId!) && at < startedAt
    const found = [...backups.values()]
    const [added, back, gone] = [found.filter(isNew), found.filter(isBack), known.filter(isGone)]
    job.note({ phase: 'writing down', filesTotal: added.length + back.length + gone.length })
    const applicationIds = await this.#applicationIds(added)
    await this.#inSlices(added, job, (db, one) =>
      insertBackup(db, newRow(repository, one, manifests, applicationIds, createdBy)),
    )
    await this.#inSlices(back, job, (db, { resticId }) =>
      updateBackup(db, rows.get(resticId)!.id, { forgottenAt: null }),
    )
    await this.#inSlices(gone, job, (db, { id }) => updateBackup(db, id, { forgottenAt: now() }))
    await repositories.note(repository.id, { scannedAt: now() })
    await bases.load()
    return { found: backups.size, added: added.length, forgotten: gone.length, passedOver }
  }

  /** Some at once: each transaction waits for the disk, and holds the event loop. */
  async #inSlices<T>(
    items: readonly T[],
    job: RunningBackupJob,
    write: (db: Db, item: T) => Promise<void>,
  ): Promise<void> {
    for (let begin = 0; begin < items.length; begin += writtenAtOnceMax) {
      job.signal.throwIfAborted()
      const some = items.slice(begin, begin + writtenAtOnceMax)
      await this.#services.catalog.transaction(async (db) => {
        for (const item of some) await write(db, item)
      })
      await setImmediate()
      job.note({ files: this.#services.jobs.get(job.id).files + some.length })
    }
  }

  /** Ids of applications that are here, by the names that backups tell. */
  async #applicationIds(found: readonly Found[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>()
    for (const name of new Set(found.flatMap(({ application }) => application ?? []))) {
      const here = await applicationByName(this.#services.catalog.db, name)
      if (here !== undefined) ids.set(name, here.id)
    }
    return ids
  }

  async #listed(repository: Repository, { signal }: RunningBackupJob) {
    const { restic, repositories } = this.#services
    const backups = new Map<string, Found>()
    const manifests = new Map<string, string>()
    let passedOver = 0
    await restic.run(await repositories.accessOf(repository), {
      args: ['snapshots', '--json', '--tag', ownTag],
      signal,
      onObject: ({ id, tags, summary }) => {
        const told = Array.isArray(tags) ? backupOfTags(tags as string[]) : undefined
        if (typeof id !== 'string' || told === undefined || readPath(told.path) === undefined) {
          passedOver += 1
          return
        }
        if (manifests.size + backups.size >= 2 * repositoryBackupCountMax)
          throw new ServiceError('limit', `the repository holds over ${repositoryBackupCountMax} backups`)
        if (told.kind === 'manifest') manifests.set(keyOf(told), id)
        else backups.set(id, { ...told, resticId: id, tags: tags as string[], ...totalsOf(summary) })
      },
    })
    return { backups, manifests, passedOver }
  }
}

function newRow(
  { id: repositoryId, name: repositoryName }: Repository,
  found: Found,
  manifests: ReadonlyMap<string, string>,
  applicationIds: ReadonlyMap<string, string>,
  createdBy: string,
): BackupRecord {
  const { gatewayId, shareId, path, application, snapshotName, cutAt, resticId, isIncomplete } = found
  const { totalFiles, totalBytes, tags } = found
  const applicationId = applicationIds.get(application ?? '') ?? null
  return {
    ...{ id: uuid({ msecs: cutAt }), repositoryId, repositoryName, gatewayId, shareId, path },
    ...{ applicationId, applicationName: application, snapshotName, cutAt },
    ...{ snapshotId: null, scheduleId: null, resticId, createdBy, tags, forgottenAt: null },
    manifestResticId: manifests.get(keyOf(found)) ?? found.manifestResticId,
    state: isIncomplete ? 'failed' : 'done',
    ...{ startedAt: cutAt, endedAt: cutAt, message: isIncomplete ? 'restic could not read all' : '' },
    ...{ filesNew: 0, filesChanged: 0, filesUnmodified: 0, bytesAdded: 0, totalFiles, totalBytes },
  }
}

/** A manifest and its backup are of the same share and instant. */
function keyOf({ gatewayId, shareId, cutAt }: TaggedBackup): string {
  return `${gatewayId} ${shareId} ${cutAt}`
}

function totalsOf(summary: unknown): Pick<Found, 'totalFiles' | 'totalBytes'> {
  const { total_files_processed: files, total_bytes_processed: bytes } = (summary ?? {}) as Record<
    string,
    unknown
  >
  return { totalFiles: Number(files ?? 0), totalBytes: Number(bytes ?? 0) }
}
