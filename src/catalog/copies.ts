import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncDirectory } from '../state/durable-file.ts'
import { literal, type SqliteFile } from './sqlite.ts'

/** Backups made before migrations that are kept. */
const backupCountMax = 3

/** Copies the catalog as it was before migration `number`, and removes the oldest copies. */
export function backupBefore(file: SqliteFile, path: string, number: number): void {
  copyInto(file, `${path}.before-${number}`)
  for (const old of backupsOf(path).slice(0, -backupCountMax)) rmSync(old)
}

/** Paths of the copies made before migrations, the oldest first. */
export function backupsOf(path: string): string[] {
  const prefix = `${basename(path)}.before-`
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, number: Number(name.slice(prefix.length)) }))
    .filter(({ number }) => number > 0)
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => join(dirname(path), name))
}

/** Copies a database, as it is now, into a file of mode 0600, whole and on the disk when this returns. */
export function copyInto(file: SqliteFile, target: string): void {
  const unfinished = `${target}.new`
  rmSync(unfinished, { force: true })
  // VACUUM INTO takes an empty file, and would make one that others can read.
  const fd = openSync(unfinished, 'wx', 0o600)
  try {
    file.execute(`VACUUM INTO ${literal(unfinished)}`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(unfinished, target)
  syncDirectory(dirname(target))
}
