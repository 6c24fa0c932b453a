import { Type, type Static } from 'typebox'
import type { SnapshotRecord } from '../../catalog/snapshots.ts'
import { groupShareCountMax } from '../../snapshots/snapshots.ts'
import type { SnapshotJob } from '../../snapshots/jobs.ts'
import { exactly } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  count,
  description,
  labels,
  nullable,
  path,
  shareNumber,
  time,
  timeOrNull,
  timeView,
  uuid,
  version,
} from '../values.ts'
import { hooksSchema } from './schedule-schemas.ts'

export const snapshotNumber = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })
const name = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'Letters, digits and . _ : @ + -, the first a letter or digit; unique in its share',
})
const reason = Type.String({ maxLength: 1024, description: 'Why it is made' })
const application = exactly({ id: Type.String(), name: Type.String() })

export const snapshotSchema = exactly(
  {
    id: snapshotNumber,
    name,
    share: exactly({ id: shareNumber, path: Type.String({ description: 'As it is now' }) }),
    path: Type.String({ description: 'Of the share, when it was cut' }),
    application: nullable(application),
    state: Type.Enum(['making', 'ready', 'removing'], { type: 'string' }),
    cutAt: nullable(time),
    driver: Type.Enum(['btrfs', 'reflink', 'cephfs', 'copy'], { type: 'string' }),
    store: nullable(Type.String()),
    files: Type.Integer({ minimum: 0, description: 'Objects of all kinds' }),
    bytes: Type.Integer({ minimum: 0, description: 'Sizes of its regular files together' }),
    group: nullable(Type.String({ description: 'Common to those of one cut' })),
    schedule: nullable(Type.String({ description: 'Id of what made it, perhaps no longer there' })),
    reason,
    description,
    labels,
    createdAt: time,
    createdBy: Type.String(),
    changedAt: time,
    hold: nullable(exactly({ since: time, by: Type.String(), reason: Type.String() }, { title: 'Hold' })),
    version,
  },
  { title: 'Snapshot', description: 'A read-only copy of a share as of one instant' },
)

const warnings = Type.Array(Type.String(), { description: 'What hooks that only warn have failed with' })

export const madeSnapshotSchema = exactly(
  { ...snapshotSchema.properties, warnings },
  { title: 'MadeSnapshot' },
)

const content = {
  description: Type.Optional(description),
  labels: Type.Optional(labels),
}
const making = {
  name: Type.Optional(name),
  ...content,
  reason: Type.Optional(reason),
  hooks: Type.Optional(hooksSchema),
}

export const newSnapshotSchema = exactly(making, {
  title: 'NewSnapshot',
  description: 'Without a name it is called by the time, as in 2026-11-21T05.10.00Z',
})

export const newGroupSchema = exactly(
  {
    shares: Type.Optional(Type.Array(shareNumber, { minItems: 1, maxItems: groupShareCountMax })),
    application: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })),
    ...making,
  },
  { title: 'NewSnapshotGroup', description: 'Either shares, or an application: all of its shares' },
)

export const snapshotGroupSchema = exactly(
  { group: uuid, items: Type.Array(snapshotSchema), warnings },
  { title: 'SnapshotGroup', description: 'Snapshots of several shares as of the same instant' },
)

export const snapshotChangeSchema = exactly(content, {
  title: 'SnapshotChange',
  description: 'What is absent stays; labels are replaced as a whole',
})

export const renameSchema = exactly({ name }, { title: 'SnapshotRename' })

export const holdSchema = exactly(
  { reason: Type.Optional(Type.String({ maxLength: 1024, description: 'Why it must stay' })) },
  { title: 'NewHold' },
)

export const snapshotDeletionSchema = exactly(
  {
    id: snapshotNumber,
    name,
    share: shareNumber,
    path,
    files: count,
    bytes: count,
    isLast: Type.Boolean({ description: 'The share has no other complete one: `last=true` is needed' }),
    refusal: nullable(Type.String({ description: 'Why it cannot be removed now' })),
  },
  { title: 'SnapshotDeletion' },
)

const bytes = (description: string) => Type.Integer({ minimum: 0, description })

export const costSchema = exactly(
  {
    share: shareNumber,
    driver: snapshotSchema.properties.driver,
    files: Type.Integer({
      minimum: 0,
      description: 'Objects to be made one by one; 0: the filesystem takes all at once',
    }),
    bytes: bytes('To be copied: what the files take up on the disk'),
    leftoverBytes: bytes('Of these, what an interrupted snapshot has copied already'),
    freeBytes: bytes('Free in the filesystem of the snapshots'),
    freeAfterBytes: Type.Integer({ description: 'Free when it is made; below 0: there is no room' }),
    spareBytes: bytes('To stay free'),
    missingBytes: bytes('More than 0: it would be refused'),
    missingFiles: Type.Integer({ minimum: 0, description: 'Inodes; more than 0: it would be refused' }),
  },
  { title: 'SnapshotCost', description: 'What a snapshot would take now' },
)

export const usageSchema = exactly(
  {
    id: snapshotNumber,
    bytes: Type.Integer({ minimum: 0, description: 'Sizes of its regular files together' }),
    ownBytes: nullable(
      Type.Integer({
        minimum: 0,
        description: 'What would be free without it; null: its filesystem does not tell',
      }),
    ),
  },
  { title: 'SnapshotUsage' },
)

export const jobSchema = exactly(
  {
    id: uuid,
    name: nullable(Type.String({ description: 'Null: it is not known yet' })),
    shares: Type.Array(shareNumber),
    paths: Type.Array(path),
    phase: Type.Enum(['paused', 'waiting', 'preparing', 'holding', 'finishing'], {
      type: 'string',
      description:
        'holding: changes by clients wait. paused: interrupted by the end of a gateway; the next snapshot of the share goes on with what was copied',
    }),
    files: Type.Integer({ minimum: 0, description: 'Done so far, of an unknown whole' }),
    bytes: count,
    startedAt: time,
    createdBy: Type.String(),
  },
  { title: 'SnapshotJob', description: 'Snapshots that are being made, in one cut' },
)

/** With the paths of the shares, as they are now. */
export function jobView({ namespace }: AdminServices, job: SnapshotJob) {
  return {
    id: job.id,
    name: job.name ?? null,
    shares: [...job.shareIds],
    paths: job.shareIds.map((id) => namespace.shares.get(id).path),
    phase: job.phase,
    files: job.files,
    bytes: job.bytes,
    startedAt: timeView(job.startedAt),
    createdBy: job.createdBy,
  }
}

/** With the share's path and the application's name, as they are now. */
export async function snapshotView({ namespace, applications }: AdminServices, record: SnapshotRecord) {
  const { applicationId, heldAt, heldBy, heldFor, shareId } = record
  const owner = applicationId === null ? null : await applications.get(applicationId)
  const view: Static<typeof snapshotSchema> = {
    id: record.id,
    name: record.name,
    share: { id: shareId, path: namespace.shares.get(shareId).path },
    path: record.path,
    application: owner && { id: owner.id, name: owner.name },
    state: record.state,
    cutAt: timeOrNull(record.cutAt),
    driver: record.driver,
    store: record.store,
    files: record.files,
    bytes: record.bytes,
    group: record.groupId,
    schedule: record.scheduleId,
    reason: record.reason,
    description: record.description,
    labels: { ...record.labels },
    createdAt: timeView(record.createdAt),
    createdBy: record.createdBy,
    changedAt: timeView(record.changedAt),
    hold: heldAt === null ? null : { since: timeView(heldAt), by: heldBy ?? '', reason: heldFor ?? '' },
    version: record.version,
  }
  return view
}
