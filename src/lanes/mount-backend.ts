import {
  AuthFlavor,
  Ftype3,
  Mountstat3,
  Nfsstat3,
  type Credentials,
  type MountBackend,
  type MountEntry,
  type MountResult,
  type Nfs3Backend,
  type Nfs3Caller,
  type RpcClient,
} from 'nfs-server-ts'

/** A share as MOUNT sees it. */
export interface MountableShare {
  readonly id: number
  /** In its one spelling: absolute, no trailing slash. */
  readonly path: string
  /** Addresses and networks, for `showmount -e`. */
  readonly clients: readonly string[]
}

export interface ShareMountOptions {
  readonly shares: readonly MountableShare[]
  readonly backend: Pick<Nfs3Backend, 'lookup'>
  rootHandle(shareId: number): Buffer
  allows(shareId: number, client: RpcClient): boolean
  /** Told of each answer to MNT. */
  onMount(client: RpcClient, path: string, status: Mountstat3): void
}

/** Mounts remembered for `showmount -a`; the oldest is forgotten for a new one. */
const mountCountMax = 4096

/** Who resolves a path below a share. The share's own squash rule still applies to it. */
const root: Credentials = { flavor: 'sys', machineName: '', uid: 0, gid: 0, gids: [] }

/** Names as bytes: latin1 keeps each byte apart, so two names are equal as strings if they are as bytes. */
function namesOf(path: Buffer): string[] {
  return path
    .toString('latin1')
    .split('/')
    .filter((name) => name !== '')
}

interface Target {
  readonly share: MountableShare
  /** Names below the share, latin1. */
  readonly below: readonly string[]
}

/** Logical paths to file handles: a share, or a directory inside one. A client hears only of shares that it may use. */
export class ShareMountBackend implements MountBackend {
  readonly #options: ShareMountOptions
  readonly #shares: readonly { share: MountableShare; names: readonly string[] }[]
  /** Oldest first. The key tells client and path apart from any other pair. */
  readonly #mounts = new Map<string, { shareId: number; address: string; directory: Buffer }>()

  constructor(options: ShareMountOptions) {
    this.#options = options
    this.#shares = options.shares
      .map((share) => ({ share, names: namesOf(Buffer.from(share.path)) }))
      // A share below another one hides what the outer one has there: the deepest match is met first.
      .sort((a, b) => b.names.length - a.names.length)
  }

  async mount(client: RpcClient, _credentials: Credentials, path: Buffer): Promise<MountResult> {
    const kept = Buffer.from(path)
    const result = await this.#resolve(client, kept)
    this.#options.onMount(client, kept.toString(), result.status)
    return result
  }

  unmount(client: RpcClient, path: Buffer): void {
    this.#mounts.delete(mountKey(client, namesOf(path)))
  }

  unmountAll(client: RpcClient): void {
    for (const [key, { address }] of this.#mounts) if (address === client.address) this.#mounts.delete(key)
  }

  dump(client: RpcClient): MountEntry[] {
    return [...this.#mounts.values()]
      .filter(({ shareId }) => this.#options.allows(shareId, client))
      .map(({ address, directory }) => ({ hostname: address, directory }))
  }

  exports(client: RpcClient) {
    return this.#options.shares
      .filter(({ id }) => this.#options.allows(id, client))
      .map(({ path, clients }) => ({ path: Buffer.from(path), groups: clients }))
  }

  async #resolve(client: RpcClient, path: Buffer): Promise<MountResult> {
    const target = this.#find(path)
    if (target === undefined) return { status: Mountstat3.NOENT }
    const { share, below } = target
    if (!this.#options.allows(share.id, client)) return { status: Mountstat3.ACCES }

    let handle = this.#options.rootHandle(share.id)
    for (const name of below) {
      const step = await this.#enter({ client, credentials: root }, handle, Buffer.from(name, 'latin1'))
      if (step.status !== Mountstat3.OK) return step
      handle = step.handle
    }
    this.#remember(client, share.id, path)
    return { status: Mountstat3.OK, handle, authFlavors: [AuthFlavor.sys] }
  }

  #find(path: Buffer): Target | undefined {
    // RFC 1813 §5.2.1 wants a directory path; `..` would leave the share, and nobody who means well sends it.
    if (path[0] !== 0x2f || path.includes(0)) return undefined
    const wanted = namesOf(path)
    if (wanted.some((name) => name === '.' || name === '..')) return undefined
    for (const { share, names } of this.#shares) {
      if (names.every((name, index) => name === wanted[index]))
        return { share, below: wanted.slice(names.length) }
    }
    return undefined
  }

  /** One step down. A symbolic link is not followed: it could lead out of the share. */
  async #enter(caller: Nfs3Caller, dir: Buffer, name: Buffer): Promise<MountResult> {
    const found = await this.#options.backend.lookup(caller, { dir, name })
    if (found.status !== Nfsstat3.OK)
      return { status: mountstatByNfsstat.get(found.status) ?? Mountstat3.SERVERFAULT }
    if (found.attributes === undefined) return { status: Mountstat3.SERVERFAULT }
    if (found.attributes.type !== Ftype3.DIR) return { status: Mountstat3.NOTDIR }
    // The handle may be the backend's to reuse at its next call.
    return { status: Mountstat3.OK, handle: Buffer.from(found.object), authFlavors: [AuthFlavor.sys] }
  }

  #remember(client: RpcClient, shareId: number, path: Buffer): void {
    const key = mountKey(client, namesOf(path))
    this.#mounts.delete(key)
    this.#mounts.set(key, { shareId, address: client.address, directory: path })
    const [oldest] = this.#mounts.keys()
    if (this.#mounts.size > mountCountMax && oldest !== undefined) this.#mounts.delete(oldest)
  }
}

function mountKey(client: RpcClient, names: readonly string[]): string {
  return `${client.address}\0${names.join('/')}`
}

type MountFailure = Exclude<Mountstat3, typeof Mountstat3.OK>

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
