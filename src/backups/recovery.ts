import type { ApplicationRecord } from '../catalog/applications.ts'
import type { BackupRecord } from '../catalog/backups.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import { ServiceError } from '../config/service-error.ts'
import { formatPath, readPath } from '../namespace/names.ts'
import type { NewShare } from '../namespace/share-content.ts'
import type { ApplicationInManifest } from '../snapshots/manifest.ts'
import { refusalFor } from '../snapshots/refusal.ts'
import type { BackupJob, RunningBackupJob } from './backup-jobs.ts'
import { readBackupManifest, type BackupManifest } from './backup-manifest.ts'
import type { Repository } from './repositories.ts'
import type { RepositoryAccess } from './restic.ts'
import { restoreTree } from './restored-tree.ts'
import { selectBackups, type RecoveryWish } from './selection.ts'
import { audited, jobFor, type BackupServices } from './services.ts'
import { noted } from './unfinished-restores.ts'
import { rateLimitOf } from '../service/rate-limit.ts'

/** What {@link Backups.restore} would do. */
export interface RecoveryPlan {
  readonly shares: readonly PlannedShare[]
  /** Names of applications that are not here. */
  readonly applications: readonly string[]
}

export interface PlannedShare {
  readonly backup: BackupRecord
  /** Logical path of the share that is made. */
  readonly path: string
  /** `present`: it was restored from this backup already. `conflict`: something else is there. */
  readonly state: 'new' | 'present' | 'conflict'
  /** What is in the way; empty: nothing. */
  readonly message: string
}

/** What came of it. */
export interface RecoveryReport {
  readonly shares: readonly RecoveredShare[]
  /** Names of applications that were made. */
  readonly applications: readonly string[]
}

export interface RecoveredShare {
  readonly path: string
  readonly backupId: string
  readonly state: 'restored' | 'present' | 'failed'
  readonly shareId: number | null
  /** Why it failed; empty: it did not. */
  readonly message: string
  /** What could not be as it was. */
  readonly warnings: readonly string[]
}

/** The label of a restored share that says of which backup: the first half of what restic calls it. */
export const restoredFromLabel = 'berth/restored-from'

/** Makes shares of backups, whoever made these: with the applications, settings and manifests that they had. */
export class Recovery {
  readonly #services: BackupServices

  constructor(services: BackupServices) {
    this.#services = services
  }

  /** See {@link Backups.planRestore}. */
  async plan(wish: RecoveryWish): Promise<RecoveryPlan> {
    const { repositories, catalog, applications } = this.#services
    const backups = await selectBackups(catalog, await repositories.get(wish.repository), wish)
    const names = new Set(backups.flatMap(({ applicationName }) => applicationName ?? []))
    const missing: string[] = []
    for (const name of names) if ((await foundOf(applications.get(name))) === undefined) missing.push(name)
    return { shares: backups.map((backup) => this.#planned(backup, wish)), applications: missing }
  }

  /** See {@link Backups.restore}. */
  async begin(wish: RecoveryWish): Promise<BackupJob> {
    const { repositories, jobs } = this.#services
    const repository = await repositories.get(wish.repository)
    // So that what cannot be is refused at once.
    await this.plan(wish)
    const about = jobFor(repository, 'restore', wish.createdBy)
    const { path = null } = wish
    return jobs.add({ ...about, path }, (job) =>
      audited(this.#services, about, 'RESTORE_BACKUPS', () =>
        noted(this.#services, { repository: repository.name, path }, () =>
          this.#restoreAll(repository, wish, job),
        ),
      ),
    ).job
  }

  #planned(backup: BackupRecord, { pathPrefix = '' }: RecoveryWish): PlannedShare {
    const names = readPath(`${pathPrefix}${backup.path}`)
    if (names === undefined) {
      const message = `${pathPrefix}${backup.path} can be no path here: give another prefix`
      return { backup, path: backup.path, state: 'conflict', message }
    }
    const path = formatPath(names)
    const node = this.#services.namespace.tree.find(names)
    if (node === undefined) return { backup, path, state: 'new', message: '' }
    const share = this.#shareAt(path)
    if (share?.labels[restoredFromLabel] === markOf(backup))
      return { backup, path, state: 'present', message: '' }
    const message = `there is a ${share === undefined ? node.record.kind : 'share'} ${path} already: give a prefix, or rename it`
    return { backup, path, state: 'conflict', message }
  }

  #shareAt(path: string): ShareRecord | undefined {
    try {
      return this.#services.namespace.shares.at(path)
    } catch (error) {
      if (error instanceof ServiceError && error.code === 'not-found') return undefined
      throw error
    }
  }

