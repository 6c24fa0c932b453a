import type { DirOpArgs3, MaybePromise, Nfsstat3 } from 'nfs-server-ts'
import { FileOperation, type FileEvent } from '../audit/event.ts'
import { native, StatField } from '../native/index.ts'
import { ShareFlag } from '../shared-memory/share-table.ts'
import { statField } from './attributes.ts'
import { Slot, type Engine } from './engine.ts'
import { OpenMode, type Inode } from './inode.ts'
import type { ServedShare } from './served-share.ts'

/** Takes events, and copies what it keeps of them. */
export interface AuditSink {
  append(event: FileEvent): void
}

/** PATH_MAX: longer ones are cut. */
const pathSizeMax = 4096
/** For how long a directory's path is taken for true without asking the kernel again, in ms. */
const pathKeptMs = 100
/** Directories whose paths are kept; at the limit all are forgotten. */
const keptPathCountMax = 1000
const slash = 0x2f
const nothing = Buffer.alloc(0)

/** A directory's path, as it was a moment ago. */
interface KeptPath {
  readonly path: Buffer
  readonly at: number
}

interface Answer {
  readonly status: Nfsstat3
}

/**
 * Tells the audit what was done to the files of shares that want it. Paths are asked of the kernel: a directory's is
 * right also after it was renamed on the host, but for the tenth of a second in which it is not asked again.
 */
