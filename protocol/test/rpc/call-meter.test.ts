import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallMeter } from '../../src/rpc/call-meter.ts'
import { callSecondsBounds, Outcome, ProcedureCounter } from '../../src/rpc/statistics.ts'

/** A clock that is told the time, and counts how often it was read. */
class TestClock {
  ms = 1000
  readings = 0

  now(): number {
    this.readings++
    return this.ms
  }
}

function made() {
  const clock = new TestClock()
  const meter = new CallMeter(clock)
  const [quick, slow] = [new ProcedureCounter('QUICK', undefined), new ProcedureCounter('SLOW', undefined)]
  /** One call after the other, each of so many milliseconds; those of no counter are not counted. */
  const run = (...calls: readonly (readonly [ProcedureCounter | undefined, number])[]) => {
    meter.begin()
    for (const [counter, ms] of calls) {
      clock.ms += ms
      if (counter !== undefined) meter.answered(counter, Outcome.OK)
      meter.end()
    }
    meter.rest()
  }
  return { clock, meter, quick, slow, run }
}

/** The bounds, in ms, of the buckets that have calls, and how many. */
function times({ durations }: ProcedureCounter): [ms: number, count: number][] {
  return [...durations.entries()]
    .filter(([, count]) => count > 0)
    .map(([index, count]) => [(callSecondsBounds[index] ?? Infinity) * 1000, count])
}

describe('ProcedureCounter', () => {
  it.each([
    [0, 0.01],
    [0.01, 0.01],
    [0.0101, 0.02],
    [20, 20],
    [10_000, 10_000],
    [10_001, Infinity],
  ])('puts %d ms into the bucket up to %d ms', (ms, bound) => {
    const counter = new ProcedureCounter('X', undefined)
    counter.add(Outcome.OK, ms)
    expect(times(counter)).toEqual([[bound, 1]])
    expect(counter.seconds).toBe(ms / 1000)
  })
})

describe('CallMeter', () => {
  it('reads the clock once a call, and once where a batch begins', () => {
    const { clock, slow, run } = made()
    run([slow, 3], [slow, 30], [slow, 300])
    expect(clock.readings).toBe(4)
    expect(times(slow)).toEqual([
      [5, 1],
      [50, 1],
      [500, 1],
    ])
    expect(slow.seconds).toBeCloseTo(0.333, 9)
  })

  it('reads the clock once for eight calls while they are quick', () => {
    const { clock, quick, run } = made()
    run([quick, 0.001])
    clock.readings = 0
    run(...Array.from({ length: 16 }, () => [quick, 0.001] as const))
    expect(clock.readings).toBe(3)
    expect(times(quick)).toEqual([[0.01, 17]])
    expect(quick.seconds).toBeCloseTo(17e-6, 12)
  })

  it('leaves out the time between batches', () => {
    const { clock, quick, run } = made()
    run([quick, 1])
    clock.ms += 5000
    run([quick, 1])
    expect(times(quick)).toEqual([[1, 2]])
  })

  it('one among quick ones that is slow counts as such, and from there on each is timed by itself', () => {
    const { clock, quick, slow, run } = made()
    slow.add(Outcome.OK, 1)
    run([quick, 0.001], [quick, 0.001], [slow, 80], [quick, 0.001], [quick, 0.001])
    expect(times(quick)).toEqual([[0.01, 4]])
    expect(times(slow)).toEqual([
      [1, 1],
      [100, 1],
    ])
    run([quick, 0.001], [slow, 80])
    clock.readings = 0
    run([slow, 30], [slow, 40], [quick, 1])
    expect(clock.readings).toBe(4)
    expect(times(slow)).toEqual([
      [1, 1],
      [50, 2],
      [100, 2],
    ])
    expect(times(quick)).toEqual([
      [0.01, 5],
      [1, 1],
    ])
  })

  it('gives the time of what is not counted to nobody', () => {
    const { quick, run } = made()
    run([quick, 0.001], [quick, 0.001], [undefined, 700], [quick, 0.001], [quick, 0.001])
    run([undefined, 700], [quick, 0.001])
    expect(times(quick)).toEqual([[0.01, 5]])
    expect(quick.seconds).toBeLessThan(50e-6)
  })

  it('forgets no call and no time', () => {
    const ms = fc.oneof(
      fc.double({ min: 0, max: 0.01, noNaN: true }),
      fc.double({ min: 0, max: 50, noNaN: true }),
    )
    const batches = fc.array(fc.array(fc.tuple(fc.boolean(), ms), { maxLength: 20 }), { maxLength: 10 })
    fc.assert(
      fc.property(batches, (drawn) => {
        const { quick, slow, run } = made()
        for (const batch of drawn)
          run(...batch.map(([isSlow, time]) => [isSlow ? slow : quick, time] as const))
        const calls = drawn.flat()
        const slowCount = calls.filter(([isSlow]) => isSlow).length
        expect(slow.calls[Outcome.OK]).toBe(slowCount)
        expect(quick.calls[Outcome.OK]).toBe(calls.length - slowCount)
        for (const { calls: counts, durations } of [quick, slow])
          expect(durations.reduce((a, b) => a + b, 0)).toBe(counts[Outcome.OK])
        const spent = calls.reduce((total, [, time]) => total + time, 0) / 1000
        expect(quick.seconds + slow.seconds).toBeCloseTo(spent, 6)
      }),
    )
  })
})
