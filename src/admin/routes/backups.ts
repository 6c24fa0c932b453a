import { Type, type Static } from 'typebox'
import type { BackupJob } from '../../backups/backup-jobs.ts'
import type { BackupRecord } from '../../catalog/backups.ts'
import { ServiceError } from '../../config/service-error.ts'
import { isWithin } from '../../namespace/names.ts'
import { areaPath } from '../authorization.ts'
import { defined, operation, type AnyOperation, type Caller } from '../operation.ts'
import { RequestError } from '../problem.ts'
import type { AdminServices } from '../services.ts'
import { pageIn, pageOf, pageQuery, pageRequest, pageView, shareNumber, uuid } from '../values.ts'
import {
  backupJobSchema,
  backupJobView,
  backupSchema,
  backupView,
  filesRestoreSchema,
  newBackupsSchema,
} from './backup-schemas.ts'
import { maySee, normalPath } from './nodes.ts'
import { repositoryReference } from './repository-schemas.ts'

const tag = 'backups'

/** What restic holds of shares, and what goes on. */
export function backupOperations(services: AdminServices): AnyOperation[] {
  return [...catalogueOperations(services), filesOperation(services), ...jobOperations(services)]
}

const filters = {
  repository: Type.Optional(repositoryReference),
  share: Type.Optional(shareNumber),
  below: Type.Optional(Type.String({ maxLength: 1024, description: 'Of shares at or below this path' })),
  application: Type.Optional(
    Type.String({ minLength: 1, maxLength: 63, description: 'Name or id: whose the share was' }),
  ),
  schedule: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })),
  state: Type.Optional(Type.Enum(['running', 'done', 'failed'], { type: 'string' })),
  forgotten: Type.Optional(
    Type.Boolean({ description: 'Those too that the repository has no more; default: not those' }),
  ),
}

function catalogueOperations(services: AdminServices): AnyOperation[] {
  const { backups } = services
  return [
    operation({
      id: 'listBackups',
      method: 'GET',
      path: '/v1/backups',
      tag,
      summary: 'Backups of shares that you may see, the newest first',
      description: 'A page may have fewer than asked for, and yet be followed by others.',
      access: 'admin',
      query: { ...pageQuery, ...filters },
      answer: pageOf(backupSchema),
      async run({ query, caller }) {
        const page = await backups.list(pageRequest(query), await filterOf(services, query))
        const items = page.items.filter(({ path }) => maySee(services, caller, path))
        return pageView({ ...page, items }, backupView)
      },
    }),
    operation({
      id: 'getBackup',
      method: 'GET',
      path: '/v1/backups/{id}',
      tag,
      summary: 'One backup, also of a share that is gone',
      access: 'admin',
      params: { id: uuid },
      answer: backupSchema,
      run: async ({ params, caller }) => backupView(await seen(services, caller, params.id)),
    }),
    operation({
      id: 'createBackups',
      method: 'POST',
      path: '/v1/backups',
      tag,
      summary: 'Back shares up now',
      description:
        'Answers when it is begun, with a job for each share. Several shares are snapshotted in one cut. You must be ' +
        'allowed to make snapshots of all of them.',
      access: { action: 'snapshot', objects: ({ body }) => pathsOf(services, body) },
      body: newBackupsSchema,
      creates: true,
      answer: Type.Object({ items: Type.Array(backupJobSchema) }, { additionalProperties: false }),
      async run({ body, caller }) {
        const { repository, shares: shareIds, application, below, snapshot: snapshotId } = body
        const what = { shareIds, application, below: below && normalPath(below), snapshotId }
        await requireSnapshots(services, caller, body)
        const wish = { repository, createdBy: caller.subject, ...defined(what) }
        return { items: (await backups.begin(wish)).map(backupJobView) }
      },
    }),
  ]
}

function filesOperation(services: AdminServices): AnyOperation {
  const { backups, namespace, rules } = services
  return operation({
    id: 'restoreBackupFiles',
    method: 'POST',
    path: '/v1/backups/{id}/restore',
    tag,
    summary: 'Put a file or directory of a backup into a share, beside what is there',
    description:
      'Answers when it is begun, as a job. You must be allowed to restore what the backup is of, and the share.',
    access: 'admin',
    params: { id: uuid },
    body: filesRestoreSchema,
    creates: true,
    answer: backupJobSchema,
    async run({ params, body: { share: shareId, ...files }, caller }) {
      const backup = await seen(services, caller, params.id)
      const { subject } = caller
      const share =
        shareId === undefined ? namespace.livingShare(backup.shareId) : namespace.shares.get(shareId)
      for (const path of [backup.path, ...(share === undefined ? [] : [share.path])])
        if (!rules.policy.decide({ subject, path, action: 'restore' }))
          throw new ServiceError('forbidden', `${subject} may not restore ${path}`)
      const wish = { backupId: backup.id, createdBy: subject, ...files, ...defined({ shareId }) }
      return backupJobView(await backups.restoreFiles(wish))
    },
  })
}

