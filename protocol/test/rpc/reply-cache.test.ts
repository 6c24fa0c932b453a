import { describe, expect, it } from 'vitest'
import { CallHeader } from '../../src/rpc/message.ts'
import { checksumOf, MemoryReplyCache } from '../../src/rpc/reply-cache.ts'
import { call, record, success, words } from './hex.ts'
import { until } from './raw-client.ts'
import { serve } from './served.ts'
import { Test } from './test-program.ts'

const once = (xid: number, arg = 0) => record(call(xid, { procedure: Test.ONCE, args: words(arg) }))
const lateOnce = (xid: number, arg = 0) => record(call(xid, { procedure: Test.LATE_ONCE, args: words(arg) }))

describe('a retransmission', () => {
  it('gets the first reply, also on a new connection', async () => {
    const { connect, test, server } = await serve()
    const first = await connect()
    first.send(once(1))
    expect(await first.reply()).toEqual(success(1, words(1)))
    first.send(once(1))
    expect(await first.reply()).toEqual(success(1, words(1)))
    first.close()
    const second = await connect()
    second.send(once(1))
    expect(await second.reply()).toEqual(success(1, words(1)))
    expect([test.runs, server.statistics.replyCacheHits]).toEqual([1, 2])
  })

  it('is not taken for one when xid, arguments or procedure differ', async () => {
    const { connect, test } = await serve()
    const client = await connect()
    client.send(once(1, 5), once(1, 6), once(2, 5))
    expect(await client.replies(3)).toEqual([
      success(1, words(1)),
      success(1, words(2)),
      success(2, words(3)),
    ])
    client.send(lateOnce(1, 5))
    await until(() => test.waiting.length === 1)
    test.release()
    expect(await client.reply()).toEqual(success(1, words(4)))
  })

  it('waits for the first one that is still running, on every connection that asks', async () => {
    const { connect, test, server } = await serve()
    const [first, second] = [await connect(), await connect()]
    first.send(lateOnce(1))
    await until(() => test.waiting.length === 1)
    // However often it asks, the second connection gets one reply; so does the first for its own repetition.
    second.send(lateOnce(1), lateOnce(1), lateOnce(1))
    await until(() => server.statistics.replyCacheHits === 3)
    test.release()
    expect(await first.reply()).toEqual(success(1, words(1)))
    expect(await second.reply()).toEqual(success(1, words(1)))
    second.send(record(call(9)))
    expect(await second.reply()).toEqual(success(9))
    expect(test.runs).toBe(1)
  })

  it('gets the reply of a call whose connection has died meanwhile', async () => {
    const { connect, test, server } = await serve()
    const first = await connect()
    first.send(lateOnce(1))
    await until(() => test.waiting.length === 1)
    first.socket.resetAndDestroy()
    await until(() => server.statistics.connections === 0)
    test.release()
    await until(() => server.replyCache.count === 1)
    const second = await connect()
    second.send(lateOnce(1))
    expect(await second.reply()).toEqual(success(1, words(1)))
    expect(test.runs).toBe(1)
  })

  it('is done again when the reply is too old', async () => {
    const { connect } = await serve({ replyCacheAgeMaxMs: -1 })
    const client = await connect()
    client.send(once(1), once(1))
    expect(await client.replies(2)).toEqual([success(1, words(1)), success(1, words(2))])
  })
})

