import { changesIn } from '../../../src/filesystem/change-list.ts'
import { cpSync, lstatSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNfs3Program, Nfsstat3, StableHow, type Fattr3 } from 'nfs-server-ts'
import { DirectTransport, Nfs3Client, type ListedEntry, type ListFrom } from 'nfs-server-ts/testing'
import { Right } from '../../../src/shared-memory/grant-table.ts'
import { HandleVersion } from '../../../src/filesystem/handle.ts'
import { openSnapshotCountMax } from '../../../src/filesystem/open-shares.ts'
import { firstSnapshotNumber, sidecarOf } from '../../../src/shared-memory/share-number.ts'
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

const number = firstSnapshotNumber + 4
const nfsLimits = { rtmax: 65536, wtmax: 65536, dtmax: 65536 }

let fixture: LinuxFixture
let snapshot: string
afterEach(() => fixture.close())

/** What each object of the copy was, as a driver writes it down: see the layout in src/native/inode-map.c. */
function writeInodeMap(live: string, copy: string, path: string): void {
  const names = ['', ...readdirSync(live, { recursive: true }).map(String)]
  const records = names.map((name) => {
    const [was, is] = [
      lstatSync(join(live, name), { bigint: true }),
      lstatSync(join(copy, name), { bigint: true }),
    ]
    const record = Buffer.alloc(32)
    record.writeBigUInt64LE(is.ino, 0)
    record.writeBigUInt64LE(was.ino, 8)
    record.writeBigInt64LE(was.ctimeNs / 1_000_000_000n, 16)
    record.writeUInt32LE(Number(was.ctimeNs % 1_000_000_000n), 24)
    return { inode: is.ino, record }
  })
  records.sort((a, b) => (a.inode < b.inode ? -1 : 1))
  const header = Buffer.alloc(32)
  header.write('BERTHINO')
  header.writeUInt32LE(1, 8)
  header.writeUInt32LE(32, 12)
  header.writeBigUInt64LE(BigInt(records.length), 16)
  writeFileSync(path, Buffer.concat([header, ...records.map(({ record }) => record)]))
}

function liveOf(name: string) {
  const { ino, ctimeNs } = lstatSync(join(fixture.directory(), name), { bigint: true })
  return { fileid: ino, ctimeNs }
}

function toldOf({ fileidHigh, fileidLow, ctimeSeconds, ctimeNanoseconds }: Fattr3) {
  const fileid = (BigInt(fileidHigh) << 32n) | BigInt(fileidLow)
  return { fileid, ctimeNs: BigInt(ctimeSeconds) * 1_000_000_000n + BigInt(ctimeNanoseconds) }
}

const isDots = ({ name }: ListedEntry) => /^\.\.?$/.test(name.toString())

async function namesOf(nfs: Nfs3Client, directory: Buffer, plus: boolean): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = []
  for (let from: ListFrom = { cookie: 0n, cookieVerifier: Buffer.alloc(8) }; ;) {
    const page = await (plus
      ? nfs.readdirplus(directory, 4096, 8192, from)
      : nfs.readdir(directory, 4096, from))
    if (page.status !== Nfsstat3.OK) throw new Error(`listing: ${page.status}`)
    entries.push(...page.entries)
    if (page.eof) return entries
    from = { cookie: entries.at(-1)!.cookie, cookieVerifier: page.cookieVerifier }
  }
}

function openSnapshot(inodeMap?: string): Buffer {
  const snapshotOf = { share: 1, inodeMap }
  fixture.backend.openShare({ id: number, path: '/share-1', directory: snapshot, snapshotOf })
  return fixture.backend.root(number, grantOf(1)).object
}

