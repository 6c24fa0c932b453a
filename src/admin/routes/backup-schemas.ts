import { Type, type Static } from 'typebox'
import type { BackupJob } from '../../backups/backup-jobs.ts'
import type { ForgetPlan } from '../../backups/forgetting.ts'
import type { RecoveryReport } from '../../backups/recovery.ts'
import type { ScanReport } from '../../backups/scanning.ts'
import type { BackupRecord } from '../../catalog/backups.ts'
import type { RestoreReport } from '../../snapshots/restore/report.ts'
import { exactly } from '../operation.ts'
import { count, nullable, path, shareNumber, time, timeOrNull, timeView, uuid } from '../values.ts'
import { repositoryReference } from './repository-schemas.ts'
import { reportSchema as restoreReport, reportView as restoreReportView } from './restore-schemas.ts'
import { snapshotNumber } from './snapshot-schemas.ts'

const named = exactly({ id: uuid, name: Type.String() })
const shared = {
  repository: named,
  createdBy: Type.String(),
  message: Type.String({ description: 'Why it failed; empty: it did not' }),
}

export const backupSchema = exactly(
  {
    id: uuid,
    ...shared,
    gateway: Type.String({ description: 'Which gateway made it: numbers of shares are its own' }),
    share: shareNumber,
    path: Type.String({ description: 'Logical path of the share at the cut' }),
    application: nullable(
      exactly({
        id: nullable(Type.String({ description: 'Null: it was not here when the backup was found' })),
        name: Type.String(),
      }),
    ),
    snapshot: exactly({
      id: nullable(Type.Integer({ description: 'Null: the snapshot is gone, or was never here' })),
      name: Type.String(),
    }),
    cutAt: time,
    schedule: nullable(Type.String({ description: 'Id of what had it made' })),
    state: Type.Enum(['running', 'done', 'failed'], { type: 'string' }),
    startedAt: time,
    endedAt: nullable(time),
    files: exactly({ new: count, changed: count, unmodified: count, total: count }, { title: 'BackupFiles' }),
    bytes: exactly(
      { added: Type.Integer({ minimum: 0, description: 'By which the repository has grown' }), total: count },
      { title: 'BackupBytes' },
    ),
    restic: exactly(
      {
        data: nullable(Type.String({ description: 'For `restic restore`: the files of the share' })),
        manifest: nullable(Type.String({ description: 'For `restic dump`: manifest.json' })),
        tags: Type.Array(Type.String()),
      },
      { title: 'ResticSnapshots', description: 'What restic calls them' },
    ),
    forgottenAt: nullable(Type.String({ description: 'Since when the repository has it no more' })),
  },
  { title: 'Backup', description: 'What restic holds of a share as of one snapshot of it' },
)

export function backupView(backup: BackupRecord) {
  const { applicationId, applicationName } = backup
  return {
    id: backup.id,
    repository: { id: backup.repositoryId, name: backup.repositoryName },
    gateway: backup.gatewayId,
    share: backup.shareId,
    path: backup.path,
    application: applicationName === null ? null : { id: applicationId, name: applicationName },
    snapshot: { id: backup.snapshotId, name: backup.snapshotName },
    cutAt: timeView(backup.cutAt),
    schedule: backup.scheduleId,
    state: backup.state,
    startedAt: timeView(backup.startedAt),
    endedAt: timeOrNull(backup.endedAt),
    files: {
      new: backup.filesNew,
      changed: backup.filesChanged,
      unmodified: backup.filesUnmodified,
      total: backup.totalFiles,
    },
    bytes: { added: backup.bytesAdded, total: backup.totalBytes },
    message: backup.message,
    restic: { data: backup.resticId, manifest: backup.manifestResticId, tags: [...backup.tags] },
    createdBy: backup.createdBy,
    forgottenAt: timeOrNull(backup.forgottenAt),
  }
}

