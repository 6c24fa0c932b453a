import { describe, expect, test } from 'vitest'
import { DueShares, recountHours, type CountableShare } from '../../../src/usage/due.ts'

const hour = 60 * 60 * 1000
const minute = 60_000
const now = 1_800_000_000_000
const share = (id: number, countedAt: number | null): CountableShare => ({
  id,
  countedAt,
  directory: `/d/${id}`,
})

describe('DueShares', () => {
  test('those asked for, those never counted, those counted longest ago; none twice a day', () => {
    const due = new DueShares(0)
    const shares = [
      ...[share(1, now - 30 * hour), share(2, null), share(3, now - hour), share(4, now - 40 * hour)],
      ...[share(5, null), share(6, now - recountHours * hour), share(7, now - recountHours * hour + 1)],
    ]
    due.ask(3)
    expect(due.list(shares, now)).toEqual([3, 2, 5, 4, 1, 6])
    due.began(3)
    expect(due.list(shares, now)).toEqual([2, 5, 4, 1, 6])
    due.counted(2, now, true)
    due.counted(4, now, true)
    expect(due.list(shares, now)).toEqual([5, 1, 6])
    expect(due.list(shares, now + recountHours * hour)).toEqual([5, 1, 6, 7, 3, 2, 4])
  })

  test('what was counted before an unclean end is counted again, once', () => {
    const due = new DueShares(now)
    const shares = [share(1, now - 2), share(2, now - 1), share(3, now)]
    expect(due.list(shares, now + 5)).toEqual([1, 2])
    due.counted(1, now + 1, true)
    // The count of a process before, which went on here.
    due.counted(2, now - 1, false)
    expect(due.list(shares, now + 5)).toEqual([2])
  })

  test('a clock set back neither stops counts nor repeats them', () => {
    const due = new DueShares(now)
    const shares = [share(1, now + 1000 * hour)]
    expect(due.list(shares, now - hour)).toEqual([1])
    due.counted(1, now - hour, true)
    expect(due.list(shares, now - hour)).toEqual([])
  })

  test('a share put off waits longer each time, until it rests', () => {
    const due = new DueShares(0)
    const shares = [share(1, null)]
    for (const minutes of [1, 2, 4]) {
      due.again(1, now)
      expect(due.list(shares, now + minutes * minute - 1)).toEqual([])
      expect(due.list(shares, now + minutes * minute)).toEqual([1])
    }
    for (let times = 0; times < 20; times++) due.again(1, now)
    expect(due.list(shares, now + recountHours * hour)).toEqual([1])
    due.rest(1)
    due.again(1, now)
    expect(due.list(shares, now + minute)).toEqual([1])
    due.again(1, now)
    due.ask(1)
    expect(due.list(shares, now)).toEqual([1])
  })

  test('shares that are no more are forgotten', () => {
    const due = new DueShares(0, [1, 2])
    due.again(3, now)
    due.counted(4, now, true)
    expect(due.list([share(2, now)], now)).toEqual([2])
    expect(due.asked).toEqual([2])
    expect(due.list([share(3, null), share(4, null)], now)).toEqual([3, 4])
  })

  test('tells whether an interrupted count is still of use', () => {
    const due = new DueShares(0)
    expect(due.isNewer(share(1, null), 5)).toBe(true)
    expect(due.isNewer(share(1, 4), 5)).toBe(true)
    expect(due.isNewer(share(1, 5), 5)).toBe(false)
    due.counted(1, 6, true)
    expect(due.isNewer(share(1, 4), 5)).toBe(false)
  })
})
