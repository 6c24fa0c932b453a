/** Constants and structures of NFS version 3, named as in RFC 1813. */

export const nfs3Program = 100003
export const nfs3Version = 3

/** Procedure numbers, RFC 1813 §3.3. */
export const Nfs3ProcedureNumber = {
  NULL: 0,
  GETATTR: 1,
  SETATTR: 2,
  LOOKUP: 3,
  ACCESS: 4,
  READLINK: 5,
  READ: 6,
  WRITE: 7,
  CREATE: 8,
  MKDIR: 9,
  SYMLINK: 10,
  MKNOD: 11,
  REMOVE: 12,
  RMDIR: 13,
  RENAME: 14,
  LINK: 15,
  READDIR: 16,
  READDIRPLUS: 17,
  FSSTAT: 18,
  FSINFO: 19,
  PATHCONF: 20,
  COMMIT: 21,
} as const

/** Most bytes in a file handle, RFC 1813 §2.4. */
export const nfs3FhSizeMax = 64
export const nfs3CookieVerfSize = 8
export const nfs3CreateVerfSize = 8
export const nfs3WriteVerfSize = 8

/** nfsstat3, RFC 1813 §2.6. */
export const Nfsstat3 = {
  OK: 0,
  PERM: 1,
  NOENT: 2,
  IO: 5,
  NXIO: 6,
  ACCES: 13,
  EXIST: 17,
  XDEV: 18,
  NODEV: 19,
  NOTDIR: 20,
  ISDIR: 21,
  INVAL: 22,
  FBIG: 27,
  NOSPC: 28,
  ROFS: 30,
  MLINK: 31,
  NAMETOOLONG: 63,
  NOTEMPTY: 66,
  DQUOT: 69,
  STALE: 70,
  REMOTE: 71,
  BADHANDLE: 10001,
  NOT_SYNC: 10002,
  BAD_COOKIE: 10003,
  NOTSUPP: 10004,
  TOOSMALL: 10005,
  SERVERFAULT: 10006,
  BADTYPE: 10007,
  JUKEBOX: 10008,
} as const
export type Nfsstat3 = (typeof Nfsstat3)[keyof typeof Nfsstat3]
export type Nfsstat3Failure = Exclude<Nfsstat3, typeof Nfsstat3.OK>

/** ftype3, RFC 1813 §2.6. */
export const Ftype3 = { REG: 1, DIR: 2, BLK: 3, CHR: 4, LNK: 5, SOCK: 6, FIFO: 7 } as const
export type Ftype3 = (typeof Ftype3)[keyof typeof Ftype3]

/** The bits of ACCESS, RFC 1813 §3.3.4. */
export const Access3 = {
  READ: 0x01,
  LOOKUP: 0x02,
  MODIFY: 0x04,
  EXTEND: 0x08,
  DELETE: 0x10,
  EXECUTE: 0x20,
} as const

/** stable_how, RFC 1813 §3.3.7. */
export const StableHow = { UNSTABLE: 0, DATA_SYNC: 1, FILE_SYNC: 2 } as const
export type StableHow = (typeof StableHow)[keyof typeof StableHow]

/** FSINFO properties, RFC 1813 §3.3.19. */
export const Fsf3 = { LINK: 0x01, SYMLINK: 0x02, HOMOGENEOUS: 0x08, CANSETTIME: 0x10 } as const

/** A file handle: 1 to {@link nfs3FhSizeMax} bytes that only the backend understands. */
export type NfsFh3 = Buffer

/** fattr3, RFC 1813 §2.6. 64-bit values that are opaque come in halves; sizes are safe integers. */
export interface Fattr3 {
  type: Ftype3
  /** Permission bits with set-id and sticky, without the file type. */
  mode: number
  nlink: number
  uid: number
  gid: number
  /** Bytes. */
  size: number
  /** Bytes of storage. */
  used: number
  rdevMajor: number
  rdevMinor: number
  fsidHigh: number
  fsidLow: number
  fileidHigh: number
  fileidLow: number
  atimeSeconds: number
  atimeNanoseconds: number
  mtimeSeconds: number
  mtimeNanoseconds: number
  ctimeSeconds: number
  ctimeNanoseconds: number
}

/** wcc_attr, RFC 1813 §2.6: what a client compares with its cache. */
export interface WccAttr {
  size: number
  mtimeSeconds: number
  mtimeNanoseconds: number
  ctimeSeconds: number
  ctimeNanoseconds: number
}

/** wcc_data, RFC 1813 §2.6: attributes before and after, each where the server could tell. */
export interface WccData {
  before: WccAttr | undefined
  after: Fattr3 | undefined
}

/** nfstime3, RFC 1813 §2.6. */
export interface Nfstime3 {
  seconds: number
  nanoseconds: number
}

/** A time to set, RFC 1813 §2.6: left alone (undefined), the server's clock, or the client's value. */
export type SetTime3 = 'server' | Nfstime3

/** sattr3, RFC 1813 §2.6: only the fields present are to be set. */
export interface Sattr3 {
  mode?: number
  uid?: number
  gid?: number
  size?: number
  atime?: SetTime3
  mtime?: SetTime3
}
