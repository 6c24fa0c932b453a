import {
  Nfsstat3,
  type CreateHow3,
  type DirOpArgs3,
  type EntriesTarget,
  type MknodData3,
  type Nfs3Backend,
  type Nfs3Caller,
  type Nfstime3,
  type Readdir3Args,
  type ReadTarget,
  type Sattr3,
  type StableHow,
} from 'nfs-server-ts'
import { isSidecarName, isSnapshotsName, type LinuxBackend } from '../filesystem/index.ts'
import type { Arrival, FolderBackend } from './folder-backend.ts'
import { isFolderHandle } from './folder-handle.ts'
import { HoldingBackend, shareIn } from './holding-backend.ts'
import type { Holds } from './holds.ts'
import { LockingBackend } from './locking-backend.ts'
import type { ObjectLocks } from '../shared-memory/object-locks.ts'

const noWcc = { before: undefined, after: undefined }
const taken = { status: Nfsstat3.EXIST, dirWcc: noWcc }

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

export interface GatewayBackendOptions {
  readonly files: LinuxBackend
  /** What other lanes change; undefined: there are no others. */
  readonly locks: ObjectLocks | undefined
  readonly folders: FolderBackend
  readonly holds: Holds
  /** Whether the files of a share are served by another thread. */
  readonly isElsewhere: (shareId: number) => boolean
}

/** All that a client can hold a handle of: files in shares, and the folders above them. The handle says which. */
export class GatewayBackend implements Nfs3Backend {
  readonly #whole: LinuxBackend
  readonly #free: Nfs3Backend
  readonly #holding: Nfs3Backend
  readonly #holds: Holds
  readonly #folders: FolderBackend
  readonly #isElsewhere: (shareId: number) => boolean

  constructor({ files, locks, folders, holds, isElsewhere }: GatewayBackendOptions) {
    this.#isElsewhere = isElsewhere
    this.#whole = files
    this.#free = locks === undefined ? files : new LockingBackend(files, locks)
    this.#holding = new HoldingBackend(this.#free, holds)
    this.#holds = holds
    this.#folders = folders
  }