describe('a snapshot', () => {
  beforeEach(() => {
    fixture = openLinuxFixture()
    const live = fixture.directory()
    snapshot = join(live, '../snapshot')
    mkdirSync(join(live, 'many'))
    for (let index = 0; index < 300; index++) writeFileSync(join(live, 'many', `file-${index}`), `${index}`)
    writeFileSync(join(live, 'file'), 'then')
    cpSync(live, snapshot, { recursive: true })
    writeInodeMap(live, snapshot, join(live, '../inodes'))
  })
  const inodeMap = () => join(fixture.directory(), '../inodes')

  it('shows what was there then, under the grants of its share', async () => {
    writeFileSync(join(fixture.directory(), 'file'), 'and now')
    const file = await fixture.lookup(openSnapshot(), 'file')
    const target = { buffer: Buffer.alloc(64), offset: 0, takesFile: false }
    const read = await fixture.backend.read(caller, file, 0, 64, target)
    expect(read).toMatchObject({ status: Nfsstat3.OK, count: 4 })
    expect(target.buffer.toString('latin1', 0, 4)).toBe('then')
    fixture.grants.revoke(grantOf(1))
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.ACCES)
  })

  it('is a filesystem of its own, in which nothing changes', async () => {
    const root = openSnapshot()
    const file = await fixture.lookup(root, 'file')
    const { backend } = fixture
    expect(await backend.getattr(caller, file)).toMatchObject({
      attributes: { fsidHigh: 0, fsidLow: number },
    })
    const at = (name: string) => ({ dir: root, name: Buffer.from(name) })
    const calls = [
      () => backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('x')),
      () => backend.setattr(caller, file, { size: 0 }, undefined),
      () => backend.create(caller, at('new'), { mode: 'UNCHECKED', attributes: {} }),
      () => backend.create(caller, at('file'), { mode: 'UNCHECKED', attributes: { size: 0 } }),
      () => backend.mkdir(caller, at('new'), {}),
      () => backend.symlink(caller, at('new'), {}, Buffer.from('file')),
      () => backend.remove(caller, at('file')),
      () => backend.rmdir(caller, at('many')),
      () => backend.rename(caller, at('file'), at('new')),
      () => backend.link(caller, file, at('new')),
    ]
    for (const call of calls) expect(await statusOf(call)).toBe(Nfsstat3.ROFS)
    expect(readdirSync(snapshot)).toEqual(['file', 'many'])
  })

  it('has the numbers and ctimes of the live files, by whichever call they are asked for', async () => {
    const nfs = new Nfs3Client(new DirectTransport(createNfs3Program(fixture.backend, nfsLimits)), {
      credentials: caller.credentials,
    })
    const root = openSnapshot(inodeMap())
    const many = await fixture.lookup(root, 'many')
    for (const [handle, name] of [[root, ''] as const, [many, 'many'] as const]) {
      const got = await nfs.getattr(handle)
      if (got.status !== Nfsstat3.OK) throw new Error(`GETATTR: ${got.status}`)
      expect(toldOf(got.attributes)).toEqual(liveOf(name))
    }
    const plus = await namesOf(nfs, many, true)
    expect(plus).toHaveLength(302)
    for (const { name, fileid, attributes } of plus.filter((entry) => !isDots(entry))) {
      expect(fileid).toBe(liveOf(`many/${name.toString()}`).fileid)
      expect(toldOf(attributes!)).toEqual(liveOf(`many/${name.toString()}`))
    }
    const fileids = (entries: ListedEntry[]) =>
      entries.map(({ name, fileid }) => `${name.toString()} ${fileid}`).sort()
    expect(fileids(await namesOf(nfs, many, false))).toEqual(fileids(plus))
    const above = (await namesOf(nfs, root, true)).filter(isDots)
    expect(above.map(({ fileid }) => fileid)).toEqual([liveOf('').fileid, liveOf('').fileid])
  })

  it('is the same filesystem as its share to a backup, which sees beside its files what is known about them', async () => {
    const backup = 9
    const rule = { squash: 'all', uid: 0, gid: 0, gids: [] } as const
    const rights = Right.READ | Right.BACKUP
    fixture.grants.set({ number: backup, shareId: 1, rights, rule, address: client.address })
    const { backend } = fixture
    const definition = { id: number, path: '/share-1', directory: snapshot }
    backend.openShare({ ...definition, snapshotOf: { share: 1, sidecar: sidecarOf(number) } })
    const { object: root, attributes } = backend.root(number, backup)
    expect(attributes).toMatchObject({ fsidHigh: 0, fsidLow: 1 })
    const nfs = new Nfs3Client(new DirectTransport(createNfs3Program(backend, nfsLimits)), {
      credentials: caller.credentials,
    })
    for (const plus of [false, true])
      expect((await namesOf(nfs, root, plus)).map(({ name }) => name.toString()).sort()).toEqual([
        ...['.', '..', '.berth', 'file', 'many'],
      ])
    const file = (await namesOf(nfs, root, true)).find(({ name }) => name.toString() === 'file')
    expect(file?.attributes).toMatchObject({ fsidHigh: 0, fsidLow: 1 })
    expect(backend.sidecarAt(caller, root)).toEqual({ share: sidecarOf(number), grant: backup })
    expect(backend.sidecarAt(caller, await fixture.lookup(root, 'many'))).toBeUndefined()
    // The grants of the share itself see nothing of it.
    const usual = backend.root(number, grantOf(1)).object
    expect(backend.sidecarAt(caller, usual)).toBeUndefined()
    expect(await namesOf(nfs, usual, false)).toHaveLength(4)
  })

  it('that is removed is stale at once; one that is not open yet is put off until somebody has looked', async () => {
    const file = await fixture.lookup(openSnapshot(), 'file')
    const asked: number[] = []
    const backend = await fixture.restart({ onClosedShare: (id) => void asked.push(id) })
    expect(await statusOf(() => backend.getattr(caller, file))).toBe(Nfsstat3.JUKEBOX)
    expect(asked).toEqual([number])
    openSnapshot()
    expect(await statusOf(() => backend.getattr(caller, file))).toBe(Nfsstat3.OK)
    await backend.closeShare(number)
    expect(await statusOf(() => backend.getattr(caller, file))).toBe(Nfsstat3.STALE)
    expect(asked).toEqual([number])
  })

  it('whose inode numbers do not last is known by names and what of the numbers does', async () => {
    const snapshotOf = { share: 1, inodeHighMask: 0xffff }
    const definition = { id: number, path: '/share-1', directory: snapshot, snapshotOf }
    expect(fixture.backend.openShare(definition)).toMatch(/names are kept in an index/)
    const nfs = new Nfs3Client(new DirectTransport(createNfs3Program(fixture.backend, nfsLimits)), {
      credentials: caller.credentials,
    })
    const many = await fixture.lookup(fixture.backend.root(number, grantOf(1)).object, 'many')
    expect(many[0]).toBe(HandleVersion.INDEXED)
    const listed = (await namesOf(nfs, many, true)).filter((entry) => !isDots(entry))
    for (const { name, fileid, handle, attributes } of listed) {
      const { ino } = lstatSync(join(snapshot, 'many', name.toString()), { bigint: true })
      expect([fileid, toldOf(attributes!).fileid, handle![3]]).toEqual([ino, ino, 8])
    }
    await fixture.restart()
    fixture.backend.openShare(definition)
    for (const { handle } of listed)
      expect(await statusOf(() => fixture.backend.getattr(caller, handle!))).toBe(Nfsstat3.OK)

    const indexes = () =>
      readdirSync(join(fixture.directory(), '..')).filter((name) => name.startsWith('inode-'))
    expect(indexes()).toContain(`inode-index-${number}.sqlite`)
    await fixture.backend.closeShare(number)
    expect(indexes()).toEqual([])
  })

  it('is closed, also to who is in it, once its share shows it to backups alone', async () => {
    const file = await fixture.lookup(openSnapshot(), 'file')
    fixture.shareTable.change(1, { ...usualState, closesSnapshots: true })
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.ACCES)
    expect(await statusOf(() => fixture.backend.getattr(caller, fixture.root))).toBe(Nfsstat3.OK)
    const rights = Right.READ | Right.SNAPSHOTS
    fixture.grants.set({
      ...{ number: grantOf(1), shareId: 1, rights, rule: unsquashed, address: client.address },
    })
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.OK)
  })

  it('makes room when many are open: the one that was not used for longest is opened again', async () => {
    const asked: number[] = []
    const many = await fixture.restart({ onClosedShare: (id) => void asked.push(id) })
    openSnapshot(inodeMap())
    const file = await fixture.lookup(many.root(number, grantOf(1)).object, 'file')
    for (let index = 1; index < openSnapshotCountMax; index++)
      many.openShare({
        ...{ id: number + 2 * index, path: '/share-1', directory: snapshot, snapshotOf: { share: 1 } },
      })
    expect(await statusOf(() => many.getattr(caller, file))).toBe(Nfsstat3.OK)
    const one = { id: number + 2 * openSnapshotCountMax, path: '/share-1', directory: snapshot }
    many.openShare({ ...one, snapshotOf: { share: 1 } })
    expect(many.statistics.openFileCount).toBe(0)
    expect(await statusOf(() => many.getattr(caller, file))).toBe(Nfsstat3.JUKEBOX)
    expect(asked).toEqual([number])
    openSnapshot(inodeMap())
    expect(await statusOf(() => many.getattr(caller, file))).toBe(Nfsstat3.OK)
  })

  it('goes with its share', async () => {
    const file = await fixture.lookup(openSnapshot(), 'file')
    fixture.shareTable.change(1, { ...usualState, offline: true })
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.JUKEBOX)
    fixture.shareTable.remove(1)
    expect(await statusOf(() => fixture.backend.getattr(caller, file))).toBe(Nfsstat3.STALE)
  })

  it('whose inode map is cut short, of another kind or missing is not opened', () => {
    const open = () => openSnapshot(inodeMap())
    truncateSync(inodeMap(), 100)
    expect(open).toThrow(/\/share-1: cannot read .*inodes: it is damaged/)
    writeFileSync(inodeMap(), Buffer.alloc(64))
    expect(open).toThrow('it is damaged')
    rmSync(inodeMap())
    expect(open).toThrow('ENOENT')
  })
})

