import { randomBytes } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'
import { StartError } from '../config/error.ts'
import { ifThere, writeDurably } from './durable-file.ts'

const handleKeySize = 16

/**
 * The key that signs file handles: made at the first start, kept for ever, since handles signed with another are stale.
 * @throws {StartError} if the file has another size, or others may read it.
 */
export function loadHandleKey(path: string): Buffer {
  const stat = ifThere(() => lstatSync(path))
  if (stat === undefined) {
    const key = randomBytes(handleKeySize)
    writeDurably(path, key)
    return key
  }
  if (!stat.isFile()) throw new StartError(`handle key ${path} is not a regular file`)
  const mode = stat.mode & 0o777
  if ((mode & 0o077) !== 0) {
    throw new StartError(
      `handle key ${path} is open to others (mode 0${mode.toString(8)}): run chmod 600 ${path}`,
    )
  }
  const key = readFileSync(path)
  if (key.length !== handleKeySize) {
    throw new StartError(
      `handle key ${path} has ${key.length} bytes instead of ${handleKeySize}: restore it from a backup, ` +
        'or remove it, and then every client must mount again',
    )
  }
  return key
}
