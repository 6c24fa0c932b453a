import { Type } from 'typebox'
import type { ShareRecord } from '../../catalog/shares.ts'
import { rateLimitOf } from '../../service/rate-limit.ts'
import { exactly } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import {
  description,
  identity,
  identityView,
  labels,
  nodeNumber,
  nullable,
  path,
  shareNumber,
} from '../values.ts'
import { count, rateLimit, rateLimitWish, time, timeOrNull, timeView, version } from '../values.ts'

const owner = Type.String({ maxLength: 255 })
const durability = Type.Enum(['strict', 'relaxed'], { type: 'string' })
const audit = Type.Enum(['off', 'changes', 'opens'], {
  type: 'string',
  description: 'File operations that the audit has',
})
const snapshotAccess = Type.Enum(['hidden', 'visible', 'backup'], {
  type: 'string',
  description:
    'Who may go into .snapshot: all clients, by its name; all, and it is listed; only who may read backups',
})
const quota = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const userId = Type.Integer({ minimum: 0, maximum: 0xffff_fffe })
const application = Type.String({ minLength: 1, maxLength: 63, description: 'Name or id' })

export const shareSchema = exactly(
  {
    id: shareNumber,
    path: Type.String({ description: 'Logical path; of a deleted share the last one' }),
    origin: Type.Enum(['api', 'config'], {
      type: 'string',
      description: 'config: declared in the configuration file, and changed there only',
    }),
    store: nullable(Type.String()),
    directory: Type.String({ description: 'Absolute path on the host of the gateway' }),
    link: nullable(nodeNumber),
    application: nullable(exactly({ id: Type.String(), name: Type.String() })),
    owner,
    description,
    labels,
    readOnly: Type.Boolean(),
    durability,
    identity,
    quotaBytes: nullable(quota),
    quotaFiles: nullable(quota),
    ...rateLimit,
    usedBytes: Type.Integer({ description: 'As last written down' }),
    usedFiles: Type.Integer(),
    countedAt: nullable(time),
    audit,
    snapshotAccess,
    createdAt: time,
    changedAt: time,
    deletedAt: nullable(time),
    deletedBy: nullable(Type.String()),
    purgeAt: nullable(time),
    version,
  },
  { title: 'Share' },
)

const content = {
  application: Type.Optional(nullable(application)),
  owner: Type.Optional(owner),
  description: Type.Optional(description),
  labels: Type.Optional(labels),
  readOnly: Type.Optional(Type.Boolean()),
  durability: Type.Optional(durability),
  identity: Type.Optional(identity),
  quotaBytes: Type.Optional(nullable(quota)),
  quotaFiles: Type.Optional(nullable(quota)),
  ...rateLimitWish,
  audit: Type.Optional(audit),
  snapshotAccess: Type.Optional(snapshotAccess),
}

/** What every new share may be given, whatever is in it. */
export const newShareContent = {
  path,
  store: Type.Optional(Type.String({ maxLength: 63, description: 'Default: the store called default' })),
  class: Type.Optional(
    Type.String({ maxLength: 63, description: 'Without a store: the class of one with most free space' }),
  ),
  ...content,
}

export const newShareSchema = exactly(
  {
    ...newShareContent,
    directoryMode: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 0o7777, description: 'Default 493, which is 0755' }),
    ),
    directoryUid: Type.Optional(userId),
    directoryGid: Type.Optional(userId),
  },
  { title: 'NewShare' },
)

export const shareChangeSchema = exactly(content, {
  title: 'ShareChange',
  description:
    'What is absent stays; labels are replaced as a whole; null ends a quota, a limit or an ownership',
})

export const shareDeletionSchema = exactly(
  {
    id: shareNumber,
    path,
    directory: Type.String({ description: 'Where its data is' }),
    tombstone: Type.String({ description: 'Where its data would wait' }),
    purgeAt: time,
    usedBytes: count,
    usedFiles: count,
    linksInTheWay: Type.Array(Type.String(), { description: 'Links that must go first' }),
    grants: Type.Integer({ minimum: 0, description: 'Grants that would end' }),
  },
  { title: 'ShareDeletion' },
)

/** With the name of its application, as it is now. */
export async function shareView({ namespace, applications }: AdminServices, record: ShareRecord) {
  const { applicationId, identity, labels } = record
  const application = applicationId === null ? null : await applications.get(applicationId)
  return {
    id: record.id,
    path: record.path,
    origin: record.origin,
    store: record.store,
    directory: namespace.shares.directoryOf(record),
    link: record.linkId,
    application: application && { id: application.id, name: application.name },
    owner: record.owner,
    description: record.description,
    labels: { ...labels },
    readOnly: record.readOnly,
    durability: record.durability,
    identity: identityView(identity),
    quotaBytes: record.quotaBytes,
    quotaFiles: record.quotaFiles,
    ...rateLimitOf(record),
    usedBytes: record.usedBytes,
    usedFiles: record.usedFiles,
    countedAt: timeOrNull(record.countedAt),
    audit: record.audit,
    snapshotAccess: record.snapshotAccess,
    createdAt: timeView(record.createdAt),
    changedAt: timeView(record.changedAt),
    deletedAt: timeOrNull(record.deletedAt),
    deletedBy: record.deletedBy,
    purgeAt: timeOrNull(record.purgeAt),
    version: record.version,
  }
}
