import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  Nfsstat3,
  NfsError,
  StableHow,
  type Credentials,
  type Nfs3Caller,
  type RpcClient,
} from 'nfs-server-ts'
import type { FilesystemOptions, LinuxBackend } from '../../../src/filesystem/index.ts'
import { native } from '../../../src/native/index.ts'
import { client, openLinuxFixture, statusOf, type LinuxFixture, type ShareWish } from './fixture.ts'

const isRoot = process.getuid!() === 0
const sys = (uid: number, gid = uid): Credentials => ({
  flavor: 'sys',
  machineName: 'test',
  uid,
  gid,
  gids: [],
})
const own = sys(process.getuid!(), process.getgid!())
const as = (credentials: Credentials, from = client): Nfs3Caller => ({ client: from, credentials })
const caller = as(own)

let fixture: LinuxFixture
afterEach(async () => fixture.close())

function open(shares?: readonly ShareWish[], options?: Partial<FilesystemOptions>): LinuxBackend {
  fixture = openLinuxFixture(shares, options)
  return fixture.backend
}

async function lookup(
  backend: LinuxBackend,
  dir: Buffer,
  name: string | Buffer,
  by = caller,
): Promise<Buffer> {
  const found = await backend.lookup(by, { dir, name: Buffer.from(name) })
  if (found.status !== Nfsstat3.OK) throw new NfsError(found.status)
  return Buffer.from(found.object)
}

async function readAll(backend: LinuxBackend, file: Buffer, by = caller): Promise<string> {
  const target = { buffer: Buffer.alloc(4096), offset: 0, takesFile: false }
  const result = await backend.read(by, file, 0, 4096, target)
  if (result.status !== Nfsstat3.OK) throw new NfsError(result.status)
  return (result.data ?? target.buffer.subarray(0, result.count)).toString()
}

describe.each(['auto', 'index'] as const)('handles (%s)', (handles) => {
  it('stay valid through renames and moves by client and host, links, and a restart', async () => {
    let backend = open([{ handles }])
    const { root } = fixture
    mkdirSync(join(fixture.directory(), 'a/b'), { recursive: true })
    writeFileSync(join(fixture.directory(), 'a/b/file'), 'content')
    const a = await lookup(backend, root, 'a')
    const b = await lookup(backend, a, 'b')
    const file = await lookup(backend, b, 'file')

    await backend.rename(
      caller,
      { dir: b, name: Buffer.from('file') },
      { dir: a, name: Buffer.from('moved') },
    )
    expect(await readAll(backend, file)).toBe('content')
    await backend.rename(caller, { dir: root, name: Buffer.from('a') }, { dir: root, name: Buffer.from('c') })
    backend = await fixture.restart()
    expect(await readAll(backend, file)).toBe('content')
    await backend.link(caller, file, { dir: root, name: Buffer.from('second') })
    await backend.remove(caller, { dir: a, name: Buffer.from('moved') })
    backend = await fixture.restart()
    expect(await readAll(backend, file)).toBe('content')

    // On the host, behind the gateway's back, in the same directory.
    renameSync(join(fixture.directory(), 'second'), join(fixture.directory(), 'third'))
    backend = await fixture.restart()
    expect(await readAll(backend, file)).toBe('content')
  })

  it('are stale once the object is gone, also when the name and inode number are used again', async () => {
    const backend = open([{ handles }])
    const path = join(fixture.directory(), 'file')
    writeFileSync(path, 'old')
    const old = await lookup(backend, fixture.root, 'file')
    rmSync(path)
    writeFileSync(path, 'new')
    expect(await statusOf(() => backend.getattr(caller, old))).toBe(Nfsstat3.STALE)
    expect(await readAll(backend, await lookup(backend, fixture.root, 'file'))).toBe('new')
  })

  it('of one share are refused by a gateway that does not serve it, and by one with another key', async () => {
    let backend = open([{ handles }, { handles }])
    const other = fixture.rootOf(2)
    expect(await statusOf(() => backend.getattr(caller, other))).toBe(Nfsstat3.OK)
    backend = await fixture.restart({}, [{ handles }])
    expect(await statusOf(() => backend.getattr(caller, other))).toBe(Nfsstat3.STALE)
    backend = await fixture.restart({ handleKey: Buffer.alloc(16, 'x') })
    expect(await statusOf(() => backend.getattr(caller, other))).toBe(Nfsstat3.BADHANDLE)
  })

  it('never lead out of the share by ".."', async () => {
    const backend = open([{ handles }, { handles }])
    const { root } = fixture
    const rootAttributes = await backend.getattr(caller, root)
    const parent = await backend.lookup(caller, { dir: root, name: Buffer.from('..') })
    expect(parent).toMatchObject({
      status: Nfsstat3.OK,
      attributes: {
        fileidLow: (rootAttributes as { attributes: { fileidLow: number } }).attributes.fileidLow,
      },
    })
    expect((parent as { object: Buffer }).object).toEqual(root)

    mkdirSync(join(fixture.directory(1), 'in'))
    const inside = await lookup(backend, root, 'in')
    expect(await lookup(backend, inside, '..')).toEqual(root)
    // The operator moves it to another tenant's share: its parent is no longer the client's to see.
    renameSync(join(fixture.directory(1), 'in'), join(fixture.directory(2), 'in'))
    expect(await statusOf(() => backend.lookup(caller, { dir: inside, name: Buffer.from('..') }))).toBe(
      Nfsstat3.STALE,
    )
  })
})

