import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import type { ApplicationRecord } from '../catalog/applications.ts'
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
  audit: Type.Union([Type.Literal('off'), Type.Literal('changes'), Type.Literal('opens')]),
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

/** The record of a share as it is written: JSON for people, too. */
export function formatRecord(
  share: ShareRecord,
  application: ApplicationRecord | undefined,
  gateway: string,
): string {
  const { id, store: _store, linkId: _link, applicationId: _application, ...rest } = share
  const { usedBytes: _bytes, usedFiles: _files, countedAt: _countedAt, ...kept } = rest
  const record: ShareFile = {
    format: 1,
    share: id,
    gateway,
    ...kept,
    labels: { ...kept.labels },
    identity: { ...kept.identity, gids: [...kept.identity.gids] },
    application: application === undefined ? null : plain(application),
  }
  return `${JSON.stringify(record, undefined, 2)}\n`
}

/** Reads a record back. @throws {Error} saying what is wrong with it. */
export function parseRecord(text: string): ShareFile {
  const record: unknown = JSON.parse(text)
  if (!Check(recordSchema, record)) throw new Error('it is no record of a share that this program knows')
  return record
}

function plain({ labels, links, ...application }: ApplicationRecord): Static<typeof applicationSchema> {
  return { ...application, labels: { ...labels }, links: links.map((link) => ({ ...link })) }
}
