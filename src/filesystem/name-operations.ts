import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import {
  Ftype3,
  Nfsstat3,
  type CreateHow3,
  type DirOpArgs3,
  type Fattr3,
  type MknodData3,
  type Nfs3Backend,
  type Nfs3Caller,
  type Nfsstat3Failure,
  type Sattr3,
} from 'nfs-server-ts'
import { native, StatField } from '../native/index.ts'
import { fileType, statField } from './attributes.ts'
import { itself, Slot, type Engine, type EnteredDirectory } from './engine.ts'
import { statusOfErrno } from './errno.ts'
import { holdsVerifier, timesOfVerifier } from './exclusive-verifier.ts'
import { HandleKind } from './handle.ts'
import { OpenMode, type Inode } from './inode.ts'
import type { LookupOperations } from './lookup-operations.ts'
import { isDot, isDotDot, refuseName } from './names.ts'
import type { ObjectOperations } from './object-operations.ts'
import { bytesUsed } from './quota.ts'
import { pathFlags } from './share.ts'

const { EEXIST, ENOENT } = osConstants.errno
const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW, O_DIRECTORY, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK } = constants

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/** Modes of objects whose client sent none. An exclusive CREATE cannot send one: its SETATTR follows. */
const fileModeDefault = 0o644
const directoryModeDefault = 0o755
const exclusiveMode = 0o600

/** Set-user-id and set-group-id: mkdirat ignores them. */
const setIdMask = 0o6000
const S_ISGID = 0o2000

const nodeTypeBits = {
  [Ftype3.CHR]: S_IFCHR,
  [Ftype3.BLK]: S_IFBLK,
  [Ftype3.SOCK]: S_IFSOCK,
  [Ftype3.FIFO]: S_IFIFO,
} as const

/** Procedures that change names: CREATE, MKDIR, SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK. */
export class NameOperations {
  readonly #engine: Engine
  readonly #objects: ObjectOperations
  readonly #lookups: LookupOperations

  constructor(engine: Engine, objects: ObjectOperations, lookups: LookupOperations) {
    this.#engine = engine
    this.#objects = objects
    this.#lookups = lookups
  }

  create(caller: Nfs3Caller, { dir, name }: DirOpArgs3, how: CreateHow3): Result<'create'> {
    const directory = this.#enter(caller, dir, name)
    const refused = refuseNewObject(directory, name)
    if (refused === Nfsstat3.DQUOT && how.mode !== 'GUARDED')
      return this.#createExisting(directory, name, how, refused)
    if (refused !== undefined) return this.#refuse(directory, refused)
    const mode = how.mode === 'EXCLUSIVE' ? exclusiveMode : (how.attributes.mode ?? fileModeDefault) & 0o7777
    const fd = native.openBeneath(directory.fd, name, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, mode)
    if (fd === -EEXIST && how.mode !== 'GUARDED') return this.#createExisting(directory, name, how)
    if (fd < 0) return this.#refuse(directory, statusOfErrno(fd))
    // The mode was set by the call that made the file, with the process's umask out of the way.
    const rest = how.mode === 'EXCLUSIVE' ? timesOfVerifier(how.verifier) : remaining(how.attributes, mode)
    return this.#created(directory, name, fd, OpenMode.WRITE, rest, 0)
  }

  mkdir(caller: Nfs3Caller, { dir, name }: DirOpArgs3, attributes: Sattr3): Result<'mkdir'> {
    const directory = this.#enter(caller, dir, name)
    const refused = refuseNewObject(directory, name)
    if (refused !== undefined) return this.#refuse(directory, refused)
    const mode = attributes.mode ?? directoryModeDefault
    const result = native.mkdirAt(directory.fd, name, mode & ~setIdMask & 0o7777)
    if (result < 0) return this.#refuse(directory, statusOfErrno(result))
    const fd = native.openBeneath(directory.fd, name, pathFlags | O_DIRECTORY, 0)
    const rest = withoutSize(mode & setIdMask ? attributes : withoutMode(attributes))
    return this.#created(directory, name, fd, OpenMode.PATH, rest, 1)
  }

  symlink(
    caller: Nfs3Caller,
    { dir, name }: DirOpArgs3,
    attributes: Sattr3,
    path: Buffer,
  ): Result<'symlink'> {
    const directory = this.#enter(caller, dir, name)
    const refused = refuseNewObject(directory, name)
    if (refused !== undefined) return this.#refuse(directory, refused)
    const result = native.symlinkAt(path, directory.fd, name)
    if (result < 0) return this.#refuse(directory, statusOfErrno(result))
    // Linux has no mode for symlinks: what the client sends is what it would be anyway.
    return this.#made(directory, name, withoutSize(withoutMode(attributes)))
  }

