import type { BigIntStats } from 'node:fs'
import { Type, type Static } from 'typebox'
import { Check } from 'typebox/value'
import type { BackupRecord } from '../catalog/backups.ts'
import {
  manifestContentSizeMax,
  snapshotManifestSchema,
  type SnapshotManifest,
} from '../snapshots/manifest.ts'
import { refusalFor } from '../snapshots/refusal.ts'
import type { RepositoryAccess, Restic } from './restic.ts'

/** By this name restic has the manifest of a backup. */
export const manifestFile = 'manifest.json'
/** What restic has in the stead of an empty share. */
export const emptyFile = '.berth-empty'

const id = Type.Integer({ minimum: 0, maximum: 0xfffffffe })
const rootSchema = Type.Object({
  mode: Type.Integer({ minimum: 0, maximum: 0o7777 }),
  uid: id,
  gid: id,
  /** Nanoseconds since 1970, in decimal. */
  mtimeNs: Type.String({ pattern: '^-?\\d{1,20}$' }),
})

/** What is known of a share's root, which restic does not keep: it has what lies in it at its top. */
type ShareRoot = Static<typeof rootSchema>

/** The manifest of a snapshot, and the root of its files. */
export type BackupManifest = SnapshotManifest & { readonly root?: ShareRoot }
export const backupManifestSchema = Type.Intersect([
  snapshotManifestSchema,
  Type.Object({ root: Type.Optional(rootSchema) }),
])

export function rootOfShare({ mode, uid, gid, mtimeNs }: BigIntStats): ShareRoot {
  return { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), mtimeNs: String(mtimeNs) }
}

/** Bytes of a manifest: as many as one on a disk may have, and its root. */
const manifestSizeMax = 9 * manifestContentSizeMax

/**
 * The manifest of a backup, as restic has it; undefined: it has none.
 * @throws {ServiceError} `unavailable` with what restic said, or for one that cannot be understood
 */
export async function readBackupManifest(
  restic: Restic,
  access: RepositoryAccess,
  { manifestResticId, path }: Pick<BackupRecord, 'manifestResticId' | 'path'>,
  signal: AbortSignal,
): Promise<BackupManifest | undefined> {
  if (manifestResticId === null) return undefined
  const args = ['dump', manifestResticId, `/${manifestFile}`]
  let manifest: unknown
  try {
    const { output } = await restic.run(access, { args, signal, outputSizeMax: manifestSizeMax })
    manifest = JSON.parse(output.toString())
    if (!Check(backupManifestSchema, manifest)) throw new Error('it is none that this program knows')
    return manifest
  } catch (error) {
    signal.throwIfAborted()
    throw refusalFor(`the manifest of the backup of ${path} cannot be read`, error)
  }
}
