import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { busyIntervalMs, idleIntervalMs, LaneDelay } from '../../../src/lanes/lane-delay.ts'

describe('LaneDelay', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function started() {
    const lane = { calls: 0, lateMs: 0, looks: 0 }
    const callCount = () => {
      lane.looks++
      return lane.calls
    }
    // Timers come when the fake ones do; by this clock they come later.
    const delay = new LaneDelay(callCount, { now: () => performance.now() + lane.lateMs })
    return { lane, delay }
  }

  /** How many delays there were, by upper bound in seconds. */
  function seen({ counts: { bounds, counts } }: LaneDelay): [bound: number, count: number][] {
    return [...counts.entries()]
      .filter(([, count]) => count > 0)
      .map(([index, count]) => [bounds[index] ?? Infinity, count])
  }

  test('an idle lane is looked at once a second, and nothing is noted', () => {
    const { lane, delay } = started()
    lane.lateMs = 70
    vi.advanceTimersByTime(10 * idleIntervalMs)
    expect(lane.looks).toBe(10)
    expect(seen(delay)).toEqual([])
  })

  test('a busy one ten times a second, until calls come no more', () => {
    const { lane, delay } = started()
    lane.calls++
    vi.advanceTimersByTime(idleIntervalMs)
    for (let i = 0; i < 10; i++) {
      lane.calls++
      vi.advanceTimersByTime(busyIntervalMs)
    }
    expect(lane.looks).toBe(11)
    expect(seen(delay)).toEqual([[0.001, 11]])
    vi.advanceTimersByTime(busyIntervalMs + 3 * idleIntervalMs)
    expect(lane.looks).toBe(15)
    expect(seen(delay)).toEqual([[0.001, 11]])
  })

  test('a long delay counts for each look that it has put off', () => {
    const { lane, delay } = started()
    lane.calls++
    vi.advanceTimersByTime(idleIntervalMs)
    lane.calls++
    lane.lateMs = 350
    vi.advanceTimersByTime(busyIntervalMs)
    // 350, 250, 150 and 50 ms, after one that was on time.
    expect(seen(delay)).toEqual([
      [0.001, 1],
      [0.05, 1],
      [0.2, 1],
      [0.5, 2],
    ])
    expect(delay.counts.sum).toBeCloseTo(0.8, 9)
  })

  test('a delay over all bounds is not lost', () => {
    const { lane, delay } = started()
    lane.calls++
    lane.lateMs = 10_050
    vi.advanceTimersByTime(idleIntervalMs)
    expect(seen(delay).at(-1)).toEqual([Infinity, 1])
  })
})
