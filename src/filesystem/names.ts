import { Nfsstat3, type Nfsstat3Failure } from 'nfs-server-ts'

const slash = 0x2f
const dot = 0x2e

/** `.` */
export function isDot(name: Buffer): boolean {
  return name.length === 1 && name[0] === dot
}

/** `..` */
export function isDotDot(name: Buffer): boolean {
  return name.length === 2 && name[0] === dot && name[1] === dot
}

/**
 * Why a name cannot stand in a directory, or OK. Names are bytes; a slash or NUL can be in none, and RFC 1813 §3.2
 * has ACCES for characters that a server does not take. Longer ones than the filesystem's are its own to refuse, but
 * none longer than `sizeMax` gets that far. `reserved` is a name that means something else there.
 */
export function refuseName(
  name: Buffer,
  sizeMax: number,
  reserved: Buffer | undefined,
): Nfsstat3Failure | typeof Nfsstat3.OK {
  if (name.length > sizeMax) return Nfsstat3.NAMETOOLONG
  if (reserved !== undefined && name.equals(reserved)) return Nfsstat3.ACCES
  if (name.length === 0 || name.includes(slash) || name.includes(0)) return Nfsstat3.ACCES
  return Nfsstat3.OK
}

/** At the root of every share: the directory of its snapshots. */
export const snapshotsName = Buffer.from('.snapshot')

export function isSnapshotsName(name: Buffer): boolean {
  return name.length === snapshotsName.length && name[0] === dot && name.equals(snapshotsName)
}

/** In the backup view, at the root of every share: the directory of what is known about it. */
export const sidecarName = Buffer.from('.berth')

export function isSidecarName(name: Buffer): boolean {
  return name.length === sidecarName.length && name[0] === dot && name.equals(sidecarName)
}
