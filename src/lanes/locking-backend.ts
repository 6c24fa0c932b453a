import type {
  CreateHow3,
  DirOpArgs3,
  EntriesTarget,
  MknodData3,
  Nfs3Backend,
  Nfs3Caller,
  Nfstime3,
  Readdir3Args,
  ReadTarget,
  Sattr3,
  StableHow,
} from 'nfs-server-ts'
import { handleHeaderSize, handleMacSize } from '../filesystem/index.ts'
import type { ObjectLocks } from '../shared-memory/object-locks.ts'

/** Where a handle names the share, and the grant, which is no part of what it names. */
const shareStart = 4
const grantStart = 8

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/**
 * The files where several lanes change them: while a call changes a file, or the names in a directory, no call of another
 * lane changes the same one. What comes after the change, as a sync, waits for nobody.
 */
export class LockingBackend implements Nfs3Backend {
  readonly #files: Nfs3Backend
  readonly #locks: ObjectLocks

  constructor(files: Nfs3Backend, locks: ObjectLocks) {
    this.#files = files
    this.#locks = locks
  }

  setattr(
    caller: Nfs3Caller,
    object: Buffer,
    attributes: Sattr3,
    guard: Nfstime3 | undefined,
  ): Result<'setattr'> {
    this.#lock(object)
    try {
      return this.#files.setattr(caller, object, attributes, guard)
    } finally {
      this.#locks.unlock()
    }
  }

  write(caller: Nfs3Caller, file: Buffer, offset: number, stable: StableHow, data: Buffer): Result<'write'> {
    this.#lock(file)
    try {
      return this.#files.write(caller, file, offset, stable, data)
    } finally {
      this.#locks.unlock()
    }
  }

  create(caller: Nfs3Caller, where: DirOpArgs3, how: CreateHow3): Result<'create'> {
    this.#lock(where.dir)
    try {
      return this.#files.create(caller, where, how)
    } finally {
      this.#locks.unlock()
    }
  }

  mkdir(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3): Result<'mkdir'> {
    this.#lock(where.dir)
    try {
      return this.#files.mkdir(caller, where, attributes)
    } finally {
      this.#locks.unlock()
    }
  }

  symlink(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3, path: Buffer): Result<'symlink'> {
    this.#lock(where.dir)
    try {
      return this.#files.symlink(caller, where, attributes, path)
    } finally {
      this.#locks.unlock()
    }
  }

  mknod(caller: Nfs3Caller, where: DirOpArgs3, what: MknodData3): Result<'mknod'> {
    this.#lock(where.dir)
    try {
      return this.#files.mknod(caller, where, what)
    } finally {
      this.#locks.unlock()
    }
  }

  remove(caller: Nfs3Caller, object: DirOpArgs3): Result<'remove'> {
    this.#lock(object.dir)
    try {
      return this.#files.remove(caller, object)
    } finally {
      this.#locks.unlock()
    }
  }

  rmdir(caller: Nfs3Caller, object: DirOpArgs3): Result<'rmdir'> {
    this.#lock(object.dir)
    try {
      return this.#files.rmdir(caller, object)
    } finally {
      this.#locks.unlock()
    }
  }

  rename(caller: Nfs3Caller, from: DirOpArgs3, to: DirOpArgs3): Result<'rename'> {
    this.#lock(from.dir, to.dir)
    try {
      return this.#files.rename(caller, from, to)
    } finally {
      this.#locks.unlock()
    }
  }

  link(caller: Nfs3Caller, file: Buffer, link: DirOpArgs3): Result<'link'> {
    this.#lock(file, link.dir)
    try {
      return this.#files.link(caller, file, link)
    } finally {
      this.#locks.unlock()
    }
  }

  getattr(caller: Nfs3Caller, object: Buffer): Result<'getattr'> {
    return this.#files.getattr(caller, object)
  }

  lookup(caller: Nfs3Caller, what: DirOpArgs3): Result<'lookup'> {
    return this.#files.lookup(caller, what)
  }

  access(caller: Nfs3Caller, object: Buffer, access: number): Result<'access'> {
    return this.#files.access(caller, object, access)
  }

  readlink(caller: Nfs3Caller, symlink: Buffer): Result<'readlink'> {
    return this.#files.readlink(caller, symlink)
  }

  read(caller: Nfs3Caller, file: Buffer, offset: number, count: number, target: ReadTarget): Result<'read'> {
    return this.#files.read(caller, file, offset, count, target)
  }

  readdir(caller: Nfs3Caller, args: Readdir3Args): Result<'readdir'> {
    return this.#files.readdir(caller, args)
  }

  readdirplus(caller: Nfs3Caller, args: Readdir3Args, target: EntriesTarget): Result<'readdirplus'> {
    return this.#files.readdirplus(caller, args, target)
  }

  fsstat(caller: Nfs3Caller, root: Buffer): Result<'fsstat'> {
    return this.#files.fsstat(caller, root)
  }

  fsinfo(caller: Nfs3Caller, root: Buffer): Result<'fsinfo'> {
    return this.#files.fsinfo(caller, root)
  }

  pathconf(caller: Nfs3Caller, object: Buffer): Result<'pathconf'> {
    return this.#files.pathconf(caller, object)
  }

  commit(caller: Nfs3Caller, file: Buffer, offset: number, count: number): Result<'commit'> {
    return this.#files.commit(caller, file, offset, count)
  }

  #lock(handle: Buffer, other?: Buffer): void {
    this.#want(handle)
    if (other !== undefined) this.#want(other)
    this.#locks.lock()
  }

  /** Two hashes of what a handle names, under whatever grant: equal by chance once in 2^64. A handle too short names nothing. */
  #want(handle: Buffer): void {
    const end = handle.length - handleMacSize
    let [high, low] = [end, 1]
    for (let at = shareStart; at < end; at++) {
      if (at === grantStart) at = handleHeaderSize
      const byte = handle[at]!
      high = Math.imul(high ^ byte, 0x0100_0193)
      low = Math.imul(low + byte, 0x9e37_79b1) ^ (low >>> 15)
    }
    this.#locks.want(high, low)
  }
}
