import {
  AuthFlavor,
  Ftype3,
  Mountstat3,
  NfsError,
  Nfsstat3,
  type Credentials,
  type DirOpArgs3,
  type MaybePromise,
  type MountBackend,
  type MountEntry,
  type MountResult,
  type Nfs3Caller,
  type RpcClient,
} from 'nfs-server-ts'
import type { ControlPlane } from './control-plane.ts'
import { peerOf, type Arrival } from './folder-backend.ts'
import type { FolderHandles } from './folder-handle.ts'
import type { Place } from './messages.ts'

export interface MountOptions {
  readonly plane: ControlPlane
  readonly handles: FolderHandles
  /** What a name in a directory of a share leads to. @throws NfsError */
  enter(caller: Nfs3Caller, what: DirOpArgs3): MaybePromise<Arrival>
  /** Opens a share, unless it is open, and tells the handle of its root. */
  arrive(caller: Nfs3Caller, place: Place & { kind: 'share' }): MaybePromise<Arrival>
}

/** Who resolves a path below a share. The grant's identity rule still applies. */
const root: Credentials = { flavor: 'sys', machineName: '', uid: 0, gid: 0, gids: [] }

/** The MOUNT program: the control plane decides, the lane makes the file handle. */
export class ShareMountBackend implements MountBackend {
  readonly #options: MountOptions

  constructor(options: MountOptions) {
    this.#options = options
  }

  async mount(client: RpcClient, credentials: Credentials, path: Buffer): Promise<MountResult> {
    const { plane, handles } = this.#options
    const peer = peerOf(client, credentials)
    const answer = await plane.ask({ kind: 'mount', peer, path: Buffer.from(path) })
    if (answer.status !== Mountstat3.OK) return answer
    const { place, below } = answer
    if (place.kind === 'folder') return mounted(handles.make(place.folder, place.grant))
    try {
      const caller = { client, credentials: root }
      let handle = (await this.#options.arrive(caller, place)).object
      for (const name of below) {
        const step = await this.#enter(caller, handle, Buffer.from(name))
        if (step.status !== Mountstat3.OK) return step
        handle = step.handle
      }
      return mounted(handle)
    } catch (error) {
      if (error instanceof NfsError) return failed(error.status)
      throw error
    }
  }

  async unmount(client: RpcClient, path: Buffer): Promise<void> {
    const peer = peerOf(client, root)
    await this.#options.plane.ask({ kind: 'unmount', peer, path: Buffer.from(path) })
  }

  async unmountAll(client: RpcClient): Promise<void> {
    await this.#options.plane.ask({ kind: 'unmount', peer: peerOf(client, root) })
  }

  async dump(client: RpcClient): Promise<MountEntry[]> {
    const mounts = await this.#options.plane.ask({ kind: 'dump', peer: peerOf(client, root) })
    return mounts.map(({ hostname, directory }) => ({ hostname, directory: Buffer.from(directory) }))
  }

  async exports(client: RpcClient) {
    const entries = await this.#options.plane.ask({ kind: 'exports', peer: peerOf(client, root) })
    return entries.map(({ path, groups }) => ({ path: Buffer.from(path), groups }))
  }

  /** One step down. A symbolic link is not followed: it could lead out of the share. */
  async #enter(caller: Nfs3Caller, dir: Buffer, name: Buffer): Promise<MountResult> {
    const found = await this.#options.enter(caller, { dir, name })
    if (found.attributes === undefined) return { status: Mountstat3.SERVERFAULT }
    if (found.attributes.type !== Ftype3.DIR) return { status: Mountstat3.NOTDIR }
    // The handle may be the backend's to reuse at its next call.
    return mounted(Buffer.from(found.object))
  }
}

function mounted(handle: Buffer): MountResult & { handle: Buffer } {
  return { status: Mountstat3.OK, handle, authFlavors: [AuthFlavor.sys] }
}

type MountFailure = Exclude<Mountstat3, typeof Mountstat3.OK>

function failed(status: number): { status: MountFailure } {
  return { status: mountstatByNfsstat.get(status) ?? Mountstat3.SERVERFAULT }
}

/** What a failed LOOKUP is to MOUNT; any other status is a SERVERFAULT. */
const mountstatByNfsstat: ReadonlyMap<number, MountFailure> = new Map([
  [Nfsstat3.PERM, Mountstat3.PERM],
  [Nfsstat3.NOENT, Mountstat3.NOENT],
  [Nfsstat3.IO, Mountstat3.IO],
  [Nfsstat3.ACCES, Mountstat3.ACCES],
  [Nfsstat3.NOTDIR, Mountstat3.NOTDIR],
  [Nfsstat3.INVAL, Mountstat3.INVAL],
  [Nfsstat3.NAMETOOLONG, Mountstat3.NAMETOOLONG],
])
