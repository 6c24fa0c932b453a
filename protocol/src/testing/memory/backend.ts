import { randomBytes } from 'node:crypto'
import type {
  CreateHow3,
  DirOpArgs3,
  MknodData3,
  Nfs3Backend,
  Nfs3Caller,
  ReadTarget,
  Readdir3Args,
} from '../../nfs3/backend.ts'
import { NfsError } from '../../nfs3/error.ts'
import {
  Fsf3,
  Ftype3,
  type NfsFh3,
  Nfsstat3,
  type Nfstime3,
  type Sattr3,
  StableHow,
} from '../../nfs3/types.ts'
import { MemoryCursor } from './cursor.ts'
import { demand, demandData, grantedAccess, type Identity, identify, Permission } from './identity.ts'
import { type DirectoryInode, type Inode, isFile, toFattr3 } from './inode.ts'
import {
  addLink,
  findExisting,
  linkCountMax,
  lookUp,
  makeDirectory,
  makeEntry,
  nameSizeMax,
  removeEntry,
  renameEntry,
} from './namespace.ts'
import {
  changing,
  changingDirectory,
  changingTwoDirectories,
  linking,
  reading,
  readingDirectory,
} from './result.ts'
import { fileSizeMax, setAttributes, touchData } from './set-attributes.ts'
import { SparseData } from './sparse-data.ts'
import { type MemoryLimits, MemoryStore } from './store.ts'

const pathSizeMax = 4095
const transferSizeMax = 1024 * 1024
const verifierSize = 8

function newFile(verifier?: Buffer) {
  return { type: Ftype3.REG, data: new SparseData(), verifier: verifier && Buffer.from(verifier) }
}

function created(inode: Inode): { object: NfsFh3; attributes: ReturnType<typeof toFattr3> } {
  return { object: inode.handle, attributes: toFattr3(inode) }
}

function sameTime(a: Nfstime3, b: Nfstime3): boolean {
  return a.seconds === b.seconds && a.nanoseconds === b.nanoseconds
}

/**
 * A whole file system in memory that behaves as Linux does: for tests of clients, of this library, and as the
 * smallest complete example of a backend. It trusts AUTH_SYS as sent, root included. The root directory belongs to
 * root with mode 0755.
 */
export class MemoryBackend implements Nfs3Backend {
  readonly #store: MemoryStore
  #writeVerifier = randomBytes(verifierSize)

  /** Unless given: 64 MiB of data and a million objects. Beyond them the client is told NOSPC. */
  constructor({ sizeMax = 64 * 1024 * 1024, inodeCountMax = 1_000_000 }: Partial<MemoryLimits> = {}) {
    this.#store = new MemoryStore({ sizeMax, inodeCountMax })
  }

  /** Handle of the root directory: what MNT answers with. */
  get root(): NfsFh3 {
    return this.#store.root.handle
  }

  /** Answers with another write verifier from now on, as after a crash: clients send unstable data again. */
  changeWriteVerifier(): void {
    this.#writeVerifier = randomBytes(verifierSize)
  }