describe('MemoryReplyCache', () => {
  const limits = {
    replyCacheCountMax: 10,
    replyCacheCountPerClientMax: 6,
    replyCacheBytesMax: 1024 * 1024,
    replyCacheBytesPerClientMax: 1024 * 1024,
    replyCacheAgeMaxMs: 1000,
  }
  const header = (xid: number) =>
    Object.assign(new CallHeader(), { xid, program: 1, version: 1, procedure: 1 })
  const reply = (xid: number, size = 8) => Buffer.alloc(size, xid)

  it('bounds a client by count; its newest replies stay', () => {
    const cache = new MemoryReplyCache(limits)
    const client = cache.acquire('10.0.0.1')
    for (let xid = 0; xid < 100; xid++) cache.keep(client, header(xid), 0, reply(xid))
    expect([cache.count, client.count, client.done.size]).toEqual([6, 6, 6])
    expect(cache.find(client, header(93), 0)).toBeUndefined()
    for (let xid = 94; xid < 100; xid++) expect(cache.find(client, header(xid), 0)?.reply).toEqual(reply(xid))
  })

  it('does not let a busy client take the place of others', () => {
    const cache = new MemoryReplyCache(limits)
    const [quiet, busy] = [cache.acquire('10.0.0.1'), cache.acquire('10.0.0.2')]
    for (let xid = 0; xid < 4; xid++) cache.keep(quiet, header(xid), 0, reply(xid))
    for (let xid = 0; xid < 1000; xid++) cache.keep(busy, header(xid), 0, reply(xid))
    expect([quiet.count, busy.count]).toEqual([4, 6])
    for (let xid = 0; xid < 4; xid++) expect(cache.find(quiet, header(xid), 0)).toBeDefined()
  })

  it('evicts the oldest of all when there are too many', () => {
    const cache = new MemoryReplyCache(limits)
    const clients = ['a', 'b', 'c'].map((address) => cache.acquire(address))
    for (let xid = 0; xid < 5; xid++)
      for (const client of clients) cache.keep(client, header(xid), 0, reply(xid))
    expect(cache.count).toBe(10)
    expect(clients.map(({ count }) => count)).toEqual([3, 3, 4])
  })

  it('bounds bytes, and keeps no reply that is larger than a client may have', () => {
    const cache = new MemoryReplyCache({
      ...limits,
      replyCacheBytesMax: 1024,
      replyCacheBytesPerClientMax: 768,
    })
    const client = cache.acquire('a')
    for (let xid = 0; xid < 9; xid++) cache.keep(client, header(xid), 0, reply(xid, 200))
    expect([client.count, cache.bytes]).toEqual([3, 768])
    cache.keep(client, header(50), 0, reply(50, 5000))
    expect([cache.count, cache.bytes, client.done.size]).toEqual([0, 0, 0])
  })

  it('uses the storage of an evicted reply without showing its bytes', () => {
    const cache = new MemoryReplyCache({ ...limits, replyCacheCountPerClientMax: 1 })
    const client = cache.acquire('a')
    cache.keep(client, header(1), 0, reply(1, 100))
    cache.keep(client, header(2), 0, reply(2, 40))
    expect(cache.find(client, header(2), 0)?.reply).toEqual(reply(2, 40))
    expect(cache.find(client, header(1), 0)).toBeUndefined()
  })

  it('forgets an address with its last connection and reply', () => {
    const cache = new MemoryReplyCache(limits)
    const client = cache.acquire('a')
    expect(cache.acquire('a')).toBe(client)
    cache.release(client)
    cache.keep(client, header(1), 0, reply(1))
    cache.release(client)
    expect(cache.clientCount).toBe(1)
    expect(cache.acquire('a')).toBe(client)
    cache.release(client)
    const other = cache.acquire('b')
    for (let xid = 0; xid < 20; xid++) cache.keep(other, header(xid), xid, reply(xid))
    for (const address of ['c', 'd']) {
      const more = cache.acquire(address)
      for (let xid = 0; xid < 6; xid++) cache.keep(more, header(xid), xid, reply(xid))
    }
    expect(client.count).toBe(0)
    expect(cache.clientCount).toBe(3)
  })
})

describe('checksumOf', () => {
  const of = (bytes: Buffer) => checksumOf(bytes, 0, bytes.length)

  it('depends on every byte, on their order and on their count', () => {
    const bytes = Buffer.from(Array.from({ length: 67 }, (_, i) => i))
    const seen = new Set([of(bytes), of(bytes.subarray(0, 66)), of(Buffer.concat([bytes, Buffer.alloc(1)]))])
    for (let i = 0; i < bytes.length; i++)
      for (const bit of [1, 0x80]) {
        const changed = Buffer.from(bytes)
        changed[i]! ^= bit
        seen.add(of(changed))
      }
    expect(seen.size).toBe(3 + 2 * bytes.length)
    expect(of(words(1, 2))).not.toBe(of(words(2, 1)))
  })

  it('does not depend on where the bytes lie', () => {
    const bytes = words(1, 2, 3)
    expect(checksumOf(Buffer.concat([Buffer.alloc(3), bytes]), 3, 15)).toBe(of(bytes))
  })
})
