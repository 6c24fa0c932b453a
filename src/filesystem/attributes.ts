import { constants } from 'node:fs'
import { Ftype3, type Fattr3, type WccAttr } from 'nfs-server-ts'
import { StatField, statFieldCount, statRows } from '../native/index.ts'

const { S_IFMT, S_IFREG, S_IFDIR, S_IFBLK, S_IFCHR, S_IFLNK, S_IFSOCK } = constants

/** Bytes of one unit of st_blocks, whatever the filesystem's own block size. */
const statBlockSize = 512

/** The ftype3 of a st_mode. */
export function fileType(mode: number): Ftype3 {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return Ftype3.REG
    case S_IFDIR:
      return Ftype3.DIR
    case S_IFLNK:
      return Ftype3.LNK
    case S_IFCHR:
      return Ftype3.CHR
    case S_IFBLK:
      return Ftype3.BLK
    case S_IFSOCK:
      return Ftype3.SOCK
    default:
      return Ftype3.FIFO
  }
}

/**
 * fattr3 of a row that a stat call filled. `fsidLow` is the share's number: the device number may change at a remount
 * and would make every file look new to the client.
 */
export function fattr3(fsidLow: number, rows: Float64Array = statRows, slot = 0): Fattr3 {
  const at = slot * statFieldCount
  const mode = rows[at + StatField.MODE]!
  return {
    type: fileType(mode),
    mode: mode & 0o7777,
    nlink: rows[at + StatField.NLINK]!,
    uid: rows[at + StatField.UID]!,
    gid: rows[at + StatField.GID]!,
    size: rows[at + StatField.SIZE]!,
    used: rows[at + StatField.BLOCKS]! * statBlockSize,
    rdevMajor: rows[at + StatField.RDEV_MAJOR]!,
    rdevMinor: rows[at + StatField.RDEV_MINOR]!,
    fsidHigh: 0,
    fsidLow,
    fileidHigh: rows[at + StatField.INO_HIGH]!,
    fileidLow: rows[at + StatField.INO_LOW]!,
    // Times before 1970 wrap, as nfstime3 is unsigned; Linux clients read them back as they were.
    atimeSeconds: rows[at + StatField.ATIME]! >>> 0,
    atimeNanoseconds: rows[at + StatField.ATIME_NS]!,
    mtimeSeconds: rows[at + StatField.MTIME]! >>> 0,
    mtimeNanoseconds: rows[at + StatField.MTIME_NS]!,
    ctimeSeconds: rows[at + StatField.CTIME]! >>> 0,
    ctimeNanoseconds: rows[at + StatField.CTIME_NS]!,
  }
}

/** wcc_attr of the row in `slot`. */
export function wccAttr(slot: number): WccAttr {
  const at = slot * statFieldCount
  return {
    size: statRows[at + StatField.SIZE]!,
    mtimeSeconds: statRows[at + StatField.MTIME]! >>> 0,
    mtimeNanoseconds: statRows[at + StatField.MTIME_NS]!,
    ctimeSeconds: statRows[at + StatField.CTIME]! >>> 0,
    ctimeNanoseconds: statRows[at + StatField.CTIME_NS]!,
  }
}

/** One field of the row in `slot`. */
export function statField(slot: number, field: number): number {
  return statRows[slot * statFieldCount + field]!
}