  mknod(caller: Nfs3Caller, { dir, name }: DirOpArgs3, what: MknodData3): Result<'mknod'> {
    const directory = this.#enter(caller, dir, name)
    const refused = refuseNewObject(directory, name)
    if (refused !== undefined) return this.#refuse(directory, refused)
    if (!('attributes' in what)) return this.#refuse(directory, Nfsstat3.BADTYPE)
    const mode = (what.attributes.mode ?? fileModeDefault) & 0o7777
    const [major, minor] = 'rdevMajor' in what ? [what.rdevMajor, what.rdevMinor] : [0, 0]
    const result = native.mknodAt(directory.fd, name, nodeTypeBits[what.type] | mode, major, minor)
    if (result < 0) return this.#refuse(directory, statusOfErrno(result))
    return this.#made(directory, name, withoutSize(remaining(what.attributes, mode)))
  }

  remove(caller: Nfs3Caller, { dir, name }: DirOpArgs3): Result<'remove'> {
    return this.#unlink(caller, dir, name, false)
  }

  rmdir(caller: Nfs3Caller, { dir, name }: DirOpArgs3): Result<'rmdir'> {
    return this.#unlink(caller, dir, name, true)
  }

  rename(caller: Nfs3Caller, from: DirOpArgs3, to: DirOpArgs3): Result<'rename'> {
    const engine = this.#engine
    const source = this.#enter(caller, from.dir, from.name)
    const target = this.#enter(caller, to.dir, to.name)
    const { served } = source.inode
    const answer = <Status extends number>(status: Status) => ({
      status,
      fromDirWcc: engine.wcc(source),
      toDirWcc: engine.wcc(target),
    })

    const refused = refuseChange(source, from.name) ?? refuseChange(target, to.name)
    if (refused !== undefined) return answer(refused)
    if (source.inode.granted !== target.inode.granted) return answer(Nfsstat3.XDEV)
    const { changes } = served
    // A rename changes the ctime of what is renamed.
    const isSeen = changes !== undefined && native.statAt(source.fd, from.name, Slot.OBJECT) === 0
    if (isSeen) changes.named(Slot.OBJECT)
    const mayBeDirectory = !isSeen || describesDirectory(Slot.OBJECT)
    // What stands at the target is examined first: its descriptor must not keep it alive when it is replaced.
    const replaces = native.statAt(target.fd, to.name, Slot.OBJECT) === 0
    if (replaces) changes?.named(Slot.OBJECT)
    if (mayBeDirectory) changes?.moving()
    const result = native.renameAt(source.fd, from.name, target.fd, to.name)
    if (mayBeDirectory) changes?.moved()
    if (result < 0) return answer(statusOfErrno(result))
    // A rename of a name to itself, or to another of the same object, leaves both as they were.
    const isSameName = source.inode === target.inode && from.name.equals(to.name)
    if (replaces && !isSameName) this.#releaseRemoved(target)
    served.locator.move(source.inode.handle, from.name, target.inode.handle, to.name)
    const changed = source.inode === target.inode ? [source.inode] : [source.inode, target.inode]
    return engine.whenDurable(served, changed, answer(Nfsstat3.OK), answer)
  }

  link(caller: Nfs3Caller, file: Buffer, link: DirOpArgs3): Result<'link'> {
    const engine = this.#engine
    const inode = engine.enter(caller, file)
    const fd = engine.open(inode, OpenMode.PATH)
    engine.examine(inode, fd, Slot.OBJECT)
    const directory = this.#enter(caller, link.dir, link.name)
    const { served } = directory.inode
    const answer = <Status extends number>(status: Status) => ({
      status,
      attributes: engine.attributes(inode),
      linkDirWcc: engine.wcc(directory),
    })

    const refused = refuseNewName(directory, link.name)
    if (refused !== undefined) return answer(refused)
    if (directory.inode.granted !== inode.granted) return answer(Nfsstat3.XDEV)
    if (inode.kind === HandleKind.DIRECTORY) return answer(Nfsstat3.ISDIR)
    served.changes?.attributes(Slot.OBJECT, fd)
    const result = native.linkAt(fd, directory.fd, link.name)
    if (result < 0) return answer(statusOfErrno(result))
    served.locator.learn(directory.inode.handle, link.name, inode.handle)
    return engine.whenDurable(served, [inode, directory.inode], answer(Nfsstat3.OK), answer)
  }

