import type { Credentials } from '../rpc/auth.ts'
import type { MaybePromise, RpcClient } from '../rpc/program.ts'

/** mountstat3, RFC 1813 §5.1.5. */
export const Mountstat3 = {
  OK: 0,
  PERM: 1,
  NOENT: 2,
  IO: 5,
  ACCES: 13,
  NOTDIR: 20,
  INVAL: 22,
  NAMETOOLONG: 63,
  NOTSUPP: 10004,
  SERVERFAULT: 10006,
} as const
export type Mountstat3 = (typeof Mountstat3)[keyof typeof Mountstat3]

/** Longest path in MNT, in bytes, RFC 1813 §5.1.4. */
export const mountPathSizeMax = 1024

export type MountResult =
  | {
      status: typeof Mountstat3.OK
      /** File handle of the root. */ handle: Buffer
      /** RFC 5531 flavors. */ authFlavors: readonly number[]
    }
  | { status: Exclude<Mountstat3, typeof Mountstat3.OK> }

/** One line of `showmount -e`: the path and the hosts or networks that may mount it, none meaning everyone. */
export interface ExportEntry {
  path: Buffer
  groups: readonly string[]
}

/** One line of `showmount -a`. */
export interface MountEntry {
  hostname: string
  directory: Buffer
}

/** What the MOUNT program (RFC 1813 §5) asks its owner. `path` is a view of the record: copy what is kept. */
export interface MountBackend {
  mount(client: RpcClient, credentials: Credentials, path: Buffer): MaybePromise<MountResult>
  /** Forgets one mount of this client. */
  unmount(client: RpcClient, path: Buffer): MaybePromise<void>
  /** Forgets every mount of this client. */
  unmountAll(client: RpcClient): MaybePromise<void>
  /** Mounts that are known. A hint, never a fact: clients vanish without a word. */
  dump(client: RpcClient): MaybePromise<readonly MountEntry[]>
  exports(client: RpcClient): MaybePromise<readonly ExportEntry[]>
}
