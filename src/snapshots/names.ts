import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

/** Bytes of a snapshot's name: with a prefix of ours it stays a name that filesystems take. */
export const snapshotNameSizeMax = 200
const nameShape = /^[A-Za-z0-9][A-Za-z0-9._:@+-]*$/

export function isSnapshotName(name: string): boolean {
  return name.length <= snapshotNameSizeMax && nameShape.test(name)
}

/** @throws {ServiceError} `invalid` */
export function checkSnapshotName(name: string): string {
  if (!isSnapshotName(name))
    throw new ServiceError(
      'invalid',
      `snapshot name ${shown(name)} is none: up to ${snapshotNameSizeMax} of A-Z, a-z, 0-9 and . _ : @ + -, ` +
        'with a letter or digit first',
    )
  return name
}

/** Of the time of asking, in UTC: `2026-11-21T05.10.00Z`. Without colons, which make host names of paths for rsync. */
export function nameOfTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '.')}Z`
}

/** `name`, or with the first number from 2 on that makes it free. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  let free = name
  for (let count = 2; isTaken(free); count++) free = `${name}-${count}`
  return free
}
