import { writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { StableHow } from 'nfs-server-ts'
import { native } from '../../../src/native/index.ts'
import { caller, openLinuxFixture, type LinuxFixture } from './fixture.ts'

let fixture: LinuxFixture
afterEach(async () => {
  vi.restoreAllMocks()
  await fixture.close()
})

async function handleOf(name: string): Promise<Buffer> {
  const found = await fixture.backend.lookup(caller, { dir: fixture.root, name: Buffer.from(name) })
  return Buffer.from((found as { object: Buffer }).object)
}

async function write(file: Buffer): Promise<Buffer> {
  const result = await fixture.backend.write(caller, file, 0, StableHow.UNSTABLE, Buffer.from('data'))
  return (result as { verifier: Buffer }).verifier
}

describe('a file that makes room for others before its data was committed', () => {
  it('is written out, and a failure tells the client by another verifier', async () => {
    fixture = openLinuxFixture([{}], { openFileCountMax: 2, onWarning() {} })
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(fixture.directory(), name), '')
    const [a, b, c, d] = [await handleOf('a'), await handleOf('b'), await handleOf('c'), await handleOf('d')]
    const verifier = await write(a)

    const synced: number[] = []
    vi.spyOn(native, 'diskSync').mockImplementation((_disk, fd, _how, done) => {
      synced.push(fd)
      setImmediate(() => done(-constants.errno.EIO))
      return 0
    })
    const closed = vi.spyOn(native, 'close')
    for (const file of [b, c, d]) await fixture.backend.getattr(caller, file)
    await new Promise((resolve) => process.nextTick(resolve))
    expect(synced.length).toBe(1)
    expect(closed).not.toHaveBeenCalledWith(synced[0])
    await new Promise(setImmediate)
    expect(closed).toHaveBeenCalledWith(synced[0])
    vi.restoreAllMocks()

    expect((await write(a)).equals(verifier)).toBe(false)
    expect(fixture.backend.statistics.syncFailureCount).toBe(1)
  })

  it('is not written out when it was removed', async () => {
    fixture = openLinuxFixture()
    writeFileSync(join(fixture.directory(), 'a'), '')
    await write(await handleOf('a'))
    const started = vi.spyOn(native, 'diskSync')
    await fixture.backend.remove(caller, { dir: fixture.root, name: Buffer.from('a') })
    await new Promise(setImmediate)
    expect(started).not.toHaveBeenCalled()
  })
})
