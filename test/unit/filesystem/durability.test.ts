import { closeSync, openSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Disk, diskBehindCount } from '../../../src/filesystem/disk.ts'
import { Durability, SyncKind, type Syncable } from '../../../src/filesystem/durability.ts'
import { native } from '../../../src/native/index.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-durability-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const disk = new Disk('test')
afterAll(() => disk.close())

function target(fd: number): Syncable & { pins: number } {
  return {
    fd,
    disk,
    pins: 0,
    pin() {
      this.pins++
    },
    unpin() {
      this.pins--
    },
  }
}

describe('Durability', () => {
  it('syncs a file and keeps it open meanwhile', async () => {
    const fd = openSync(join(directory, 'file'), 'w')
    const durability = new Durability(() => expect.unreachable('no sync fails here'))
    const file = target(fd)
    const done = durability.sync(file, SyncKind.FILE)
    expect(file.pins).toBe(1)
    expect(await done).toBe(0)
    await durability.settled()
    expect(file.pins).toBe(0)
    closeSync(fd)
  })

  it('shares a sync between all who ask in one batch, and starts another for who asks later', async () => {
    const fd = openSync(join(directory, 'file'), 'w')
    const durability = new Durability(() => expect.unreachable('no sync fails here'))
    const file = target(fd)
    const order: string[] = []
    const batch = ['a', 'b', 'c'].map((name) =>
      durability.sync(file, SyncKind.FILE).then(() => order.push(name)),
    )
    await new Promise((resolve) => process.nextTick(resolve))
    const later = durability.sync(file, SyncKind.DATA).then(() => order.push('later'))
    await Promise.all([...batch, later])
    expect(order).toEqual(['a', 'b', 'c', 'later'])
    closeSync(fd)
  })

  it('changes the verifier when a sync fails, before anyone is told', async () => {
    const failures: number[] = []
    const durability = new Durability((result) => failures.push(result))
    const before = Buffer.from(durability.verifier)
    const closed = openSync(directory, 'r')
    closeSync(closed)
    const verifiers: Buffer[] = []
    const result = await durability.sync(target(closed), SyncKind.FILE).then((code) => {
      verifiers.push(durability.verifier)
      return code
    })
    expect(result).toBeLessThan(0)
    expect(failures).toEqual([result])
    expect(durability.failures).toBe(1)
    expect(verifiers[0]!.equals(before)).toBe(false)
  })

  it('syncs what was written before its descriptor is let go of, unless it was synced since', async () => {
    const fd = openSync(join(directory, 'file'), 'w')
    const durability = new Durability(() => expect.unreachable('no sync fails here'))
    const started = vi.spyOn(native, 'diskSync')
    const file = target(fd)
    durability.part(file)
    durability.wrote(file)
    await durability.sync(file, SyncKind.FILE)
    durability.part(file)
    expect(started).toHaveBeenCalledTimes(1)

    durability.wrote(file)
    durability.part(file)
    expect(file.pins).toBe(1)
    await durability.settled()
    expect(started).toHaveBeenCalledTimes(2)
    durability.wrote(file)
    durability.forget(file)
    durability.part(file)
    expect(file.pins).toBe(0)
    vi.restoreAllMocks()
    closeSync(fd)
  })

  it('keeps written files open while their disk has more to do than it keeps up with', async () => {
    const durability = new Durability(() => {})
    const waiting: (() => void)[] = []
    vi.spyOn(native, 'diskSync').mockImplementation((_disk, _fd, _how, done) => waiting.push(() => done(0)))
    const written = (fd: number) => {
      const file = target(fd)
      durability.wrote(file)
      return file
    }
    for (let fd = 0; fd < diskBehindCount; fd++) {
      expect(durability.mustStay(written(fd))).toBe(false)
      durability.part(written(fd))
    }
    await new Promise(setImmediate)
    expect(durability.mustStay(target(1000))).toBe(false)
    const last = written(1000)
    expect(durability.mustStay(last)).toBe(true)
    for (const done of waiting) done()
    await durability.settled(disk)
    expect(durability.mustStay(last)).toBe(false)
    vi.restoreAllMocks()
  })

  it('has another verifier in every process that starts', () => {
    const one = new Durability(() => {})
    const two = new Durability(() => {})
    expect(one.verifier.equals(two.verifier)).toBe(false)
  })
})
