import fc from 'fast-check'
import type { CallIdentity, ClientReplies, ReplyWaiter, RunningCall } from 'nfs-server-ts'
import { describe, expect, test } from 'vitest'
import { MemoryReplyCache } from '../../../protocol/src/rpc/reply-cache.ts'
import { replySizeMax } from '../../../src/shared-memory/reply-table.ts'
import { SharedReplyCache, type SharedReplyLimits } from '../../../src/shared-memory/shared-reply-cache.ts'

const limits: SharedReplyLimits = {
  countMax: 10,
  runningCountMax: 4,
  countPerClientMax: 6,
  clientCountMax: 30,
  ageMaxMs: 60_000,
}

function lanes(changed: Partial<SharedReplyLimits> = {}): [SharedReplyCache, SharedReplyCache] {
  const all = { ...limits, ...changed }
  const buffer = SharedReplyCache.create(all)
  return [new SharedReplyCache(buffer, all), new SharedReplyCache(buffer, all)]
}

const call = (xid: number, procedure = 8): CallIdentity => ({ xid, program: 100_003, version: 3, procedure })
const replyTo = (xid: number, size = 8) => Buffer.alloc(size, xid)

/** Does a call at once, unless it is a copy. Answers whether it was done. */
function does(client: ClientReplies, xid: number, reply = replyTo(xid)): boolean {
  if (client.begin(call(xid), 0) !== undefined) return false
  client.keep(call(xid), 0, reply)
  return true
}

class Waiter implements ReplyWaiter {
  readonly got: (Buffer | undefined)[] = []
  deliver(reply: Buffer): void {
    this.got.push(reply)
  }
  settle(): void {
    this.got.push(undefined)
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1))
}

describe('a retransmission on another lane', () => {
  test('gets the bytes of the first reply', () => {
    const [one, two] = lanes()
    const [first, second] = [one.acquire('10.0.0.1'), two.acquire('10.0.0.1')]
    for (const xid of [1, 0xffff_fffe]) {
      expect(does(first, xid, replyTo(xid, 304))).toBe(true)
      expect(second.begin(call(xid), 0)?.reply).toEqual(replyTo(xid, 304))
      expect(first.begin(call(xid), 0)?.reply).toEqual(replyTo(xid, 304))
    }
    expect([one.count, two.count]).toEqual([2, 2])
  })

  test('is none when address, xid, procedure or arguments differ', () => {
    const [one, two] = lanes()
    const [client, stranger] = [one.acquire('10.0.0.1'), two.acquire('10.0.0.2')]
    does(client, 1)
    const again = two.acquire('10.0.0.1')
    for (const [from, other, checksum] of [
      [stranger, call(1), 0],
      [again, call(2), 0],
      [again, call(1, 9), 0],
      [again, call(1), 1],
    ] as const) {
      expect(from.begin(other, checksum)).toBeUndefined()
      from.keep(other, checksum, replyTo(9))
    }
  })

  test('waits for the first copy while that is running, once however often it asks', async () => {
    const [one, two] = lanes()
    const [first, second] = [one.acquire('10.0.0.1'), two.acquire('10.0.0.1')]
    expect(first.begin(call(1), 0)).toBeUndefined()
    const running = first.start(call(1), 0)
    const [waiter, other] = [new Waiter(), new Waiter()]
    const copies = [waiter, waiter, other].map((each) => second.begin(call(1), 0)?.wait(each))
    expect(copies).toEqual([true, false, true])
    expect(second.begin(call(1), 0)?.reply).toBeUndefined()
    running.finish(replyTo(1))
    await until(() => other.got.length > 0)
    expect([waiter.got, other.got]).toEqual([[replyTo(1)], [replyTo(1)]])
  })

  test('is not evicted before it has its reply', async () => {
    const [one, two] = lanes()
    const [first, second] = [one.acquire('10.0.0.1'), two.acquire('10.0.0.1')]
    first.begin(call(1), 0)
    const running = first.start(call(1), 0)
    const waiter = new Waiter()
    second.begin(call(1), 0)?.wait(waiter)
    running.finish(replyTo(1))
    for (let xid = 2; xid < 100; xid++) expect(does(first, xid)).toBe(true)
    await until(() => waiter.got.length > 0)
    expect(waiter.got).toEqual([replyTo(1)])
    expect(one.count).toBe(6)
  })

  test('is done again when the reply is too old', () => {
    const [one, two] = lanes({ ageMaxMs: -2000 })
    const [first, second] = [one.acquire('10.0.0.1'), two.acquire('10.0.0.1')]
    expect([does(first, 1), does(second, 1)]).toEqual([true, true])
  })
})

