import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Ftype3, Nfsstat3, type Nfs3Caller, type Sattr3 } from 'nfs-server-ts'
import { native } from '../../../src/native/index.ts'
import { openLinuxFixture, type LinuxFixture } from './fixture.ts'

const isRoot = process.getuid!() === 0
const as = (uid: number, gid: number, gids: readonly number[] = []): Nfs3Caller => ({
  client: { address: '127.0.0.1', port: 700, transport: 'tcp' },
  credentials: { flavor: 'sys', machineName: 'test', uid, gid, gids },
})
const own = as(process.getuid!(), process.getgid!())
const alice = as(4001, 4001, [4100])

let fixture: LinuxFixture
afterEach(async () => {
  vi.restoreAllMocks()
  await fixture.close()
})

function path(name: string): string {
  return join(fixture.directory(), name)
}

function modeOf(name: string): string {
  return (lstatSync(path(name)).mode & 0o7777).toString(8)
}

async function handleOf(name: string, by = own): Promise<Buffer> {
  const found = await fixture.backend.lookup(by, { dir: fixture.root, name: Buffer.from(name) })
  // What is answered holds until the next call.
  return Buffer.from((found as { object: Buffer }).object)
}

function where(name: string, dir = fixture.root) {
  return { dir, name: Buffer.from(name) }
}

describe('the mode of a new object', () => {
  it('keeps its set-id bits whatever else is set with it', async () => {
    fixture = openLinuxFixture()
    const { backend } = fixture
    const [uid, gid] = [process.getuid!(), process.getgid!()]
    const others: Sattr3[] = [{}, { uid, gid }, { size: 0 }, { size: 10, uid }, { gid, mtime: 'server' }]
    for (const [index, rest] of others.entries()) {
      const how = { mode: 'GUARDED', attributes: { mode: 0o6755, ...rest } } as const
      expect(await backend.create(own, where(`f${index}`), how)).toMatchObject({
        attributes: { mode: 0o6755 },
      })
    }
    const fifo = { type: Ftype3.FIFO, attributes: { mode: 0o4711, uid, size: 1 } } as const
    expect(await backend.mknod(own, where('fifo'), fifo)).toMatchObject({ attributes: { mode: 0o4711 } })
  })

  it('of a directory keeps the set-group-id bit of its parent, whatever bits are asked for', async () => {
    fixture = openLinuxFixture()
    chmodSync(fixture.directory(), 0o2755)
    for (const mode of [0o755, 0o1755, 0o4755, 0o2750, 0o6700]) {
      const name = mode.toString(8)
      await fixture.backend.mkdir(own, where(name), { mode, size: 0 })
      expect(modeOf(name)).toBe((mode | 0o2000).toString(8))
    }
  })
})

describe('SETATTR', () => {
  it('of a mode leaves a symlink as it is, without an error', async () => {
    fixture = openLinuxFixture()
    symlinkSync('nowhere', path('link'))
    const result = await fixture.backend.setattr(own, await handleOf('link'), { mode: 0o600 }, undefined)
    expect(result.status).toBe(Nfsstat3.OK)
    expect(modeOf('link')).toBe('777')
  })

  it('refuses the number that stands for no user', async () => {
    fixture = openLinuxFixture()
    writeFileSync(path('file'), '')
    const file = await handleOf('file')
    for (const attributes of [{ uid: 0xffff_ffff }, { gid: 0xffff_ffff }])
      expect((await fixture.backend.setattr(own, file, attributes, undefined)).status).toBe(Nfsstat3.INVAL)
  })

  it.runIf(isRoot)('cuts nothing off when the rest is not the caller’s to set (needs root)', async () => {
    fixture = openLinuxFixture()
    writeFileSync(path('file'), 'content')
    chmodSync(path('file'), 0o666)
    const file = await handleOf('file', alice)
    const time = { seconds: 1, nanoseconds: 0 }
    for (const rest of [{ mode: 0o600 }, { uid: 4001 }, { gid: 4100 }, { mtime: time }, { atime: time }])
      expect(
        (await fixture.backend.setattr(alice, file, { size: 0, ...rest }, undefined)).status,
        JSON.stringify(rest),
      ).toBe(Nfsstat3.PERM)
    expect(statSync(path('file')).size).toBe(7)
    expect((await fixture.backend.setattr(alice, file, { size: 1, mtime: 'server' }, undefined)).status).toBe(
      Nfsstat3.OK,
    )
  })

  it.runIf(isRoot)('sets owner, size, mode and times at once, set-id bits too (needs root)', async () => {
    fixture = openLinuxFixture()
    writeFileSync(path('file'), 'content')
    chownSync(path('file'), 4001, 4001)
    const mtime = { seconds: 1_000_000, nanoseconds: 7 }
    const attributes = { gid: 4100, size: 3, mode: 0o6711, mtime }
    expect(await fixture.backend.setattr(alice, await handleOf('file'), attributes, undefined)).toMatchObject(
      {
        status: Nfsstat3.OK,
        wcc: { after: { gid: 4100, size: 3, mode: 0o6711, mtimeSeconds: 1_000_000, mtimeNanoseconds: 7 } },
      },
    )
  })
})

