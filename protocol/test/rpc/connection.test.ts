import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { call, record, success, words } from './hex.ts'
import { RawClient, until } from './raw-client.ts'
import { serve } from './served.ts'
import { Test } from './test-program.ts'

const MiB = 1024 * 1024
const data = (xid: number, size: number) => record(call(xid, { procedure: Test.DATA, args: words(size) }))
const dataReply = (xid: number, size: number) =>
  success(xid, Buffer.concat([words(size), Buffer.alloc(size, size & 0xff), Buffer.alloc(-size & 3)]))
const late = (xid: number) => record(call(xid, { procedure: Test.LATE, args: words(xid) }))

describe('a batch of replies', () => {
  it('leaves in one write', async () => {
    const { connect } = await serve()
    const client = await connect()
    let writes = 0
    client.socket.on('data', () => writes++)
    client.send(Buffer.concat(Array.from({ length: 200 }, (_, i) => record(call(i)))))
    expect(await client.replies(200)).toEqual(Array.from({ length: 200 }, (_, i) => success(i)))
    expect(writes).toBe(1)
  })

  it('is right across buffers: small and large replies in every order', async () => {
    const { connect } = await serve()
    const client = await connect()
    const sizes = [
      5,
      70_000,
      0,
      1,
      MiB,
      3,
      4090,
      4096,
      60_000,
      61_441,
      300_000,
      2,
      MiB,
      MiB,
      7,
      65_535,
      1_500_000,
      9,
    ]
    client.send(Buffer.concat(sizes.map((size, i) => data(i, size))))
    for (const [i, size] of sizes.entries()) {
      const reply = await client.reply()
      // `equals` first: a difference in a megabyte is not worth printing.
      expect(reply.equals(dataReply(i, size)), `reply ${i} of ${size} bytes`).toBe(true)
    }
  })

  it('is right when many fill many buffers', async () => {
    const { connect } = await serve()
    const client = await connect()
    client.send(Buffer.concat(Array.from({ length: 400 }, (_, i) => data(i, 4000 + i))))
    for (let i = 0; i < 400; i++) expect((await client.reply()).equals(dataReply(i, 4000 + i))).toBe(true)
  })
})

describe('a client that does not read', () => {
  const limits = { unsentBytesMax: 256 * 1024 }

  it('is not read either, until it has taken its replies', async () => {
    const { connect, server } = await serve(limits)
    const client = await connect()
    client.socket.pause()
    const count = 50
    client.send(Buffer.concat(Array.from({ length: count }, (_, i) => data(i, MiB))))
    await until(() => server.statistics.callsTotal > 0)
    await sleep(100)
    const served = server.statistics.callsTotal
    expect(served).toBeLessThan(count / 2)
    client.socket.resume()
    for (let i = 0; i < count; i++) expect((await client.reply()).readUInt32BE(0)).toBe(i)
    expect(server.statistics.callsTotal).toBe(count)
  })

  it('does not slow others down', async () => {
    const { connect } = await serve(limits)
    const [stuck, other] = [await connect(), await connect()]
    stuck.socket.pause()
    stuck.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => data(i, MiB))))
    await sleep(50)
    other.send(record(call(1)))
    expect(await other.reply()).toEqual(success(1))
  })

  it('is closed when it takes nothing for too long', async () => {
    const { connect, server } = await serve({ ...limits, stallMs: 100 })
    const client = await connect()
    client.socket.pause()
    client.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => data(i, MiB))))
    await until(() => server.statistics.connectionsStalled === 1)
    await until(() => server.statistics.connections === 0)
  })

  it('counts against the total of all', async () => {
    const { connect, server } = await serve({ unsentBytesTotalMax: 1024 })
    const client = await connect()
    client.socket.pause()
    client.send(Buffer.concat(Array.from({ length: 50 }, (_, i) => data(i, MiB))))
    await sleep(100)
    expect(server.statistics.callsTotal).toBeLessThan(25)
    client.socket.resume()
    for (let i = 0; i < 50; i++) expect((await client.reply()).readUInt32BE(0)).toBe(i)
  })
})

