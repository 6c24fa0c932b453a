import { closeSync, openSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Durability, SyncKind, type Syncable } from '../../../src/filesystem/durability.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-durability-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function target(fd: number): Syncable & { pins: number } {
  return {
    fd,
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

  it('has another verifier in every process that starts', () => {
    const one = new Durability(() => {})
    const two = new Durability(() => {})
    expect(one.verifier.equals(two.verifier)).toBe(false)
  })
})
