import { crc32 } from 'node:zlib'
import {
  Access3,
  Fsf3,
  Ftype3,
  Nfsstat3,
  NfsError,
  type Credentials,
  type DirOpArgs3,
  type Fattr3,
  type MaybePromise,
  type Nfs3Backend,
  type Nfs3Caller,
  type Readdir3Args,
  type RpcClient,
  type WccData,
} from 'nfs-server-ts'
import type { GrantTable } from '../shared-memory/grant-table.ts'
import type { ControlPlane } from './control-plane.ts'
import type { FolderHandles, FolderPlace } from './folder-handle.ts'
import { fileidOf, FolderListing } from './folder-listing.ts'
import type { FolderView, Peer, Place } from './messages.ts'

/**
 * Folders are other filesystems than every share: clients then take each share for one mounted there. The namespace is
 * one, its backup view another, and every `.snapshot` one more.
 */
const fsidOf = ({ tree, id }: FolderPlace) => ({
  fsidHigh: { namespace: 1, snapshots: 2, backup: 3 }[tree],
  fsidLow: tree === 'snapshots' ? id : 0,
})
const folderMode = 0o555
const folderSize = 4096
const nameSizeMax = 255
const cookieVerifier = Buffer.alloc(8)
const dot = Buffer.from('.')
const dotDot = Buffer.from('..')

/** What is done where it cannot be done: no file is in a folder, and clients change nothing there. */
const noWcc: WccData = { before: undefined, after: undefined }
const readOnly = { status: Nfsstat3.ROFS, wcc: noWcc, dirWcc: noWcc }

type Method<Name extends keyof Nfs3Backend> = Awaited<ReturnType<Nfs3Backend[Name]>>

/** Where a client gets to. */
export interface Arrival {
  readonly object: Buffer
  readonly attributes: Fattr3 | undefined
}

export interface FolderBackendOptions {
  readonly plane: ControlPlane
  readonly handles: FolderHandles
  readonly grants: GrantTable
  /** Handle of a place that the control plane lets a client go to, and what it is. */
  arrive(caller: Nfs3Caller, place: Place & { kind: 'share' }): MaybePromise<Arrival>
}

/**
 * The namespace as clients walk it: folders as directories that nobody can change, with the shares and folders in them
 * that the grant may see. Each call asks the control plane; what happens inside shares never does.
 */
export class FolderBackend implements Nfs3Backend {
  readonly #options: FolderBackendOptions

  constructor(options: FolderBackendOptions) {
    this.#options = options
  }

  async getattr(caller: Nfs3Caller, object: Buffer): Promise<Method<'getattr'>> {
    const folder = await this.#folder(caller, object)
    return { status: Nfsstat3.OK, attributes: attributesOf(folder) }
  }

