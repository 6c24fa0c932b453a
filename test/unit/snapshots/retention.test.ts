import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ServiceError } from '../../../src/config/service-error.ts'
import {
  checkRetention,
  retain,
  retentionRules,
  type DatedSnapshot,
  type RetentionPolicy,
} from '../../../src/snapshots/retention.ts'

const none: RetentionPolicy = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 }

function at(...times: string[]): DatedSnapshot[] {
  return times.map((time, index) => ({ id: index + 1, cutAt: Date.parse(time), isHeld: false }))
}

/** Times of what is kept, the newest first, each with its rules. */
function kept(snapshots: readonly DatedSnapshot[], policy: Partial<RetentionPolicy>, timeZone = 'UTC') {
  return retain(snapshots, { ...none, ...policy }, timeZone).keep.map(({ snapshot, reasons }) => [
    new Date(snapshot.cutAt).toISOString().slice(0, 16),
    reasons.map((reason) => ('oldest' in reason ? `oldest ${reason.rule}` : reason.rule)).join(' '),
  ])
}

describe('rules', () => {
  test('the newest of each day, and the oldest while there are fewer days than wanted', () => {
    const snapshots = at('2026-11-18T06:00Z', '2026-11-18T18:00Z', '2026-11-19T06:00Z', '2026-11-19T18:00Z')
    expect(kept(snapshots, { daily: 2 })).toEqual([
      ['2026-11-19T18:00', 'daily'],
      ['2026-11-18T18:00', 'daily'],
    ])
    expect(kept(snapshots, { daily: 3 })).toEqual([
      ['2026-11-19T18:00', 'daily'],
      ['2026-11-18T18:00', 'daily'],
      ['2026-11-18T06:00', 'oldest daily'],
    ])
  })

  test('days without a snapshot take no place', () => {
    const snapshots = at('2026-01-01T00:00Z', '2026-05-01T00:00Z', '2026-05-01T12:00Z', '2026-11-19T18:00Z')
    expect(kept(snapshots, { daily: 2 })).toEqual([
      ['2026-11-19T18:00', 'daily'],
      ['2026-05-01T12:00', 'daily'],
    ])
  })

  test('days begin where the clocks of the schedule say', () => {
    const snapshots = at('2026-11-18T22:30Z', '2026-11-18T23:30Z')
    expect(kept(snapshots, { daily: 2, last: 0 }, 'Europe/Berlin').map(([, rule]) => rule)).toEqual([
      'daily',
      'daily',
    ])
    expect(kept(snapshots, { daily: 1 }, 'UTC')).toEqual([['2026-11-18T23:30', 'daily']])
  })

  test('the hour that comes twice is two hours', () => {
    const snapshots = at('2026-10-25T00:10Z', '2026-10-25T00:40Z', '2026-10-25T01:10Z', '2026-10-25T01:40Z')
    expect(kept(snapshots, { hourly: 2 }, 'Europe/Berlin').map(([time]) => time)).toEqual([
      '2026-10-25T01:40',
      '2026-10-25T00:40',
    ])
  })

  test('weeks begin on Monday, also across New Year', () => {
    // 2026-12-28 is a Monday; 2027-01-03 the Sunday of its week.
    const snapshots = at('2026-12-27T12:00Z', '2026-12-28T12:00Z', '2027-01-03T12:00Z', '2027-01-04T12:00Z')
    const { keep } = retain(snapshots, { ...none, weekly: 3 }, 'UTC')
    expect(keep.map(({ reasons: [reason] }) => reason)).toEqual([
      { rule: 'weekly', period: '2027-W01' },
      { rule: 'weekly', period: '2026-W53' },
      { rule: 'weekly', period: '2026-W52' },
    ])
  })

  test('each kept one says by which rules, and what is removed comes the oldest first', () => {
    const snapshots = at('2024-06-01T00:00Z', '2025-06-01T00:00Z', '2026-05-01T00:00Z', '2026-06-01T00:00Z')
    const verdict = retain(snapshots, { ...none, last: 1, yearly: 1, monthly: 1 }, 'UTC')
    expect(verdict.keep).toEqual([
      {
        snapshot: snapshots[3],
        reasons: [
          { rule: 'last' },
          { rule: 'monthly', period: '2026-06' },
          { rule: 'yearly', period: '2026' },
        ],
      },
    ])
    expect(verdict.remove).toEqual(snapshots.slice(0, 3))
  })

  test('two of the same instant are told apart by their number', () => {
    const snapshots = at('2026-06-01T00:00Z', '2026-06-01T00:00Z')
    expect(retain(snapshots, { ...none, last: 1 }, 'UTC').keep[0]?.snapshot.id).toBe(2)
  })

  test('years of daily snapshots come down to what the rules add up to', () => {
    const days = Array.from({ length: 1000 }, (_, day) => ({
      id: day + 1,
      cutAt: Date.UTC(2024, 0, 1 + day, 2),
      isHeld: false,
    }))
    const { keep } = retain(days, { ...none, daily: 7, weekly: 4, monthly: 12, yearly: 3 }, 'UTC')
    // The last is Saturday, 2026-09-26. Its week and that of the Sunday before have their ends among the 7 days, so 2
    // weeks are more; so are 11 months, December 2025 with its year's end among them; then the end of 2024.
    expect(keep.length).toBe(7 + 2 + 11 + 1)
  })
})

