import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NfsPutOff, Nfsstat3, type Readdir3Args, type WrittenEntries } from 'nfs-server-ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { caller, openLinuxFixture, type LinuxFixture } from './fixture.ts'

// Directories whose inodes are on the disk alone.

const dropCaches = '/proc/sys/vm/drop_caches'
const canDrop = (() => {
  try {
    accessSync(dropCaches, constants.W_OK)
    return true
  } catch {
    return false
  }
})()

let fixture: LinuxFixture
beforeEach(() => (fixture = openLinuxFixture()))
afterEach(() => fixture.close())

async function directoryOf(fileCount: number): Promise<Buffer> {
  const path = join(fixture.directory(), 'many')
  mkdirSync(path)
  for (let k = 0; k < fileCount; k++) writeFileSync(join(path, `file${k}`), '')
  return fixture.lookup(fixture.root, 'many')
}

/** Has the kernel forget what it has on the disk as well. */
function forget(): void {
  expect(spawnSync('sync', ['-f', fixture.directory()]).status).toBe(0)
  writeFileSync(dropCaches, '2')
}

/** Lists a directory to its end: what it had to be put off for, and how many entries there were. */
async function list(dir: Buffer): Promise<{ putOffCount: number; entryCount: number }> {
  const target = { buffer: Buffer.alloc(64 * 1024), offset: 0, size: 32 * 1024, dirSizeMax: 8192 }
  const counts = { putOffCount: 0, entryCount: 0 }
  let [cookieHigh, cookieLow] = [0, 0]
  for (;;) {
    const args: Readdir3Args = {
      dir,
      cookieHigh,
      cookieLow,
      cookieVerifier: Buffer.alloc(8),
      entryCountMax: 400,
    }
    let result
    try {
      result = await fixture.backend.readdirplus(caller, args, target)
    } catch (error) {
      if (!(error instanceof NfsPutOff)) throw error
      counts.putOffCount++
      await error.until
      result = await fixture.backend.readdirplus(caller, args, target)
    }
    if (result.status !== Nfsstat3.OK) throw new Error(`status ${result.status}`)
    const { writtenCount, writtenSize, eof } = result.entries as WrittenEntries
    counts.entryCount += writtenCount
    if (eof) return counts
    ;[cookieHigh, cookieLow] = lastCookie(target.buffer.subarray(0, writtenSize), writtenCount)
  }
}

/** Cookie of the last of some entryplus3 structures (RFC 1813 §3.3.17). */
function lastCookie(entries: Buffer, count: number): [number, number] {
  let [at, cookie] = [0, [0, 0] as [number, number]]
  for (let k = 0; k < count; k++) {
    at += 12
    at += 4 + Math.ceil(entries.readUInt32BE(at) / 4) * 4
    cookie = [entries.readUInt32BE(at), entries.readUInt32BE(at + 4)]
    at += 8
    at += entries.readUInt32BE(at) === 1 ? 88 : 4
    at += entries.readUInt32BE(at) === 1 ? 8 + Math.ceil(entries.readUInt32BE(at + 4) / 4) * 4 : 4
  }
  return cookie
}

test('what is in memory is listed at once', async () => {
  const dir = await directoryOf(500)
  expect(await list(dir)).toEqual({ putOffCount: 0, entryCount: 502 })
})

describe.skipIf(!canDrop)('what is not in memory', () => {
  test('is brought there by a thread of the disk first, page by page, and is listed then, each entry once', async () => {
    const dir = await directoryOf(3000)
    await list(dir)
    forget()
    const { putOffCount, entryCount } = await list(dir)
    expect(entryCount).toBe(3002)
    expect(putOffCount).toBeGreaterThan(1)
    expect(await list(dir)).toEqual({ putOffCount: 0, entryCount: 3002 })
  })

  test('is listed in the lane when it is little', async () => {
    const dir = await directoryOf(8)
    forget()
    expect(await list(dir)).toEqual({ putOffCount: 0, entryCount: 10 })
  })
})