  async lookup(caller: Nfs3Caller, { dir, name }: DirOpArgs3): Promise<Method<'lookup'>> {
    const { client, credentials } = caller
    const { tree, id, grant } = this.#open(client, dir)
    if (name.length > nameSizeMax) throw new NfsError(Nfsstat3.NAMETOOLONG)
    const { plane, handles } = this.#options
    if (name.equals(dot) || name.equals(dotDot)) {
      const folder = await this.#view(client, credentials, { tree, id }, grant)
      const to = name.equals(dot) ? folder : await this.#parent(client, credentials, folder, grant)
      const object = handles.make(to, grant)
      const attributes = attributesOf(to)
      return { status: Nfsstat3.OK, object, attributes, dirAttributes: attributesOf(folder) }
    }
    const peer = peerOf(client, credentials)
    const answer = await plane.ask({ kind: 'enter', peer, grant, tree, folder: id, name: Buffer.from(name) })
    const dirAttributes = answer.folder && attributesOf(answer.folder)
    if (answer.status !== Nfsstat3.OK) return { status: answer.status, dirAttributes }
    return { status: Nfsstat3.OK, ...(await this.#arrive(client, credentials, answer.place)), dirAttributes }
  }

  /** The root of what has a number as shares have, and that a grant is known to open; undefined when it is no more. */
  async share(
    caller: Nfs3Caller,
    { share: id, grant }: { readonly share: number; readonly grant: number },
  ): Promise<Arrival | undefined> {
    const { plane, arrive } = this.#options
    const share = await plane.ask({ kind: 'share', id })
    return share && arrive(caller, { kind: 'share', share, grant })
  }

  /** LOOKUP of `.snapshot` at the root of a share; undefined when the grant may not see it. */
  async snapshots(
    { client, credentials }: Nfs3Caller,
    { share, grant }: { readonly share: number; readonly grant: number },
  ): Promise<Arrival | undefined> {
    const { plane, handles } = this.#options
    const peer = peerOf(client, credentials)
    const answer = await plane.ask({ kind: 'folder', peer, grant, tree: 'snapshots', folder: share })
    if (answer.status !== Nfsstat3.OK) return undefined
    return { object: handles.make(answer.folder, grant), attributes: attributesOf(answer.folder) }
  }

  async access(caller: Nfs3Caller, object: Buffer, access: number): Promise<Method<'access'>> {
    const folder = await this.#folder(caller, object)
    const granted = access & (Access3.READ | Access3.LOOKUP | Access3.EXECUTE)
    return { status: Nfsstat3.OK, access: granted, attributes: attributesOf(folder) }
  }

  async readdir(
    caller: Nfs3Caller,
    { dir, cookieHigh, cookieLow }: Readdir3Args,
  ): Promise<Method<'readdir'>> {
    if (cookieHigh !== 0) throw new NfsError(Nfsstat3.BAD_COOKIE)
    const folder = await this.#folder(caller, dir)
    return {
      status: Nfsstat3.OK,
      dirAttributes: attributesOf(folder),
      cookieVerifier,
      entries: new FolderListing(folder, cookieLow),
    }
  }

  readdirplus(caller: Nfs3Caller, args: Readdir3Args): Promise<Method<'readdir'>> {
    return this.readdir(caller, args)
  }

  async fsstat(caller: Nfs3Caller, root: Buffer): Promise<Method<'fsstat'>> {
    const folder = await this.#folder(caller, root)
    const none = { tbytes: 0, fbytes: 0, abytes: 0, tfiles: 0, ffiles: 0, afiles: 0 }
    return { status: Nfsstat3.OK, attributes: attributesOf(folder), ...none, invarsec: 0 }
  }

  async fsinfo(caller: Nfs3Caller, root: Buffer): Promise<Method<'fsinfo'>> {
    const folder = await this.#folder(caller, root)
    const transfer = { rtmax: 0, rtpref: 0, rtmult: 4096, wtmax: 0, wtpref: 0, wtmult: 4096 }
    // The server clips these to what it can: a client takes those of the filesystem it mounts first for all below.
    const sizes = { ...transfer, rtmax: 2 ** 20, rtpref: 2 ** 20, wtmax: 2 ** 20, wtpref: 2 ** 20 }
    return {
      status: Nfsstat3.OK,
      attributes: attributesOf(folder),
      ...sizes,
      dtpref: 64 * 1024,
      maxfilesize: Number.MAX_SAFE_INTEGER,
      timeDelta: { seconds: 0, nanoseconds: 1 },
      properties: Fsf3.HOMOGENEOUS,
    }
  }

  async pathconf(caller: Nfs3Caller, object: Buffer): Promise<Method<'pathconf'>> {
    const folder = await this.#folder(caller, object)
    return {
      status: Nfsstat3.OK,
      attributes: attributesOf(folder),
      linkmax: 1,
      nameMax: nameSizeMax,
      noTrunc: true,
      chownRestricted: true,
      caseInsensitive: false,
      casePreserving: true,
    }
  }

  readlink(caller: Nfs3Caller, symlink: Buffer) {
    return this.#notThat(caller, symlink, { status: Nfsstat3.INVAL, attributes: undefined } as const)
  }

  read(caller: Nfs3Caller, file: Buffer) {
    return this.#notThat(caller, file, { status: Nfsstat3.ISDIR, attributes: undefined } as const)
  }

  write(caller: Nfs3Caller, file: Buffer) {
    return this.#notThat(caller, file, { status: Nfsstat3.ISDIR, wcc: noWcc } as const)
  }

  commit(caller: Nfs3Caller, file: Buffer) {
    return this.#notThat(caller, file, { status: Nfsstat3.ISDIR, wcc: noWcc } as const)
  }

  setattr(caller: Nfs3Caller, object: Buffer) {
    return this.#notThat(caller, object, readOnly)
  }

  create(caller: Nfs3Caller, { dir }: DirOpArgs3) {
    return this.#notThat(caller, dir, readOnly)
  }

  mkdir(caller: Nfs3Caller, { dir }: DirOpArgs3) {
    return this.#notThat(caller, dir, readOnly)
  }

  symlink(caller: Nfs3Caller, { dir }: DirOpArgs3) {
    return this.#notThat(caller, dir, readOnly)
  }

  mknod(caller: Nfs3Caller, { dir }: DirOpArgs3) {
    return this.#notThat(caller, dir, readOnly)
  }

  remove(caller: Nfs3Caller, { dir }: DirOpArgs3) {
    return this.#notThat(caller, dir, readOnly)
  }

  rmdir(caller: Nfs3Caller, { dir }: DirOpArgs3) {
    return this.#notThat(caller, dir, readOnly)
  }

  /** Either directory may be a share's: nothing moves between a share and the namespace. */
  rename(): Method<'rename'> {
    return { status: Nfsstat3.XDEV, fromDirWcc: noWcc, toDirWcc: noWcc }
  }

  link(): Method<'link'> {
    return { status: Nfsstat3.XDEV, attributes: undefined, linkDirWcc: noWcc }
  }

  /** A call that no folder can answer, from a client that may know so. */
  #notThat<Answer>({ client }: Nfs3Caller, handle: Buffer, answer: Answer): Answer {
    this.#open(client, handle)
    return answer
  }

  /** @throws NfsError BADHANDLE, or ACCES when the grant has ended or is another client's. */
  #open(client: RpcClient, handle: Buffer): FolderPlace & { readonly grant: number } {
    const opened = this.#options.handles.read(handle)
    const entry = this.#options.grants.read(opened.grant)
    // The snapshots of a share are seen by grants of the share, folders by those of folders.
    const shareId = opened.tree === 'snapshots' ? opened.id : 0
    if (entry?.shareId !== shareId || entry.address !== client.address) throw new NfsError(Nfsstat3.ACCES)
    return opened
  }