  async #restoreAll(
    repository: Repository,
    wish: RecoveryWish,
    job: RunningBackupJob,
  ): Promise<RecoveryReport> {
    const { repositories, catalog, log } = this.#services
    const access = await repositories.accessOf(repository)
    const backups = await selectBackups(catalog, repository, wish)
    const bytesTotal = backups.reduce((sum, { totalBytes }) => sum + totalBytes, 0)
    job.note({ filesTotal: backups.length, ...(bytesTotal === 0 ? {} : { bytesTotal }) })
    const shares: RecoveredShare[] = []
    const made: Made = new Map()
    for (const [place, backup] of backups.entries()) {
      job.signal.throwIfAborted()
      const planned = this.#planned(backup, wish)
      job.note({ phase: `restoring ${planned.path}`, files: place })
      const outcome = await this.#outcomeOf(planned, access, wish, job, made)
      shares.push(outcome)
      const { path, state, message, warnings } = outcome
      const level = state === 'failed' ? 'warn' : 'info'
      log[level]({ share: path, repository: repository.name, state, message, warnings }, 'backup: restored')
    }
    return { shares, applications: [...made.keys()] }
  }

  /** One that fails does not keep others from being restored. */
  async #outcomeOf(
    { backup, path, state, message }: PlannedShare,
    access: RepositoryAccess,
    wish: RecoveryWish,
    job: RunningBackupJob,
    made: Made,
  ): Promise<RecoveredShare> {
    const about = { path, backupId: backup.id, message: '', warnings: [] }
    if (state === 'present') return { ...about, state, shareId: this.#shareAt(path)?.id ?? null }
    const failed = { ...about, state: 'failed', shareId: null } as const
    if (state === 'conflict') return { ...failed, message }
    try {
      const { share, warnings } = await this.#restore(backup, path, access, wish, job, made)
      return { ...about, state: 'restored', shareId: share.id, warnings }
    } catch (error) {
      job.signal.throwIfAborted()
      const refusal = refusalFor(`share ${path} was not restored`, error)
      if (!(refusal instanceof ServiceError)) throw refusal
      return { ...failed, message: refusal.message }
    }
  }

  async #restore(
    backup: BackupRecord,
    path: string,
    access: RepositoryAccess,
    { store, createdBy }: RecoveryWish,
    job: RunningBackupJob,
    made: Made,
  ): Promise<{ readonly share: ShareRecord; readonly warnings: readonly string[] }> {
    const { restic, namespace, audit } = this.#services
    const warnings: string[] = []
    const manifest = await readBackupManifest(restic, access, backup, job.signal)
    if (manifest === undefined)
      warnings.push('its manifest is not in the repository: its settings are the default ones')
    const application = manifest?.application
      ? await this.#application(manifest.application, backup.cutAt, createdBy, made, warnings)
      : null
    const wanted = this.#shareOf(backup, path, manifest, store, warnings)
    const share = await namespace.maker.make({ ...wanted, application }, (directory) =>
      restoreTree({ restic, access, backup, root: manifest?.root, directory, job }),
    )
    if (share.id !== backup.shareId) warnings.push(`it is share ${share.id} here: ${backup.shareId} is taken`)
    audit.record({
      ...{ kind: 'system', subject: createdBy, address: '', shareId: share.id },
      ...{ operation: 'RESTORE_SHARE', path, result: 'OK' },
      detail: { backup: backup.id, repository: backup.repositoryName },
    })
    return { share, warnings }
  }

  #shareOf(
    backup: BackupRecord,
    path: string,
    manifest: BackupManifest | undefined,
    store: string | undefined,
    warnings: string[],
  ): NewShare {
    const { stores } = this.#services.namespace
    const formerly = manifest?.share.store ?? undefined
    const isThere = formerly !== undefined && stores.list().some(({ name }) => name === formerly)
    if (store === undefined && formerly !== undefined && !isThere)
      warnings.push(`store ${formerly} is not here: it lies in another`)
    const chosen = store ?? (isThere ? formerly : undefined)
    return {
      ...(manifest === undefined ? {} : settingsOf(manifest)),
      ...{ path, number: backup.shareId },
      labels: { ...manifest?.share.labels, [restoredFromLabel]: markOf(backup) },
      ...(chosen === undefined ? {} : { store: chosen }),
    }
  }

  /** The application of a manifest as it is here, or made as it was. Answers its id. */
  async #application(
    told: ApplicationInManifest,
    cutAt: number,
    createdBy: string,
    made: Made,
    warnings: string[],
  ): Promise<string | null> {
    const { applications } = this.#services
    const { id, name, owner, description, labels, links, manifests } = told
    const here = (await foundOf(applications.get(id))) ?? (await foundOf(applications.get(name)))
    if (here !== undefined && here.retiredAt !== null) {
      warnings.push(`application ${name} is retired here: the share belongs to none`)
      return null
    }
    if (here !== undefined && here.id !== id) {
      warnings.push(`application ${name} is another here, by its id: the share belongs to that`)
      return here.id
    }
    const application = here ?? (await applications.create({ id, name, owner, description, labels, links }))
    // Of what was made here just now, a newer backup knows better; of what was here before, what is missing is added.
    const isNewer = (made.get(name) ?? (here === undefined ? -1 : Infinity)) < cutAt
    if (isNewer) made.set(name, cutAt)
    for (const { name: document, contentType, content } of manifests) {
      const manifest = { document, contentType, content }
      if (isNewer || !(await this.#hasManifest(application.id, document)))
        await this.#putManifest(application, manifest, createdBy, warnings)
    }
    return application.id
  }

  async #hasManifest(application: string, document: string): Promise<boolean> {
    const { manifests } = this.#services.applications
    return (await foundOf(manifests.get(application, document))) !== undefined
  }

  /** It was read from elsewhere: one that cannot be taken keeps nothing else from being restored. */
  async #putManifest(
    { id, name }: ApplicationRecord,
    { document, contentType, content }: { document: string; contentType: string; content: string | null },
    actor: string,
    warnings: string[],
  ): Promise<void> {
    if (content === null) {
      warnings.push(`manifest ${document} of ${name} was too long to be kept`)
      return
    }
    const type = contentType === 'application/json' ? contentType : 'application/yaml'
    try {
      const wanted = { name: document, content, contentType: type, actor } as const
      await this.#services.applications.manifests.put(id, wanted)
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      warnings.push(`manifest ${document} of ${name}: ${error.message}`)
    }
  }
}

/** Applications that were made, by name, and as of when the backups are that they were made of. */
type Made = Map<string, number>

function markOf({ resticId }: BackupRecord): string {
  return (resticId ?? '').slice(0, 32)
}

/** Undefined: it is not there. */
async function foundOf<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'not-found') return undefined
    throw error
  }
}

/** All that a share can be told to be. */
function settingsOf({ share }: BackupManifest) {
  const {
    owner,
    description,
    identity,
    quotaBytes,
    quotaFiles,
    readOnly,
    durability,
    audit,
    snapshotAccess,
  } = share
  return {
    ...{ owner, description, identity, quotaBytes, quotaFiles, readOnly, durability, audit, snapshotAccess },
    ...rateLimitOf(share),
  }
}
