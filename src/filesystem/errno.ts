import { constants } from 'node:os'
import { Nfsstat3, type Nfsstat3Failure } from 'nfs-server-ts'

const { errno } = constants

/** errno to nfsstat3, RFC 1813 §2.6. What the RFC has no word for is IO. */
const statusOf = new Map<number, Nfsstat3Failure>([
  [errno.EPERM, Nfsstat3.PERM],
  [errno.ENOENT, Nfsstat3.NOENT],
  [errno.EIO, Nfsstat3.IO],
  [errno.ENXIO, Nfsstat3.NXIO],
  [errno.EACCES, Nfsstat3.ACCES],
  [errno.EEXIST, Nfsstat3.EXIST],
  [errno.EXDEV, Nfsstat3.XDEV],
  [errno.ENODEV, Nfsstat3.NODEV],
  [errno.ENOTDIR, Nfsstat3.NOTDIR],
  [errno.EISDIR, Nfsstat3.ISDIR],
  [errno.EINVAL, Nfsstat3.INVAL],
  [errno.EFBIG, Nfsstat3.FBIG],
  [errno.EOVERFLOW, Nfsstat3.FBIG],
  [errno.ENOSPC, Nfsstat3.NOSPC],
  [errno.EROFS, Nfsstat3.ROFS],
  [errno.EMLINK, Nfsstat3.MLINK],
  [errno.ENAMETOOLONG, Nfsstat3.NAMETOOLONG],
  [errno.ENOTEMPTY, Nfsstat3.NOTEMPTY],
  [errno.EDQUOT, Nfsstat3.DQUOT],
  [errno.ESTALE, Nfsstat3.STALE],
  [errno.EOPNOTSUPP, Nfsstat3.NOTSUPP],
  [errno.ENOSYS, Nfsstat3.NOTSUPP],
  // A symlink where a directory or file was expected: the server follows none.
  [errno.ELOOP, Nfsstat3.INVAL],
  // The client may try again: a running program's file, or a mount that is going away.
  [errno.ETXTBSY, Nfsstat3.ACCES],
  [errno.EBUSY, Nfsstat3.ACCES],
  [errno.EAGAIN, Nfsstat3.JUKEBOX],
  // Descriptors or memory are short for a moment: the client waits and repeats the call.
  [errno.EMFILE, Nfsstat3.JUKEBOX],
  [errno.ENFILE, Nfsstat3.JUKEBOX],
  [errno.ENOMEM, Nfsstat3.JUKEBOX],
])

const nameOfErrno = new Map(Object.entries(errno).map(([name, value]) => [value, name]))

/** The status for what a system call answered: a negative errno. */
export function statusOfErrno(result: number): Nfsstat3Failure {
  return statusOf.get(-result) ?? Nfsstat3.IO
}

/** `ENOENT` for -2: for messages. */
export function errnoName(result: number): string {
  return nameOfErrno.get(-result) ?? `errno ${-result}`
}