  #folder({ client, credentials }: Nfs3Caller, handle: Buffer): Promise<FolderView> {
    const { grant, ...place } = this.#open(client, handle)
    return this.#view(client, credentials, place, grant)
  }

  async #view(
    client: RpcClient,
    credentials: Credentials,
    { tree, id }: FolderPlace,
    grant: number,
  ): Promise<FolderView> {
    const peer = peerOf(client, credentials)
    const answer = await this.#options.plane.ask({ kind: 'folder', peer, grant, tree, folder: id })
    if (answer.status !== Nfsstat3.OK) throw new NfsError(answer.status)
    return answer.folder
  }

  /**
   * The folder above, if the grant reaches there: the folder that was mounted is the top of what a client sees. Above
   * `.snapshot` is a share: clients know themselves where they came from.
   */
  async #parent(
    client: RpcClient,
    credentials: Credentials,
    folder: FolderView,
    grant: number,
  ): Promise<FolderView> {
    const { tree, parentId } = folder
    if (tree === 'snapshots') return folder
    try {
      return await this.#view(client, credentials, { tree, id: parentId }, grant)
    } catch (error) {
      if (error instanceof NfsError && error.status === Nfsstat3.ACCES) return folder
      throw error
    }
  }

  #arrive(client: RpcClient, credentials: Credentials, place: Place) {
    if (place.kind === 'share') return this.#options.arrive({ client, credentials }, place)
    const object = this.#options.handles.make(place.folder, place.grant)
    return { object, attributes: attributesOf(place.folder) }
  }
}

/** What the control plane may know about a caller. */
export function peerOf({ address, transport }: RpcClient, credentials: Credentials): Peer {
  return { address, transport, machineName: credentials.flavor === 'sys' ? credentials.machineName : '' }
}

/** Folders belong to root, everybody may go through, and nobody changes them by way of NFS. */
function attributesOf({ tree, id, changedAt, entries }: FolderView): Fattr3 {
  const seconds = Math.floor(changedAt / 1000) >>> 0
  const nanoseconds = stampOf(entries)
  const folderCount = entries.reduce((count, { kind }) => count + (kind === 'folder' ? 1 : 0), 0)
  return {
    type: Ftype3.DIR,
    mode: folderMode,
    nlink: 2 + folderCount,
    uid: 0,
    gid: 0,
    size: folderSize,
    used: folderSize,
    rdevMajor: 0,
    rdevMinor: 0,
    ...fsidOf({ tree, id }),
    fileidHigh: 0,
    fileidLow: fileidOf(id),
    atimeSeconds: seconds,
    atimeNanoseconds: nanoseconds,
    mtimeSeconds: seconds,
    mtimeNanoseconds: nanoseconds,
    ctimeSeconds: seconds,
    ctimeNanoseconds: nanoseconds,
  }
}

/**
 * Nanoseconds that change with the names that are seen. A client takes what it has read of a directory for true until
 * the directory's times change; and what is seen changes with shares, rules and tokens, when nobody touched the folder.
 */
function stampOf(entries: FolderView['entries']): number {
  // No name has a line feed in it.
  return (
    crc32(entries.map(({ id, name, behind }) => `${id} ${name} ${behind ?? ''}`).join('\n')) % 1_000_000_000
  )
}