describe('names', () => {
  it('are bytes: what a client wrote is what the host sees, UTF-8 or not', async () => {
    const backend = open()
    const name = Buffer.from([0xff, 0xfe, 0x80, 0x01, 0x20, 0x5c])
    await backend.create(caller, { dir: fixture.root, name }, { mode: 'GUARDED', attributes: {} })
    expect(existsSync(Buffer.concat([Buffer.from(`${fixture.directory()}/`), name]))).toBe(true)
  })

  it('with a slash or NUL never reach the filesystem', async () => {
    const backend = open()
    writeFileSync(join(fixture.directory(), '../outside'), 'secret')
    for (const name of ['../outside', 'a/b', '/etc/passwd', 'a\0b', '', '/', '..\0'])
      expect(
        await statusOf(() => backend.lookup(caller, { dir: fixture.root, name: Buffer.from(name) })),
        name,
      ).not.toBe(Nfsstat3.OK)
  })

  it('that are symlinks are never followed', async () => {
    const backend = open()
    symlinkSync('/etc', join(fixture.directory(), 'etc'))
    symlinkSync('/etc/passwd', join(fixture.directory(), 'passwd'))
    const etc = await lookup(backend, fixture.root, 'etc')
    const passwd = await lookup(backend, fixture.root, 'passwd')
    expect(await statusOf(() => backend.lookup(caller, { dir: etc, name: Buffer.from('passwd') }))).toBe(
      Nfsstat3.NOTDIR,
    )
    expect(
      await statusOf(() =>
        backend.read(caller, passwd, 0, 10, { buffer: Buffer.alloc(10), offset: 0, takesFile: false }),
      ),
    ).toBe(Nfsstat3.INVAL)
    const unchecked = { mode: 'UNCHECKED', attributes: { size: 0 } } as const
    expect(
      await statusOf(() =>
        backend.create(caller, { dir: fixture.root, name: Buffer.from('passwd') }, unchecked),
      ),
    ).toBe(Nfsstat3.EXIST)
    expect(await statusOf(() => backend.setattr(caller, passwd, { size: 0 }, undefined))).toBe(Nfsstat3.INVAL)
    expect(readlinkSync(join(fixture.directory(), 'passwd'))).toBe('/etc/passwd')
    expect(statSync('/etc/passwd').size).toBeGreaterThan(0)
  })

  it('are looked up afresh: a directory swapped for a symlink on the host is a symlink', async () => {
    const backend = open()
    mkdirSync(join(fixture.directory(), 'd'))
    const before = await lookup(backend, fixture.root, 'd')
    renameSync(join(fixture.directory(), 'd'), join(fixture.directory(), 'e'))
    symlinkSync('/', join(fixture.directory(), 'd'))
    const after = await lookup(backend, fixture.root, 'd')
    expect(after).not.toEqual(before)
    expect(await statusOf(() => backend.lookup(caller, { dir: after, name: Buffer.from('etc') }))).toBe(
      Nfsstat3.NOTDIR,
    )
  })
})

describe('READDIR', () => {
  it('tells a position that the filesystem never gave out from a directory that cannot be read', async () => {
    const backend = open()
    const args = { dir: fixture.root, cookieVerifier: Buffer.alloc(8), entryCountMax: 10 }
    const hostile = { ...args, cookieHigh: 0xffff_ffff, cookieLow: 0xffff_fff0 }
    const status = await statusOf(() => backend.readdir(caller, hostile))
    expect([Nfsstat3.BAD_COOKIE, Nfsstat3.OK]).toContain(status)
    expect(status).not.toBe(Nfsstat3.INVAL)
    expect(await statusOf(() => backend.readdir(caller, { ...args, cookieHigh: 0, cookieLow: 0 }))).toBe(
      Nfsstat3.OK,
    )
  })
})