describe('a share that is watched', () => {
  const noted = () =>
    [...new Set([...changesIn(fixture.backend.changesOf(1)!)].map(({ inode }) => inode))].sort(
      (a, b) => a - b,
    )
  const inodes = (...names: string[]) =>
    names.map((name) => lstatSync(join(fixture.directory(), name)).ino).sort((a, b) => a - b)
  const at = (name: string) => ({ dir: fixture.root, name: Buffer.from(name) })

  beforeEach(() => {
    fixture = openLinuxFixture()
    for (const name of ['a', 'b']) mkdirSync(join(fixture.directory(), name))
    for (const name of ['one', 'two', 'a/three']) writeFileSync(join(fixture.directory(), name), name)
    fixture.backend.watch(1)
  })

  it('notes the files and directories that calls change, and not what they look at', async () => {
    const { backend } = fixture
    const [one, a] = [await fixture.lookup(fixture.root, 'one'), await fixture.lookup(fixture.root, 'a')]
    const target = { buffer: Buffer.alloc(64), offset: 0, takesFile: false }
    await backend.read(caller, one, 0, 64, target)
    await backend.access(caller, a, 0x3f)
    expect(noted()).toEqual([])
    await backend.write(caller, one, 0, StableHow.UNSTABLE, Buffer.from('x'))
    expect(noted()).toEqual(inodes('one'))
    await backend.setattr(caller, await fixture.lookup(fixture.root, 'two'), { mode: 0o600 }, undefined)
    expect(noted()).toEqual(inodes('one', 'two'))
    await backend.create(caller, { dir: a, name: Buffer.from('new') }, { mode: 'GUARDED', attributes: {} })
    expect(noted()).toEqual(inodes('one', 'two', 'a', 'a/new'))
  })

  it('notes both directories and the object of a rename, and what it replaces', async () => {
    const { backend } = fixture
    const [a, b] = [await fixture.lookup(fixture.root, 'a'), await fixture.lookup(fixture.root, 'b')]
    const before = inodes('a', 'b', 'a/three')
    await backend.rename(caller, { dir: a, name: Buffer.from('three') }, { dir: b, name: Buffer.from('x') })
    expect(noted()).toEqual(before)
    backend.watch(1)
    const replaced = inodes('', 'one', 'two')
    await backend.rename(caller, at('one'), at('two'))
    expect(noted()).toEqual(replaced)
  })

  it('notes what a link or a removal does to the other names of a file', async () => {
    const { backend } = fixture
    await backend.link(caller, await fixture.lookup(fixture.root, 'one'), at('second'))
    expect(noted()).toEqual(inodes('', 'one'))
    backend.watch(1)
    await backend.remove(caller, at('one'))
    expect(noted()).toEqual(inodes('', 'second'))
  })

  it('notes a file that CREATE cuts off, also when the share is opened later', async () => {
    const backend = await fixture.restart()
    backend.watch(1)
    await backend.closeShare(1)
    backend.openShare({ id: 1, path: '/share-1', directory: fixture.directory() })
    await backend.create(caller, at('one'), { mode: 'UNCHECKED', attributes: { size: 0 } })
    expect(noted()).toEqual(inodes('', 'one'))
    backend.unwatch(1)
    expect(backend.changesOf(1)).toBeUndefined()
  })
})

