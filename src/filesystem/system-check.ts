import { constants, readFileSync } from 'node:fs'
import { AT_FDCWD, handleBytes, native, O_PATH } from '../native/index.ts'
import { errnoName } from './errno.ts'

const self = Buffer.from('.')
const itself = Buffer.alloc(0)

/** Part of the descriptors that is left for connections, the log and the rest of the process. */
const descriptorShareElsewhere = 1 / 4

/**
 * What the serving of a directory, open as `fd`, needs of this system and does not get: a phrase, or undefined. Better
 * said at the start than by every call: containers come without /proc, and with sandboxes that know no newer calls.
 */
export function missingFor(fd: number): string | undefined {
  const needs: [string, () => number][] = [
    ['/proc/self/fd (is /proc mounted?)', () => closed(native.reopen(fd, O_PATH))],
    [
      'openat2 (Linux 5.6, or a seccomp profile that knows it)',
      () => closed(native.openBeneath(fd, self, O_PATH, 0)),
    ],
    ['faccessat2 (Linux 5.8, or a seccomp profile that knows it)', () => native.access(fd, 0)],
  ]
  for (const [what, tried] of needs) {
    const result = tried()
    if (result < 0) return `${what}: ${errnoName(result)}`
  }
  return undefined
}

function closed(fd: number): number {
  return fd < 0 ? fd : native.close(fd)
}

/** Most files that may be kept open: of the process's limit of descriptors, which Node has raised as far as it goes. */
export function openFileCountPossible(): number {
  const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]
  return limit === undefined ? Infinity : Math.floor(Number(limit) * (1 - descriptorShareElsewhere))
}

/** Whether objects below a directory can be opened by the kernel's handles: by this process, on this filesystem. */
export function opensHandles(directory: string): boolean {
  const fd = native.openAt(AT_FDCWD, Buffer.from(directory), constants.O_RDONLY | constants.O_DIRECTORY)
  if (fd < 0) return false
  const packed = native.nameToHandle(fd, itself, 0)
  const isOpened =
    packed >= 0 && closed(native.openByHandle(fd, packed >> 8, handleBytes, 0, packed & 0xff, O_PATH)) >= 0
  native.close(fd)
  return isOpened
}
