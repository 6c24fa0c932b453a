import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import type { ApplicationRecord } from '../catalog/applications.ts'
import { rateLimitOf } from '../service/rate-limit.ts'
import type { ShareRecord } from '../catalog/shares.ts'

/** Largest record that is read back. */
export const recordSizeMax = 256 * 1024

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const time = count
const perhaps = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])
const labels = Type.Record(Type.String(), Type.String())

const applicationSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  owner: Type.String(),
  description: Type.String(),
  labels,
  links: Type.Array(Type.Object({ title: Type.String(), url: Type.String() })),
  createdAt: time,
  changedAt: time,
  retiredAt: perhaps(time),
  version: count,
})

const recordSchema = Type.Object({
  format: Type.Literal(1),
  share: Type.Integer({ minimum: 1, maximum: 0xffffffff }),
  /** The gateway that wrote it. */
  gateway: Type.String(),
  origin: Type.Union([Type.Literal('api'), Type.Literal('config')]),
  path: Type.String(),
  /** Relative to the store's directory; absolute without a store. */
  directory: Type.String(),
  application: perhaps(applicationSchema),
  owner: Type.String(),
  description: Type.String(),
  labels,
  readOnly: Type.Boolean(),
  durability: Type.Union([Type.Literal('strict'), Type.Literal('relaxed')]),
  identity: Type.Object({
    squash: Type.Union([Type.Literal('none'), Type.Literal('root'), Type.Literal('all')]),
    uid: count,
    gid: count,
    gids: Type.Array(count, { maxItems: 32 }),
  }),
  quotaBytes: perhaps(count),
  quotaFiles: perhaps(count),
  /** These are absent in records of before there were limits. */
  callsPerSecond: Type.Optional(perhaps(count)),
  bytesPerSecond: Type.Optional(perhaps(count)),
  burstSeconds: Type.Optional(Type.Number({ minimum: 0 })),
  audit: Type.Union([Type.Literal('off'), Type.Literal('changes'), Type.Literal('opens')]),
  /** Absent in records of before there were snapshots. */
  snapshotAccess: Type.Optional(
    Type.Union([Type.Literal('hidden'), Type.Literal('visible'), Type.Literal('backup')]),
  ),
  /** Absent in records of before shares could be moved. */
  moves: Type.Optional(Type.Integer({ minimum: 0, maximum: 127 })),
  createdAt: time,
  changedAt: time,
  deletedAt: perhaps(time),
  deletedBy: perhaps(Type.String()),
  purgeAt: perhaps(time),
  purgedAt: perhaps(time),
  version: count,
})

/** What is kept of a share beside its files, so that the names are not lost with the catalog. */
export type ShareFile = Static<typeof recordSchema>

/** Columns that only mean something in the catalog, or change all the time. */
const notKept: ReadonlySet<string> = new Set<keyof ShareRecord>([
  'id',
  'store',
  'linkId',
  'applicationId',
  'usedBytes',
  'usedFiles',
  'countedAt',
])

/** The record of a share as it is written: JSON for people, too. */
export function formatRecord(
  share: ShareRecord,
  application: ApplicationRecord | undefined,
  gateway: string,
): string {
  const kept = Object.fromEntries(Object.entries(share).filter(([column]) => !notKept.has(column)))
  const record = { format: 1, share: share.id, gateway, ...kept, application: application ?? null }
  return `${JSON.stringify(record, undefined, 2)}\n`
}

/** Reads a record back. @throws {Error} saying what is wrong with it. */
export function parseRecord(text: string): ShareFile {
  const record: unknown = JSON.parse(text)
  if (!Check(recordSchema, record)) throw new Error('it is no record of a share that this program knows')
  return record
}

/** The row of a share that has a record and nothing else; it has no link yet. */
export function shareOfRecord(
  record: ShareFile,
  store: string | null,
  applicationId: string | null,
): ShareRecord {
  return {
    id: record.share,
    origin: record.origin,
    store,
    directory: record.directory,
    linkId: null,
    path: record.path,
    applicationId,
    owner: record.owner,
    description: record.description,
    labels: record.labels,
    readOnly: record.readOnly,
    durability: record.durability,
    identity: record.identity,
    quotaBytes: record.quotaBytes,
    quotaFiles: record.quotaFiles,
    ...rateLimitOf(record),
    audit: record.audit,
    snapshotAccess: record.snapshotAccess ?? 'hidden',
    moves: record.moves ?? 0,
    usedBytes: 0,
    usedFiles: 0,
    countedAt: null,
    createdAt: record.createdAt,
    changedAt: record.changedAt,
    deletedAt: record.deletedAt,
    deletedBy: record.deletedBy,
    purgeAt: record.purgeAt,
    purgedAt: record.purgedAt,
    version: record.version,
  }
}
