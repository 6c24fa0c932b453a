import { realpathSync, statSync } from 'node:fs'
import { sep } from 'node:path'

/** The directory with symlinks followed; one that is missing as it is. */
export function realDirectory(directory: string): string {
  return statSync(directory, { throwIfNoEntry: false }) === undefined ? directory : realpathSync(directory)
}

/** Whether two real directories are one, or one lies in the other. */
export function overlap(a: string, b: string): boolean {
  return a === b || isIn(a, b) || isIn(b, a)
}

/** Whether a real directory lies in another. */
export function isIn(inner: string, outer: string): boolean {
  return inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`)
}
