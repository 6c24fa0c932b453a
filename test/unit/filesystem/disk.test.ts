import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Disk, Disks, diskThreadCount, diskWaitingCountMax } from '../../../src/filesystem/disk.ts'
import { ThreadIdentity } from '../../../src/filesystem/identity.ts'
import { native } from '../../../src/native/index.ts'
import {
  mountSlowFilesystem,
  slowFilesystemMissing,
  type SlowFilesystem,
} from '../../slow-filesystem/mount.ts'
import { unsquashed } from './fixture.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-disk-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Threads of this process by the uid that the kernel knows them by, fsuid last. */
function threadsOf(uid: number): number {
  return readdirSync('/proc/self/task')
    .map((task) => readFileSync(`/proc/self/task/${task}/status`, 'latin1'))
    .filter((status) => new RegExp(`^Uid:.*\\b${uid}$`, 'm').test(status)).length
}

const sync = (disk: Disk, fd: number) => new Promise<number>((resolve) => disk.sync(fd, 0, resolve))
const fetch = (disk: Disk, fd: number, count: number, position: number, ahead = 0) =>
  new Promise<number>((resolve) => disk.fetch(fd, count, position, ahead, resolve))

describe('Disk', () => {
  it('fetches and syncs, and says what the kernel refuses', async () => {
    const disk = new Disk('test')
    const path = join(directory, 'file')
    writeFileSync(path, 'what is in it')
    const fd = openSync(path, 'r+')
    expect(await sync(disk, fd)).toBe(0)
    expect(await fetch(disk, fd, 100, 5)).toBe('is in it'.length)
    expect(await fetch(disk, fd, 4, 5, 1024)).toBe(4)
    expect(await fetch(disk, fd, 0, 0)).toBe(0)
    expect(await fetch(disk, fd, 10, 100)).toBe(0)
    closeSync(fd)
    expect(await sync(disk, fd)).toBe(-constants.errno.EBADF)
    expect(await fetch(disk, fd, 10, 0)).toBe(-constants.errno.EBADF)
    disk.close()
  })

  it('has everything answered, however much is asked at once', async () => {
    const disk = new Disk('test')
    const fd = openSync(join(directory, 'file'), 'w')
    const asked = Array.from({ length: diskWaitingCountMax }, () => sync(disk, fd))
    expect(disk.waitingCount).toBe(diskWaitingCountMax)
    expect([disk.isBehind, disk.isFull]).toEqual([true, true])
    await disk.settled()
    expect(await Promise.all(asked)).toEqual(asked.map(() => 0))
    expect([disk.isBehind, disk.isFull]).toEqual([false, false])
    closeSync(fd)
    disk.close()
  })

  it.skipIf(process.getuid!() !== 0)('has threads that stay the server, whoever asks', async () => {
    const identity = new ThreadIdentity(true)
    const before = threadsOf(4002)
    const disk = identity.asServer(() => new Disk('test'))
    identity.assume(unsquashed, { flavor: 'sys', machineName: '', uid: 4002, gid: 4002, gids: [] })
    expect(await sync(disk, -1)).toBe(-constants.errno.EBADF)
    // The serving thread alone.
    expect(threadsOf(4002)).toBe(before + 1)
    identity.assumeServer()
    disk.close()
  })

  it('refuses what is no disk', () => {
    const wrong = {} as ReturnType<typeof native.diskOpen> & object
    expect(() => native.diskSync(wrong, 0, 0, () => {})).toThrow(TypeError)
    expect(() => native.diskOpen(0)).toThrow(TypeError)
  })
})

describe.skipIf(slowFilesystemMissing !== undefined)(
  `Disk, on one that hangs (${slowFilesystemMissing ?? 'a FUSE filesystem'})`,
  () => {
    let slow: SlowFilesystem
    /** Nobody has read them: what is in memory would be there at once. */
    let files: number[]
    beforeEach(async () => {
      slow = await mountSlowFilesystem()
      writeFileSync(join(slow.behind, 'file'), 'what is in it')
      files = Array.from({ length: diskThreadCount * 2 }, () => openSync(join(slow.path, 'file'), 'r'))
    })
    afterEach(async () => {
      slow.take(0)
      for (const fd of files) closeSync(fd)
      await slow.unmount()
    })

    it('leaves another its threads', async () => {
      slow.take('hang')
      const [hanging, other] = [new Disk('hanging'), new Disk('other')]
      const fetched = files.map((fd) => fetch(hanging, fd, 4, 5))
      const fd = openSync(join(directory, 'file'), 'w')
      for (let round = 0; round < 100; round++) expect(await sync(other, fd)).toBe(0)
      expect(hanging.waitingCount).toBe(files.length)
      slow.take(0)
      expect(await Promise.all(fetched)).toEqual(files.map(() => 4))
      closeSync(fd)
      hanging.close()
      other.close()
    })

    it('keeps no thread from ending', async () => {
      slow.take('hang')
      const addon = new URL('../../../build/berth.node', import.meta.url).pathname
      const script = `
        const native = require(${JSON.stringify(addon)})
        const disk = native.diskOpen(2)
        for (const fd of ${JSON.stringify(files)})
          native.diskFetch(disk, fd, 1, 0, 0, () => process.exit(8))
        setTimeout(() => process.exit(7), 50)`
      const code = await new Promise((resolve) => new Worker(script, { eval: true }).on('exit', resolve))
      expect(code).toBe(7)
      slow.take(0)
    })

    it('is closed while it hangs, and nobody is told of what it says later', async () => {
      slow.take('hang')
      const disk = new Disk('hanging')
      let toldCount = 0
      for (const fd of files) disk.fetch(fd, 1, 0, 0, () => toldCount++)
      disk.close()
      slow.take(0)
      const after = new Disk('after')
      await Promise.all(files.map((fd) => fetch(after, fd, 1, 0)))
      expect(toldCount).toBe(0)
      after.close()
    })
  },
)

describe('Disks', () => {
  it('are one for all shares of a store, and end with the last', () => {
    const disks = new Disks()
    const [a, b, c] = [disks.take('store a'), disks.take('store a'), disks.take('store b')]
    expect(a).toBe(b)
    expect(c).not.toBe(a)
    disks.give(a)
    expect(disks.take('store a')).toBe(a)
    disks.give(a)
    disks.give(b)
    expect(disks.take('store a')).not.toBe(a)
  })
})