describe('.snapshot at the root', () => {
  const withSnapshots = { ...usualState, listsSnapshots: true }
  const names = async (nfs: Nfs3Client, directory: Buffer, plus: boolean) =>
    (await namesOf(nfs, directory, plus)).map(({ name }) => name.toString()).sort()

  it.each(['auto', 'index'] as const)('is listed last, where the share says so (%s)', async (handles) => {
    fixture = openLinuxFixture([{ handles }])
    for (let index = 0; index < 300; index++) writeFileSync(join(fixture.directory(), `file-${index}`), '')
    mkdirSync(join(fixture.directory(), 'dir'))
    const live = readdirSync(fixture.directory())
    const nfs = new Nfs3Client(new DirectTransport(createNfs3Program(fixture.backend, nfsLimits)), {
      credentials: caller.credentials,
    })
    for (const plus of [false, true]) {
      fixture.shareTable.change(1, usualState)
      expect(await names(nfs, fixture.root, plus)).toEqual(['.', '..', ...live].sort())
      fixture.shareTable.change(1, withSnapshots)
      expect(await names(nfs, fixture.root, plus)).toEqual(['.', '..', '.snapshot', ...live].sort())
      expect(await names(nfs, await fixture.lookup(fixture.root, 'dir'), plus)).toEqual(['.', '..'])
    }
  })
})
