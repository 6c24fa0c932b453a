import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

interface Naming {
  /** Of the schedule. */
  readonly name: string
  readonly nameTemplate: string
  readonly timeZone: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export const nameTemplateDefault = '{schedule}-{time}'

/** Room is left for what makes a name unique. */
const nameLengthMax = 190
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._:@+-]*$/

/**
 * How snapshots of a schedule are called: `{schedule}` is its name, `{time}` the time as `2026-11-21T05.10.00Z`, `{date}`
 * the day in its time zone as `2026-11-21`.
 * @throws {ServiceError} `invalid`
 */
export function checkNameTemplate(template: string, naming: Omit<Naming, 'nameTemplate'>): string {
  const name = nameFrom({ ...naming, nameTemplate: template })
  if (nameShape.test(name) && name.length <= nameLengthMax) return template
  throw new ServiceError(
    'invalid',
    `${shown(template)} makes no names of snapshots: letters, digits, . _ : @ + - and {schedule}, {time}, {date}`,
  )
}

/** A name for what is taken at a time. Two may be the same. */
export function nameFrom({ name, nameTemplate, timeZone, at }: Naming): string {
  return nameTemplate
    .replaceAll('{schedule}', name)
    .replaceAll('{time}', timeStamp(at))
    .replaceAll('{date}', new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' }).format(at))
}

/** `2026-11-21T05.10.00Z`: a time as a file may be called everywhere. */
export function timeStamp(at: number): string {
  return new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '.')
}
