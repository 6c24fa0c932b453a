import { constants, realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { ServiceError } from '../config/service-error.ts'
import { privateDirectory } from '../namespace/layout.ts'
import type { Namespace } from '../namespace/namespace.ts'
import { isIn, overlap, realDirectory } from '../namespace/overlap.ts'
import type { Adoptee } from '../namespace/share-adopter.ts'
import { AT_FDCWD, native, O_PATH } from '../native/index.ts'
import { shown } from '../service/shown.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants
const { ENOENT, ENOTDIR, ELOOP, EXDEV } = osConstants.errno
const pathFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW

/** A directory of the host that may be imported, held open: whatever becomes of its path, it is this one. */
export interface ImportSource extends Adoptee {
  close(): void
}

/**
 * Opens a directory that the configuration allows to be imported, or one below such a directory, following no symlink on
 * the way from there.
 * @param allowed absolute paths
 * @throws {ServiceError} `invalid`, `forbidden`, `not-found` or `conflict`
 */
export function openImportSource(path: string, allowed: readonly string[]): ImportSource {
  const names = namesOf(path)
  const bases = allowed.map((base) => ({ base, names: namesOf(base) }))
  const fitting = bases.filter(({ names: above }) => above.every((name, at) => names[at] === name))
  const best = fitting.sort((a, b) => b.names.length - a.names.length)[0]
  if (best === undefined)
    throw new ServiceError(
      'forbidden',
      `${shown(path)} may not be imported: it is not within imports.directories of the config file`,
    )
  return openBelow(realOf(best.base), names.slice(best.names.length))
}

/** @throws {ServiceError} `invalid` */
function namesOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '')
  if (!path.startsWith('/') || names.some((name) => name === '.' || name === '..' || name.includes('\0')))
    throw new ServiceError('invalid', `${shown(path)} is no absolute path without '.' and '..'`)
  return names
}

function realOf(base: string): string {
  try {
    return realpathSync(base)
  } catch (error) {
    throw new ServiceError(
      'not-found',
      `${base} of imports.directories cannot be used: ${(error as Error).message}`,
      { cause: error },
    )
  }
}

function openBelow(base: string, names: readonly string[]): ImportSource {
  const [above, name] = names.length === 0 ? [dirname(base), basename(base)] : [base, names.at(-1)!]
  const path = join(base, ...names)
  const opened: number[] = []
  const keep = (fd: number): number => {
    if (fd < 0) throw refusal(fd, path)
    opened.push(fd)
    return fd
  }
  try {
    const top = keep(native.openAt(AT_FDCWD, Buffer.from(above), pathFlags))
    const way = names.slice(0, -1).join('/')
    const parentFd = way === '' ? top : keep(native.openBeneath(top, Buffer.from(way), pathFlags, 0))
    const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    // The allowed directory itself may be a mount, but nothing below it.
    const fd =
      names.length === 0
        ? keep(native.openAt(AT_FDCWD, Buffer.from(base), flags))
        : keep(native.openBeneath(parentFd, Buffer.from(name), flags, 0))
    return { path, name, fd, parentFd, close: () => opened.forEach((one) => native.close(one)) }
  } catch (error) {
    for (const fd of opened) native.close(fd)
    throw error
  }
}

function refusal(result: number, path: string): ServiceError {
  const what = `${shown(path)} cannot be imported`
  switch (-result) {
    case ENOENT:
      return new ServiceError('not-found', `there is no directory ${shown(path)}`)
    case ELOOP:
    case ENOTDIR:
      return new ServiceError('forbidden', `${what}: it is no directory, or a symlink is on the way to it`)
    case EXDEV:
      return new ServiceError(
        'forbidden',
        `${what}: another filesystem is mounted on the way. Put that into imports.directories too`,
      )
    default:
      return new ServiceError('conflict', `${what}: ${getSystemErrorName(result)}`)
  }
}

/**
 * Refuses a directory that belongs to Berth, is in use as a share, or has either in it: that would hand data of one share
 * to those of another.
 * @throws {ServiceError} `conflict`
 */
export function refuseOwn(path: string, namespace: Namespace): void {
  const refuse = (what: string): never => {
    throw new ServiceError('conflict', `${shown(path)} cannot be imported: ${what}`)
  }
  let isInStore = false
  for (const { name, directory } of namespace.stores.list()) {
    const real = realDirectory(directory)
    if (path === real || isIn(real, path)) refuse(`it is or holds store ${name}`)
    if (overlap(path, join(real, privateDirectory))) refuse(`store ${name} keeps its own files there`)
    isInStore ||= isIn(path, real)
  }
  const data = realDirectory(namespace.dataDirectory)
  if (!isInStore && overlap(path, data)) refuse(`the gateway keeps its own data in ${data}`)
  for (const share of namespace.shares.all()) {
    const directory = namespace.shares.directoryOf(share)
    // Those in stores lie at real paths.
    const real = share.store === null ? realDirectory(directory) : directory
    if (overlap(path, real))
      refuse(`the files of share ${share.path} are in ${real}. Take a snapshot of it, and clone that`)
  }
}

/** Refuses a directory in which something is mounted, or that is a mount. @throws {ServiceError} `conflict` */
export async function refuseMounts(path: string): Promise<void> {
  for (const line of (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')) {
    // proc(5): the fifth field, with octal escapes.
    const point = line
      .split(' ')[4]
      ?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    if (point !== undefined && isIn(Buffer.from(point, 'latin1').toString(), path))
      throw new ServiceError('conflict', `${shown(path)} has a filesystem mounted in it, at ${shown(point)}`)
  }
}