export class AuditTrail {
  readonly #engine: Engine
  readonly #sink: AuditSink
  readonly #path = Buffer.allocUnsafeSlow(pathSizeMax)
  readonly #toPath = Buffer.allocUnsafeSlow(pathSizeMax)
  readonly #rootPaths = new WeakMap<ServedShare, Buffer>()
  readonly #keptPaths = new Map<Inode, KeptPath>()
  /** One for all calls: the sink copies. */
  readonly #event: FileEvent = {
    at: 0,
    operation: FileOperation.CREATE,
    status: 0,
    grant: 0,
    shareId: 0,
    uid: 0,
    gid: 0,
    directory: nothing,
    name: nothing,
    toDirectory: nothing,
    toName: nothing,
  }

  constructor(engine: Engine, sink: AuditSink) {
    this.#engine = engine
    this.#sink = sink
  }

  /** A name was made or taken away, or this was refused. Answers `result`. */
  named<Result extends MaybePromise<Answer>>(
    operation: FileOperation,
    where: DirOpArgs3,
    result: Result,
  ): Result {
    const inode = this.#wanted(ShareFlag.AUDIT_CHANGES)
    if (inode === undefined) return result
    const directory = this.#directoryOf(where, this.#path)
    return this.#tell(operation, inode, directory, where.name, nothing, nothing, result)
  }

  /** A name was moved or added. `from`: undefined where only an object was named, whose name is not known. */
  moved<Result extends MaybePromise<Answer>>(
    operation: FileOperation,
    from: DirOpArgs3 | undefined,
    to: DirOpArgs3,
    result: Result,
  ): Result {
    const inode = this.#wanted(ShareFlag.AUDIT_CHANGES)
    if (inode === undefined) return result
    // It may have been a directory, with all below it.
    if (operation === FileOperation.RENAME) this.#keptPaths.clear()
    const toDirectory = this.#directoryOf(to, this.#toPath)
    const directory = from === undefined ? nothing : this.#directoryOf(from, this.#path)
    return this.#tell(operation, inode, directory, from?.name ?? nothing, toDirectory, to.name, result)
  }

  /** Attributes of an object were set. */
  changed<Result extends MaybePromise<Answer>>(operation: FileOperation, result: Result): Result {
    const inode = this.#wanted(ShareFlag.AUDIT_CHANGES)
    if (inode === undefined) return result
    return this.#tell(operation, inode, this.#objectPath(inode), nothing, nothing, nothing, result)
  }

  /** A file was read or written: told for the first such call since it was opened. */
  used<Result extends MaybePromise<Answer>>(isWrite: boolean, result: Result): Result {
    const inode = this.#wanted(isWrite ? ShareFlag.AUDIT_CHANGES : ShareFlag.AUDIT_OPENS)
    const descriptor = inode?.descriptor
    if (inode === undefined || descriptor === undefined) return result
    if (isWrite ? descriptor.toldWrite : descriptor.toldRead) return result
    if (isWrite) descriptor.toldWrite = true
    else descriptor.toldRead = true
    const operation = isWrite ? FileOperation.OPEN_WRITE : FileOperation.OPEN
    return this.#tell(operation, inode, this.#objectPath(inode), nothing, nothing, nothing, result)
  }

  /** The object of the call under way, if its share wants such calls told. */
  #wanted(flag: number): Inode | undefined {
    const { entered } = this.#engine
    return entered !== undefined && entered.served.state.flags & flag ? entered : undefined
  }

  #tell<Result extends MaybePromise<Answer>>(
    operation: FileOperation,
    { granted }: Inode,
    directory: Buffer,
    name: Buffer,
    toDirectory: Buffer,
    toName: Buffer,
    result: Result,
  ): Result {
    const event = this.#event
    event.at = Date.now()
    event.operation = operation
    event.grant = granted.grant
    event.shareId = granted.served.share.id
    event.uid = this.#engine.identity.uid
    event.gid = this.#engine.identity.gid
    event.directory = directory
    event.name = name
    event.toDirectory = toDirectory
    event.toName = toName
    if (!(result instanceof Promise)) {
      event.status = result.status
      this.#sink.append(event)
      return result
    }
    // What is told later must not be the buffers of another call by then.
    const [path, toPath] = [Buffer.from(directory), Buffer.from(toDirectory)]
    const later = {
      ...event,
      directory: path,
      name: Buffer.from(name),
      toDirectory: toPath,
      toName: Buffer.from(toName),
    }
    return result.then((answer: Answer) => {
      this.#sink.append({ ...later, status: answer.status })
      return answer
    }) as Result
  }

  /** Path of a directory below its share's root. */
  #directoryOf({ dir }: DirOpArgs3, into: Buffer): Buffer {
    const inode = this.#engine.inodes.find(dir, dir.length)
    if (inode === undefined) return nothing
    const now = Date.now()
    const kept = this.#keptPaths.get(inode)
    if (kept !== undefined && now - kept.at < pathKeptMs && now >= kept.at) return kept.path
    const fd = this.#engine.files.fd(inode, OpenMode.PATH)
    const path = fd < 0 ? nothing : this.#below(inode.served, fd, into)
    if (this.#keptPaths.size >= keptPathCountMax) this.#keptPaths.clear()
    this.#keptPaths.set(inode, { path: Buffer.from(path), at: now })
    return path
  }

  /** Path of an object, as far as the kernel knows it; else its inode number stands for it. */
  #objectPath(inode: Inode): Buffer {
    const fd = this.#engine.files.fd(inode, OpenMode.PATH)
    if (fd < 0) return nothing
    const path = this.#below(inode.served, fd, this.#path)
    if (path.length > 0 || native.fstat(fd, Slot.AFTER) < 0 || inode.served.share.isRoot(Slot.AFTER))
      return path
    const number =
      BigInt(statField(Slot.AFTER, StatField.INO_HIGH)) * 0x1_0000_0000n +
      BigInt(statField(Slot.AFTER, StatField.INO_LOW))
    return Buffer.from(`<inode ${number}>`)
  }

  #below(served: ServedShare, fd: number, into: Buffer): Buffer {
    const size = native.pathOf(fd, into)
    if (size < 0) return nothing
    let root = this.#rootPaths.get(served)
    if (root === undefined || !startsWith(into, size, root)) {
      // The share itself may have been moved on the host.
      root = this.#rootPath(served)
      if (!startsWith(into, size, root)) return nothing
    }
    return into.subarray(Math.min(size, root.length + 1), size)
  }

  #rootPath(served: ServedShare): Buffer {
    const path = Buffer.allocUnsafeSlow(pathSizeMax)
    const size = native.pathOf(served.share.rootFd, path)
    const root = size < 0 ? nothing : Buffer.from(path.subarray(0, size))
    this.#rootPaths.set(served, root)
    return root
  }
}

function startsWith(path: Buffer, size: number, root: Buffer): boolean {
  if (size < root.length || (size > root.length && path[root.length] !== slash)) return false
  for (let index = 0; index < root.length; index++) if (path[index] !== root[index]) return false
  return true
}
