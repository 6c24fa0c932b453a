import { describe, expect, test } from 'vitest'
import { ServiceError } from '../../../src/config/service-error.ts'
import { checkTimetable, nextRun, nextRuns } from '../../../src/snapshots/cron.ts'

const berlin = 'Europe/Berlin'

function runs(cron: string, timeZone: string, after: string, count: number): string[] {
  return nextRuns({ cron, timeZone }, Date.parse(after), count).map((ms) => new Date(ms).toISOString())
}

describe('the night in which clocks are put forward', () => {
  test('a time in the hour that is left out comes once, at its end', () => {
    expect(runs('30 2 * * *', berlin, '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ])
  })

  test('two times in it come once', () => {
    expect(runs('0,30 2 * * *', berlin, '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:00:00.000Z',
    ])
  })

  test('every quarter of an hour goes on evenly', () => {
    const times = nextRuns({ cron: '*/15 * * * *', timeZone: berlin }, Date.parse('2026-03-29T00:00:00Z'), 12)
    expect(times.map((time, index) => time - times[0]! - index * 900_000)).toEqual(times.map(() => 0))
  })
})

describe('the night in which clocks are put back', () => {
  test('a time in the hour that comes twice comes once, the first time', () => {
    expect(runs('30 2 * * *', berlin, '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ])
  })

  test('a list of times comes once', () => {
    expect(runs('0 1-3 * * *', berlin, '2026-10-24T12:00:00Z', 4)).toEqual([
      '2026-10-24T23:00:00.000Z',
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
      '2026-10-26T00:00:00.000Z',
    ])
  })

  test('every quarter of an hour goes on evenly', () => {
    const times = nextRuns({ cron: '*/15 * * * *', timeZone: berlin }, Date.parse('2026-10-24T23:00:00Z'), 16)
    expect(times.map((time, index) => time - times[0]! - index * 900_000)).toEqual(times.map(() => 0))
  })

  test('asked again between the two, the second does not come', () => {
    const timetable = { cron: '30 2 * * *', timeZone: berlin }
    expect(nextRun(timetable, Date.parse('2026-10-25T00:30:00Z'))).toBe(Date.parse('2026-10-26T01:30:00Z'))
    expect(nextRun(timetable, Date.parse('2026-10-25T00:45:00Z'))).toBe(Date.parse('2026-10-26T01:30:00Z'))
    expect(nextRun(timetable, Date.parse('2026-10-25T01:15:00Z'))).toBe(Date.parse('2026-10-26T01:30:00Z'))
  })
})

test('each run comes after the one before, through a year of every zone that turns its clocks oddly', () => {
  for (const timeZone of [
    berlin,
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
    'Africa/Casablanca',
  ])
    for (const cron of ['30 2 * * *', '15 0,12 * * 1-5', '@daily']) {
      let after = Date.UTC(2026, 0)
      const whole = nextRuns({ cron, timeZone }, after, 300)
      for (const expected of whole) {
        const next = nextRun({ cron, timeZone }, after)!
        expect(next).toBe(expected)
        expect(next).toBeGreaterThan(after)
        after = next
      }
    }
})

test('a leap day is waited for', () => {
  expect(runs('0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', 1)).toEqual(['2028-02-29T00:00:00.000Z'])
})

test('a long list is refused before it is read', () => {
  const cron = `0 ${'1,'.repeat(200)}1 * * *`
  expect(() => checkTimetable({ cron, timeZone: 'UTC' })).toThrow('over 200 characters')
})

test.each([
  ['', 'UTC'],
  ['* * * *', 'UTC'],
  ['60 * * * *', 'UTC'],
  // Seconds, and years: a snapshot a second is no schedule.
  ['* * * * * *', 'UTC'],
  ['@reboot', 'UTC'],
  ['0 0 30 2 *', 'UTC'],
  ['2026-11-21T10:00:00', 'UTC'],
  ['@daily', 'Mars/Phobos'],
  ['@daily', ''],
  ['@daily', 'x'.repeat(100)],
])('%j in %j is refused', (cron, timeZone) => {
  expect(() => checkTimetable({ cron, timeZone })).toThrow(ServiceError)
})
