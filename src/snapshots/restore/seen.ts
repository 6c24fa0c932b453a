import { constants } from 'node:fs'
import { native, StatField } from '../../native/index.ts'
import { field } from '../drivers/object-table.ts'
import { isGone, require } from '../drivers/tree-pair.ts'

const { S_IFMT } = constants
const permissionBits = 0o7777

/** What an object is, as far as stat(2) tells. */
export interface Seen {
  /** S_IF… */
  readonly kind: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly linkCount: number
  readonly size: number
  readonly inode: string
  /** Of a device file. */
  readonly rdev: string
  /** Of the filesystem, and how it is mounted. */
  readonly device: string
  readonly mtime: number
  readonly mtimeNs: number
  readonly ctime: number
  readonly ctimeNs: number
}

/** What of an inode number counts: CephFS puts a tag into the highest bits of those in a snapshot. */
export interface InodeBits {
  readonly highMask: number
}

/** A stat row. */
export function seenIn(slot: number, { highMask }: InodeBits): Seen {
  const mode = field(slot, StatField.MODE)
  return {
    kind: mode & S_IFMT,
    mode: mode & permissionBits,
    uid: field(slot, StatField.UID),
    gid: field(slot, StatField.GID),
    linkCount: field(slot, StatField.NLINK),
    size: field(slot, StatField.SIZE),
    inode: `${(field(slot, StatField.INO_HIGH) & highMask) >>> 0}.${field(slot, StatField.INO_LOW)}`,
    rdev: `${field(slot, StatField.RDEV_MAJOR)}.${field(slot, StatField.RDEV_MINOR)}`,
    device: `${field(slot, StatField.DEV_MAJOR)}.${field(slot, StatField.DEV_MINOR)}.${field(slot, StatField.MOUNT_ID)}`,
    mtime: field(slot, StatField.MTIME),
    mtimeNs: field(slot, StatField.MTIME_NS),
    ctime: field(slot, StatField.CTIME),
    ctimeNs: field(slot, StatField.CTIME_NS),
  }
}

/** The object of a name in an open directory, or the directory itself for an empty one; undefined: there is none. */
export function look(dirfd: number, name: Buffer, slot: number, bits: InodeBits): Seen | undefined {
  const result = native.statAt(dirfd, name, slot)
  if (isGone(result)) return undefined
  require(result, 'examine', () => name.toString())
  return seenIn(slot, bits)
}

/** Whether what everybody can see of two objects but their content is equal. */
export function hasEqualAttributes(a: Seen, b: Seen): boolean {
  return (
    a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.mtime === b.mtime && a.mtimeNs === b.mtimeNs
  )
}

/** Whether nothing was done to an object since it was the other, `a` being as it was at the cut. */
export function isUntouched(a: Seen, b: Seen): boolean {
  return (
    a.inode === b.inode &&
    a.ctime === b.ctime &&
    a.ctimeNs === b.ctimeNs &&
    a.size === b.size &&
    hasEqualAttributes(a, b)
  )
}
