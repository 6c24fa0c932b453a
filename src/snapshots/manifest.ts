import { readFile, stat } from 'node:fs/promises'
import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import { ServiceError } from '../config/service-error.ts'
import type { Applications } from '../applications/index.ts'
import type { ShareRecord } from '../catalog/shares.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { makePrivate, syncDirectories, writeAllDurably } from '../namespace/files.ts'
import { pageLimitMax } from '../service/page.ts'
import { manifestIn, sidecarIn } from './snapshot-places.ts'
import { rateLimitOf } from '../service/rate-limit.ts'

/**
 * Bytes of an application's documents in one manifest. Those beyond are named without their content: a manifest is read
 * and written as a whole.
 */
export const manifestContentSizeMax = 4 * 1024 * 1024
/** Bytes of a manifest that is read back: JSON writes six for a control character. */
const manifestSizeMax = 8 * manifestContentSizeMax

const text = Type.String()
const perhaps = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
const number = Type.Integer({ minimum: 1, maximum: 0xffffffff })
/** ISO 8601, in UTC. */
const time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' })
const labels = Type.Record(text, text)

const snapshotSchema = Type.Object({
  id: number,
  name: text,
  cutAt: time,
  driver: Type.Enum(['btrfs', 'reflink', 'cephfs', 'copy']),
  createdBy: text,
  createdAt: time,
  reason: text,
  description: text,
  labels,
  files: count,
  bytes: count,
  groupId: perhaps(text),
  scheduleId: perhaps(text),
  hold: perhaps(Type.Object({ at: time, by: text, reason: text })),
})

const shareSchema = Type.Object({
  number,
  path: text,
  owner: text,
  description: text,
  labels,
  readOnly: Type.Boolean(),
  identity: Type.Object({
    squash: Type.Enum(['none', 'root', 'all']),
    uid: count,
    gid: count,
    gids: Type.Array(count),
  }),
  quotaBytes: perhaps(count),
  quotaFiles: perhaps(count),
  /** These are absent in manifests of before there were limits. */
  callsPerSecond: Type.Optional(perhaps(count)),
  bytesPerSecond: Type.Optional(perhaps(count)),
  burstSeconds: Type.Optional(Type.Number({ minimum: 0 })),
  durability: Type.Enum(['strict', 'relaxed']),
  audit: Type.Enum(['off', 'changes', 'opens']),
  snapshotAccess: Type.Enum(['hidden', 'visible', 'backup']),
  /** Null: it lay in none. */
  store: perhaps(text),
})

const applicationSchema = Type.Object({
  id: text,
  name: text,
  owner: text,
  description: text,
  labels,
  links: Type.Array(Type.Object({ title: text, url: text })),
  /** The newest version of each document. */
  manifests: Type.Array(
    Type.Object({
      name: text,
      version: count,
      contentType: text,
      /** Null: all together were too long to be kept here. */
      content: perhaps(text),
    }),
  ),
})

export const snapshotManifestSchema = Type.Object({
  version: Type.Literal(1),
  snapshot: snapshotSchema,
  share: shareSchema,
  application: perhaps(applicationSchema),
  gateway: Type.Object({ id: text }),
})

/** All that is to be known of a snapshot, beside its files: it outlives the catalog, and this program. */
export type SnapshotManifest = Static<typeof snapshotManifestSchema>
export type ApplicationInManifest = Static<typeof applicationSchema>

/** The application as it is now, with its documents. */
export async function applicationInManifest(
  applications: Applications,
  applicationId: string,
): Promise<ApplicationInManifest> {
  const { id, name, owner, description, labels, links } = await applications.get(applicationId)
  const manifests: ApplicationInManifest['manifests'] = []
  let left = manifestContentSizeMax
  // All of them: there are fewer than a page has.
  const { items } = await applications.manifests.list(id, { limit: pageLimitMax })
  for (const { name, version, contentType } of items) {
    const { content } = await applications.manifests.get(id, name, version)
    const isKept = Buffer.byteLength(content) <= left
    if (isKept) left -= Buffer.byteLength(content)
    manifests.push({ name, version, contentType, content: isKept ? content : null })
  }
  return { id, name, owner, description, labels, links: [...links], manifests }
}

/** The share as it is now. */
export function shareInManifest(share: ShareRecord): SnapshotManifest['share'] {
  return {
    number: share.id,
    path: share.path,
    owner: share.owner,
    description: share.description,
    labels: share.labels,
    readOnly: share.readOnly,
    identity: { ...share.identity, gids: [...share.identity.gids] },
    quotaBytes: share.quotaBytes,
    quotaFiles: share.quotaFiles,
    ...rateLimitOf(share),
    durability: share.durability,
    audit: share.audit,
    snapshotAccess: share.snapshotAccess,
    store: share.store,
  }
}

/** Of a snapshot that has been cut. */
export function snapshotInManifest(record: SnapshotRecord): SnapshotManifest['snapshot'] {
  const { heldAt, heldBy, heldFor } = record
  return {
    id: record.id,
    name: record.name,
    cutAt: new Date(record.cutAt!).toISOString(),
    driver: record.driver,
    createdBy: record.createdBy,
    createdAt: new Date(record.createdAt).toISOString(),
    reason: record.reason,
    description: record.description,
    labels: record.labels,
    files: record.files,
    bytes: record.bytes,
    groupId: record.groupId,
    scheduleId: record.scheduleId,
    hold:
      heldAt === null
        ? null
        : { at: new Date(heldAt).toISOString(), by: heldBy ?? '', reason: heldFor ?? '' },
  }
}

/** The record of a complete snapshot, of what its manifest says. */
export function recordOfManifest(
  { snapshot, share, application }: SnapshotManifest,
  store: string | null,
): SnapshotRecord {
  const { hold } = snapshot
  return {
    id: snapshot.id,
    shareId: share.number,
    name: snapshot.name,
    state: 'ready',
    driver: snapshot.driver,
    store,
    path: share.path,
    applicationId: application?.id ?? null,
    cutAt: Date.parse(snapshot.cutAt),
    files: snapshot.files,
    bytes: snapshot.bytes,
    groupId: snapshot.groupId,
    scheduleId: snapshot.scheduleId,
    description: snapshot.description,
    labels: snapshot.labels,
    reason: snapshot.reason,
    createdBy: snapshot.createdBy,
    createdAt: Date.parse(snapshot.createdAt),
    changedAt: Date.parse(snapshot.cutAt),
    heldAt: hold && Date.parse(hold.at),
    heldBy: hold?.by ?? null,
    heldFor: hold?.reason ?? null,
    version: 1,
  }
}

/** Writes it whole or not at all, and onto the disk. */
export async function writeManifest(directory: string, manifest: SnapshotManifest): Promise<void> {
  const content = `${JSON.stringify(manifest, undefined, 2)}\n`
  await makePrivate(sidecarIn(directory))
  await writeAllDurably([{ path: manifestIn(directory), content }])
  await syncDirectories([directory])
}

/** @throws {ServiceError} `unavailable` if there is none, or it cannot be understood. */
export async function readManifest(directory: string): Promise<SnapshotManifest> {
  const path = manifestIn(directory)
  try {
    const { size } = await stat(path)
    if (size > manifestSizeMax) throw new Error(`it is over ${manifestSizeMax} bytes`)
    const manifest: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (!Check(snapshotManifestSchema, manifest)) throw new Error('it is none that this program knows')
    return manifest
  } catch (error) {
    throw new ServiceError('unavailable', `manifest ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