  /** A directory in which a name is about to be changed. */
  #enter(caller: Nfs3Caller, handle: Buffer, name: Buffer): EnteredDirectory {
    const directory = this.#engine.enterDirectory(caller, handle)
    const { served, granted } = directory.inode
    if (!granted.isReadOnly) served.changes?.name(Slot.BEFORE, directory.fd, name)
    return directory
  }

  #unlink(caller: Nfs3Caller, dir: Buffer, name: Buffer, asDirectory: boolean): Result<'remove'> {
    const engine = this.#engine
    const directory = this.#enter(caller, dir, name)
    const { served } = directory.inode
    const refused = refuseChange(directory, name, asDirectory)
    if (refused !== undefined) return this.#refuse(directory, refused)
    const found = native.statAt(directory.fd, name, Slot.OBJECT)
    if (found < 0) return this.#refuse(directory, statusOfErrno(found))
    served.changes?.named(Slot.OBJECT)
    const result = native.unlinkAt(directory.fd, name, asDirectory ? 1 : 0)
    if (result < 0) return this.#refuse(directory, statusOfErrno(result))
    this.#releaseRemoved(directory)
    served.locator.forget(directory.inode.handle, name)
    const answer = { status: Nfsstat3.OK, dirWcc: engine.wcc(directory) }
    return engine.whenDurable(served, [directory.inode], answer, (status) => ({
      status,
      dirWcc: engine.wcc(directory),
    }))
  }

  /** Slot OBJECT describes what a name led to before it was taken away: the last name lets go of descriptor and space. */
  #releaseRemoved({ inode: { served } }: EnteredDirectory): void {
    if (!describesDirectory(Slot.OBJECT) && statField(Slot.OBJECT, StatField.NLINK) !== 1) return
    served.state.add(-bytesUsed(Slot.OBJECT), -1)
    this.#engine.files.closeRemoved(served, Slot.OBJECT)
    this.#engine.removed?.add(
      served.share.id,
      statField(Slot.OBJECT, StatField.INO_HIGH),
      statField(Slot.OBJECT, StatField.INO_LOW),
    )
  }

  /**
   * CREATE of a name that exists: UNCHECKED takes the file there is, EXCLUSIVE only its own of an earlier try.
   * `unlessThere`: why a new one must not be made, when none is there.
   */
  #createExisting(
    directory: EnteredDirectory,
    name: Buffer,
    how: Exclude<CreateHow3, { mode: 'GUARDED' }>,
    unlessThere?: Nfsstat3Failure,
  ): Result<'create'> {
    const inode = this.#lookups.find(directory, name)
    if (typeof inode === 'number')
      return this.#refuse(directory, (inode === -ENOENT ? unlessThere : undefined) ?? statusOfErrno(inode))
    if (how.mode === 'EXCLUSIVE') {
      if (inode.kind !== HandleKind.REGULAR || !holdsVerifier(Slot.OBJECT, how.verifier))
        return this.#refuse(directory, Nfsstat3.EXIST)
      const attributes = inode.granted.attributes(Slot.OBJECT)
      return this.#answerCreated(directory, inode, attributes, [inode])
    }
    if (inode.kind !== HandleKind.REGULAR)
      return this.#refuse(directory, inode.kind === HandleKind.DIRECTORY ? Nfsstat3.ISDIR : Nfsstat3.EXIST)
    // Of the attributes only the size means anything for a file that is there already, as with open(2)'s O_TRUNC.
    if (how.attributes.size !== undefined) {
      const result = this.#objects.apply(inode, { size: how.attributes.size })
      if (result < 0) return this.#refuse(directory, statusOfErrno(result))
    }
    return this.#answerCreated(directory, inode, this.#engine.attributes(inode), [inode])
  }

  /** Opens an object just made that is not to be opened for real, and goes on as {@link #created}. */
  #made(directory: EnteredDirectory, name: Buffer, attributes: Sattr3): Result<'create'> {
    return this.#created(
      directory,
      name,
      native.openBeneath(directory.fd, name, pathFlags, 0),
      OpenMode.PATH,
      attributes,
      0,
    )
  }

  /** Finishes an object just made and opened as `fd`: remaining attributes, handle, answer. */
  #created(
    directory: EnteredDirectory,
    name: Buffer,
    fd: number,
    mode: OpenMode,
    attributes: Sattr3,
    isDirectory: 0 | 1,
  ): Result<'create'> {
    const engine = this.#engine
    const { served } = directory.inode
    // Somebody else has replaced it already: it was made, and what it is now a LOOKUP will tell.
    served.state.add(0, 1)
    if (fd < 0) return this.#answerCreated(directory, undefined, undefined, [])
    const packed = served.locator.identify(fd, itself)
    const examined = packed < 0 ? packed : native.fstat(fd, Slot.OBJECT)
    if (examined < 0) {
      native.close(fd)
      return this.#refuse(directory, statusOfErrno(examined))
    }
    served.changes?.made(Slot.OBJECT)
    const inode = engine.intern(directory.inode.granted, packed, Slot.OBJECT)
    // That it was made has been told: that it is written then goes without saying.
    engine.files.adopt(inode, fd, mode, Slot.OBJECT).toldWrite = mode === OpenMode.WRITE
    try {
      served.locator.learn(directory.inode.handle, name, inode.handle)
    } catch (error) {
      this.#unmake(directory, name, inode, isDirectory)
      throw error
    }
    if (Object.keys(attributes).length === 0)
      return this.#answerCreated(directory, inode, inode.granted.attributes(Slot.OBJECT), [])

    // A set-group-id parent hands its bit down to a directory: asking for other bits must not take it away.
    const inherited = isDirectory ? statField(Slot.OBJECT, StatField.MODE) & S_ISGID : 0
    const { mode: asked } = attributes
    const result = this.#objects.apply(
      inode,
      asked === undefined ? attributes : { ...attributes, mode: asked | inherited },
    )
    if (result < 0) {
      this.#unmake(directory, name, inode, isDirectory)
      return this.#refuse(directory, statusOfErrno(result))
    }
    return this.#answerCreated(directory, inode, engine.attributes(inode), [inode])
  }

  /** A refused CREATE must leave nothing behind. */
  #unmake(directory: EnteredDirectory, name: Buffer, inode: Inode, isDirectory: 0 | 1): void {
    const { state, locator } = directory.inode.served
    // The name may be another's by now: somebody has replaced what was made, and that is not to be taken away.
    const isThere =
      native.statAt(directory.fd, name, Slot.AFTER) === 0 && this.#engine.known.has(inode.handle, Slot.AFTER)
    const used = isThere ? bytesUsed(Slot.AFTER) : 0
    if (isThere && native.unlinkAt(directory.fd, name, isDirectory) === 0) state.add(-used, -1)
    locator.forget(directory.inode.handle, name)
    if (inode.descriptor !== undefined) this.#engine.files.close(inode.descriptor)
  }

  /** `changed`: what must be synced besides the directory and, where that does not cover it, the object. */
  #answerCreated(
    directory: EnteredDirectory,
    inode: Inode | undefined,
    attributes: Fattr3 | undefined,
    changed: readonly Inode[],
  ): Result<'create'> {
    const engine = this.#engine
    const { served } = directory.inode
    // The reply may have to wait, and the handle of an inode that is not open does not last.
    const object = inode && Buffer.from(inode.handle)
    const answer = { status: Nfsstat3.OK, object, attributes, dirWcc: engine.wcc(directory) }
    const objects = served.share.directorySyncSuffices ? changed : [inode]
    return engine.whenDurable(served, [...objects, directory.inode], answer, (status) => ({
      status,
      dirWcc: engine.wcc(directory),
    }))
  }

  #refuse(directory: EnteredDirectory, status: Nfsstat3Failure) {
    return { status, dirWcc: this.#engine.wcc(directory) }
  }
}