  get #files(): Nfs3Backend {
    return this.#holds.isEmpty ? this.#free : this.#holding
  }

  getattr(caller: Nfs3Caller, object: Buffer): Result<'getattr'> {
    return this.#of(object).getattr(caller, object)
  }

  setattr(
    caller: Nfs3Caller,
    object: Buffer,
    attributes: Sattr3,
    guard: Nfstime3 | undefined,
  ): Result<'setattr'> {
    return this.#of(object).setattr(caller, object, attributes, guard)
  }

  lookup(caller: Nfs3Caller, what: DirOpArgs3): Result<'lookup'> {
    if (isSnapshotsName(what.name) && !isFolderHandle(what.dir)) {
      const root = this.#whole.rootAt(caller, what.dir)
      if (root !== undefined)
        return this.#lookupBeside(caller, what, (same) => this.#folders.snapshots(same, root))
    }
    if (isSidecarName(what.name) && !isFolderHandle(what.dir)) {
      const sidecar = this.#whole.sidecarAt(caller, what.dir)
      if (sidecar !== undefined)
        return this.#lookupBeside(caller, what, (same) => this.#folders.share(same, sidecar))
    }
    return this.#of(what.dir).lookup(caller, what)
  }

  access(caller: Nfs3Caller, object: Buffer, access: number): Result<'access'> {
    return this.#of(object).access(caller, object, access)
  }

  readlink(caller: Nfs3Caller, symlink: Buffer): Result<'readlink'> {
    return this.#of(symlink).readlink(caller, symlink)
  }

  read(caller: Nfs3Caller, file: Buffer, offset: number, count: number, target: ReadTarget): Result<'read'> {
    return this.#of(file).read(caller, file, offset, count, target)
  }

  write(caller: Nfs3Caller, file: Buffer, offset: number, stable: StableHow, data: Buffer): Result<'write'> {
    return this.#of(file).write(caller, file, offset, stable, data)
  }

  create(caller: Nfs3Caller, where: DirOpArgs3, how: CreateHow3): Result<'create'> {
    if (this.#isTaken(caller, where)) return taken
    return this.#of(where.dir).create(caller, where, how)
  }

  mkdir(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3): Result<'mkdir'> {
    if (this.#isTaken(caller, where)) return taken
    return this.#of(where.dir).mkdir(caller, where, attributes)
  }

  symlink(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3, path: Buffer): Result<'symlink'> {
    if (this.#isTaken(caller, where)) return taken
    return this.#of(where.dir).symlink(caller, where, attributes, path)
  }

  mknod(caller: Nfs3Caller, where: DirOpArgs3, what: MknodData3): Result<'mknod'> {
    if (this.#isTaken(caller, where)) return taken
    return this.#of(where.dir).mknod(caller, where, what)
  }

  remove(caller: Nfs3Caller, object: DirOpArgs3): Result<'remove'> {
    return this.#of(object.dir).remove(caller, object)
  }

  rmdir(caller: Nfs3Caller, object: DirOpArgs3): Result<'rmdir'> {
    return this.#of(object.dir).rmdir(caller, object)
  }

  readdir(caller: Nfs3Caller, args: Readdir3Args): Result<'readdir'> {
    return this.#of(args.dir).readdir(caller, args)
  }

  readdirplus(caller: Nfs3Caller, args: Readdir3Args, target: EntriesTarget): Result<'readdirplus'> {
    return this.#of(args.dir).readdirplus(caller, args, target)
  }

  fsstat(caller: Nfs3Caller, root: Buffer): Result<'fsstat'> {
    return this.#of(root).fsstat(caller, root)
  }

  fsinfo(caller: Nfs3Caller, root: Buffer): Result<'fsinfo'> {
    return this.#of(root).fsinfo(caller, root)
  }

  pathconf(caller: Nfs3Caller, object: Buffer): Result<'pathconf'> {
    return this.#of(object).pathconf(caller, object)
  }

  commit(caller: Nfs3Caller, file: Buffer, offset: number, count: number): Result<'commit'> {
    return this.#of(file).commit(caller, file, offset, count)
  }

  rename(caller: Nfs3Caller, from: DirOpArgs3, to: DirOpArgs3): Result<'rename'> {
    if (this.#isTaken(caller, to)) return { status: Nfsstat3.EXIST, fromDirWcc: noWcc, toDirWcc: noWcc }
    const isAcross = isFolderHandle(to.dir) || this.#isAcross(from.dir, to.dir)
    return (isAcross ? this.#folders : this.#of(from.dir)).rename(caller, from, to)
  }

  link(caller: Nfs3Caller, file: Buffer, link: DirOpArgs3): Result<'link'> {
    if (this.#isTaken(caller, link))
      return { status: Nfsstat3.EXIST, attributes: undefined, linkDirWcc: noWcc }
    const isAcross = isFolderHandle(link.dir) || this.#isAcross(file, link.dir)
    return (isAcross ? this.#folders : this.#of(file)).link(caller, file, link)
  }

  /** Whether a new name would hide behind the snapshots. */
  #isTaken(caller: Nfs3Caller, { dir, name }: DirOpArgs3): boolean {
    return isSnapshotsName(name) && !isFolderHandle(dir) && this.#whole.rootAt(caller, dir) !== undefined
  }

  /** Whether a second handle is of another share, whose files are not to be touched here. */
  #isAcross(handle: Buffer, other: Buffer): boolean {
    const share = shareIn(other)
    return share !== shareIn(handle) && this.#isElsewhere(share)
  }

  /** LOOKUP of a name that is not the directory's own but leads elsewhere, if it does for the caller. */
  async #lookupBeside(
    { client, credentials }: Nfs3Caller,
    { dir, name }: DirOpArgs3,
    find: (caller: Nfs3Caller) => Promise<Arrival | undefined>,
  ): Promise<Awaited<Result<'lookup'>>> {
    const [caller, what] = [
      { client, credentials },
      { dir: Buffer.from(dir), name: Buffer.from(name) },
    ]
    const found = await find(caller)
    // Who may not go there finds what the share has of that name by itself.
    if (found === undefined) return this.#whole.lookup(caller, what)
    const directory = await this.#whole.getattr(caller, what.dir)
    const dirAttributes = directory.status === Nfsstat3.OK ? directory.attributes : undefined
    return { status: Nfsstat3.OK, ...found, dirAttributes }
  }

  #of(handle: Buffer): Nfs3Backend {
    return isFolderHandle(handle) ? this.#folders : this.#files
  }
}
