import { Cron } from 'croner'
import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

/** When something is to be done, again and again. */
export interface Timetable {
  /** Five fields of crontab(5), or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. */
  readonly cron: string
  /** Of the IANA database: `Europe/Berlin`, `UTC`. */
  readonly timeZone: string
}

const cronLengthMax = 200
/** croner takes a date for a single run too. */
const cronShape = /^(@[a-z]+|\S+( +\S+){4})$/i
const timeZoneLengthMax = 64

/** @throws {ServiceError} `invalid`, also for times that never come, such as the 30th of February. */
export function checkTimetable({ cron, timeZone }: Timetable): Timetable {
  checkTimeZone(timeZone)
  if (cron.length > cronLengthMax) throw invalid(cron, `it is over ${cronLengthMax} characters`)
  if (!cronShape.test(cron)) throw invalid(cron, 'it has not five fields')
  let next: number | undefined
  try {
    next = nextRun({ cron, timeZone }, Date.UTC(2000, 0))
  } catch (error) {
    // croner has no class of errors of its own.
    if (!(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError))
      throw error
    throw invalid(cron, error.message.replace(/^CronPattern: /, ''), error)
  }
  if (next === undefined) throw invalid(cron, 'no such time ever comes')
  return { cron, timeZone }
}

/** @throws {ServiceError} `invalid` */
export function checkTimeZone(timeZone: string): string {
  try {
    if (timeZone.length <= timeZoneLengthMax) new Intl.DateTimeFormat('en', { timeZone })
    else throw new RangeError(`over ${timeZoneLengthMax} characters`)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ServiceError(
      'invalid',
      `${shown(timeZone)} is no time zone: write it as UTC or Europe/Berlin`,
      { cause: error },
    )
  }
  return timeZone
}

/** The first time after `after`, both in milliseconds since 1970; undefined: none comes. */
export function nextRun(timetable: Timetable, after: number): number | undefined {
  return cronOf(timetable).nextRun(new Date(after))?.getTime()
}

/** The first `count` times after `after`, in milliseconds since 1970. */
export function nextRuns(timetable: Timetable, after: number, count: number): number[] {
  return cronOf(timetable)
    .nextRuns(count, new Date(after))
    .map((time) => time.getTime())
}

/**
 * Where clocks are turned, a time of day comes once: in the hour that is left out at its end, in the hour that comes
 * twice the first time. What comes every so many minutes or hours goes on evenly.
 */
function cronOf({ cron, timeZone }: Timetable): Cron {
  return new Cron(cron, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard' })
}

function invalid(cron: string, why: string, cause?: unknown): ServiceError {
  return new ServiceError(
    'invalid',
    `${shown(cron)} tells no times: ${why}; write them as crontab does, 30 2 * * * for every night at 2:30`,
    { cause },
  )
}