const snapshotsArbitrary = fc
  .array(
    fc.record({
      cutAt: fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2027, 0) }),
      isHeld: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.map((one, index) => ({ id: index + 1, ...one })))
const count = fc.integer({ min: 0, max: 6 })
const policyArbitrary = fc.record({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
})
const zoneArbitrary = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns')

describe('whatever there is', () => {
  const property = (check: (all: DatedSnapshot[], policy: RetentionPolicy, zone: string) => void) =>
    fc.assert(fc.property(snapshotsArbitrary, policyArbitrary, zoneArbitrary, check), { numRuns: 300 })

  test('each is kept, with a reason, or removed', () =>
    property((all, policy, zone) => {
      const { keep, remove } = retain(all, policy, zone)
      const ids = [...keep.map(({ snapshot }) => snapshot.id), ...remove.map(({ id }) => id)]
      expect(ids.toSorted((a, b) => a - b)).toEqual(all.map(({ id }) => id))
      for (const { reasons } of keep) expect(reasons.length).toBeGreaterThan(0)
    }))

  test('the newest and all that are held stay', () =>
    property((all, policy, zone) => {
      const { remove } = retain(all, policy, zone)
      const newest = Math.max(...all.map(({ cutAt }) => cutAt))
      for (const { isHeld } of remove) expect(isHeld).toBe(false)
      if (all.length > 0)
        expect(remove.filter(({ cutAt }) => cutAt === newest).length).toBeLessThan(
          all.filter(({ cutAt }) => cutAt === newest).length,
        )
    }))

  test('no rule keeps more than it may, and one with too few snapshots keeps as many as it can', () =>
    property((all, policy, zone) => {
      const { keep } = retain(all, policy, zone)
      for (const rule of retentionRules) {
        const by = keep.filter(({ reasons }) => reasons.some((reason) => reason.rule === rule))
        expect(by.length).toBeLessThanOrEqual(policy[rule])
        if (policy[rule] > 0) expect(by.length).toBeGreaterThanOrEqual(Math.min(1, all.length))
        if (rule === 'last') expect(by.length).toBe(Math.min(policy.last, all.length))
      }
    }))

  test('of each period a rule keeps the newest', () =>
    property((all, policy, zone) => {
      const { keep } = retain(all, policy, zone)
      // A day is judged without the code under test.
      const dayOf = (cutAt: number) =>
        new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }).format(cutAt)
      for (const { snapshot, reasons } of keep)
        for (const reason of reasons)
          if (reason.rule === 'daily' && reason.oldest === undefined) {
            expect(reason.period).toBe(dayOf(snapshot.cutAt))
            const later = all.filter(({ cutAt }) => dayOf(cutAt) === reason.period && cutAt > snapshot.cutAt)
            expect(later).toEqual([])
          }
    }))

  test('asked again of what was kept, it keeps all of it', () =>
    property((all, policy, zone) => {
      const first = retain(all, policy, zone).keep.map(({ snapshot }) => snapshot)
      expect(retain(first, policy, zone).remove).toEqual([])
    }))

  test('applied after each snapshot, it keeps what a rule would of all that ever were: the newest of its periods', () =>
    property((all, policy, zone) => {
      const unheld = all
        .map((one) => ({ ...one, isHeld: false }))
        .sort((a, b) => a.cutAt - b.cutAt || a.id - b.id)
      let living: DatedSnapshot[] = []
      for (const one of unheld)
        living = retain([...living, one], policy, zone).keep.map(({ snapshot }) => snapshot)
      const ids = new Set(living.map(({ id }) => id))
      for (const { snapshot, reasons } of retain(unheld, policy, zone).keep)
        if (reasons.some((reason) => !('oldest' in reason))) expect(ids.has(snapshot.id)).toBe(true)
    }))

  test('the order in which they come does not matter', () =>
    property((all, policy, zone) => {
      expect(retain(all.toReversed(), policy, zone)).toEqual(retain(all, policy, zone))
    }))
})

describe('a policy', () => {
  test('what it does not name keeps none', () => {
    expect(checkRetention({ daily: 7 })).toEqual({ ...none, daily: 7 })
  })

  test.each([{}, { daily: 0 }, { daily: -1 }, { last: 1.5 }, { yearly: 1001 }])('%j is refused', (policy) => {
    expect(() => checkRetention(policy)).toThrow(ServiceError)
  })
})