describe('CREATE', () => {
  it('exclusive, sent again, answers with its own file whatever is called meanwhile', async () => {
    fixture = openLinuxFixture([{ relaxed: false }])
    const { backend } = fixture
    writeFileSync(path('other'), '')
    const how = { mode: 'EXCLUSIVE', verifier: Buffer.from('verifier') } as const
    const made = (await backend.create(own, where('file'), how)) as { object: Buffer }
    await fixture.restart()
    const again = fixture.backend.create(own, where('file'), how)
    await handleOf('other')
    expect(((await again) as { object: Buffer }).object).toEqual(made.object)
  })

  it('exclusive takes no directory for its file', async () => {
    fixture = openLinuxFixture()
    mkdirSync(path('d'))
    const verifier = Buffer.alloc(8)
    // Where a directory's size is 0, as on btrfs, its times could pass for a verifier.
    utimesSync(path('d'), 0, 0)
    expect((await fixture.backend.create(own, where('d'), { mode: 'EXCLUSIVE', verifier })).status).toBe(
      Nfsstat3.EXIST,
    )
  })

  it('with attributes that are refused leaves nothing behind', async () => {
    for (const handles of ['auto', 'index'] as const) {
      fixture = openLinuxFixture([{ handles }])
      const attributes = { mtime: { seconds: 0, nanoseconds: 2_000_000_000 } }
      const made = await fixture.backend.create(own, where('file'), { mode: 'GUARDED', attributes })
      expect(made.status).toBe(Nfsstat3.INVAL)
      expect((await fixture.backend.mkdir(own, where('dir'), attributes)).status).toBe(Nfsstat3.INVAL)
      expect((await fixture.backend.lookup(own, where('file'))).status).toBe(Nfsstat3.NOENT)
      expect((await fixture.backend.lookup(own, where('dir'))).status).toBe(Nfsstat3.NOENT)
      if (handles === 'auto') await fixture.close()
    }
  })
})

describe('attributes told after a wait', () => {
  it('are of the directory that was changed, though its descriptor is another file’s by then', async () => {
    fixture = openLinuxFixture([{ relaxed: false }], { openFileCountMax: 3, onWarning() {} })
    const { backend } = fixture
    for (const name of ['a', 'b']) mkdirSync(path(name))
    for (let index = 0; index < 8; index++) writeFileSync(path(`file-${index}`), '')
    writeFileSync(path('a/file'), '')
    const files: Buffer[] = []
    for (let index = 0; index < 8; index++) files.push(await handleOf(`file-${index}`))
    const [a, b] = [await handleOf('a'), await handleOf('b')]

    // The first directory is on disk at once; the disk refuses the second much later.
    const waiting: ((result: number) => void)[] = []
    vi.spyOn(native, 'diskSync').mockImplementation((_disk, _fd, _how, done) => {
      if (waiting.push(done) === 1) setImmediate(() => done(0))
      return 0
    })
    const renamed = backend.rename(own, where('file', a), where('file', b))
    while (waiting.length < 2) await new Promise(setImmediate)
    await new Promise(setImmediate)
    for (const file of files) await backend.getattr(own, file)
    waiting[1]!(-constants.errno.EIO)
    vi.restoreAllMocks()
    expect(await renamed).toMatchObject({
      status: Nfsstat3.IO,
      fromDirWcc: { after: { fileidLow: statSync(path('a')).ino % 2 ** 32 } },
      toDirWcc: { after: { fileidLow: statSync(path('b')).ino % 2 ** 32 } },
    })
    expect(backend.statistics.syncFailureCount).toBe(1)
  })
})
