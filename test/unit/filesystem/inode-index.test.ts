import { chmodSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Nfsstat3 } from 'nfs-server-ts'
import { native } from '../../../src/native/index.ts'
import { caller, openLinuxFixture, statusOf, type LinuxFixture } from './fixture.ts'

let fixture: LinuxFixture
afterEach(async () => {
  vi.restoreAllMocks()
  await fixture.close()
})

function path(name: string): string {
  return join(fixture.directory(), name)
}

function where(name: string, dir = fixture.root) {
  return { dir, name: Buffer.from(name) }
}

async function handleOf(name: string, dir = fixture.root): Promise<Buffer> {
  const found = await fixture.backend.lookup(caller, where(name, dir))
  return Buffer.from((found as { object: Buffer }).object)
}

describe('the inode index', () => {
  it('on a full disk refuses new names, and carries out what needs none', async () => {
    const warnings: string[] = []
    fixture = openLinuxFixture([{ handles: 'index' }], { onWarning: (message) => warnings.push(message) })
    const { backend } = fixture
    for (const name of ['known', 'moved', 'unknown']) writeFileSync(path(name), name)
    const known = await handleOf('known')
    await handleOf('moved')

    const statement = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1')) as {
      run(): unknown
    }
    vi.spyOn(statement, 'run').mockImplementation(() => {
      throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
    })
    expect(await statusOf(() => backend.lookup(caller, where('unknown')))).toBe(Nfsstat3.NOSPC)
    const how = { mode: 'GUARDED', attributes: {} } as const
    expect(await statusOf(() => backend.create(caller, where('new'), how))).toBe(Nfsstat3.NOSPC)
    expect(existsSync(path('new'))).toBe(false)
    expect(await statusOf(() => backend.getattr(caller, known))).toBe(Nfsstat3.OK)
    expect(await statusOf(() => backend.rename(caller, where('moved'), where('renamed')))).toBe(Nfsstat3.OK)
    expect(await statusOf(() => backend.remove(caller, where('known')))).toBe(Nfsstat3.OK)
    expect(warnings).toEqual(['/share-1: the index of file handles cannot be written'])
    vi.restoreAllMocks()
    expect(await statusOf(() => backend.lookup(caller, where('unknown')))).toBe(Nfsstat3.OK)
  })

  it('tells passing trouble from the end of an object', async () => {
    fixture = openLinuxFixture([{ handles: 'index' }])
    mkdirSync(path('a'))
    writeFileSync(path('a/file'), '')
    const file = await handleOf('file', await handleOf('a'))
    const backend = await fixture.restart()
    vi.spyOn(native, 'openBeneath').mockReturnValue(-constants.errno.EMFILE)
    expect(await statusOf(() => backend.getattr(caller, file))).toBe(Nfsstat3.JUKEBOX)
    vi.restoreAllMocks()
    expect(await statusOf(() => backend.getattr(caller, file))).toBe(Nfsstat3.OK)
  })

  it('finds its way though directories were moved into each other on the host', async () => {
    fixture = openLinuxFixture([{ handles: 'index' }])
    mkdirSync(path('a/b'), { recursive: true })
    const a = await handleOf('a')
    const b = await handleOf('b', a)
    renameSync(path('a/b'), path('b'))
    renameSync(path('a'), path('b/a'))
    await handleOf('b')
    expect(await handleOf('a', b)).toEqual(a)
    renameSync(path('b/a'), path('a'))
    const backend = await fixture.restart()
    expect(await statusOf(() => backend.getattr(caller, b))).toBe(Nfsstat3.OK)
    // By its first name, if that was not dropped on the way; else stale until it is looked up.
    expect([Nfsstat3.OK, Nfsstat3.STALE]).toContain(await statusOf(() => backend.getattr(caller, a)))
    expect(await handleOf('a')).toEqual(a)
    expect(await statusOf(() => backend.getattr(caller, a))).toBe(Nfsstat3.OK)
  })
})

describe('a server that is a plain user', () => {
  // Root may read everything, so that only a plain user can show this.
  it.skipIf(process.getuid!() === 0)(
    'works in directories, and on files, that it may not read (needs a plain user)',
    async () => {
      fixture = openLinuxFixture([{ relaxed: false }])
      mkdirSync(path('box'))
      writeFileSync(path('box/file'), '')
      const box = await handleOf('box')
      chmodSync(path('box'), 0o311)
      await fixture.restart()
      const file = await handleOf('file', box)
      const { backend } = fixture
      const how = { mode: 'GUARDED', attributes: {} } as const
      expect(await statusOf(() => backend.create(caller, where('new', box), how))).toBe(Nfsstat3.OK)
      expect(await statusOf(() => backend.setattr(caller, file, { mode: 0 }, undefined))).toBe(Nfsstat3.OK)
      expect(statSync(path('box')).mode & 0o777).toBe(0o311)
      chmodSync(path('box'), 0o755)
    },
  )
})
