import { mkdirSync, readFileSync, readlinkSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { NfsError, Nfsstat3, StableHow, type Nfs3Caller, type Nfs3Result } from 'nfs-server-ts'
import { Right } from '../../../src/shared-memory/grant-table.ts'
import { client, grantOf, openLinuxFixture, unsquashed, usualState, type LinuxFixture } from './fixture.ts'

const own = { flavor: 'sys', machineName: 'test', uid: process.getuid!(), gid: 0, gids: [] } as const
const caller: Nfs3Caller = { client, credentials: own }

let fixture: LinuxFixture
afterEach(() => fixture.close())

type Answer = Nfs3Result<object, object> | Promise<Nfs3Result<object, object>>

async function statusOf(call: () => Answer): Promise<number> {
  try {
    return (await call()).status
  } catch (error) {
    if (error instanceof NfsError) return error.status
    throw error
  }
}

async function lookup(dir: Buffer, name: string): Promise<Buffer> {
  const found = await fixture.backend.lookup(caller, { dir, name: Buffer.from(name) })
  if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP ${name}: ${found.status}`)
  return Buffer.from(found.object)
}

const write = (file: Buffer) =>
  statusOf(() => fixture.backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('data')))

describe('a grant', () => {
  it('that is revoked ends with the next call, and another of the same client goes on', async () => {
    fixture = openLinuxFixture()
    writeFileSync(join(fixture.directory(), 'file'), '')
    fixture.grants.set({
      number: 7,
      shareId: 1,
      rights: Right.READ | Right.WRITE,
      rule: unsquashed,
      address: client.address,
    })
    const [one, other] = [await lookup(fixture.root, 'file'), await lookup(fixture.rootOf(1, 7), 'file')]
    expect(one).not.toEqual(other)
    expect([await write(one), await write(other)]).toEqual([Nfsstat3.OK, Nfsstat3.OK])
    fixture.grants.revoke(7)
    expect([await write(one), await write(other)]).toEqual([Nfsstat3.OK, Nfsstat3.ACCES])
    expect(await statusOf(() => fixture.backend.getattr(caller, other))).toBe(Nfsstat3.ACCES)
    // One that comes to its place later does not revive its handles.
    fixture.grants.set({ number: 7 + 1024, shareId: 1, rights: 3, rule: unsquashed, address: client.address })
    expect(await write(other)).toBe(Nfsstat3.ACCES)
  })

  it('is for one share: its number does not open another', async () => {
    fixture = openLinuxFixture([{}, {}])
    expect(() => fixture.rootOf(2, grantOf(1))).toThrow(NfsError)
  })

  it('without the right to write changes nothing', async () => {
    fixture = openLinuxFixture()
    writeFileSync(join(fixture.directory(), 'file'), 'old')
    fixture.grants.set({
      number: 7,
      shareId: 1,
      rights: Right.READ,
      rule: unsquashed,
      address: client.address,
    })
    const root = fixture.rootOf(1, 7)
    const file = await lookup(root, 'file')
    expect(await write(file)).toBe(Nfsstat3.ROFS)
    expect(
      await statusOf(() => fixture.backend.mkdir(caller, { dir: root, name: Buffer.from('d') }, {})),
    ).toBe(Nfsstat3.ROFS)
    const access = await fixture.backend.access(caller, file, 0x3f)
    expect((access as { access: number }).access & 0x1c).toBe(0)
    expect(readFileSync(join(fixture.directory(), 'file'), 'utf8')).toBe('old')
  })

  it('does not reach across to another, so no name is moved with the rights of two', async () => {
    fixture = openLinuxFixture()
    writeFileSync(join(fixture.directory(), 'file'), '')
    fixture.grants.set({
      number: 7,
      shareId: 1,
      rights: Right.READ | Right.WRITE,
      rule: unsquashed,
      address: client.address,
    })
    const [one, two] = [fixture.root, fixture.rootOf(1, 7)]
    const [from, to] = [Buffer.from('file'), Buffer.from('moved')]
    expect(
      await statusOf(() => fixture.backend.rename(caller, { dir: one, name: from }, { dir: two, name: to })),
    ).toBe(Nfsstat3.XDEV)
    const file = await lookup(one, 'file')
    expect(await statusOf(() => fixture.backend.link(caller, file, { dir: two, name: to }))).toBe(
      Nfsstat3.XDEV,
    )
  })

  it('lets go of a removed file that another has open', async () => {
    fixture = openLinuxFixture()
    const path = join(fixture.directory(), 'file')
    writeFileSync(path, 'x')
    fixture.grants.set({
      number: 7,
      shareId: 1,
      rights: Right.READ | Right.WRITE,
      rule: unsquashed,
      address: client.address,
    })
    const [one, other] = [await lookup(fixture.root, 'file'), await lookup(fixture.rootOf(1, 7), 'file')]
    await write(one)
    await write(other)
    const open = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path)
        } catch {
          // The descriptor of the listing itself.
          return false
        }
      }).length
    expect(open()).toBe(2)
    await fixture.backend.remove(caller, { dir: fixture.root, name: Buffer.from('file') })
    await fixture.backend.getattr(caller, fixture.root)
    expect(open()).toBe(0)
    expect(await write(other)).toBe(Nfsstat3.STALE)
  })
})

describe('a share', () => {
  it('that becomes read-only, goes offline or is gone says so on the next call', async () => {
    fixture = openLinuxFixture()
    writeFileSync(join(fixture.directory(), 'file'), '')
    const file = await lookup(fixture.root, 'file')
    expect(await write(file)).toBe(Nfsstat3.OK)
    fixture.shareTable.change(1, { ...usualState, readOnly: true })
    expect(await write(file)).toBe(Nfsstat3.ROFS)
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.OK)
    fixture.shareTable.change(1, { ...usualState, offline: true })
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.JUKEBOX)
    fixture.shareTable.change(1, usualState)
    expect(await write(file)).toBe(Nfsstat3.OK)
    fixture.shareTable.remove(1)
    expect(await write(file)).toBe(Nfsstat3.STALE)
  })

  it('is closed with all its files, and opened again under the same handles', async () => {
    const missing: number[] = []
    fixture = openLinuxFixture([{}], { onClosedShare: (id) => missing.push(id) })
    mkdirSync(join(fixture.directory(), 'dir'))
    writeFileSync(join(fixture.directory(), 'dir', 'file'), '')
    const file = await lookup(await lookup(fixture.root, 'dir'), 'file')
    await write(file)
    await fixture.backend.closeShare(1)
    expect(fixture.backend.hasShare(1)).toBe(false)
    expect(fixture.backend.statistics.openFileCount).toBe(0)
    expect(await write(file)).toBe(Nfsstat3.JUKEBOX)
    expect(missing).toEqual([1])
    fixture.backend.openShare({ id: 1, path: '/share-1', directory: fixture.directory() })
    expect(await write(file)).toBe(Nfsstat3.OK)
  })
})
