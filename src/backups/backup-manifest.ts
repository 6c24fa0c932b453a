import type { BigIntStats } from 'node:fs'
import { Type, type Static } from 'typebox'
import { snapshotManifestSchema, type SnapshotManifest } from '../snapshots/manifest.ts'

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
