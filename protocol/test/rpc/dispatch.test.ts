import fc from 'fast-check'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { call, hex, record, success, words } from './hex.ts'
import { serve } from './served.ts'
import { Test } from './test-program.ts'

/**
 * The replies that say no, as rpcbind 1.2.6 gave them on the wire (its program and versions replaced by ours).
 * RPC_MISMATCH is after RFC 5531 §9: rpcbind closes instead.
 */
const refusals: [string, Buffer, Buffer][] = [
  ['PROG_UNAVAIL', call(5, { program: 99 }), hex('00000005 00000001 00000000 00000000 00000000 00000001')],
  [
    'PROG_MISMATCH with the lowest and highest version',
    call(4, { version: 2 }),
    hex('00000004 00000001 00000000 00000000 00000000 00000002 00000001 00000003'),
  ],
  ['PROC_UNAVAIL', call(3, { procedure: 99 }), hex('00000003 00000001 00000000 00000000 00000000 00000003')],
  [
    'GARBAGE_ARGS',
    call(9, { procedure: Test.ADD_ONE, args: hex('0000') }),
    hex('00000009 00000001 00000000 00000000 00000000 00000004'),
  ],
  [
    'AUTH_ERROR, AUTH_REJECTEDCRED for an unknown flavor',
    words(11, 0, 2, 300000, 1, 0, 77, 0, 0, 0),
    hex('0000000b 00000001 00000001 00000001 00000002'),
  ],
  [
    'AUTH_ERROR, AUTH_BADCRED for an empty AUTH_SYS',
    words(12, 0, 2, 300000, 1, 0, 1, 0, 0, 0),
    hex('0000000c 00000001 00000001 00000001 00000001'),
  ],
  [
    'AUTH_ERROR, AUTH_BADVERF',
    words(13, 0, 2, 300000, 1, 0, 0, 0, 1, 0),
    hex('0000000d 00000001 00000001 00000001 00000003'),
  ],
  [
    'RPC_MISMATCH 2..2',
    words(10, 0, 3, 300000, 1, 0, 0, 0, 0, 0),
    hex('0000000a 00000001 00000001 00000000 00000002 00000002'),
  ],
]

