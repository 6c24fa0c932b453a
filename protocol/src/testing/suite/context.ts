import assert from 'node:assert/strict'
import type { Nfs3Result } from '../../nfs3/backend.ts'
import {
  type Fattr3,
  type NfsFh3,
  Nfsstat3,
  type Nfsstat3Failure,
  type WccAttr,
  type WccData,
} from '../../nfs3/types.ts'
import type { ListFrom, Nfs3Client } from '../nfs3-client.ts'
import type { ListedEntry } from '../nfs3-codec.ts'

/** A user who is nobody special. */
export const alice = { uid: 1001, gid: 1001 }
export const bob = { uid: 1002, gid: 1002 }

const statusName = new Map<number, string>(Object.entries(Nfsstat3).map(([name, value]) => [value, name]))

/** The success arm, or a failed test that names the status. */
export function ok<Ok, Fail>(result: Nfs3Result<Ok, Fail>): Ok & { status: typeof Nfsstat3.OK } {
  assert.equal(statusName.get(result.status), 'OK')
  return result as Ok & { status: typeof Nfsstat3.OK }
}

/** The failure arm with one of these statuses, or a failed test. */
export function refused<Ok, Fail>(
  result: Nfs3Result<Ok, Fail>,
  ...statuses: readonly [Nfsstat3Failure, ...Nfsstat3Failure[]]
): Fail {
  const names = statuses.map((status) => statusName.get(status) ?? status)
  const got = statusName.get(result.status) ?? result.status
  assert.ok(statuses.includes(result.status as Nfsstat3Failure), `expected ${names.join(' or ')}, got ${got}`)
  return result as Fail
}

/** What must be told. */
export function known<T>(value: T | undefined): T {
  assert.notEqual(value, undefined, 'the reply leaves out what the server knows')
  return value as T
}

export function toWccAttr(attributes: Fattr3): WccAttr {
  const { size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds } = attributes
  return { size, mtimeSeconds, mtimeNanoseconds, ctimeSeconds, ctimeNanoseconds }
}

/** Asserts that wcc_data tells of `before`, and returns what it tells of afterwards. */
export function changedFrom(wcc: WccData, before: Fattr3): Fattr3 {
  assert.deepEqual(wcc.before, toWccAttr(before))
  return known(wcc.after)
}

/** Asserts that wcc_data of a failed call tells of an object that stayed as it was. */
export function unchanged(wcc: WccData, before: Fattr3): void {
  assert.deepEqual(toWccAttr(changedFrom(wcc, before)), toWccAttr(before))
}

export function fileidOf({ fileidHigh, fileidLow }: Fattr3): bigint {
  return (BigInt(fileidHigh) << 32n) | BigInt(fileidLow)
}

/** One case's client and its own fresh directory. */
export class CaseContext {
  /** Root of the tree. */
  readonly root: NfsFh3
  /** Speaks as root. */
  readonly client: Nfs3Client
  /** Empty, mode 0777, owner root: each case has its own. */
  readonly dir: NfsFh3
  /** Its name in the root. */
  readonly dirName: string

  constructor(client: Nfs3Client, root: NfsFh3, dir: NfsFh3, dirName: string) {
    this.root = root
    this.client = client
    this.dir = dir
    this.dirName = dirName
  }

  /** `client` speaks as root. */
  static async make(client: Nfs3Client, root: NfsFh3, dirName: string): Promise<CaseContext> {
    const made = known(ok(await client.mkdir(root, dirName, { mode: 0o777 })).object)
    // A server's umask is no business of this suite.
    ok(await client.setattr(made, { mode: 0o777 }))
    return new CaseContext(client, root, made, dirName)
  }

  /** Speaks as someone else. */
  as({ uid, gid }: { uid: number; gid: number }, gids: readonly number[] = []): Nfs3Client {
    return this.client.with({ credentials: { flavor: 'sys', machineName: 'test', uid, gid, gids } })
  }

  /** Makes a file and returns its handle. */
  async file(
    name: string | Buffer,
    {
      mode = 0o644,
      data = '',
      dir = this.dir,
      by = this.client,
    }: { mode?: number; data?: string; dir?: NfsFh3; by?: Nfs3Client } = {},
  ): Promise<NfsFh3> {
    const how = { mode: 'GUARDED', attributes: { mode } } as const
    const handle = known(ok(await by.create(dir, name, how)).object)
    if (data !== '') ok(await this.client.write(handle, 0, data))
    return handle
  }

  /** Makes a directory and returns its handle. */
  async mkdir(
    name: string | Buffer,
    { mode = 0o755, dir = this.dir, by = this.client }: { mode?: number; dir?: NfsFh3; by?: Nfs3Client } = {},
  ): Promise<NfsFh3> {
    return known(ok(await by.mkdir(dir, name, { mode })).object)
  }

  async attributes(object: NfsFh3 = this.dir): Promise<Fattr3> {
    return ok(await this.client.getattr(object)).attributes
  }

  async lookup(name: string | Buffer, dir: NfsFh3 = this.dir): Promise<NfsFh3> {
    return ok(await this.client.lookup(dir, name)).object
  }

  async contents(file: NfsFh3): Promise<string> {
    return ok(await this.client.read(file, 0, 65536)).data.toString()
  }

  /** All of a directory, page by page. `between` runs after each page but the last. */
  async list(
    dir: NfsFh3,
    {
      count = 8192,
      plus = false,
      between,
    }: { count?: number; plus?: boolean; between?: () => Promise<void> } = {},
  ): Promise<ListedEntry[]> {
    const entries: ListedEntry[] = []
    let from: ListFrom = { cookie: 0n, cookieVerifier: Buffer.alloc(8) }
    for (;;) {
      const result = plus
        ? await this.client.readdirplus(dir, count, count, from)
        : await this.client.readdir(dir, count, from)
      const page = ok(result)
      assert.ok(page.size <= count, `page of ${page.size} bytes where ${count} were asked for`)
      entries.push(...page.entries)
      if (page.eof) return entries
      const last = known(page.entries.at(-1))
      assert.notEqual(last.cookie, from.cookie, 'the listing does not get on')
      from = { cookie: last.cookie, cookieVerifier: page.cookieVerifier }
      await between?.()
    }
  }

  /** Names in a directory but "." and "..", sorted, as Latin-1. */
  async names(dir: NfsFh3 = this.dir): Promise<string[]> {
    const names = (await this.list(dir)).map(({ name }) => name.toString('latin1'))
    return names.filter((name) => name !== '.' && name !== '..').sort()
  }
}
