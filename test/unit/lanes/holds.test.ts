import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createNfs3Program, Nfsstat3, StableHow } from 'nfs-server-ts'
import { DirectTransport, Nfs3Client } from 'nfs-server-ts/testing'
import { ControlPlane } from '../../../src/lanes/control-plane.ts'
import { FolderBackend } from '../../../src/lanes/folder-backend.ts'
import { FolderHandles } from '../../../src/lanes/folder-handle.ts'
import { changesIn } from '../../../src/filesystem/change-list.ts'
import { GatewayBackend } from '../../../src/lanes/gateway-backend.ts'
import { Holds } from '../../../src/lanes/holds.ts'
import { handleAs, MoveMapSegment } from '../../../src/filesystem/index.ts'
import { native } from '../../../src/native/index.ts'
import { holdMsMax } from '../../../src/snapshots/data-plane.ts'
import { caller, openLinuxFixture, type LinuxFixture } from '../filesystem/fixture.ts'

const mebibyte = 1024 * 1024

let fixture: LinuxFixture
let holds: Holds
let nfs: Nfs3Client

beforeEach(() => {
  fixture = openLinuxFixture([{}, {}])
  const { backend } = fixture
  holds = new Holds({
    sync: (id) => backend.sync(id),
    syncHeld: (id) => backend.syncHeld(id),
    settle: (id) => backend.settle(id),
    tellChanges(ids) {
      backend.tellChanges(ids)
      return Promise.resolve(new Map(ids.map((id) => [id, backend.changesOf(id)])))
    },
  })
  const folders = new FolderBackend({
    plane: new ControlPlane(() => {
      throw new Error('nobody asks the control plane')
    }),
    handles: new FolderHandles(Buffer.alloc(16)),
    grants: fixture.grants,
    arrive() {
      throw new Error('nobody goes anywhere')
    },
  })
  const program = createNfs3Program(
    new GatewayBackend({ files: backend, locks: undefined, folders, holds, isElsewhere: () => false }),
    { wtmax: mebibyte },
  )
  // It writes over the record of a call as soon as the call is taken.
  nfs = new Nfs3Client(new DirectTransport(program), { credentials: caller.credentials })
})
afterEach(async () => {
  vi.useRealTimers()
  await fixture.close()
})

const live = (...names: string[]) => join(fixture.directory(), ...names)

it('changing calls of a share that is held wait, and are done in their order then', async () => {
  writeFileSync(live('file'), 'before')
  mkdirSync(live('dir'))
  for (const name of ['old', 'gone', 'linked']) writeFileSync(live(name), '')
  const { root } = fixture
  const file = await fixture.lookup(root, 'file')
  const linked = await fixture.lookup(root, 'linked')
  await holds.hold([1])
  const calls = [
    () => nfs.write(file, 0, Buffer.from('after!'), StableHow.UNSTABLE),
    () => nfs.write(file, 6, Buffer.from('more'), StableHow.FILE_SYNC),
    () => nfs.setattr(file, { mode: 0o600 }),
    () => nfs.create(root, 'new', { mode: 'EXCLUSIVE', verifier: Buffer.from('verifier') }),
    () => nfs.mkdir(root, 'made', {}),
    () => nfs.symlink(root, 'symlink', 'target'),
    () => nfs.mknod(root, 'fifo', { type: 7, attributes: {} }),
    () => nfs.remove(root, 'gone'),
    () => nfs.rmdir(root, 'dir'),
    () => nfs.rename(root, 'old', root, 'renamed'),
    () => nfs.link(linked, root, 'second'),
  ]
  let done = 0
  const answers = calls.map(async (call) => {
    const { status } = await call()
    done++
    return status
  })
  // What reads goes on, and so does the other share.
  expect(await nfs.getattr(file)).toMatchObject({ status: Nfsstat3.OK })
  expect(await nfs.commit(file, 0n, 0)).toMatchObject({ status: Nfsstat3.OK })
  expect(await nfs.mkdir(fixture.rootOf(2), 'other', {})).toMatchObject({ status: Nfsstat3.OK })
  expect(done).toBe(0)
  expect(readdirSync(live()).sort()).toEqual(['dir', 'file', 'gone', 'linked', 'old'])
  expect(readFileSync(live('file'), 'utf8')).toBe('before')

  expect(holds.release([1])).toBe(true)
  expect(await Promise.all(answers)).toEqual(calls.map(() => Nfsstat3.OK))
  expect(readFileSync(live('file'), 'utf8')).toBe('after!more')
  expect(readdirSync(live()).sort()).toEqual([
    ...['fifo', 'file', 'linked', 'made', 'new', 'renamed', 'second', 'symlink'],
  ])
  expect(holds.isEmpty).toBe(true)
})

it('a hold tells what has changed since the share is watched, and nothing that waits', async () => {
  writeFileSync(live('file'), '')
  const file = await fixture.lookup(fixture.root, 'file')
  fixture.backend.watch(1)
  await nfs.write(file, 0, Buffer.from('x'), StableHow.UNSTABLE)
  const held = holds.hold([1, 2])
  const waits = nfs.mkdir(fixture.root, 'dir', {})
  const { failure, changed } = await held
  expect(failure).toBeUndefined()
  expect([...changesIn(changed.get(1)!)]).toHaveLength(1)
  expect(changed.get(2)).toBeUndefined()
  holds.release([1, 2])
  expect(await waits).toMatchObject({ status: Nfsstat3.OK })
  await expect(Promise.all([holds.hold([1]), holds.hold([1])])).rejects.toThrow('share 1 is held already')
})