type NewBackups = Static<typeof newBackupsSchema>

/** Of shares that are named by number, or by a snapshot of them. @throws {RequestError} unless one thing says which */
function* pathsOf({ namespace, snapshots }: AdminServices, wanted: NewBackups): Generator<string> {
  const { shares = [], application, below, snapshot } = wanted
  const ways = [wanted.shares, application, below, snapshot].filter((way) => way !== undefined)
  if (ways.length !== 1)
    throw new RequestError('invalid', 'body must have one of shares, application, below and snapshot', 'body')
  const named = snapshot === undefined ? shares : [snapshots.get(snapshot).shareId]
  for (const id of named) yield namespace.shares.get(id).path
}

/**
 * Of shares that an application or a path selects.
 * @throws {ServiceError} `forbidden` for who may not make snapshots of all of them
 */
async function requireSnapshots(
  { applications, namespace, rules }: AdminServices,
  { subject }: Caller,
  { application, below }: NewBackups,
): Promise<void> {
  if (application === undefined && below === undefined) return
  const applicationId = application === undefined ? undefined : (await applications.get(application)).id
  const place = below === undefined ? '/' : normalPath(below)
  const selected = [...namespace.shares.all()].filter(
    (share) => isWithin(share.path, place) && (applicationId ?? share.applicationId) === share.applicationId,
  )
  const answers = await rules.policy.decideMany(
    selected.map(({ path }) => ({ subject, path, action: 'snapshot' as const })),
  )
  const what = application === undefined ? `all below ${place}` : `all shares of ${application}`
  if (answers.includes(false)) throw new ServiceError('forbidden', `${subject} may not snapshot ${what}`)
}

type Filters = { readonly [Name in keyof typeof filters]?: Static<(typeof filters)[Name]> }

/** Names as what the catalogue has. @throws {ServiceError} `not-found` */
async function filterOf({ backups, applications, schedules }: AdminServices, query: Filters) {
  const { repository, share, below, application, schedule, state, forgotten } = query
  return defined({
    repositoryId: repository && (await backups.repositories.get(repository)).id,
    shareId: share,
    below: below && normalPath(below),
    applicationId: application && (await applications.get(application)).id,
    scheduleId: schedule && (await schedules.get(schedule)).id,
    state,
    withForgotten: forgotten,
  })
}

/** @throws {ServiceError} `not-found`, in the same words whether it is not there or must not be seen. */
async function seen(services: AdminServices, caller: Caller, id: string): Promise<BackupRecord> {
  const backup = await services.backups.get(id).catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'not-found') return undefined
    throw error
  })
  if (backup !== undefined && maySee(services, caller, backup.path)) return backup
  throw new ServiceError('not-found', `there is no backup ${id}, or you may not see it`)
}

function jobOperations(services: AdminServices): AnyOperation[] {
  const { backups } = services
  return [
    operation({
      id: 'listBackupJobs',
      method: 'GET',
      path: '/v1/backup-jobs',
      tag,
      summary:
        'What goes on with repositories, or ended lately, the oldest first; of shares that you may see',
      access: 'admin',
      query: pageQuery,
      answer: pageOf(backupJobSchema),
      run({ query, caller }) {
        const jobs = backups.jobs().filter((job) => maySeeJob(services, caller, job))
        return pageView(
          pageIn(jobs, ({ id }) => id, query),
          backupJobView,
        )
      },
    }),
    operation({
      id: 'getBackupJob',
      method: 'GET',
      path: '/v1/backup-jobs/{id}',
      tag,
      summary: 'How far a job is, or what came of it',
      access: 'admin',
      params: { id: uuid },
      answer: backupJobSchema,
      run({ params, caller }) {
        const job = backups.job(params.id)
        if (maySeeJob(services, caller, job)) return backupJobView(job)
        throw new ServiceError('not-found', `there is no backup job ${params.id}, or you may not see it`)
      },
    }),
    operation({
      id: 'abortBackupJob',
      method: 'DELETE',
      path: '/v1/backup-jobs/{id}',
      tag,
      summary: 'End a job early',
      description:
        'What restic has stored of a backup speeds up the next one. A restore goes on when asked for again.',
      access: { area: 'repositories', action: 'manage' },
      params: { id: uuid },
      run: ({ params }) => backups.abort(params.id),
      dryRun: { answer: backupJobSchema, run: ({ params }) => backupJobView(backups.job(params.id)) },
    }),
  ]
}

/** What is about a whole repository, for those who may see repositories: what it reports names shares. */
function maySeeJob(services: AdminServices, caller: Caller, { kind, path }: BackupJob): boolean {
  if (kind === 'backup' && path !== null) return maySee(services, caller, path)
  const { subject } = caller
  return services.rules.policy.decide({ subject, path: areaPath('repositories'), action: 'list' })
}
