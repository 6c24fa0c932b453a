import { constants } from 'node:os'
import {
  Access3,
  Fsf3,
  Ftype3,
  Nfsstat3,
  type Nfs3Backend,
  type Nfs3Caller,
  type Nfstime3,
  type Sattr3,
  type SetTime3,
} from 'nfs-server-ts'
import { native, StatField, StatfsField, statfsRow, timeNow, timeOmit } from '../native/index.ts'
import { fileType, statField } from './attributes.ts'
import { AccessMode, Slot, type Engine } from './engine.ts'
import { statusOfErrno } from './errno.ts'
import { HandleKind } from './handle.ts'
import { OpenMode, type Inode } from './inode.ts'
import { bytesUsed } from './quota.ts'

/** Largest READ and WRITE, FSINFO rtmax and wtmax. */
export const transferSizeMax = 1024 * 1024
/** Directory reply size that clients are told to prefer. */
const directorySizePreferred = 64 * 1024
/** Longest symlink that Linux stores, PATH_MAX - 1. */
const symlinkSizeMax = 4096

const anyExecute = 0o111

/** What chown takes for "leave alone": not to be had by asking for it. */
const invalidId = 0xffff_ffff

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/** Procedures on one object: GETATTR, SETATTR, ACCESS, READLINK, FSSTAT, FSINFO, PATHCONF. */
export class ObjectOperations {
  readonly #engine: Engine
  readonly #link = Buffer.allocUnsafeSlow(symlinkSizeMax)

  constructor(engine: Engine) {
    this.#engine = engine
  }

