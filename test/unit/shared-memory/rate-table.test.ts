import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { RateTable, type RateLimit } from '../../../src/shared-memory/rate-table.ts'

const owner = 7
const waitMsMax = 1000
const unlimited = { callsPerSecond: null, bytesPerSecond: null, burstSeconds: 0 }

/** Several lanes' views of one table, and their clock. */
function lanes(count: number, limit: RateLimit) {
  const time = { ns: 5n * 10n ** 9n }
  const clock = () => time.ns
  const control = RateTable.create(16, clock)
  control.set(owner, limit)
  const tables = Array.from({ length: count }, () => new RateTable(control.buffer, clock))
  return { time, control, tables }
}

describe('a rate', () => {
  it('of calls is kept by all lanes together', () => {
    const { time, tables } = lanes(3, { ...unlimited, callsPerSecond: 1000 })
    // Each lane always has a call to book; what may go at once is counted.
    let done = 0
    for (let step = 0; step < 10_000; step++) {
      time.ns += 100_000n
      for (const table of tables) if (table.book(owner, 0, 0) === 0) done++
    }
    expect(done).toBeGreaterThanOrEqual(990)
    expect(done).toBeLessThanOrEqual(1010)
  })

  it('of bytes is kept whatever the size of the calls', () => {
    const { time, tables } = lanes(2, { ...unlimited, bytesPerSecond: 1e6 })
    let bytes = 0
    for (let step = 0; step < 100_000; step++) {
      time.ns += 100_000n
      const size = 1 + ((step * 7919) % 65_536)
      if (tables[step % 2]!.book(owner, size, 0) === 0) bytes += size
    }
    expect(bytes / 10).toBeGreaterThan(0.97e6)
    expect(bytes / 10).toBeLessThan(1.03e6)
  })

  it('lets a burst through, once', () => {
    const { time, tables } = lanes(1, { ...unlimited, callsPerSecond: 100, burstSeconds: 0.5 })
    const book = () => tables[0]!.book(owner, 0, 0)
    const countNow = () => {
      let count = 0
      while (book() === 0) count++
      return count
    }
    expect(countNow()).toBe(51)
    time.ns += 10n ** 8n
    expect(countNow()).toBe(10)
    time.ns += 10n ** 10n
    expect(countNow()).toBe(51)
  })
})

describe('a call over the rate', () => {
  it('waits for its place, each longer than the one before', () => {
    const { tables } = lanes(2, { ...unlimited, callsPerSecond: 100 })
    const waits = Array.from({ length: 6 }, (_, i) => tables[i % 2]!.book(owner, 0, waitMsMax))
    expect(waits).toEqual([0, 10, 20, 30, 40, 50])
  })

  it('that would wait too long takes nothing from the others', () => {
    const { time, tables } = lanes(1, { callsPerSecond: 100, bytesPerSecond: 1000, burstSeconds: 0 })
    const table = tables[0]!
    expect(table.book(owner, 2000, waitMsMax)).toBe(0)
    for (let i = 0; i < 50; i++) expect(table.book(owner, 1, waitMsMax)).toBeUndefined()
    time.ns += 2n * 10n ** 9n
    expect(table.book(owner, 1, 0)).toBe(0)
  })
})

describe('a call that was booked', () => {
  it('and is not done takes nothing from the others', () => {
    const { tables } = lanes(2, { callsPerSecond: 100, bytesPerSecond: 1000, burstSeconds: 0 })
    const [one, other] = tables
    expect(one!.book(owner, 1000, waitMsMax)).toBe(0)
    expect(other!.book(owner, 500, waitMsMax)).toBe(1000)
    other!.giveBack(owner, 500)
    one!.giveBack(owner, 1000)
    expect(one!.book(owner, 1, waitMsMax)).toBe(0)
  })
})

describe('a limit', () => {
  it('that is changed holds from the next call on, and none is none', () => {
    const { control, tables } = lanes(1, { ...unlimited, callsPerSecond: 10 })
    const table = tables[0]!
    expect(table.book(owner, 0, waitMsMax)).toBe(0)
    expect(table.book(owner, 0, waitMsMax)).toBe(100)
    control.set(owner, { ...unlimited, callsPerSecond: 10 })
    expect(table.book(owner, 0, waitMsMax)).toBe(200)
    control.set(owner, { ...unlimited, callsPerSecond: 1000 })
    expect(table.book(owner, 0, waitMsMax)).toBe(0)
    expect(table.book(owner, 0, waitMsMax)).toBe(1)
    control.remove(owner)
    expect(table.book(owner, 0, waitMsMax)).toBe(0)
    expect(table.book(owner + 1, 0, waitMsMax)).toBe(0)
  })

  it('of nobody is known to be none', () => {
    const { control, tables } = lanes(1, { ...unlimited, callsPerSecond: 10 })
    const table = tables[0]!
    const states = [table.isEmpty]
    control.set(owner, { ...unlimited, bytesPerSecond: 10 })
    control.set(owner + 1, { ...unlimited, callsPerSecond: 1 })
    control.remove(owner)
    states.push(table.isEmpty)
    control.set(owner + 1, unlimited)
    control.remove(owner + 1)
    states.push(table.isEmpty)
    expect(states).toEqual([false, false, true])
    expect([table.has(owner), table.has(0)]).toEqual([false, false])
  })

  it('of who had the place before is forgotten', () => {
    const { control, tables } = lanes(1, { ...unlimited, callsPerSecond: 1 })
    tables[0]!.book(owner, 0, waitMsMax)
    control.remove(owner)
    control.set(owner + 16, { ...unlimited, callsPerSecond: 1 })
    expect(tables[0]!.book(owner + 16, 0, waitMsMax)).toBe(0)
  })
})

it('is exact while threads book at the same time', async () => {
  const control = RateTable.create(16, () => 0n)
  control.set(owner, { ...unlimited, callsPerSecond: 1000 })
  const file = new URL('rate-table-thread.mjs', import.meta.url)
  const threads = [1, 2, 3].map(() => new Worker(file, { workerData: { buffer: control.buffer, owner } }))
  await Promise.all(threads.map((thread) => once(thread, 'exit')))
  // 3 times 5000 calls of a millisecond each are booked, none lost.
  expect(control.book(owner, 0, 1e6)).toBe(15_000)
})
