import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Nfsstat3 } from 'nfs-server-ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { caller, grantOf, openLinuxFixture, statusOf, type LinuxFixture } from './fixture.ts'

// Handles that LOOKUP takes from those made before. What has changed only just now is made anew each time, so each test waits.

const settledMs = 200

let fixture: LinuxFixture
beforeEach(() => (fixture = openLinuxFixture([{}, {}])))
afterEach(() => fixture.close())

const path = (name: string) => join(fixture.directory(), name)
const lookUp = (name: string) => fixture.lookup(fixture.root, name)

/** Makes a file and has its handle kept. */
async function keep(name: string, content = ''): Promise<Buffer> {
  writeFileSync(path(name), content)
  await delay(settledMs)
  const handle = await lookUp(name)
  expect(await lookUp(name)).toEqual(handle)
  return handle
}

test('a handle is the same each time, whatever changes of its object', async () => {
  const handle = await keep('file')
  writeFileSync(path('file'), 'more')
  expect(await lookUp('file')).toEqual(handle)
  renameSync(path('file'), path('other'))
  expect(await lookUp('other')).toEqual(handle)
  await delay(settledMs)
  expect(await lookUp('other')).toEqual(handle)
})

test('attributes are those of now', async () => {
  await keep('file')
  writeFileSync(path('file'), 'grown')
  await delay(settledMs)
  const found = await fixture.backend.lookup(caller, { dir: fixture.root, name: Buffer.from('file') })
  expect(found).toMatchObject({ status: Nfsstat3.OK, attributes: { size: 5 } })
})

test('a name that leads to another object has its handle', async () => {
  const [first, second] = [await keep('first', '1'), await keep('second', '2')]
  renameSync(path('second'), path('first'))
  expect(await lookUp('first')).toEqual(second)
  expect(await statusOf(() => fixture.backend.getattr(caller, first))).toBe(Nfsstat3.STALE)
})

test('a new object with the number of one that is gone has a handle of its own', async () => {
  let reusedCount = 0
  for (let k = 0; k < 20 && reusedCount < 3; k++) {
    const old = await keep('file')
    const { ino } = statSync(path('file'))
    rmSync(path('file'))
    const handle = await keep('file')
    expect(handle).not.toEqual(old)
    expect(await statusOf(() => fixture.backend.getattr(caller, old))).toBe(Nfsstat3.STALE)
    expect(await statusOf(() => fixture.backend.getattr(caller, handle))).toBe(Nfsstat3.OK)
    if (statSync(path('file')).ino === ino) reusedCount++
    rmSync(path('file'))
  }
})

test('another grant, and another share of the same directory, have handles of their own', async () => {
  const handle = await keep('file')
  fixture.grant(900)
  const granted = await fixture.lookup(fixture.rootOf(1, 900), 'file')
  expect(granted).not.toEqual(handle)
  expect(granted.subarray(12, -16)).toEqual(handle.subarray(12, -16))
  writeFileSync(join(fixture.directory(2), 'file'), '')
  await delay(settledMs)
  const [once, twice] = [
    await fixture.lookup(fixture.rootOf(2), 'file'),
    await fixture.lookup(fixture.rootOf(2), 'file'),
  ]
  expect(twice).toEqual(once)
  expect(once.readUInt32BE(8)).toBe(grantOf(2))
  expect(await lookUp('file')).toEqual(handle)
})

test('a directory tells of itself what it was before the name was looked for', async () => {
  const found = await fixture.backend.lookup(caller, { dir: fixture.root, name: Buffer.from('nothing') })
  const root = await fixture.backend.getattr(caller, fixture.root)
  expect(found).toMatchObject({
    status: Nfsstat3.NOENT,
    dirAttributes: { fileidLow: (root as { attributes: { fileidLow: number } }).attributes.fileidLow },
  })
})
