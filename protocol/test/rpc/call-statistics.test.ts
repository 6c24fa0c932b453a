import { setTimeout } from 'node:timers/promises'
import { callSecondsBounds, type ProcedureStatistics, type RpcServer } from 'nfs-server-ts'
import { describe, expect, it } from 'vitest'
import { call, hex, record, words } from './hex.ts'
import { until } from './raw-client.ts'
import { serve } from './served.ts'
import { Test } from './test-program.ts'

function statisticsOf(server: RpcServer, procedure: number): ProcedureStatistics {
  return server.statistics.versions[0]!.procedures[procedure]!
}

/** The outcomes that calls had, and how many. */
function outcomesOf({ outcomes, calls }: ProcedureStatistics): Record<string, number> {
  return Object.fromEntries(
    outcomes
      .map((outcome, index): [string, number] => [outcome, calls[index]!])
      .filter(([, count]) => count > 0),
  )
}

const sum = (counts: Float64Array) => counts.reduce((total, count) => total + count, 0)

const status = (xid: number, value: number) =>
  record(call(xid, { procedure: Test.STATUS, args: words(value) }))
const lateStatus = (xid: number, value: number) =>
  record(call(xid, { procedure: Test.LATE_STATUS, args: words(value) }))

describe('statistics of calls', () => {
  it('have the status with which a result begins, by name', async () => {
    const { connect, server } = await serve()
    const client = await connect()
    client.send(Buffer.concat([status(1, 0), status(2, 2), status(3, 2), status(4, 10008), status(5, 77)]))
    await client.replies(5)
    const counted = statisticsOf(server, Test.STATUS)
    expect(outcomesOf(counted)).toEqual({ OK: 1, NOENT: 2, JUKEBOX: 1, OTHER: 1 })
    expect(counted.outcomes.slice(-2)).toEqual(['NOENT', 'JUKEBOX'])
    expect(sum(counted.durations)).toBe(5)
  })

  it('say why there was no result', async () => {
    const { connect, server } = await serve({}, { bugsExpected: 1 })
    const client = await connect()
    client.send(record(call(1, { procedure: Test.STATUS, args: hex('0000') })))
    client.send(record(call(2, { procedure: Test.BUG })))
    await client.replies(2)
    expect(outcomesOf(statisticsOf(server, Test.STATUS))).toEqual({ GARBAGE_ARGS: 1 })
    expect(outcomesOf(statisticsOf(server, Test.BUG))).toEqual({ SYSTEM_ERR: 1 })
  })

  it('count a call that is answered later when it is, with the time until then', async () => {
    const { connect, server, test } = await serve({}, { bugsExpected: 1 })
    const client = await connect()
    client.send(
      Buffer.concat([lateStatus(1, 2), record(call(2, { procedure: Test.LATE_BUG })), status(3, 0)]),
    )
    await client.reply()
    const counted = statisticsOf(server, Test.LATE_STATUS)
    expect(outcomesOf(counted)).toEqual({})
    await setTimeout(60)
    test.release()
    await client.replies(2)
    expect(outcomesOf(counted)).toEqual({ NOENT: 1 })
    expect(outcomesOf(statisticsOf(server, Test.LATE_BUG))).toEqual({ SYSTEM_ERR: 1 })
    expect(counted.seconds).toBeGreaterThan(0.05)
    const quicker = callSecondsBounds.filter((bound) => bound <= 0.05).length
    expect(sum(counted.durations.slice(0, quicker))).toBe(0)
    expect(sum(counted.durations)).toBe(1)
  })

  it('count a call whose client has gone', async () => {
    const { connect, server, test } = await serve()
    const client = await connect()
    client.send(lateStatus(1, 0))
    await until(() => test.waiting.length === 1)
    client.socket.resetAndDestroy()
    await until(() => server.statistics.connections === 0)
    test.release()
    const counted = statisticsOf(server, Test.LATE_STATUS)
    await until(() => sum(counted.calls) === 1)
    expect(outcomesOf(counted)).toEqual({ CLIENT_GONE: 1 })
  })

  it('do not count what is answered from the reply cache', async () => {
    const { connect, server } = await serve()
    const client = await connect()
    const once = record(call(1, { procedure: Test.ONCE, args: words(0) }))
    client.send(once, once)
    await client.replies(2)
    expect(outcomesOf(statisticsOf(server, Test.ONCE))).toEqual({ OK: 1 })
    expect(server.statistics).toMatchObject({ replyCacheHits: 1, callsTotal: 2 })
  })

  it('have the calls before a broken record', async () => {
    const { connect, server } = await serve()
    const client = await connect()
    client.send(Buffer.concat([status(1, 0), status(2, 0), record(words(1, 1))]))
    await client.untilClosed()
    expect(outcomesOf(statisticsOf(server, Test.STATUS))).toEqual({ OK: 2 })
  })
})
