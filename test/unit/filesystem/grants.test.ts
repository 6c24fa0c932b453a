import { mkdirSync, readFileSync, readlinkSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { NfsError, Nfsstat3, StableHow } from 'nfs-server-ts'
import { Right } from '../../../src/shared-memory/grant-table.ts'
import {
  caller,
  client,
  grantOf,
  openLinuxFixture,
  statusOf,
  unsquashed,
  usualState,
  type LinuxFixture,
} from './fixture.ts'

let fixture: LinuxFixture
afterEach(() => fixture.close())

const write = (file: Buffer) =>
  statusOf(() => fixture.backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('data')))

describe('a grant', () => {
  it('that is revoked ends with the next call, and another of the same client goes on', async () => {
    fixture = openLinuxFixture()
    writeFileSync(join(fixture.directory(), 'file'), '')
    fixture.grant(7)
    const [one, other] = [
      await fixture.lookup(fixture.root, 'file'),
      await fixture.lookup(fixture.rootOf(1, 7), 'file'),
    ]
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
    const file = await fixture.lookup(root, 'file')
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
    fixture.grant(7)
    const [one, two] = [fixture.root, fixture.rootOf(1, 7)]
    const [from, to] = [Buffer.from('file'), Buffer.from('moved')]
    expect(
      await statusOf(() => fixture.backend.rename(caller, { dir: one, name: from }, { dir: two, name: to })),
    ).toBe(Nfsstat3.XDEV)
    const file = await fixture.lookup(one, 'file')
    expect(await statusOf(() => fixture.backend.link(caller, file, { dir: two, name: to }))).toBe(
      Nfsstat3.XDEV,
    )
  })

  it('lets go of a removed file that another has open', async () => {
    fixture = openLinuxFixture()
    const path = join(fixture.directory(), 'file')
    writeFileSync(path, 'x')
    fixture.grant(7)
    const [one, other] = [
      await fixture.lookup(fixture.root, 'file'),
      await fixture.lookup(fixture.rootOf(1, 7), 'file'),
    ]
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
    const file = await fixture.lookup(fixture.root, 'file')
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
    fixture = openLinuxFixture([{}], { onClosedShare: (id) => void missing.push(id) })
    mkdirSync(join(fixture.directory(), 'dir'))
    writeFileSync(join(fixture.directory(), 'dir', 'file'), '')
    const file = await fixture.lookup(await fixture.lookup(fixture.root, 'dir'), 'file')
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
