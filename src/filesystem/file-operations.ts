import { constants } from 'node:os'
import {
  Nfsstat3,
  NfsError,
  StableHow,
  type Nfs3Backend,
  type Nfs3Caller,
  type Nfs3Result,
  type Nfsstat3Failure,
  type ObjectAttributes,
  type Read3Ok,
  type ReadTarget,
} from 'nfs-server-ts'
import { native, StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import { SyncKind } from './durability.ts'
import { AccessMode, Slot, type Engine } from './engine.ts'
import { errnoName, statusOfErrno } from './errno.ts'
import { HandleKind } from './handle.ts'
import { OpenMode, type Inode } from './inode.ts'
import { fileSizeMax } from './share.ts'
import { bytesUsed, exceedsQuota } from './quota.ts'

const { EAGAIN, EOPNOTSUPP } = constants.errno

/** From this size on, sending from the page cache costs less than copying. */
const sendFileSizeMin = 16 * 1024
/** Who reads less at a time looks for something, or reads so slowly that the kernel's own reading ahead does. */
const readAheadCountMin = 32 * 1024
/** Of cachestat(2): the smallest page there is; where pages are larger, fewer are found and the data is copied. */
const pageSize = 4096

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>
type ReadResult = Nfs3Result<Read3Ok, ObjectAttributes>

/** Procedures on the data of a file: READ, WRITE, COMMIT. */
export class FileOperations {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  read(caller: Nfs3Caller, file: Buffer, offset: number, count: number, target: ReadTarget): Result<'read'> {
    const engine = this.#engine
    const inode = engine.enter(caller, file)
    const wrong = wrongKind(inode)
    if (wrong !== undefined) return { status: wrong, attributes: engine.presentAttributes(inode) }
    const fd = engine.open(inode, OpenMode.READ)
    const denied = this.#mayRead(fd)
    if (denied < 0) return { status: statusOfErrno(denied), attributes: engine.attributes(inode) }
    // Beyond the largest file there is nothing: a read there ends at once, as any read past the end does.
    const wanted = offset > fileSizeMax - count ? 0 : count
    const { share } = inode.served
    if (target.takesFile && wanted >= sendFileSizeMin) {
      const inCache = this.#readFromCache(inode, fd, offset, wanted)
      if (inCache !== undefined) return inCache
    }
    if (!share.readsNowait)
      return this.#finishRead(
        inode,
        fd,
        offset,
        native.pread(fd, target.buffer, target.offset, wanted, offset),
      )

    const result = native.preadNowait(fd, target.buffer, target.offset, wanted, offset)
    if (result === -EOPNOTSUPP) {
      share.readsNowait = false
      return this.#finishRead(
        inode,
        fd,
        offset,
        native.pread(fd, target.buffer, target.offset, wanted, offset),
      )
    }
    if (result === -EAGAIN || (result >= 0 && result < wanted && this.#endsLater(fd, offset + result)))
      return this.#readFromDisk(inode, offset, wanted)
    if (result >= readAheadCountMin) inode.descriptor!.readAhead.found(inode.descriptor!, offset, result)
    return this.#finishRead(inode, fd, offset, result)
  }

  write(caller: Nfs3Caller, file: Buffer, offset: number, stable: StableHow, data: Buffer): Result<'write'> {
    const engine = this.#engine
    const inode = engine.enter(caller, file)
    refuseWhenFull(inode)
    const { served } = inode
    const fd = engine.open(
      inode,
      inode.kind === HandleKind.REGULAR && !inode.granted.isReadOnly ? OpenMode.WRITE : OpenMode.PATH,
    )
    engine.examine(inode, fd, Slot.BEFORE)
    const before = inode.granted.before(Slot.BEFORE)
    const refuse = (status: Nfsstat3Failure) => ({ status, wcc: { before, after: engine.attributes(inode) } })

    const wrong = wrongKind(inode)
    if (wrong !== undefined) return refuse(wrong)
    if (inode.granted.isReadOnly) return refuse(Nfsstat3.ROFS)
    if (offset > served.share.fileSizeMax - data.length) return refuse(Nfsstat3.FBIG)
    const denied = engine.mayUse(fd, AccessMode.WRITE)
    if (denied < 0) return refuse(statusOfErrno(denied))
    const { state } = served
    if (exceedsQuota(state, Slot.BEFORE, offset, data.length)) return refuse(Nfsstat3.DQUOT)
    served.changes?.written(Slot.BEFORE, fd, offset, data.length)
    const usedBefore = bytesUsed(Slot.BEFORE)
    const { verifier } = engine.durability
    const count = native.pwrite(fd, data, 0, data.length, offset)
    if (count < 0) return refuse(statusOfErrno(count))

    if (native.fstat(fd, Slot.AFTER) < 0) return refuse(Nfsstat3.IO)
    state.add(bytesUsed(Slot.AFTER) - usedBefore, 0)
    const wcc = { before, after: inode.granted.attributes(Slot.AFTER) }
    if (stable === StableHow.UNSTABLE) {
      engine.durability.wrote(inode.descriptor!)
      return { status: Nfsstat3.OK, wcc, count, committed: stable, verifier }
    }
    return engine
      .sync(inode, stable === StableHow.DATA_SYNC ? SyncKind.DATA : SyncKind.FILE)
      .then((result) => {
        if (result < 0) return refuse(statusOfErrno(result))
        return { status: Nfsstat3.OK, wcc, count, committed: stable, verifier }
      })
  }

  /** The range is not looked at: one fsync of the file serves every COMMIT that waits for it. */
  async commit(caller: Nfs3Caller, file: Buffer): Promise<Awaited<Result<'commit'>>> {
    const engine = this.#engine
    const inode = engine.enter(caller, file)
    refuseWhenFull(inode)
    const wrong = wrongKind(inode)
    const fd = engine.open(inode, wrong === undefined ? OpenMode.READ : OpenMode.PATH)
    engine.examine(inode, fd, Slot.BEFORE)
    const before = inode.granted.before(Slot.BEFORE)
    const status = wrong ?? errnoOrOk(await engine.sync(inode, SyncKind.FILE))
    const after = engine.attributes(inode)
    // It changes nothing: what is another since it began was changed by somebody else, whom the client must notice.
    const isSame =
      after?.ctimeSeconds === before.ctimeSeconds && after.ctimeNanoseconds === before.ctimeNanoseconds
    const wcc = { before: isSame ? before : undefined, after }
    if (status !== Nfsstat3.OK) return { status, wcc }
    return { status, wcc, verifier: engine.durability.verifier }
  }

  /** READ is allowed to who may execute too: the client's kernel reads a program to run it (RFC 1813 §4.4). */
  #mayRead(fd: number): number {
    const denied = this.#engine.mayUse(fd, AccessMode.READ)
    return denied < 0 && native.access(fd, AccessMode.EXECUTE) === 0 ? 0 : denied
  }

  /** A large READ whose pages are all in memory is sent from there: the data need not pass through this process. */
  #readFromCache(inode: Inode, fd: number, offset: number, count: number): ReadResult | undefined {
    this.#engine.examine(inode, fd, Slot.AFTER)
    const attributes = inode.granted.attributes(Slot.AFTER)
    const available = Math.min(count, attributes.size - offset)
    if (available < sendFileSizeMin) return undefined
    const first = Math.floor(offset / pageSize)
    const pageCount = Math.ceil((offset + available) / pageSize) - first
    if (native.cachedPages(fd, first * pageSize, pageCount * pageSize) < pageCount) return undefined
    const eof = offset + available >= attributes.size
    inode.descriptor!.readAhead.found(inode.descriptor!, offset, available)
    const file = { fd, holder: inode.descriptor!, position: offset, count: available }
    return { status: Nfsstat3.OK, attributes, count: available, eof, file }
  }

  #endsLater(fd: number, offset: number): boolean {
    return native.fstat(fd, Slot.AFTER) === 0 && statField(Slot.AFTER, StatField.SIZE) > offset
  }

  #finishRead(inode: Inode, fd: number, offset: number, result: number): ReadResult {
    if (result < 0) return { status: statusOfErrno(result), attributes: this.#engine.attributes(inode) }
    this.#engine.examine(inode, fd, Slot.AFTER)
    const attributes = inode.granted.attributes(Slot.AFTER)
    return { status: Nfsstat3.OK, attributes, count: result, eof: offset + result >= attributes.size }
  }

  /**
   * The pages are not in memory: the disk's threads wait for them, so that it never holds up calls that do not need it. From
   * there they are read into the reply when that is written.
   * @throws NfsError JUKEBOX when more waits for the disk than may.
   */
  #readFromDisk(inode: Inode, offset: number, count: number): Promise<ReadResult> {
    const descriptor = inode.descriptor!
    refuseWhenFull(inode)
    descriptor.pin()
    const ahead = count < readAheadCountMin ? 0 : descriptor.readAhead.missed(offset, count)
    return new Promise((resolve, reject) => {
      descriptor.disk.fetch(descriptor.fd, count, offset, ahead, (fetched) => {
        // The reply is written before anything else is done, or never.
        setImmediate(() => descriptor.unpin())
        try {
          const result = this.#finishRead(inode, descriptor.fd, offset, fetched)
          if (result.status === Nfsstat3.OK)
            result.fill = (into, start) => readAgain(descriptor.fd, into, start, result.count, offset)
          resolve(result)
        } catch (error) {
          reject(error)
        }
      })
    })
  }
}

