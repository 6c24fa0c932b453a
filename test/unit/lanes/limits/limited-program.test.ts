import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNfs3Program, Nfs3ProcedureNumber, Nfsstat3, StableHow } from 'nfs-server-ts'
import { DirectTransport, Nfs3Client } from 'nfs-server-ts/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { HandleCodec, HandleKind, HandleVersion } from '../../../../src/filesystem/index.ts'
import { FolderHandles } from '../../../../src/lanes/folder-handle.ts'
import { CallLimits, waitMsMax } from '../../../../src/lanes/limits/call-limits.ts'
import { withLimits } from '../../../../src/lanes/limits/limited-program.ts'
import { Right } from '../../../../src/shared-memory/grant-table.ts'
import { RateTable, type RateLimit } from '../../../../src/shared-memory/rate-table.ts'
import { firstSnapshotNumber, sidecarOf } from '../../../../src/shared-memory/share-number.ts'
import { client, grantOf, openLinuxFixture, unsquashed, type LinuxFixture } from '../../filesystem/fixture.ts'

// The filesystem answers at once, so that what is late has waited here.

const clock = () => BigInt(Math.round(performance.now() * 1e6))
const tenCalls: RateLimit = { callsPerSecond: 10, bytesPerSecond: null, burstSeconds: 0 }
const codec = new HandleCodec(Buffer.alloc(16, 'k'))
const transferMax = 1024 * 1024

let fixture: LinuxFixture
let rates: { shares: RateTable; grants: RateTable }
let limits: CallLimits
let nfs: Nfs3Client

beforeEach(() => {
  fixture = openLinuxFixture([{}, {}])
  for (const id of [1, 2]) setGrant(grantOf(id), id)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  rates = { shares: RateTable.create(64, clock), grants: RateTable.create(fixture.grants.capacity, clock) }
  limits = new CallLimits({ rates, grants: fixture.grants, codec, connectionCountMax: 8 })
  const program = createNfs3Program(fixture.backend)
  nfs = new Nfs3Client(new DirectTransport(withLimits(program, limits, transferMax)))
})
afterEach(async () => {
  vi.useRealTimers()
  await fixture.close()
})

function setGrant(number: number, shareId: number, address = client.address): void {
  const rights = Right.READ | Right.WRITE | Right.LIMITED
  fixture.grants.set({ number, shareId, rights, rule: unsquashed, address })
}

/** The statuses of answers, in the order in which they come. */
function watched(calls: readonly Promise<{ status: number }>[]): number[] {
  const statuses: number[] = []
  for (const call of calls) void call.then(({ status }) => statuses.push(status))
  return statuses
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)
const oks = (count: number) => times(count, () => Nfsstat3.OK)

/** How long a call of share 1 would have to wait now, in ms. */
const wait = () => {
  const ms = rates.shares.book(1, 0, waitMsMax)
  rates.shares.giveBack(1, 0)
  return ms
}

it('lets calls over a limit wait for their time, and no others', async () => {
  rates.shares.set(1, tenCalls)
  const limited = watched(times(4, () => nfs.getattr(fixture.rootOf(1))))
  const others = watched(times(4, () => nfs.getattr(fixture.rootOf(2))))
  await pass(0)
  expect([limited, others]).toEqual([oks(1), oks(4)])
  await pass(101)
  expect(limited).toEqual(oks(2))
  await pass(200)
  expect(limited).toEqual(oks(4))
  expect([...limits.counts]).toEqual([
    [1, { delayed: 3, putOff: 0, waitedSeconds: expect.closeTo(0.6) as number }],
  ])
})

it('gives each grant its own limit, within that of the share', async () => {
  setGrant(300, 1)
  rates.grants.set(grantOf(1), tenCalls)
  rates.grants.set(300, tenCalls)
  const [one, other] = [fixture.rootOf(1), fixture.rootOf(1, 300)]
  const answers = watched([one, other, one, other].map((root) => nfs.getattr(root)))
  await pass(0)
  expect(answers).toEqual(oks(2))
  await pass(101)
  expect(answers).toEqual(oks(4))
  rates.shares.set(1, tenCalls)
  const both = watched([one, other].map((root) => nfs.getattr(root)))
  await pass(0)
  expect(both).toEqual([])
  await pass(201)
  expect(both).toEqual(oks(2))
})

it('counts the data of READ and WRITE, and of no other call', async () => {
  writeFileSync(join(fixture.directory(), 'file'), Buffer.alloc(1000))
  const root = fixture.rootOf(1)
  rates.shares.set(1, { callsPerSecond: null, bytesPerSecond: 10_000, burstSeconds: 0 })
  const file = await fixture.lookup(root, 'file')
  const ends: number[] = []
  const begun = performance.now()
  const calls = [
    nfs.read(file, 0, 1000),
    nfs.write(file, 0, Buffer.alloc(2000), StableHow.UNSTABLE),
    nfs.read(file, 0, 500),
    nfs.read(file, 0, 1),
  ].map((call) => call.then(() => ends.push(performance.now() - begun)))
  expect(await nfs.getattr(root)).toMatchObject({ status: Nfsstat3.OK })
  await pass(1000)
  await Promise.all(calls)
  expect(ends).toEqual([0, 100, 300, 350])
})

