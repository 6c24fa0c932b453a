import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'
import { checkSnapshotName, nameOfTime, snapshotNameSizeMax } from './names.ts'

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
const nameSizeMax = snapshotNameSizeMax - 10

/**
 * How snapshots of a schedule are called: `{schedule}` is its name, `{time}` the time as `2026-11-21T05.10.00Z`, `{date}`
 * the day in its time zone as `2026-11-21`.
 * @throws {ServiceError} `invalid`
 */
export function checkNameTemplate(template: string, naming: Omit<Naming, 'nameTemplate'>): string {
  const name = checkSnapshotName(nameFrom({ ...naming, nameTemplate: template }))
  if (name.length <= nameSizeMax) return template
  throw new ServiceError('invalid', `${shown(template)} makes names of over ${nameSizeMax} bytes`)
}

/** A name for what is taken at a time. Two may be the same. */
export function nameFrom({ name, nameTemplate, timeZone, at }: Naming): string {
  return nameTemplate
    .replaceAll('{schedule}', name)
    .replaceAll('{time}', nameOfTime(at))
    .replaceAll('{date}', new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' }).format(at))
}
