import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { call, success, words } from './hex.ts'
import { until } from './raw-client.ts'
import { serve, type Served } from './served.ts'
import { Test } from './test-program.ts'

describe('RPC over UDP', () => {
  let served: Served
  let socket: Socket
  let port: number

  beforeEach(async () => {
    served = await serve({ datagramsInFlightMax: 2 })
    port = (await served.server.listenUdp({ host: '127.0.0.1', port: 0 })).port
    socket = createSocket('udp4')
  })
  afterEach(() => socket.close())

  const send = (bytes: Buffer) => socket.send(bytes, port, '127.0.0.1')
  const reply = async () => ((await once(socket, 'message')) as [Buffer])[0]
  const ask = async (bytes: Buffer) => {
    const answer = reply()
    send(bytes)
    return answer
  }

  it('answers a datagram with a datagram, without record marks', async () => {
    expect(await ask(call(1))).toEqual(success(1))
    expect(await ask(call(2, { procedure: Test.ADD_ONE, args: words(4) }))).toEqual(success(2, words(5)))
    expect(served.server.statistics).toMatchObject({ bytesIn: 84, bytesOut: 52, callsTotal: 2 })
  })

  it('does a retransmission once, also one while the first is running', async () => {
    const once = call(1, { procedure: Test.ONCE, args: words(0) })
    expect(await ask(once)).toEqual(success(1, words(1)))
    expect(await ask(once)).toEqual(success(1, words(1)))
    const late = call(2, { procedure: Test.LATE_ONCE, args: words(0) })
    const replies: Buffer[] = []
    socket.on('message', (bytes) => replies.push(bytes))
    send(late)
    send(late)
    await until(() => served.server.statistics.replyCacheHits === 2)
    served.test.release()
    await until(() => replies.length === 2)
    expect(replies).toEqual([success(2, words(2)), success(2, words(2))])
    expect(served.server.datagramReplyCache).toMatchObject({ count: 2, clientCount: 1 })
    // Forged datagrams cannot take the place of what TCP clients may ask for again.
    expect(served.server.replyCache.count).toBe(0)
  })

  it('drops datagrams over the limit of those in flight', async () => {
    for (let xid = 1; xid <= 5; xid++) send(call(xid, { procedure: Test.LATE, args: words(xid) }))
    await until(() => served.server.statistics.datagramsDropped === 3)
    served.test.release()
    await reply()
  })

  it('drops a reply that fits no datagram', async () => {
    send(call(1, { procedure: Test.DATA, args: words(70_000) }))
    await until(() => served.server.statistics.datagramsDropped === 1)
    expect(await ask(call(2))).toEqual(success(2))
  })

  it('may be closed with a call in flight, and drains without losing one', async () => {
    const { port: other } = await served.server.listenUdp({ host: '127.0.0.1', port: 0 })
    socket.send(call(1, { procedure: Test.LATE, args: words(1) }), other, '127.0.0.1')
    await until(() => served.test.waiting.length === 1)
    const answer = reply()
    const drained = served.server.drain(2000)
    send(call(3))
    served.test.release()
    expect(await answer).toEqual(success(1, words(1)))
    await drained

    const cut = await serve()
    const { port: third } = await cut.server.listenUdp({ host: '127.0.0.1', port: 0 })
    socket.send(call(2, { procedure: Test.LATE, args: words(1) }), third, '127.0.0.1')
    await until(() => cut.test.waiting.length === 1)
    await cut.server.close()
    cut.test.release()
    await until(() => cut.server.statistics.datagramsDropped === 1)
  })

  it('says so when its port is taken', async () => {
    await expect(served.server.listenUdp({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE')
    await expect(served.server.listenTcp({ host: '127.0.0.1', port: served.port })).rejects.toThrow(
      'EADDRINUSE',
    )
  })

  it('survives any datagram', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const { callsTotal, datagramsDropped } = served.server.statistics
        send(Buffer.from(bytes))
        const { statistics } = served.server
        await until(() => statistics.callsTotal + statistics.datagramsDropped > callsTotal + datagramsDropped)
      }),
      { numRuns: 50 },
    )
    expect(await ask(call(9))).toEqual(success(9))
  })
})