const scanReport = exactly(
  {
    found: Type.Integer({ minimum: 0, description: 'Backups that the repository holds' }),
    added: Type.Integer({ minimum: 0, description: 'Of these, what the catalogue did not know' }),
    forgotten: Type.Integer({ minimum: 0, description: 'What the repository has no more' }),
    passedOver: Type.Integer({ minimum: 0, description: 'What has tags that nobody understands' }),
  },
  { title: 'ScanReport' },
)
const forgetReport = exactly({ kept: count, forgotten: count }, { title: 'ForgetReport' })
const recoveryReport = exactly(
  {
    shares: Type.Array(
      exactly(
        {
          path,
          backup: uuid,
          state: Type.Enum(['restored', 'present', 'failed'], { type: 'string' }),
          share: nullable(shareNumber),
          message: Type.String({ description: 'Why it failed' }),
          warnings: Type.Array(Type.String(), { description: 'What could not be as it was' }),
        },
        { title: 'RecoveredShare' },
      ),
    ),
    applications: Type.Array(Type.String(), { description: 'Names of those that were made' }),
  },
  { title: 'RecoveryReport' },
)

export const backupJobSchema = exactly(
  {
    id: uuid,
    kind: Type.Enum(['backup', 'check', 'prune', 'forget', 'scan', 'restore', 'unlock'], { type: 'string' }),
    ...shared,
    path: nullable(Type.String({ description: 'The share that it is about; null: the whole repository' })),
    share: nullable(shareNumber),
    backup: nullable(Type.String({ description: 'Id of the backup, once it is begun' })),
    state: Type.Enum(['waiting', 'running', 'done', 'failed'], { type: 'string' }),
    phase: Type.String({ description: 'What is done now; empty: nothing' }),
    files: exactly({ done: count, total: nullable(count) }),
    bytes: exactly({ done: count, total: nullable(count) }),
    message: Type.String({ description: 'What came of it, or why it failed' }),
    report: nullable(Type.Union([scanReport, forgetReport, recoveryReport, restoreReport])),
    createdAt: time,
    startedAt: nullable(time),
    endedAt: nullable(time),
  },
  { title: 'BackupJob', description: 'What goes on with a repository, or did so lately' },
)

export function backupJobView(job: BackupJob) {
  const { id, kind, path, shareId, backupId, state, phase, message, createdBy } = job
  return {
    ...{ id, kind, path, state, phase, message, createdBy },
    repository: { id: job.repositoryId, name: job.repositoryName },
    share: shareId,
    backup: backupId,
    files: { done: job.files, total: job.filesTotal },
    bytes: { done: job.bytes, total: job.bytesTotal },
    report: reportView(job),
    createdAt: timeView(job.createdAt),
    startedAt: timeOrNull(job.startedAt),
    endedAt: timeOrNull(job.endedAt),
  }
}

/** What a job of its kind reports; of a backup that is the backup itself. */
function reportView({ kind, report }: BackupJob): Static<typeof backupJobSchema>['report'] {
  if (report === null || report === undefined) return null
  if (kind === 'scan') return { ...(report as ScanReport) }
  if (kind === 'forget') {
    const { keep, forget } = report as ForgetPlan
    return { kept: keep.length, forgotten: forget.length }
  }
  if (kind !== 'restore') return null
  if (isOfFiles(report)) return restoreReportView(report)
  const { shares, applications } = report as RecoveryReport
  const views = shares.map(({ backupId, shareId, warnings, ...share }) => ({
    ...{ ...share, backup: backupId, share: shareId, warnings: [...warnings] },
  }))
  return { shares: views, applications: [...applications] }
}

/** A restore makes shares, or puts files into one. */
function isOfFiles(report: unknown): report is RestoreReport {
  return typeof report === 'object' && report !== null && 'counts' in report
}

export const newBackupsSchema = exactly(
  {
    repository: repositoryReference,
    shares: Type.Optional(Type.Array(shareNumber, { minItems: 1, maxItems: 1000 })),
    application: Type.Optional(
      Type.String({ minLength: 1, maxLength: 63, description: 'All its shares, in one cut. Name or id' }),
    ),
    below: Type.Optional(path),
    snapshot: Type.Optional(snapshotNumber),
  },
  {
    title: 'NewBackups',
    description: 'One of shares, application, below or snapshot: a new snapshot is taken unless one is named',
  },
)

export const filesRestoreSchema = exactly(
  {
    path: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'Of a file or directory, relative to the root of the share: `etc/app.conf`',
    }),
    to: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'Where to in the share; default: where it was',
      }),
    ),
    share: Type.Optional({ ...shareNumber, description: 'Into which share; default: the one it is of' }),
  },
  { title: 'FilesRestore', description: 'Where something is already, it gets another name beside that' },
)