/** Bytes that were in memory a moment ago. What somebody has cut off the file since is zeros, as a hole has. */
function readAgain(fd: number, into: Buffer, start: number, count: number, position: number): void {
  const found = native.preadNowait(fd, into, start, count, position)
  // The kernel needed the memory for something else, or the filesystem keeps nothing in it.
  const read = found < count ? native.pread(fd, into, start, count, position) : found
  if (read < 0) throw new Error(`what was read a moment ago cannot be read again: ${errnoName(read)}`)
  into.fill(0, start + read, start + count)
}

/** What may come again does: a disk that stalls must not gather all that is sent to it. */
function refuseWhenFull({ served }: Inode): void {
  if (served.disk.isFull) throw new NfsError(Nfsstat3.JUKEBOX)
}

function errnoOrOk(result: number): Nfsstat3Failure | typeof Nfsstat3.OK {
  return result < 0 ? statusOfErrno(result) : Nfsstat3.OK
}

/** RFC 1813 §3.3.6, §3.3.7: ISDIR for directories, INVAL for what is neither file nor directory. */
function wrongKind(inode: Inode): Nfsstat3Failure | undefined {
  if (inode.kind === HandleKind.REGULAR) return undefined
  return inode.kind === HandleKind.DIRECTORY ? Nfsstat3.ISDIR : Nfsstat3.INVAL
}