  getattr(caller: Nfs3Caller, object: Buffer): Result<'getattr'> {
    const inode = this.#engine.enter(caller, object)
    return { status: Nfsstat3.OK, attributes: this.#engine.presentAttributes(inode) }
  }

  setattr(
    caller: Nfs3Caller,
    object: Buffer,
    attributes: Sattr3,
    guard: Nfstime3 | undefined,
  ): Result<'setattr'> {
    const engine = this.#engine
    const inode = engine.enter(caller, object)
    const fd = engine.open(inode, OpenMode.PATH)
    engine.examine(inode, fd, Slot.BEFORE)
    const before = inode.granted.before(Slot.BEFORE)
    const wcc = () => ({ before, after: engine.attributes(inode) })
    const refuse = (status: ReturnType<typeof statusOfErrno>) => ({ status, wcc: wcc() })

    if (inode.granted.isReadOnly) return refuse(Nfsstat3.ROFS)
    if (guard && (guard.seconds !== before.ctimeSeconds || guard.nanoseconds !== before.ctimeNanoseconds))
      return refuse(Nfsstat3.NOT_SYNC)
    inode.served.changes?.attributes(Slot.BEFORE, fd)
    const result = this.apply(inode, attributes)
    if (result < 0) return refuse(statusOfErrno(result))
    return engine.whenDurable(inode.served, [inode], { status: Nfsstat3.OK, wcc: wcc() }, refuse)
  }

  /**
   * Sets attributes as the caller: 0 or a negative errno. What only an owner may set is refused before data is cut off.
   * The mode comes after owner and size, whose change clears set-id bits, and times come last as all else moves them.
   */
  apply(inode: Inode, { mode, uid, gid, size, atime, mtime }: Sattr3): number {
    if (!isTime(atime) || !isTime(mtime) || uid === invalidId || gid === invalidId)
      return -constants.errno.EINVAL
    const fd = this.#engine.files.fd(inode, OpenMode.PATH)
    if (fd < 0) return fd
    // Cutting off sets the time of change by itself. Asking for it again is an owner's right, while open(2) with
    // O_TRUNC, which clients send as size and time, takes no more than the right to write.
    const setsTimes =
      (atime !== undefined || mtime !== undefined) &&
      !(size !== undefined && mtime === 'server' && atime === undefined)
    const asOwner = mode !== undefined || (setsTimes && (atime !== 'server' || mtime !== 'server'))
    if (size !== undefined && asOwner && !this.#isOwner(fd)) return -constants.errno.EPERM
    if (uid !== undefined || gid !== undefined) {
      const result = native.chown(fd, uid ?? -1, gid ?? -1)
      if (result < 0) return result
    }
    if (size !== undefined) {
      const result = this.#truncate(inode, size)
      if (result < 0) return result
    }
    // Linux has no mode for symlinks: setting one changes nothing, as on other NFS servers, and is no error.
    if (mode !== undefined && !this.#isSymlink(inode, fd)) {
      const result = native.chmod(fd, mode & 0o7777)
      if (result < 0) return result
    }
    if (setsTimes) {
      const [a, m] = [timeToSet(atime), timeToSet(mtime)]
      return native.utimens(fd, a.seconds, a.nanoseconds, m.seconds, m.nanoseconds)
    }
    return 0
  }

  access(caller: Nfs3Caller, object: Buffer, asked: number): Result<'access'> {
    const engine = this.#engine
    const inode = engine.enter(caller, object)
    const fd = engine.open(inode, OpenMode.PATH)
    engine.examine(inode, fd, Slot.OBJECT)
    const isDirectory = inode.kind === HandleKind.DIRECTORY
    const executeBits = isDirectory ? Access3.LOOKUP : Access3.EXECUTE
    const writeBits = Access3.MODIFY | Access3.EXTEND | (isDirectory ? Access3.DELETE : 0)

    let granted = 0
    if (asked & Access3.READ && this.#permits(fd, AccessMode.READ)) granted |= Access3.READ
    if (asked & executeBits && this.#permitsExecute(fd, isDirectory)) granted |= executeBits
    if (asked & writeBits && !inode.granted.isReadOnly && this.#permits(fd, AccessMode.WRITE))
      granted |= writeBits
    const attributes = inode.granted.attributes(Slot.OBJECT)
    return { status: Nfsstat3.OK, access: granted & asked, attributes }
  }

  readlink(caller: Nfs3Caller, symlink: Buffer): Result<'readlink'> {
    const engine = this.#engine
    const inode = engine.enter(caller, symlink)
    const fd = engine.open(inode, OpenMode.PATH)
    engine.examine(inode, fd, Slot.OBJECT)
    const attributes = inode.granted.attributes(Slot.OBJECT)
    if (attributes.type !== Ftype3.LNK) return { status: Nfsstat3.INVAL, attributes }
    const size = native.readlink(fd, this.#link)
    if (size < 0) return { status: statusOfErrno(size), attributes }
    return { status: Nfsstat3.OK, path: this.#link.subarray(0, size), attributes }
  }

  fsstat(caller: Nfs3Caller, root: Buffer): Result<'fsstat'> {
    const inode = this.#engine.enter(caller, root)
    const attributes = this.#engine.presentAttributes(inode)
    const result = native.fstatfs(inode.served.share.rootFd)
    if (result < 0) return { status: statusOfErrno(result), attributes }
    // The share's quota where it has one, so that df in a container tells what the container may use.
    const { state } = inode.served
    const used = state.used()
    const bytesLeft = Math.max(0, state.quotaBytes - used.bytes)
    const filesLeft = Math.max(0, state.quotaFiles - used.files)
    const unit = statfsRow[StatfsField.BLOCK_SIZE]!
    return {
      status: Nfsstat3.OK,
      attributes,
      tbytes: Math.min(statfsRow[StatfsField.BLOCKS]! * unit, state.quotaBytes),
      fbytes: Math.min(statfsRow[StatfsField.FREE]! * unit, bytesLeft),
      abytes: Math.min(statfsRow[StatfsField.AVAILABLE]! * unit, bytesLeft),
      tfiles: leastFiles(statfsRow[StatfsField.FILES]!, state.quotaFiles),
      ffiles: leastFiles(statfsRow[StatfsField.FILES_FREE]!, filesLeft),
      afiles: leastFiles(statfsRow[StatfsField.FILES_FREE]!, filesLeft),
      invarsec: 0,
    }
  }

  fsinfo(caller: Nfs3Caller, root: Buffer): Result<'fsinfo'> {
    const inode = this.#engine.enter(caller, root)
    return {
      status: Nfsstat3.OK,
      attributes: this.#engine.presentAttributes(inode),
      rtmax: transferSizeMax,
      rtpref: transferSizeMax,
      rtmult: 4096,
      wtmax: transferSizeMax,
      wtpref: transferSizeMax,
      wtmult: 4096,
      dtpref: directorySizePreferred,
      maxfilesize: inode.served.share.fileSizeMax,
      timeDelta: { seconds: 0, nanoseconds: 1 },
      properties: Fsf3.LINK | Fsf3.SYMLINK | Fsf3.HOMOGENEOUS | Fsf3.CANSETTIME,
    }
  }

  pathconf(caller: Nfs3Caller, object: Buffer): Result<'pathconf'> {
    const inode = this.#engine.enter(caller, object)
    const { linkMax, nameMax } = inode.served.share
    return {
      status: Nfsstat3.OK,
      attributes: this.#engine.presentAttributes(inode),
      linkmax: linkMax,
      nameMax,
      noTrunc: true,
      chownRestricted: true,
      caseInsensitive: false,
      casePreserving: true,
    }
  }

  #truncate(inode: Inode, size: number): number {
    if (size > inode.served.share.fileSizeMax) return -constants.errno.EFBIG
    const fd = this.#engine.files.fd(inode, OpenMode.WRITE)
    if (fd < 0) return fd
    const denied = this.#engine.mayUse(fd, AccessMode.WRITE)
    if (denied < 0) return denied
    const examined = native.fstat(fd, Slot.AFTER)
    if (examined < 0) return examined
    inode.served.changes?.resized(Slot.AFTER, fd, Math.min(size, statField(Slot.AFTER, StatField.SIZE)))
    const usedBefore = bytesUsed(Slot.AFTER)
    const result = native.ftruncate(fd, size)
    if (result === 0 && native.fstat(fd, Slot.AFTER) === 0)
      inode.served.state.add(bytesUsed(Slot.AFTER) - usedBefore, 0)
    return result
  }

  #isOwner(fd: number): boolean {
    const { uid } = this.#engine.identity
    return uid === 0 || (native.fstat(fd, Slot.AFTER) === 0 && statField(Slot.AFTER, StatField.UID) === uid)
  }

  #isSymlink(inode: Inode, fd: number): boolean {
    return (
      inode.kind === HandleKind.OTHER &&
      native.fstat(fd, Slot.AFTER) === 0 &&
      fileType(statField(Slot.AFTER, StatField.MODE)) === Ftype3.LNK
    )
  }

  #permits(fd: number, mode: number): boolean {
    // Root reads everything. It writes everything too, but for what is immutable or on a read-only filesystem.
    if (mode === AccessMode.READ && this.#engine.identity.uid === 0) return true
    return native.access(fd, mode) === 0
  }

  #permitsExecute(fd: number, isDirectory: boolean): boolean {
    if (this.#engine.identity.uid !== 0) return native.access(fd, AccessMode.EXECUTE) === 0
    return isDirectory || (statField(Slot.OBJECT, StatField.MODE) & anyExecute) !== 0
  }
}

/** The lesser of what the filesystem has, of which one that makes inodes as it goes (btrfs) says 0, and the quota. */
function leastFiles(files: number, quota: number): number {
  if (quota === Infinity) return files
  return statfsRow[StatfsField.FILES] === 0 ? quota : Math.min(files, quota)
}

const nanosecondsPerSecond = 1_000_000_000

function isTime(time: SetTime3 | undefined): boolean {
  return time === undefined || time === 'server' || time.nanoseconds < nanosecondsPerSecond
}

function timeToSet(time: SetTime3 | undefined): Nfstime3 {
  if (time === undefined) return { seconds: 0, nanoseconds: timeOmit }
  return time === 'server' ? { seconds: 0, nanoseconds: timeNow } : time
}
