import { realpathSync, statSync } from 'node:fs'
import { sep } from 'node:path'

/** Whether two directories are one, or one lies in the other, symlinks followed. One that is missing is what it says. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [`${realOf(a)}${sep}`, `${realOf(b)}${sep}`]
  return first.startsWith(second) || second.startsWith(first)
}

function realOf(directory: string): string {
  return statSync(directory, { throwIfNoEntry: false }) === undefined ? directory : realpathSync(directory)
}
