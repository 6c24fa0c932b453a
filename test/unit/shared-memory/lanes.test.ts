import { Worker } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { ConnectionCount } from '../../../src/shared-memory/connection-count.ts'
import { ObjectLocks } from '../../../src/shared-memory/object-locks.ts'
import { RemovedObjects, removedCountMax } from '../../../src/shared-memory/removed-objects.ts'
import { RenameCount } from '../../../src/shared-memory/rename-count.ts'
import { WriteVerifier } from '../../../src/shared-memory/write-verifier.ts'

test('connections of all lanes are counted together', () => {
  const one = ConnectionCount.create(2)
  const two = new ConnectionCount(one.buffer, 2)
  expect([one.enter(), two.enter(), one.enter(), two.enter()]).toEqual([true, true, false, false])
  one.leave()
  expect([two.enter(), one.enter()]).toEqual([true, false])
})

describe('WriteVerifier', () => {
  test('is one through all lanes, and another after a failed sync of any, and after a restart', () => {
    const one = WriteVerifier.create()
    const two = new WriteVerifier(one.buffer)
    const first = one.bytes
    expect(two.bytes).toEqual(first)
    const copy = Buffer.from(first)
    two.change()
    expect(one.bytes).toEqual(two.bytes)
    expect(one.bytes).not.toEqual(copy)
    // What was told stays what it was.
    expect(first).toEqual(copy)
    new Uint32Array(one.buffer, 0, 1)[0]! += 1
    expect(new Set([copy, one.bytes, two.bytes].map((bytes) => bytes.toString('hex'))).size).toBe(2)
    expect(WriteVerifier.create().bytes).not.toEqual(copy)
  })
})

describe('RemovedObjects', () => {
  test('tells each lane what was removed since it last asked', () => {
    const one = RemovedObjects.create()
    const two = new RemovedObjects(one.buffer)
    one.add(7, 1, 0xffff_ffff)
    two.add(8, 0, 2)
    const both = [
      { share: 7, inode: 2 ** 33 - 1 },
      { share: 8, inode: 2 },
    ]
    expect([one.take(), two.take(), one.take()]).toEqual([both, both, []])
    // Who comes later has nothing open of what was before.
    expect(new RemovedObjects(one.buffer).take()).toEqual([])
  })

  test('says so when there were more than it remembers', () => {
    const one = RemovedObjects.create()
    for (let index = 0; index < removedCountMax; index++) one.add(1, 0, index)
    expect(one.take()).toHaveLength(removedCountMax)
    for (let index = 0; index <= removedCountMax; index++) one.add(1, 0, index)
    expect(one.take()).toBeUndefined()
    one.add(1, 0, 5)
    expect(one.take()).toEqual([{ share: 1, inode: 5 }])
  })
})

describe('RenameCount', () => {
  test('shows a rename that was under way at any time since', () => {
    const one = new RenameCount()
    const two = new RenameCount(one.buffer)
    const before = one.settled()
    expect(one.isStill(before)).toBe(true)
    two.begin()
    expect(one.isStill(before)).toBe(false)
    // One that takes longer than is waited for.
    expect(one.isStill(one.settled())).toBe(false)
    two.end()
    expect(one.isStill(before)).toBe(false)
    expect(one.isStill(one.settled())).toBe(true)
  })
})

describe('ObjectLocks', () => {
  const wait = 'Atomics.wait(words, 1, 0, 50)'
  /** Runs a lane's part in a thread of its own, as lanes do; words are the locks' memory. */
  function inThread(buffer: SharedArrayBuffer, code: string): Promise<void> {
    const worker = new Worker(`const words = new Int32Array(require('worker_threads').workerData)\n${code}`, {
      eval: true,
      workerData: buffer,
    })
    return new Promise((resolve, reject) => worker.once('exit', () => resolve()).once('error', reject))
  }

  test('lanes at different objects do not wait for each other, nor one for itself', () => {
    const one = ObjectLocks.create(2)
    const two = new ObjectLocks(one.buffer, 2, 1)
    for (let round = 0; round < 3; round++) {
      one.want(1, 2)
      one.want(1, 2)
      one.lock()
      two.want(1, 3)
      two.want(2, 2)
      two.lock()
      two.unlock()
      one.unlock()
    }
    expect(new Int32Array(one.buffer).subarray(4)).toEqual(new Int32Array(8))
  })

  test('a lane waits until the other has let go of any of its objects', async () => {
    const one = ObjectLocks.create(2)
    const two = new ObjectLocks(one.buffer, 2, 1)
    two.want(1, 2)
    two.want(3, 4)
    two.lock()
    // The thread ends what this one waits for: it takes the second lane's objects away, as unlock() does.
    const done = inThread(
      one.buffer,
      `${wait}; words.fill(0, 8); Atomics.add(words, 2, 1); Atomics.notify(words, 2)`,
    )
    one.want(3, 4)
    one.lock()
    expect([...new Int32Array(one.buffer).subarray(4, 12)]).toEqual([3, 4, 0, 0, 0, 0, 0, 0])
    one.unlock()
    await done
  })

  test('more objects than a call has are a bug', () => {
    const one = ObjectLocks.create(2)
    one.want(1, 1)
    one.want(1, 2)
    expect(() => one.want(1, 3)).toThrow(RangeError)
  })
})