describe('exclusive CREATE', () => {
  it('knows its own retransmission after a restart, and refuses another one', async () => {
    let backend = open()
    const where = { dir: fixture.root, name: Buffer.from('lock') }
    const verifier = Buffer.from('fedcba9876543210', 'hex')
    const first = await backend.create(caller, where, { mode: 'EXCLUSIVE', verifier })
    expect(first.status).toBe(Nfsstat3.OK)
    backend = await fixture.restart()
    const again = await backend.create(caller, where, { mode: 'EXCLUSIVE', verifier })
    expect((again as { object: Buffer }).object).toEqual((first as { object: Buffer }).object)
    for (let bit = 0; bit < 64; bit++) {
      const other = Buffer.from(verifier)
      other[bit >> 3]! ^= 1 << (bit & 7)
      expect(
        await statusOf(() => backend.create(caller, where, { mode: 'EXCLUSIVE', verifier: other })),
        `bit ${bit}`,
      ).toBe(Nfsstat3.EXIST)
    }
  })
})

describe('open files', () => {
  it('stay within their limit while many more are used', async () => {
    const backend = open([{}], { openFileCountMax: 16, inodeCountMax: 50 })
    for (let index = 0; index < 200; index++) {
      const name = Buffer.from(`file-${index}`)
      const made = await backend.create(
        caller,
        { dir: fixture.root, name },
        { mode: 'GUARDED', attributes: {} },
      )
      await backend.write(
        caller,
        (made as { object: Buffer }).object,
        0,
        StableHow.UNSTABLE,
        Buffer.from(`${index}`),
      )
    }
    expect(backend.statistics.openFileCount).toBeLessThanOrEqual(16)
    expect(backend.statistics.inodeCount).toBeLessThanOrEqual(64)
    for (let index = 0; index < 200; index++)
      expect(readFileSync(join(fixture.directory(), `file-${index}`), 'utf8')).toBe(`${index}`)
  })

  it('are closed when their last name is removed or replaced, so that the space is free', async () => {
    const backend = open()
    const make = async (name: string): Promise<void> => {
      await backend.create(
        caller,
        { dir: fixture.root, name: Buffer.from(name) },
        { mode: 'UNCHECKED', attributes: {} },
      )
    }
    await make('a')
    await make('b')
    linkSync(join(fixture.directory(), 'b'), join(fixture.directory(), 'b2'))
    const before = backend.statistics.openFileCount
    await backend.remove(caller, { dir: fixture.root, name: Buffer.from('b') })
    expect(backend.statistics.openFileCount).toBe(before)
    await backend.rename(
      caller,
      { dir: fixture.root, name: Buffer.from('b2') },
      { dir: fixture.root, name: Buffer.from('a') },
    )
    expect(backend.statistics.openFileCount).toBe(before - 1)
    await backend.remove(caller, { dir: fixture.root, name: Buffer.from('a') })
    expect(backend.statistics.openFileCount).toBe(before - 2)
  })
})

