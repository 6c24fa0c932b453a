import {
  chmodSync,
  closeSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  ftruncateSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { StartError } from '../config/error.ts'
import { tryLock } from '../native/index.ts'
import { ifThere } from './durable-file.ts'
import { loadHandleKey } from './handle-key.ts'

/** What one gateway keeps on its own disk, held by this process alone until it ends. */
export interface DataDirectory {
  readonly path: string
  /** 16 bytes. */
  readonly handleKey: Buffer
  /** Lets another process in. The end of this process does so too. */
  unlock(): void
}

const lockFileName = 'lock'

/**
 * Takes a data directory that exists.
 * @throws {StartError} if it is missing, cannot be written, or another process has it.
 */
export function openDataDirectory(path: string): DataDirectory {
  if (!ifThere(() => statSync(path))?.isDirectory()) {
    throw new StartError(
      `data directory ${path} does not exist: make it, for example with mkdir -m 700 ${path}`,
    )
  }
  const lock = lockDirectory(path)
  try {
    return {
      path,
      handleKey: loadHandleKey(join(path, 'handle.key')),
      unlock: () => closeSync(lock),
    }
  } catch (error) {
    closeSync(lock)
    throw error
  }
}

/**
 * The process that has a data directory: its number, or `unknown`. Undefined if none has it; to know that, the lock is
 * taken and let go at once.
 * @throws {StartError} if it cannot be told.
 */
export function holderOf(path: string): string | undefined {
  const file = join(path, lockFileName)
  if (ifThere(() => statSync(file)) === undefined) return undefined
  const lock = tryLockOf(file, path)
  if (lock < 0) return readFileSync(file, 'utf8').trim() || 'unknown'
  closeSync(lock)
  return undefined
}

/** The kernel drops the lock with the process, however it ends: a killed server leaves nothing to clean up. */
function lockDirectory(path: string): number {
  const file = join(path, lockFileName)
  const lock = tryLockOf(file, path)
  if (lock >= 0) {
    ftruncateSync(lock)
    writeFileSync(lock, `${process.pid}\n`)
    return lock
  }
  if (-lock !== constants.errno.EWOULDBLOCK) {
    throw new StartError(`data directory ${path} cannot be locked: ${getSystemErrorName(lock)}`)
  }
  const pid = readFileSync(file, 'utf8').trim()
  throw new StartError(`data directory ${path} is in use by another server, process ${pid || 'unknown'}`)
}

function tryLockOf(file: string, path: string): number {
  try {
    return tryLock(file)
  } catch (error) {
    throw new StartError(`data directory ${path} cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/**
 * Makes the data directory and the share of `serve --demo`, where they are missing. The data directory is closed to
 * other users: what clients put into the share is reached through NFS alone.
 * @throws {StartError} if they cannot be made.
 */
export function makeDemoDirectories(data: string, share: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    if (ifThere(() => statSync(share)) !== undefined) return
    mkdirSync(share)
    // Open to every user of the client, as /tmp is; mkdir's own mode would be cut by the umask.
    chmodSync(share, 0o777)
    writeFileSync(join(share, 'WELCOME.txt'), welcome, { flag: 'wx' })
  } catch (error) {
    throw new StartError(`demo in ${dirname(share)} cannot be made: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

const welcome = `Welcome to Berth.

This file is an ordinary file in an ordinary directory, served over NFS version 3.
Write next to it, stop the server, look at the directory: your files are simply there.
`