function describesDirectory(slot: number): boolean {
  return fileType(statField(slot, StatField.MODE)) === Ftype3.DIR
}

/** Why a name must not be changed in this directory. RFC 1813 §3.3.12 to §3.3.14 on "." and "..". */
function refuseChange(
  { inode }: EnteredDirectory,
  name: Buffer,
  asDirectory = false,
): Nfsstat3Failure | undefined {
  const { share } = inode.served
  if (inode.granted.isReadOnly) return Nfsstat3.ROFS
  if (isDot(name)) return Nfsstat3.INVAL
  if (isDotDot(name)) return asDirectory ? Nfsstat3.EXIST : Nfsstat3.INVAL
  const refused = refuseName(name, share.nameMax, share.reservedName)
  return refused === Nfsstat3.OK ? undefined : refused
}

/** As {@link refuseNewName}, for a name that is to lead to a new object: the share's quota may have no room for it. */
function refuseNewObject(directory: EnteredDirectory, name: Buffer): Nfsstat3Failure | undefined {
  const refused = refuseNewName(directory, name)
  if (refused !== undefined) return refused
  const { state } = directory.inode.served
  return state.quotaFiles === Infinity || state.hasRoom(0, 1) ? undefined : Nfsstat3.DQUOT
}

/** Why a name must not be made in this directory: "." and ".." are always there. */
function refuseNewName(directory: EnteredDirectory, name: Buffer): Nfsstat3Failure | undefined {
  if (!directory.inode.granted.isReadOnly && (isDot(name) || isDotDot(name))) return Nfsstat3.EXIST
  return refuseChange(directory, name)
}

/** What is left to set on an object just made with `mode`: the mode again where setting the rest clears set-id bits. */
function remaining(attributes: Sattr3, mode: number): Sattr3 {
  const rest = withoutMode(attributes.size === 0 ? withoutSize(attributes) : attributes)
  const clears = rest.uid !== undefined || rest.gid !== undefined || rest.size !== undefined
  return clears && mode & setIdMask ? { ...rest, mode } : rest
}

function withoutMode({ mode: _mode, ...rest }: Sattr3): Sattr3 {
  return rest
}

/** Only files have a size that a client can set. */
function withoutSize({ size: _size, ...rest }: Sattr3): Sattr3 {
  return rest
}