  getattr(_caller: Nfs3Caller, object: NfsFh3) {
    return { status: Nfsstat3.OK, attributes: toFattr3(this.#store.get(object)) }
  }

  setattr(caller: Nfs3Caller, object: NfsFh3, attributes: Sattr3, guard: Nfstime3 | undefined) {
    return changing(this.#store, object, (inode) => {
      if (guard !== undefined && !sameTime(guard, inode.ctime)) throw new NfsError(Nfsstat3.NOT_SYNC)
      setAttributes(this.#store, identify(caller.credentials), inode, attributes)
    })
  }

  lookup(caller: Nfs3Caller, { dir, name }: DirOpArgs3) {
    return readingDirectory(this.#store, dir, (inode) =>
      created(lookUp(identify(caller.credentials), inode, name)),
    )
  }

  access(caller: Nfs3Caller, object: NfsFh3, access: number) {
    return reading(
      () => this.#store.get(object),
      (inode) => ({ access: grantedAccess(identify(caller.credentials), inode, access) }),
    )
  }

  readlink(_caller: Nfs3Caller, symlink: NfsFh3) {
    return reading(
      () => this.#store.get(symlink),
      ({ content }) => {
        if (content.type !== Ftype3.LNK) throw new NfsError(Nfsstat3.INVAL)
        return { path: content.path }
      },
    )
  }

  read(caller: Nfs3Caller, file: NfsFh3, offset: number, count: number, target: ReadTarget) {
    return reading(
      () => this.#store.get(file),
      (inode) => {
        const { data } = this.#store.file(file).content
        demandData(identify(caller.credentials), inode, Permission.read)
        const size = data.read(offset, count, target.buffer, target.offset)
        if (size > 0) inode.atime = this.#store.now()
        return { count: size, eof: offset + size >= data.size }
      },
    )
  }

  write(caller: Nfs3Caller, file: NfsFh3, offset: number, _stable: StableHow, data: Buffer) {
    return changing(this.#store, file, (inode) => {
      const content = this.#store.file(file).content.data
      const who = identify(caller.credentials)
      demandData(who, inode, Permission.write)
      if (offset + data.length > fileSizeMax) throw new NfsError(Nfsstat3.FBIG)
      const growth = content.growth(offset, data.length)
      if (growth > 0 && this.#store.used + growth > this.#store.limits.sizeMax)
        throw new NfsError(Nfsstat3.NOSPC)
      content.write(offset, data)
      if (data.length > 0) touchData(this.#store, who, inode)
      // Memory is as stable as this backend gets, and the verifier tells when it was lost.
      return { count: data.length, committed: StableHow.FILE_SYNC, verifier: this.#writeVerifier }
    })
  }

  create(caller: Nfs3Caller, { dir, name }: DirOpArgs3, how: CreateHow3) {
    return changingDirectory(this.#store, dir, (inode) =>
      created(this.#create(identify(caller.credentials), inode, name, how)),
    )
  }

  #create(who: Identity, dir: DirectoryInode, name: Buffer, how: CreateHow3): Inode {
    const existing = findExisting(who, dir, name)
    if (existing === undefined) {
      if (how.mode === 'EXCLUSIVE') return makeEntry(this.#store, who, dir, name, newFile(how.verifier), {})
      return makeEntry(this.#store, who, dir, name, newFile(), how.attributes)
    }
    if (!isFile(existing) || how.mode === 'GUARDED') throw new NfsError(Nfsstat3.EXIST)
    if (how.mode === 'EXCLUSIVE') {
      // The same verifier means the same call, sent again: RFC 1813 §3.3.8.
      if (existing.content.verifier?.equals(how.verifier) !== true) throw new NfsError(Nfsstat3.EXIST)
    } else if (how.attributes.size !== undefined)
      setAttributes(this.#store, who, existing, { size: how.attributes.size })
    return existing
  }

  mkdir(caller: Nfs3Caller, { dir, name }: DirOpArgs3, attributes: Sattr3) {
    return changingDirectory(this.#store, dir, (inode) =>
      created(makeDirectory(this.#store, identify(caller.credentials), inode, name, attributes)),
    )
  }

  symlink(caller: Nfs3Caller, { dir, name }: DirOpArgs3, attributes: Sattr3, path: Buffer) {
    return changingDirectory(this.#store, dir, (inode) => {
      if (path.length === 0 || path.includes(0)) throw new NfsError(Nfsstat3.INVAL)
      if (path.length > pathSizeMax) throw new NfsError(Nfsstat3.NAMETOOLONG)
      const content = { type: Ftype3.LNK, path: Buffer.from(path) }
      return created(makeEntry(this.#store, identify(caller.credentials), inode, name, content, attributes))
    })
  }

  mknod(caller: Nfs3Caller, { dir, name }: DirOpArgs3, what: MknodData3) {
    return changingDirectory(this.#store, dir, (inode) => {
      const who = identify(caller.credentials)
      if (!('attributes' in what)) throw new NfsError(Nfsstat3.BADTYPE)
      const { attributes, ...content } = what
      if ('rdevMajor' in content && who.uid !== 0) throw new NfsError(Nfsstat3.PERM)
      return created(makeEntry(this.#store, who, inode, name, content, attributes))
    })
  }

  remove(caller: Nfs3Caller, { dir, name }: DirOpArgs3) {
    return changingDirectory(this.#store, dir, (inode) =>
      removeEntry(this.#store, identify(caller.credentials), inode, name, 'other'),
    )
  }

  rmdir(caller: Nfs3Caller, { dir, name }: DirOpArgs3) {
    return changingDirectory(this.#store, dir, (inode) =>
      removeEntry(this.#store, identify(caller.credentials), inode, name, 'directory'),
    )
  }

  rename(caller: Nfs3Caller, from: DirOpArgs3, to: DirOpArgs3) {
    return changingTwoDirectories(this.#store, from.dir, to.dir, (fromDir, toDir) =>
      renameEntry(this.#store, identify(caller.credentials), fromDir, from.name, toDir, to.name),
    )
  }

  link(caller: Nfs3Caller, file: NfsFh3, { dir, name }: DirOpArgs3) {
    return linking(this.#store, file, dir, (inode, directory) =>
      addLink(this.#store, identify(caller.credentials), directory, name, inode),
    )
  }

  readdir(caller: Nfs3Caller, args: Readdir3Args) {
    return this.#list(caller, args, false)
  }

  readdirplus(caller: Nfs3Caller, args: Readdir3Args) {
    return this.#list(caller, args, true)
  }

  #list(caller: Nfs3Caller, { dir, cookieHigh, cookieLow }: Readdir3Args, plus: boolean) {
    return readingDirectory(this.#store, dir, (inode) => {
      demand(identify(caller.credentials), inode, Permission.read)
      const cookie = cookieHigh * 0x1_0000_0000 + cookieLow
      // Cookies never go bad, so there is nothing to verify.
      return { cookieVerifier: Buffer.alloc(verifierSize), entries: new MemoryCursor(inode, cookie, plus) }
    })
  }

  fsstat(_caller: Nfs3Caller, root: NfsFh3) {
    const { sizeMax, inodeCountMax } = this.#store.limits
    const fbytes = Math.max(0, sizeMax - this.#store.used)
    const ffiles = inodeCountMax - this.#store.inodeCount
    return reading(
      () => this.#store.get(root),
      () => ({
        tbytes: sizeMax,
        fbytes,
        abytes: fbytes,
        tfiles: inodeCountMax,
        ffiles,
        afiles: ffiles,
        invarsec: 0,
      }),
    )
  }

  fsinfo(_caller: Nfs3Caller, root: NfsFh3) {
    return reading(
      () => this.#store.get(root),
      () => ({
        rtmax: transferSizeMax,
        rtpref: transferSizeMax,
        rtmult: 1,
        wtmax: transferSizeMax,
        wtpref: transferSizeMax,
        wtmult: 1,
        dtpref: transferSizeMax,
        maxfilesize: fileSizeMax,
        timeDelta: { seconds: 0, nanoseconds: 1 },
        properties: Fsf3.LINK | Fsf3.SYMLINK | Fsf3.HOMOGENEOUS | Fsf3.CANSETTIME,
      }),
    )
  }

  pathconf(_caller: Nfs3Caller, object: NfsFh3) {
    return reading(
      () => this.#store.get(object),
      () => ({
        linkmax: linkCountMax,
        nameMax: nameSizeMax,
        noTrunc: true,
        chownRestricted: true,
        caseInsensitive: false,
        casePreserving: true,
      }),
    )
  }

  commit(_caller: Nfs3Caller, file: NfsFh3, _offset: number, _count: number) {
    return changing(this.#store, file, () => {
      this.#store.file(file)
      return { verifier: this.#writeVerifier }
    })
  }
}