describe('limits', () => {
  it('holds records back while too many calls are in flight', async () => {
    const { connect, test } = await serve({ callsInFlightMax: 3 })
    const client = await connect()
    client.send(Buffer.concat(Array.from({ length: 8 }, (_, i) => late(i))), record(call(100)))
    await until(() => test.waiting.length === 3)
    await sleep(20)
    expect(test.waiting).toHaveLength(3)
    const xids: number[] = []
    while (xids.length < 9) {
      test.release()
      xids.push((await client.reply()).readUInt32BE(0))
    }
    expect(xids.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 100])
  })

  it('closes the newest of too many connections at once', async () => {
    const { connect, server } = await serve({ connectionCountMax: 2 })
    const [first] = [await connect(), await connect()]
    const third = await connect()
    await third.untilClosed()
    expect(server.statistics).toMatchObject({ connectionsRefused: 1, connections: 2, connectionsTotal: 2 })
    first.send(record(call(1)))
    expect(await first.reply()).toEqual(success(1))
  })

  it('closes at a record over the limit, and takes one at the limit', async () => {
    const { connect, server } = await serve({ recordSizeMax: 1000 })
    const client = await connect()
    client.send(record(call(1, { args: Buffer.alloc(960) })))
    expect(await client.reply()).toEqual(success(1))
    client.send(words(0x8000_0000 | 1001))
    await client.untilClosed()
    expect(server.statistics.recordErrors).toBe(1)
  })

  it('closes a connection that leaves a record unfinished, not an idle one', async () => {
    const { connect, server } = await serve({ stallMs: 100 })
    const [idle, unfinished] = [await connect(), await connect()]
    idle.send(record(call(1)).subarray(0, 20))
    await until(() => server.statistics.bytesIn === 20)
    idle.send(record(call(1)).subarray(20))
    await idle.reply()
    unfinished.send(record(call(1)).subarray(0, 20))
    await unfinished.untilClosed()
    await sleep(150)
    expect(idle.closed).toBe(false)
    expect(server.statistics.connectionsStalled).toBe(1)
  })
})

describe('the end', () => {
  it('of a connection with a broken record does not wait for calls in flight', async () => {
    const { connect, server, test } = await serve()
    const client = await connect()
    client.send(late(1), record(call(2)))
    expect(await client.reply()).toEqual(success(2))
    client.send(Buffer.concat([record(Buffer.alloc(3)), record(call(3))]))
    await client.untilClosed()
    test.release()
    await sleep(10)
    expect(client.received).toHaveLength(0)
    expect(server.statistics).toMatchObject({ callsTotal: 2, recordErrors: 1, connections: 0 })
  })

  it('answers a client that has said all it will, then closes', async () => {
    const { connect, test } = await serve()
    const client = await connect()
    client.send(late(1), record(call(2)))
    client.socket.end()
    expect(await client.reply()).toEqual(success(2))
    test.release()
    expect(await client.reply()).toEqual(success(1, words(1)))
    await client.untilClosed()
  })

  it('drains: answers what is in flight, takes nothing new, closes', async () => {
    const { connect, server, test, port } = await serve()
    const [busy] = [await connect(), await connect()]
    busy.send(late(1))
    await until(() => test.waiting.length === 1)
    const drained = server.drain(5000)
    busy.send(record(call(2)))
    await sleep(20)
    test.release()
    expect(await busy.reply()).toEqual(success(1, words(1)))
    await drained
    expect(busy.received).toHaveLength(0)
    expect(server.statistics).toMatchObject({ connections: 0, callsTotal: 1 })
    await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED')
  })

  it('drains no longer than told', async () => {
    const { connect, server, test } = await serve()
    const client = await connect()
    client.send(late(1))
    await until(() => test.waiting.length === 1)
    await server.drain(50)
    expect(server.statistics.connections).toBe(0)
    test.release()
  })
})

describe('clients that send at once', () => {
  it('have turns; each connection is answered in order, late replies among the others', async () => {
    const { connect, port, test } = await serve()
    const flood = await Promise.all(Array.from({ length: 8 }, connect))
    const polite = await RawClient.connect(port, '127.0.0.1', '127.0.0.2')
    const count = 2000
    for (const client of flood)
      client.send(Buffer.concat(Array.from({ length: count }, (_, i) => record(call(i)))), late(count))
    for (let i = 0; i < 20; i++) {
      polite.send(record(call(i)))
      expect(await polite.reply()).toEqual(success(i))
    }
    polite.close()
    for (const client of flood)
      for (let i = 0; i < count; i++) expect((await client.reply()).readUInt32BE(0)).toBe(i)
    await until(() => test.waiting.length === flood.length)
    test.release()
    for (const client of flood) expect(await client.reply()).toEqual(success(count, words(count)))
  })
})
