import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NfsError, Nfsstat3, type Nfs3Caller, type RpcClient } from 'nfs-server-ts'
import { LinuxBackend, type FilesystemOptions, type ShareDefinition } from '../../../src/filesystem/index.ts'
import { GrantTable, Right } from '../../../src/shared-memory/grant-table.ts'
import type { IdentityRule } from '../../../src/shared-memory/identity-rule.ts'
import { ShareTable, type ShareState } from '../../../src/shared-memory/share-table.ts'

/** The client that the grants of a fixture are for. */
export const client: RpcClient = { address: '127.0.0.1', port: 700, transport: 'tcp' }

/** {@link client}, as the user who runs the tests. */
export const caller: Nfs3Caller = {
  client,
  credentials: {
    flavor: 'sys',
    machineName: 'test',
    uid: process.getuid!(),
    gid: process.getgid!(),
    gids: [],
  },
}

/** The status of an answer, whether it is answered or thrown. */
export async function statusOf(call: () => unknown): Promise<number> {
  try {
    return ((await call()) as { readonly status: number }).status
  } catch (error) {
    if (error instanceof NfsError) return error.status
    throw error
  }
}

/** Number of the grant by which {@link client} may do everything in share `id`. */
export const grantOf = (id: number): number => 100 + id

/** A share as a test wants it: where it differs from the usual one. */
export type ShareWish = Partial<ShareDefinition & ShareState & { readonly rule: IdentityRule }>

/** A backend over fresh directories: below TMPDIR, so that the same tests run on any filesystem. */
export interface LinuxFixture {
  readonly backend: LinuxBackend
  readonly grants: GrantTable
  readonly shareTable: ShareTable
  /** Handle of the first share's root. */
  readonly root: Buffer
  /** Handle of a share's root under the fixture's own grant, or another. */
  rootOf(id: number, grant?: number): Buffer
  /** Gives {@link client} a further grant of share 1, with all rights. */
  grant(number: number): void
  /** Handle of a name in a directory. */
  lookup(dir: Buffer, name: string): Promise<Buffer>
  /** Where share `id` lies. */
  directory(id?: number): string
  /** Ends the backend and starts another over the same files, as a restart does. */
  restart(changes?: Partial<FilesystemOptions>, shares?: readonly ShareWish[]): Promise<LinuxBackend>
  close(): Promise<void>
}

const handleKey = Buffer.alloc(16, 'k')

/** How a share stands unless a test says otherwise. */
export const usualState: ShareState = {
  readOnly: false,
  relaxed: true,
  offline: false,
  audit: 'off',
  quotaBytes: undefined,
  quotaFiles: undefined,
}

export const unsquashed: IdentityRule = { squash: 'none', uid: 65534, gid: 65534, gids: [] }

/** The first of `shares` has number 1, the next 2. */
export function openLinuxFixture(
  shares: readonly ShareWish[] = [{}],
  options: Partial<FilesystemOptions> = {},
): LinuxFixture {
  const top = mkdtempSync(join(tmpdir(), 'berth-backend-'))
  chmodSync(top, 0o755)
  const directory = (id = 1): string => join(top, `share-${id}`)
  const [grants, shareTable] = [GrantTable.create(1024), ShareTable.create(64, 1)]

  const openShares = (backend: LinuxBackend, wishes: readonly ShareWish[]): LinuxBackend => {
    wishes.forEach((wish, index) => {
      const id = index + 1
      mkdirSync(directory(id), { recursive: true })
      chmodSync(directory(id), 0o755)
      shareTable.add(id, { ...usualState, ...wish }, { bytes: 0, files: 0 })
      const rights = Right.READ | Right.WRITE
      grants.set({
        number: grantOf(id),
        shareId: id,
        rights,
        rule: wish.rule ?? unsquashed,
        address: client.address,
      })
      const { path = `/share-${id}`, handles = 'auto' } = wish
      backend.openShare({ id, path, directory: wish.directory ?? directory(id), handles })
    })
    return backend
  }
  const open = (wishes: readonly ShareWish[], changes: Partial<FilesystemOptions> = {}): LinuxBackend => {
    const all = {
      grants,
      shareTable,
      lane: 0,
      handleKey,
      stateDirectory: top,
      openFileCountMax: 64,
      inodeCountMax: 1000,
      onClosedShare: () => undefined,
      onWarning: (message: string) => {
        throw new Error(message)
      },
      ...options,
      ...changes,
    }
    return openShares(LinuxBackend.open(all), wishes)
  }
  const openFirst = (): LinuxBackend => {
    try {
      return open(shares)
    } catch (error) {
      rmSync(top, { recursive: true })
      throw error
    }
  }
  let backend = openFirst()
  return {
    get backend() {
      return backend
    },
    grants,
    shareTable,
    root: backend.root(1, grantOf(1)).object,
    rootOf: (id, grant = grantOf(id)) => backend.root(id, grant).object,
    grant(number) {
      const rights = Right.READ | Right.WRITE
      grants.set({ number, shareId: 1, rights, rule: unsquashed, address: client.address })
    },
    async lookup(dir, name) {
      const found = await backend.lookup(caller, { dir, name: Buffer.from(name) })
      if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP ${name}: ${found.status}`)
      return Buffer.from(found.object)
    },
    directory,
    async restart(changes, wishes = shares) {
      await backend.close()
      for (let id = 1; id <= shares.length; id++) shareTable.remove(id)
      backend = open(wishes, changes)
      return backend
    },
    async close() {
      await backend.close()
      rmSync(top, { recursive: true })
    },
  }
}