it('lets nobody use up what others have: no forged handle, and no other client', async () => {
  rates.shares.set(1, tenCalls)
  rates.grants.set(grantOf(1), tenCalls)
  setGrant(400, 1)
  const stolen = fixture.rootOf(1, 400)
  setGrant(400, 1, '10.0.0.9')
  const forged = Buffer.from(fixture.rootOf(1))
  forged[forged.length - 1]! ^= 1
  for (const [handle, status] of [
    [forged, Nfsstat3.BADHANDLE],
    [forged.subarray(0, 20), Nfsstat3.BADHANDLE],
    [stolen, Nfsstat3.ACCES],
  ] as const)
    for (let i = 0; i < 50; i++) expect(await nfs.getattr(handle)).toMatchObject({ status })
  await expect(nfs.raw(Nfs3ProcedureNumber.GETATTR, Buffer.alloc(3))).rejects.toThrow('GARBAGE_ARGS')
  expect(await nfs.getattr(fixture.rootOf(1))).toMatchObject({ status: Nfsstat3.OK })
  expect(limits.counts.get(1)).toEqual({ delayed: 0, putOff: 0, waitedSeconds: 0 })
})

it('puts off what is more than may wait, which then takes nothing', async () => {
  rates.shares.set(1, tenCalls)
  rates.grants.set(grantOf(1), { ...tenCalls, callsPerSecond: 9 })
  const statuses = watched(times(20, () => nfs.getattr(fixture.rootOf(1))))
  await pass(0)
  const refused = times(11, () => Nfsstat3.JUKEBOX)
  expect([...statuses].sort()).toEqual([...oks(1), ...refused])
  expect(wait()).toBe(900)
  await pass(1000)
  expect(statuses.filter((status) => status === Nfsstat3.OK)).toEqual(oks(9))
  expect(limits.counts.get(1)).toMatchObject({ delayed: 8, putOff: 11 })
})

it('puts off what would have to wait too long', async () => {
  rates.shares.set(1, { callsPerSecond: null, bytesPerSecond: 4096, burstSeconds: 0 })
  writeFileSync(join(fixture.directory(), 'file'), '')
  const file = await fixture.lookup(fixture.rootOf(1), 'file')
  const read = () => nfs.read(file, 0, 10 * 4096)
  expect(await read()).toMatchObject({ status: Nfsstat3.OK })
  expect(await read()).toMatchObject({ status: Nfsstat3.JUKEBOX })
  await pass(10_000 - waitMsMax)
  const second = read()
  await pass(waitMsMax)
  expect(await second).toMatchObject({ status: Nfsstat3.OK })
})

it('has begun nothing of a call that waits, and judges it when its time has come', async () => {
  rates.shares.set(1, tenCalls)
  const path = join(fixture.directory(), 'file')
  writeFileSync(path, 'before')
  const root = fixture.rootOf(1)
  const file = await fixture.lookup(root, 'file')
  const statuses = watched([
    nfs.getattr(root),
    nfs.write(file, 0, Buffer.from('behind'), StableHow.UNSTABLE),
    nfs.getattr(root),
  ])
  await pass(50)
  expect(readFileSync(path, 'latin1')).toBe('before')
  await pass(51)
  expect(readFileSync(path, 'latin1')).toBe('behind')
  fixture.grants.revoke(grantOf(1))
  await pass(100)
  expect(statuses).toEqual([...oks(2), Nfsstat3.ACCES])
})

it('counts calls on snapshots and folders for the grant of the share that they are under', async () => {
  const folders = new FolderHandles(codec.key)
  const handleIn = (share: number) => {
    const size = codec.encode(
      codec.header(HandleVersion.KERNEL, share, grantOf(1)),
      ...([HandleKind.DIRECTORY, 129, Buffer.alloc(12), 12] as const),
    )
    return Buffer.from(codec.encoded.subarray(0, size))
  }
  rates.shares.set(1, tenCalls)
  const handles = [
    handleIn(firstSnapshotNumber),
    handleIn(sidecarOf(firstSnapshotNumber)),
    folders.make({ tree: 'snapshots', id: 1 }, grantOf(1)),
  ]
  // The filesystem alone does not serve them: what counts is that they were booked.
  for (const [index, handle] of handles.entries()) {
    void nfs.getattr(handle).catch(() => undefined)
    await pass(0)
    expect(wait()).toBe((index + 1) * 100)
  }
})

it('keeps nobody waiting once the gateway ends', async () => {
  rates.shares.set(1, { ...tenCalls, callsPerSecond: 1 })
  const statuses = watched(times(4, () => nfs.getattr(fixture.rootOf(1))))
  await pass(0)
  expect(statuses).toEqual(oks(1))
  limits.end()
  await pass(0)
  expect(statuses).toEqual(oks(4))
  expect(await nfs.getattr(fixture.rootOf(1))).toMatchObject({ status: Nfsstat3.OK })
})
