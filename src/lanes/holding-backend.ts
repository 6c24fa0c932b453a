import {
  Nfsstat3,
  NfsError,
  type CreateHow3,
  type DirOpArgs3,
  type EntriesTarget,
  type MaybePromise,
  type MknodData3,
  type Nfs3Backend,
  type Nfs3Caller,
  type Nfstime3,
  type Readdir3Args,
  type ReadTarget,
  type Sattr3,
  type StableHow,
} from 'nfs-server-ts'
import { shareOfHandle } from '../filesystem/index.ts'
import type { Holds } from './holds.ts'

/** Bytes of data that may wait; what comes beyond is put off: its client sends it again. */
const waitingBytesMax = 64 * 1024 * 1024

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/**
 * The files while some shares are held: their changing calls wait, all others go through. Only then is it in the way:
 * no call pays for it at other times.
 */
export class HoldingBackend implements Nfs3Backend {
  readonly #files: Nfs3Backend
  readonly #holds: Holds
  #waitingBytes = 0

  constructor(files: Nfs3Backend, holds: Holds) {
    this.#files = files
    this.#holds = holds
  }

  setattr(
    caller: Nfs3Caller,
    object: Buffer,
    attributes: Sattr3,
    guard: Nfstime3 | undefined,
  ): Result<'setattr'> {
    const own = Buffer.from(object)
    return this.#after(own, undefined, caller, (same) => this.#files.setattr(same, own, attributes, guard))
  }

  write(caller: Nfs3Caller, file: Buffer, offset: number, stable: StableHow, data: Buffer): Result<'write'> {
    const held = this.#holds.of(shareIn(file))
    if (held === undefined) return this.#files.write(caller, file, offset, stable, data)
    if (this.#waitingBytes + data.length > waitingBytesMax) throw new NfsError(Nfsstat3.JUKEBOX)
    // The record they are in is another call's as soon as this one returns.
    const [ownFile, ownData] = [Buffer.from(file), Buffer.from(data)]
    this.#waitingBytes += data.length
    return this.#after(ownFile, undefined, caller, (same) => {
      this.#waitingBytes -= data.length
      return this.#files.write(same, ownFile, offset, stable, ownData)
    })
  }

  create(caller: Nfs3Caller, where: DirOpArgs3, how: CreateHow3): Result<'create'> {
    const own = copyOf(where)
    const ownHow = how.mode === 'EXCLUSIVE' ? { ...how, verifier: Buffer.from(how.verifier) } : how
    return this.#after(own.dir, undefined, caller, (same) => this.#files.create(same, own, ownHow))
  }

  mkdir(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3): Result<'mkdir'> {
    const own = copyOf(where)
    return this.#after(own.dir, undefined, caller, (same) => this.#files.mkdir(same, own, attributes))
  }

  symlink(caller: Nfs3Caller, where: DirOpArgs3, attributes: Sattr3, path: Buffer): Result<'symlink'> {
    const [own, ownPath] = [copyOf(where), Buffer.from(path)]
    return this.#after(own.dir, undefined, caller, (same) =>
      this.#files.symlink(same, own, attributes, ownPath),
    )
  }

  mknod(caller: Nfs3Caller, where: DirOpArgs3, what: MknodData3): Result<'mknod'> {
    const own = copyOf(where)
    return this.#after(own.dir, undefined, caller, (same) => this.#files.mknod(same, own, what))
  }

  remove(caller: Nfs3Caller, object: DirOpArgs3): Result<'remove'> {
    const own = copyOf(object)
    return this.#after(own.dir, undefined, caller, (same) => this.#files.remove(same, own))
  }

  rmdir(caller: Nfs3Caller, object: DirOpArgs3): Result<'rmdir'> {
    const own = copyOf(object)
    return this.#after(own.dir, undefined, caller, (same) => this.#files.rmdir(same, own))
  }

  rename(caller: Nfs3Caller, from: DirOpArgs3, to: DirOpArgs3): Result<'rename'> {
    const [ownFrom, ownTo] = [copyOf(from), copyOf(to)]
    return this.#after(ownFrom.dir, ownTo.dir, caller, (same) => this.#files.rename(same, ownFrom, ownTo))
  }

  link(caller: Nfs3Caller, file: Buffer, link: DirOpArgs3): Result<'link'> {
    const [ownFile, ownLink] = [Buffer.from(file), copyOf(link)]
    return this.#after(ownFile, ownLink.dir, caller, (same) => this.#files.link(same, ownFile, ownLink))
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

  /** It changes no file: what was written is on its way to the disk anyway. */
  commit(caller: Nfs3Caller, file: Buffer, offset: number, count: number): Result<'commit'> {
    return this.#files.commit(caller, file, offset, count)
  }

  /** Does what changes the share of a handle, or of two, once it is not held any more. */
  #after<Answer>(
    handle: Buffer,
    other: Buffer | undefined,
    { client, credentials }: Nfs3Caller,
    change: (caller: Nfs3Caller) => MaybePromise<Answer>,
  ): MaybePromise<Answer> {
    const caller = { client, credentials }
    const held =
      this.#holds.of(shareIn(handle)) ?? (other === undefined ? undefined : this.#holds.of(shareIn(other)))
    return held === undefined ? change(caller) : held.then(() => change(caller))
  }
}

/** The share that a handle says it is of. It may lie: it is verified when the call goes on. */
export function shareIn(handle: Buffer): number {
  return handle.length < 8 ? 0 : shareOfHandle(handle)
}

function copyOf({ dir, name }: DirOpArgs3): DirOpArgs3 {
  return { dir: Buffer.from(dir), name: Buffer.from(name) }
}
