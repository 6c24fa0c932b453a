import { Type } from 'typebox'
import type { RestoreJob } from '../../snapshots/restore/restore-jobs.ts'
import { listedPathCountMax, type RestoreReport } from '../../snapshots/restore/report.ts'
import { exactly } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { count, nullable, path, shareNumber, time, timeView, uuid } from '../values.ts'
import { newShareContent, shareSchema } from './share-schemas.ts'
import { snapshotNumber, snapshotSchema } from './snapshot-schemas.ts'

const pathWithin = Type.String({
  maxLength: 4096,
  description: 'Relative to the root of the share: `etc/app.conf`',
})

export const restoreSchema = exactly(
  {
    path: Type.Optional(pathWithin),
    to: Type.Optional(pathWithin),
    onConflict: Type.Optional(
      Type.Enum(['fail', 'replace', 'merge', 'beside'], {
        type: 'string',
        description:
          'Where something is already. fail: nothing is done. replace: it becomes equal to the snapshot, and what is ' +
          'not in it goes. merge: what is not in it stays. beside: what is restored gets a name of its own. Default ' +
          'fail; of the whole share, replace',
      }),
    ),
    safetySnapshot: Type.Optional(
      Type.Boolean({
        description: 'Take a snapshot first. Default: if the whole share is restored in place',
      }),
    ),
  },
  {
    title: 'Restore',
    description: 'Without a path, all of the share; without `to`, to where it was',
  },
)

const counts = {
  examined: Type.Integer({ minimum: 0, description: 'Objects of the snapshot that were looked at' }),
  bytes: Type.Integer({ minimum: 0, description: 'Of content that was written' }),
  added: count,
  replaced: count,
  changed: Type.Integer({ minimum: 0, description: 'Only owner, mode or times' }),
  removed: count,
  skipped: Type.Integer({
    minimum: 0,
    description: 'Left as it is: a filesystem is mounted there, or a client was faster',
  }),
}
const countsSchema = exactly(counts, { title: 'RestoreCounts' })

const paths = Type.Array(Type.String(), { maxItems: listedPathCountMax })
const report = {
  to: Type.String({ description: 'Where to, relative to the root of the share; empty: the root' }),
  counts: countsSchema,
  paths: exactly(
    { added: paths, replaced: paths, changed: paths, removed: paths, skipped: paths },
    { title: 'RestoredPaths', description: `The first ${listedPathCountMax} of each` },
  ),
}

/** Of what a job of a backup repository has put into a share. */
export const reportSchema = exactly(report, { title: 'RestoreReport' })

export const restoredSchema = exactly(
  { ...report, safetySnapshot: nullable(snapshotSchema) },
  { title: 'Restored', description: 'What was done or, in a dry run, would be' },
)

export function reportView({ to, counts, paths }: RestoreReport) {
  const { added, replaced, changed, removed, skipped } = paths
  const lists = { added, replaced, changed, removed, skipped }
  const copies = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, [...list]]))
  return { to, counts: { ...counts }, paths: copies as { [Name in keyof typeof lists]: string[] } }
}

export const newCloneSchema = exactly(newShareContent, {
  title: 'NewClone',
  description: 'What is absent is as it was when the snapshot was cut; a clone is writable',
})

export const cloneSchema = exactly(
  {
    ...shareSchema.properties,
    warnings: Type.Array(Type.String(), { description: 'What could not be as it was' }),
  },
  { title: 'Clone' },
)

export const clonePlanSchema = exactly(
  { path, store: Type.String(), warnings: Type.Array(Type.String()) },
  { title: 'ClonePlan' },
)

export const restoreJobSchema = exactly(
  {
    id: uuid,
    kind: Type.Enum(['restore', 'clone'], { type: 'string' }),
    snapshot: snapshotNumber,
    share: shareNumber,
    path: Type.String({ description: 'Of the share that the snapshot is of' }),
    to: Type.String({ description: 'Of a restore, within the share; of a clone, its logical path' }),
    phase: Type.Enum(['waiting', 'saving', 'restoring'], {
      type: 'string',
      description: 'saving: the safety snapshot is taken',
    }),
    counts: countsSchema,
    startedAt: time,
    createdBy: Type.String(),
  },
  { title: 'RestoreJob', description: 'A restore or clone that goes on' },
)

/** With the path of the share, as it is now. */
export function restoreJobView({ namespace }: AdminServices, job: RestoreJob) {
  const { id, kind, snapshotId, shareId, to, phase, counts, startedAt, createdBy } = job
  return {
    ...{ id, kind, to, phase, createdBy },
    snapshot: snapshotId,
    share: shareId,
    path: namespace.shares.get(shareId).path,
    counts: { ...counts },
    startedAt: timeView(startedAt),
  }
}