it('what waits goes on by itself in the end, and the release says so', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await holds.hold([1])
  const waits = nfs.mkdir(fixture.root, 'dir', {})
  vi.advanceTimersByTime(holdMsMax - 1)
  expect(existsSync(live('dir'))).toBe(false)
  vi.advanceTimersByTime(1)
  expect(await waits).toMatchObject({ status: Nfsstat3.OK })
  expect(holds.release([1])).toBe(false)
})

it('a hold that is sealed lasts until it is released; one that has gone on by itself cannot be', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await holds.hold([1])
  expect(holds.seal([1])).toBe(true)
  const waits = nfs.mkdir(fixture.root, 'dir', {})
  vi.advanceTimersByTime(10 * holdMsMax)
  expect(existsSync(live('dir'))).toBe(false)
  expect(holds.release([1])).toBe(true)
  expect(await waits).toMatchObject({ status: Nfsstat3.OK })
  await holds.hold([1])
  vi.advanceTimersByTime(holdMsMax)
  expect(holds.seal([1])).toBe(false)
})

const hasHandles = process.getuid!() === 0 ? undefined : 'skipped: it needs root'

it.skipIf(hasHandles)(
  'what waits is done where the share was moved to, by the handles of before',
  async () => {
    writeFileSync(live('file'), 'before')
    const { root, backend } = fixture
    const file = Buffer.from(await fixture.lookup(root, 'file'))
    const rootHandle = Buffer.from(root)
    const before = await nfs.getattr(file)
    await holds.hold([1])
    const waits = nfs.write(file, 0, 'after!', StableHow.FILE_SYNC)
    const [directory, map] = [live('..', 'elsewhere'), live('..', 'map')]
    execFileSync('cp', ['-a', live(), directory])
    mapTrees(live(), directory, ['.', 'file'], map)
    expect(holds.seal([1])).toBe(true)
    await backend.moveShare({ id: 1, path: '/one', directory, moveMap: map })
    // Reads do not wait: they are of the new place already.
    expect(await nfs.getattr(file)).toEqual(before)
    expect(holds.release([1])).toBe(true)
    expect(await waits).toMatchObject({ status: Nfsstat3.OK })
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('after!')
    expect(readFileSync(live('file'), 'utf8')).toBe('before')
    const looked = await nfs.lookup(rootHandle, 'file')
    expect(looked).toMatchObject({ status: Nfsstat3.OK, object: file })
    // It changed since: its own ctime is told.
    expect(await nfs.getattr(file)).not.toEqual(before)
    const made = await nfs.mkdir(rootHandle, 'made', {})
    expect(made).toMatchObject({ status: Nfsstat3.OK })
    if (made.status !== Nfsstat3.OK) return
    expect(made.object![0]).toBe(0x81)
    expect(made.attributes!.fileidHigh >>> 24).toBe(1)
    expect(await nfs.getattr(made.object!)).toMatchObject({ status: Nfsstat3.OK })
  },
)

/** The map of some objects of a tree that is `to` now. */
function mapTrees(from: string, to: string, names: readonly string[], map: string): void {
  const segment = new MoveMapSegment(1)
  for (const name of names) {
    const [client, here] = [from, to].map((tree) => {
      const fd = openSync(join(tree, name), 'r')
      const handle = handleAs(native.nameToHandle(fd, Buffer.alloc(0), 0))
      const { ino, ctimeNs } = statSync(join(tree, name), { bigint: true })
      closeSync(fd)
      const [seconds, nanoseconds] = [ctimeNs / 1_000_000_000n, ctimeNs % 1_000_000_000n]
      const number = { high: Number(ino >> 32n), low: Number(ino & 0xffff_ffffn) }
      return { handle, number: { ...number, ctime: Number(seconds), ctimeNs: Number(nanoseconds) } }
    })
    segment.addHandle(here!.handle, client!.handle)
    segment.addNumber(here!.number, client!.number)
  }
  segment.append(map)
}

it('no more than 64 MiB wait: clients are told to come again', async () => {
  writeFileSync(live('file'), '')
  const file = await fixture.lookup(fixture.root, 'file')
  await holds.hold([1])
  const data = Buffer.alloc(mebibyte, 'x')
  const writes = Array.from({ length: 65 }, (_, index) =>
    nfs.write(file, index * mebibyte, data, StableHow.UNSTABLE),
  )
  expect(await writes.at(-1)).toMatchObject({ status: Nfsstat3.JUKEBOX })
  holds.release([1])
  const statuses = await Promise.all(writes.map(async (write) => (await write).status))
  expect(statuses.filter((status) => status === Nfsstat3.OK)).toHaveLength(64)
  expect(await nfs.write(file, 0, data, StableHow.UNSTABLE)).toMatchObject({ status: Nfsstat3.OK })
})

it('no name is made that would hide behind the snapshots', async () => {
  const { root } = fixture
  writeFileSync(live('file'), '')
  mkdirSync(live('dir'))
  const [file, dir] = [await fixture.lookup(root, 'file'), await fixture.lookup(root, 'dir')]
  const name = '.snapshot'
  const taken = [
    () => nfs.create(root, name, { mode: 'GUARDED', attributes: {} }),
    () => nfs.mkdir(root, name, {}),
    () => nfs.symlink(root, name, 'target'),
    () => nfs.mknod(root, name, { type: 7, attributes: {} }),
    () => nfs.rename(root, 'file', root, name),
    () => nfs.link(file, root, name),
  ]
  for (const call of taken) expect(await call()).toMatchObject({ status: Nfsstat3.EXIST })
  expect(await nfs.mkdir(dir, name, {})).toMatchObject({ status: Nfsstat3.OK })
  expect(readdirSync(live()).sort()).toEqual(['dir', 'file'])
})