describe('RPC replies', () => {
  it.each(refusals)('%s', async (_, bytes, expected) => {
    const { connect } = await serve()
    const client = await connect()
    client.send(record(bytes), record(call(77)))
    expect(await client.replies(2)).toEqual([expected, success(77)])
  })

  it('answers a bug with SYSTEM_ERR, drops what was written, and tells the observer', async () => {
    const { connect, bugs } = await serve({}, { bugsExpected: 2 })
    const client = await connect()
    client.send(record(call(1, { procedure: Test.BUG })))
    expect(await client.reply()).toEqual(hex('00000001 00000001 00000000 00000000 00000000 00000005'))
    client.send(record(call(2, { program: 300000, version: 1, procedure: Test.BUG })))
    expect(await client.reply()).toHaveLength(24)
    expect(bugs[0]).toMatchObject({ program: 300000, version: 1, procedure: Test.BUG, xid: 1 })
    expect(bugs[0]!.client).toMatchObject({
      address: '127.0.0.1',
      transport: 'tcp',
      serverAddress: '127.0.0.1',
    })
  })

  it('answers a promised bug with SYSTEM_ERR', async () => {
    const { connect, test, bugs } = await serve({}, { bugsExpected: 1 })
    const client = await connect()
    client.send(record(call(1, { procedure: Test.LATE_BUG })), record(call(2)))
    expect(await client.reply()).toEqual(success(2))
    test.release()
    expect(await client.reply()).toEqual(hex('00000001 00000001 00000000 00000000 00000000 00000005'))
    expect(bugs[0]).toMatchObject({ procedure: Test.LATE_BUG, xid: 1 })
  })

  it('does not let a late call hold up others, and answers those that settle together in one write', async () => {
    const { connect, test } = await serve()
    const client = await connect()
    const late = (xid: number) => record(call(xid, { procedure: Test.LATE, args: words(xid * 10) }))
    client.send(Buffer.concat([late(1), record(call(2)), late(3)]))
    expect(await client.reply()).toEqual(success(2))
    let writes = 0
    client.socket.on('data', () => writes++)
    test.release()
    expect(await client.replies(2)).toEqual([success(1, words(10)), success(3, words(30))])
    expect(writes).toBe(1)
  })

  it('keeps the identity of equal credentials from call to call', async () => {
    const { connect, test } = await serve()
    const client = await connect()
    const who = (xid: number) => record(words(xid, 0, 2, 300000, 1, Test.WHO, 1, 20, xid, 0, 7, 8, 0, 0, 0))
    client.send(who(1), who(2))
    await client.replies(2)
    expect(test.calls[0]).toMatchObject({ uid: 7, gid: 8 })
    expect(test.calls[1]).toBe(test.calls[0])
  })

  it('counts calls by procedure', async () => {
    const { connect, server } = await serve()
    const client = await connect()
    client.send(record(call(1)), record(call(2)), record(call(3, { procedure: Test.WHO })))
    await client.replies(3)
    const version = server.statistics.versions[0]!
    expect([version.program, version.version, version.procedures[7]?.name]).toEqual([300000, 1, 'WHO'])
    expect(version.procedures.map((each) => each?.calls[0])).toEqual([2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
    expect(server.statistics).toMatchObject({ callsTotal: 3, bytesIn: 132, bytesOut: 84 })
  })
})

describe('a stream of calls', () => {
  const calls = [
    ...refusals.map(([, bytes]) => bytes),
    call(100),
    call(101, { procedure: Test.ADD_ONE, args: words(1) }),
    call(102, { procedure: Test.DATA, args: words(5) }),
    call(103, { procedure: Test.DATA, args: words(5000) }),
  ]
  const stream = Buffer.concat(calls.map(record))

  it('has the same replies however it is cut', async () => {
    const { connect } = await serve()
    const whole = await connect()
    whole.send(stream)
    const expected = await whole.replies(calls.length)
    expect(expected.slice(0, refusals.length)).toEqual(refusals.map(([, , reply]) => reply))
    expect(expected.at(-1)).toEqual(
      success(103, Buffer.concat([words(5000), Buffer.alloc(5000, 5000 & 0xff)])),
    )
    const places = fc.uniqueArray(fc.nat(stream.length), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(places, async (cuts) => {
        const client = await connect()
        let from = 0
        for (const to of [...cuts.sort((a, b) => a - b), stream.length]) {
          client.send(stream.subarray(from, to))
          from = to
          await turn()
        }
        expect(await client.replies(calls.length)).toEqual(expected)
        client.close()
      }),
      { numRuns: 40 },
    )
  })

  it('of any bytes neither crashes nor hangs the server', async () => {
    const { connect } = await serve()
    const word = fc.constantFrom(0, 1, 2, 4, 20, 300000, 0x8000_0000, 0xffff_ffff)
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
      fc.array(word, { maxLength: 16 }).map((values) => words(...values)),
      // Any arguments, for any procedure but those which fail or wait on purpose.
      fc
        .tuple(fc.nat(2), fc.uint8Array({ maxLength: 24 }))
        .map(([procedure, args]) => call(1, { procedure, args: Buffer.from(args) })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(body, { maxLength: 6 }), fc.boolean(), async (bodies, marked) => {
        const client = await connect()
        for (const bytes of bodies) client.send(marked ? record(bytes) : bytes)
        client.socket.end()
        await client.untilClosed()
        const fresh = await connect()
        fresh.send(record(call(9)))
        expect(await fresh.reply()).toEqual(success(9))
        fresh.close()
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['a reply', words(1, 1, 0, 0, 0, 0)],
    ['an empty record', Buffer.alloc(0)],
    ['a header cut short', words(1, 0, 2, 300000)],
    ['a credential cut short', words(1, 0, 2, 300000, 1, 0, 1, 20, 0)],
  ])('closes at %s, after the replies before it', async (_, broken) => {
    const { connect, server } = await serve()
    const client = await connect()
    client.send(Buffer.concat([record(call(1)), record(broken), record(call(2))]))
    expect(await client.reply()).toEqual(success(1))
    await client.untilClosed()
    expect(client.received).toHaveLength(0)
    expect(server.statistics.recordErrors).toBe(1)
  })
})