describe('room', () => {
  test('a busy client does not take the place of others', () => {
    const [one, two] = lanes()
    const [quiet, busy] = [one.acquire('10.0.0.1'), two.acquire('10.0.0.2')]
    for (let xid = 0; xid < 4; xid++) does(quiet, xid)
    for (let xid = 0; xid < 1000; xid++) does(busy, xid)
    expect(one.count).toBe(10)
    for (let xid = 0; xid < 4; xid++) expect(does(quiet, xid)).toBe(false)
    expect([does(busy, 994), does(busy, 993)]).toEqual([false, true])
  })

  test('the oldest of all makes room when all clients together are too many', () => {
    const [one, two] = lanes()
    const clients = ['a', 'b', 'c'].map((address, index) => (index % 2 ? one : two).acquire(address))
    for (let xid = 0; xid < 5; xid++) for (const client of clients) does(client, xid)
    expect(one.count).toBe(10)
    const kept = clients.map((client) => [4, 3, 2, 1, 0].filter((xid) => client.begin(call(xid), 0)?.reply))
    expect(kept).toEqual([
      [4, 3, 2],
      [4, 3, 2],
      [4, 3, 2, 1],
    ])
  })

  test('addresses are forgotten with their last connection and reply', () => {
    const [one] = lanes()
    for (let round = 0; round < 100; round++) {
      const clients = Array.from({ length: 10 }, (_, index) => one.acquire(`10.${round}.0.${index}`))
      for (const client of clients) does(client, round)
      for (const client of clients) client.release()
    }
    expect(one.count).toBe(10)
  })

  test('while calls that run take all places, others are carried out all the same', () => {
    const [one, two] = lanes()
    const client = one.acquire('10.0.0.1')
    const running: RunningCall[] = []
    for (let xid = 0; xid < 20; xid++) {
      expect(client.begin(call(xid), 0)).toBeUndefined()
      running.push(client.start(call(xid), 0))
    }
    for (const each of running) each.finish(replyTo(7))
    expect([one.count, two.count]).toEqual([6, 6])
  })

  test('a reply that is too long is a bug', () => {
    const [one] = lanes()
    const client = one.acquire('10.0.0.1')
    client.begin(call(1), 0)
    expect(() => client.keep(call(1), 0, Buffer.alloc(replySizeMax + 1))).toThrow(RangeError)
  })
})

test('whatever the cache of one thread remembers, so does that of several', () => {
  const step = fc.record({
    lane: fc.nat(1),
    client: fc.nat(2),
    xid: fc.nat(8),
    checksum: fc.nat(1),
    waits: fc.boolean(),
    finishes: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const shared = lanes({ countMax: 1000 })
      const model = new MemoryReplyCache({
        replyCacheCountMax: 1000,
        replyCacheCountPerClientMax: 6,
        replyCacheBytesMax: Infinity,
        replyCacheBytesPerClientMax: Infinity,
        replyCacheAgeMaxMs: 60_000,
      })
      const addresses = ['10.0.0.1', '10.0.0.2', 'fe80::1%eth0']
      const clients = shared.map((lane) => addresses.map((address) => lane.acquire(address)))
      const models = addresses.map((address) => model.acquire(address))
      const last = new Map<string, Buffer>()
      const running: (() => void)[] = []
      for (const [index, { lane, client, xid, checksum, waits, finishes }] of steps.entries()) {
        if (finishes) running.shift()?.()
        const [own, same] = [clients[lane]![client]!, models[client]!]
        const [found, expected] = [own.begin(call(xid), checksum), same.begin(call(xid), checksum)]
        if (found !== undefined && found.reply === undefined) found.wait(new Waiter())
        if (expected !== undefined) expect(found?.reply).toEqual(expected.reply)
        const key = `${client} ${xid} ${checksum}`
        if (found?.reply !== undefined) expect(found.reply).toEqual(last.get(key))
        if (found !== undefined || expected !== undefined) continue
        const reply = Buffer.alloc(1 + (index % 300), index)
        if (!waits) {
          own.keep(call(xid), checksum, reply)
          same.keep(call(xid), checksum, reply)
          last.set(key, reply)
          continue
        }
        const [both, bothExpected] = [own.start(call(xid), checksum), same.start(call(xid), checksum)]
        running.push(() => {
          both.finish(reply)
          bothExpected.finish(reply)
          last.set(key, reply)
        })
      }
      for (const finish of running) finish()
    }),
    { numRuns: 300 },
  )
})
