import { ServiceError } from '../config/service-error.ts'
import { checkCount } from '../service/checks.ts'

/** What rules can keep: the last ones, or the newest of each hour, day, week (from Monday), month or year. */
export const retentionRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const

export type RetentionRule = (typeof retentionRules)[number]

/** How many snapshots each rule keeps; 0: the rule keeps none. */
export type RetentionPolicy = Readonly<Record<RetentionRule, number>>

/** What the rules look at. */
export interface DatedSnapshot {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly cutAt: number
  readonly isHeld: boolean
}

/** Why a snapshot is kept. */
export type KeepReason =
  | { readonly rule: 'held' | 'last' }
  /** The last one is never removed, whatever the policy says. */
  | { readonly rule: 'newest' }
  /** The newest of `period`, or the `oldest` of all: while a rule has fewer than it may keep. */
  | {
      readonly rule: Exclude<RetentionRule, 'last'>
      readonly period: string
      readonly oldest?: true
    }

export interface KeptSnapshot<T> {
  readonly snapshot: T
  /** One or more. */
  readonly reasons: readonly KeepReason[]
}

export interface RetentionVerdict<T> {
  /** The newest first. */
  readonly keep: readonly KeptSnapshot<T>[]
  /** The oldest first. */
  readonly remove: readonly T[]
}

/** Snapshots that one rule may keep. */
export const retentionCountMax = 1000

/** @throws {ServiceError} `invalid`, also for a policy that keeps nothing. */
export function checkRetention(policy: Partial<RetentionPolicy>): RetentionPolicy {
  const whole = Object.fromEntries(
    retentionRules.map((rule) => [
      rule,
      checkCount(`retention.${rule}`, policy[rule] ?? 0, 0, retentionCountMax),
    ]),
  ) as Record<RetentionRule, number>
  if (retentionRules.every((rule) => whole[rule] === 0))
    throw new ServiceError('invalid', `retention keeps nothing: give one of ${retentionRules.join(', ')}`)
  return whole
}

/**
 * Which of these snapshots a policy keeps, as restic and borg tell it: going from the newest to the oldest, each rule
 * takes the newest of each period until it has as many as it may, and, if they do not suffice, the oldest of all. A held
 * snapshot stays and counts as any other. The newest stays.
 *
 * @param snapshots of one share and one schedule, complete ones, in any order.
 * @param timeZone in which days begin.
 */
export function retain<T extends DatedSnapshot>(
  snapshots: readonly T[],
  policy: RetentionPolicy,
  timeZone: string,
): RetentionVerdict<T> {
  const newestFirst = snapshots.toSorted((a, b) => b.cutAt - a.cutAt || b.id - a.id)
  const periodsOf = periodsIn(timeZone)
  const takers = retentionRules.map((rule) => takerOf(rule, policy[rule]))
  const keep: KeptSnapshot<T>[] = []
  const remove: T[] = []
  for (const [index, snapshot] of newestFirst.entries()) {
    const periods = periodsOf(snapshot.cutAt)
    const isOldest = index === newestFirst.length - 1
    const reasons: KeepReason[] = takers.flatMap((take) => take(periods, isOldest) ?? [])
    if (snapshot.isHeld) reasons.unshift({ rule: 'held' })
    if (index === 0 && reasons.length === 0) reasons.push({ rule: 'newest' })
    if (reasons.length > 0) keep.push({ snapshot, reasons })
    else remove.unshift(snapshot)
  }
  return { keep, remove }
}

type Periods = Readonly<Record<Exclude<RetentionRule, 'last'>, string>>

/** Is shown one snapshot after the other, and says why its rule keeps it, if it does. */
function takerOf(rule: RetentionRule, countMax: number) {
  let left = countMax
  let lastPeriod = ''
  return (periods: Periods, isOldest: boolean): KeepReason | undefined => {
    if (left === 0) return undefined
    if (rule === 'last') {
      left -= 1
      return { rule }
    }
    const period = periods[rule]
    const isNew = period !== lastPeriod
    if (!isNew && !isOldest) return undefined
    lastPeriod = period
    left -= 1
    return isNew ? { rule, period } : { rule, period, oldest: true }
  }
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Names the periods that a time lies in, as clocks of the zone show it. */
function periodsIn(timeZone: string): (ms: number) => Periods {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part
    const date = new Date(Date.UTC(year, month - 1, day))
    const [daily] = date.toISOString().split('T') as [string]
    const clock = date.getTime() + hour * hourMs + (minute * 60 + second) * 1000
    // When clocks are turned back an hour comes twice: the offset tells which it is.
    const offsetMinutes = Math.round((clock - ms) / 60_000)
    return {
      hourly: `${daily}T${twoDigits(hour)}${offsetText(offsetMinutes)}`,
      daily,
      weekly: isoWeekOf(date),
      monthly: daily.slice(0, 7),
      yearly: daily.slice(0, 4),
    }
  }
}

/** ISO 8601: a week belongs to the year that has its Thursday. */
function isoWeekOf(date: Date): string {
  const weekday = (date.getUTCDay() + 6) % 7
  const thursday = new Date(date.getTime() + (3 - weekday) * dayMs)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0)) / (7 * dayMs)) + 1
  return `${year}-W${twoDigits(week)}`
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
