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
import type { FolderBackend } from './folder-backend.ts'
import { isFolderHandle } from './folder-handle.ts'
import { HoldingBackend } from './holding-backend.ts'
import type { Holds } from './holds.ts'

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/** All that a client can hold a handle of: files in shares, and the folders above them. The handle says which. */
export class GatewayBackend implements Nfs3Backend {
  readonly #whole: Nfs3Backend
  readonly #holding: Nfs3Backend
  readonly #holds: Holds
  readonly #folders: FolderBackend

  constructor(files: Nfs3Backend, folders: FolderBackend, holds: Holds) {
    this.#whole = files
    this.#holding = new HoldingBackend(files, holds)
    this.#holds = holds
    this.#folders = folders
  }

  get #files(): Nfs3Backend {
    return this.#holds.isEmpty ? this.#whole : this.#holding
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
    return this.#of(where.dir).create(caller, where, how)
  }

  mkdir(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3): Result<'mkdir'> {
    return this.#of(where.dir).mkdir(caller, where, attributes)
  }

  symlink(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3, path: Buffer): Result<'symlink'> {
    return this.#of(where.dir).symlink(caller, where, attributes, path)
  }

  mknod(caller: Nfs3Caller, where: DirOpArgs3, what: MknodData3): Result<'mknod'> {
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
    return (isFolderHandle(to.dir) ? this.#folders : this.#of(from.dir)).rename(caller, from, to)
  }

  link(caller: Nfs3Caller, file: Buffer, link: DirOpArgs3): Result<'link'> {
    return (isFolderHandle(link.dir) ? this.#folders : this.#of(file)).link(caller, file, link)
  }

  #of(handle: Buffer): Nfs3Backend {
    return isFolderHandle(handle) ? this.#folders : this.#files
  }
}
