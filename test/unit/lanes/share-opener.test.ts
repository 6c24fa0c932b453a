import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNfs3Program, Nfsstat3 } from 'nfs-server-ts'
import { DirectTransport, Nfs3Client } from 'nfs-server-ts/testing'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ControlPlane } from '../../../src/lanes/control-plane.ts'
import { ShareOpener, waitingCountMax, waitMsMax } from '../../../src/lanes/share-opener.ts'
import { firstSnapshotNumber } from '../../../src/shared-memory/share-number.ts'
import { caller, grantOf, openLinuxFixture, type LinuxFixture } from '../filesystem/fixture.ts'

const number = firstSnapshotNumber + 4

let fixture: LinuxFixture
let nfs: Nfs3Client
let file: Buffer
let questions: number[]
let warnings: string[]
let plane: ControlPlane

/** What the control plane tells of the snapshot. */
const definition = (directory = fixture.directory()) => ({
  ...{ id: number, path: '/share-1', directory, snapshotOf: { share: 1, inodeMap: undefined } },
})

beforeEach(async () => {
  fixture = openLinuxFixture([{}])
  writeFileSync(join(fixture.directory(), 'file'), 'content')
  fixture.backend.openShare(definition())
  file = await fixture.lookup(fixture.backend.root(number, grantOf(1)).object, 'file')
  questions = []
  warnings = []
  plane = new ControlPlane((id) => questions.push(id))
  const opener = new ShareOpener(plane, (message) => warnings.push(message))
  const backend = await fixture.restart({ onClosedShare: (id) => opener.open(id, fixture.backend) })
  // It writes over the record of a call as soon as the call is taken.
  const transport = new DirectTransport(createNfs3Program(backend))
  nfs = new Nfs3Client(transport, { credentials: caller.credentials })
})
afterEach(async () => {
  vi.useRealTimers()
  await fixture.close()
})

it('the first calls after a restart wait until the snapshot is open', async () => {
  const calls = [nfs.getattr(file), nfs.read(file, 0, 100), nfs.access(file, 1)]
  expect(questions).toEqual([1])
  plane.answered(1, definition())
  const [attributes, read, access] = await Promise.all(calls)
  expect(attributes).toMatchObject({ status: Nfsstat3.OK, attributes: { size: 7 } })
  expect(read).toMatchObject({ status: Nfsstat3.OK, data: Buffer.from('content') })
  expect(access).toMatchObject({ status: Nfsstat3.OK, access: 1 })
  expect(questions).toEqual([1])
})

it('of one that is gone they are stale', async () => {
  const call = nfs.getattr(file)
  plane.answered(1, undefined)
  expect((await call).status).toBe(Nfsstat3.STALE)
})

it('one that cannot be opened is not waited for again for a second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const call = nfs.getattr(file)
  plane.answered(1, definition('/nowhere'))
  expect((await call).status).toBe(Nfsstat3.JUKEBOX)
  expect(warnings).toEqual([expect.stringContaining('/nowhere')])
  expect((await nfs.getattr(file)).status).toBe(Nfsstat3.JUKEBOX)
  expect(questions).toEqual([1])
  vi.advanceTimersByTime(1000)
  const later = nfs.getattr(file)
  plane.answered(2, definition())
  expect((await later).status).toBe(Nfsstat3.OK)
})

it('they wait for so long, and so many of them', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const calls = Array.from({ length: waitingCountMax }, () => nfs.getattr(file))
  expect((await nfs.getattr(file)).status).toBe(Nfsstat3.JUKEBOX)
  vi.advanceTimersByTime(waitMsMax)
  const statuses = new Set((await Promise.all(calls)).map(({ status }) => status))
  expect(statuses).toEqual(new Set([Nfsstat3.JUKEBOX]))
  // It is opened all the same when the answer comes.
  plane.answered(1, definition())
  await vi.waitFor(async () => expect((await nfs.getattr(file)).status).toBe(Nfsstat3.OK))
  expect(questions).toEqual([1])
})