describe('shares', () => {
  it('that are read-only refuse every change and still serve', async () => {
    const backend = open([{ readOnly: true }])
    writeFileSync(join(fixture.directory(), 'file'), 'content')
    const dir = fixture.root
    const name = Buffer.from('file')
    const file = await lookup(backend, dir, 'file')
    expect(await readAll(backend, file)).toBe('content')
    const changes: (() => unknown)[] = [
      () => backend.setattr(caller, file, { mode: 0 }, undefined),
      () => backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('x')),
      () => backend.create(caller, { dir, name: Buffer.from('new') }, { mode: 'UNCHECKED', attributes: {} }),
      () => backend.mkdir(caller, { dir, name: Buffer.from('new') }, {}),
      () => backend.symlink(caller, { dir, name: Buffer.from('new') }, {}, Buffer.from('x')),
      () => backend.mknod(caller, { dir, name: Buffer.from('new') }, { type: 7, attributes: {} }),
      () => backend.remove(caller, { dir, name }),
      () => backend.rmdir(caller, { dir, name }),
      () => backend.rename(caller, { dir, name }, { dir, name: Buffer.from('new') }),
      () => backend.link(caller, file, { dir, name: Buffer.from('new') }),
    ]
    for (const change of changes) expect(await statusOf(change), change.toString()).toBe(Nfsstat3.ROFS)
    const access = await backend.access(caller, file, 0x3f)
    expect((access as { access: number }).access & 0x1c).toBe(0)
  })

  it('cannot be linked or renamed across', async () => {
    const backend = open([{}, {}])
    writeFileSync(join(fixture.directory(1), 'file'), '')
    const [one, two] = [fixture.root, fixture.rootOf(2)]
    const file = await lookup(backend, one, 'file')
    expect(await statusOf(() => backend.link(caller, file, { dir: two, name: Buffer.from('l') }))).toBe(
      Nfsstat3.XDEV,
    )
    expect(
      await statusOf(() =>
        backend.rename(caller, { dir: one, name: Buffer.from('file') }, { dir: two, name: Buffer.from('f') }),
      ),
    ).toBe(Nfsstat3.XDEV)
  })

  it('refuse a client that may not use them, whatever handle it holds', async () => {
    const stranger: RpcClient = { ...client, address: '192.0.2.1' }
    const backend = open()
    expect(await statusOf(() => backend.getattr(caller, fixture.root))).toBe(Nfsstat3.OK)
    expect(await statusOf(() => backend.getattr(as(own, stranger), fixture.root))).toBe(Nfsstat3.ACCES)
    expect(await statusOf(() => backend.getattr(caller, fixture.root))).toBe(Nfsstat3.OK)
  })

  it('name the directory that cannot be opened', () => {
    const backend = open()
    expect(() => backend.openShare({ id: 9, path: '/share-9', directory: '/nowhere/at/all' })).toThrow(
      'share /share-9: cannot open directory /nowhere/at/all: ENOENT',
    )
  })
})

describe.runIf(isRoot)('identity', () => {
  it('squashes root, or everyone, to the anonymous user', async () => {
    const backend = open([
      { rule: { squash: 'root', uid: 4001, gid: 4002, gids: [] } },
      { rule: { squash: 'all', uid: 4003, gid: 4004, gids: [] } },
    ])
    for (const id of [1, 2]) chmodSync(fixture.directory(id), 0o777)
    const owners: [number, Credentials, number, number][] = [
      [1, sys(0), 4001, 4002],
      [1, sys(1000, 100), 1000, 100],
      [1, { flavor: 'none' }, 4001, 4002],
      [2, sys(1000, 100), 4003, 4004],
    ]
    for (const [index, [share, credentials, uid, gid]] of owners.entries()) {
      const name = Buffer.from(`file-${index}`)
      await backend.create(
        as(credentials),
        { dir: fixture.rootOf(share), name },
        { mode: 'GUARDED', attributes: {} },
      )
      expect(statSync(join(fixture.directory(share), name.toString())), `case ${index}`).toMatchObject({
        uid,
        gid,
      })
    }
  })

  it('takes the invalid user number for nobody, not for "as it is"', async () => {
    const backend = open([{}])
    chmodSync(fixture.directory(), 0o777)
    const name = Buffer.from('file')
    await backend.create(
      as(sys(0xffff_ffff)),
      { dir: fixture.root, name },
      { mode: 'GUARDED', attributes: {} },
    )
    expect(statSync(join(fixture.directory(), 'file')).uid).toBe(65534)
  })

  it('opens cold handles for a caller without capabilities', async () => {
    const backend = open([{}], { openFileCountMax: 1 })
    chmodSync(fixture.directory(), 0o755)
    for (const name of ['a', 'b', 'c']) writeFileSync(join(fixture.directory(), name), name, { mode: 0o644 })
    const user = as(sys(1000))
    const handles = await Promise.all(
      ['a', 'b', 'c'].map((name) => lookup(backend, fixture.root, name, user)),
    )
    for (const handle of handles) expect((await readAll(backend, handle, user)).length).toBe(1)
  })
})

describe('the addon', () => {
  it('throws on arguments of the wrong type instead of reading beyond them', () => {
    open()
    const small = Buffer.alloc(8)
    expect(() => native.pread(0, small, 4, 8, 0)).toThrow(TypeError)
    expect(() => native.pwrite(0, small, -1, 1, 0)).toThrow(TypeError)
    expect(() => native.fstat(0, 99)).toThrow(TypeError)
    expect(() => native.fstat('0' as unknown as number, 0)).toThrow(TypeError)
    expect(() => native.siphash(small, small, 0, 8, small)).toThrow(TypeError)
  })
})
