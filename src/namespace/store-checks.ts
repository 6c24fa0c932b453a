import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, normalize, sep } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'
import { overlap, realDirectory } from './overlap.ts'

/** Bytes of a store's directory: with a logical path below it stays within Linux' PATH_MAX of 4096. */
const directorySizeMax = 1024
const classCountMax = 32
const nameShape = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** The name of a store or a class. @throws {ServiceError} `invalid` */
export function checkName(what: string, name: string): void {
  if (!nameShape.test(name))
    throw new ServiceError(
      'invalid',
      `${what} ${shown(name)} is none: up to 63 of a-z, 0-9 and -, with no - at the ends`,
    )
}

/** @throws {ServiceError} `invalid` */
export function checkClasses(classes: readonly string[]): void {
  if (classes.length > classCountMax) throw new ServiceError('invalid', `over ${classCountMax} classes`)
  for (const name of classes) checkName('class', name)
}

/** The real path of a directory that can be a store. @throws {ServiceError} `invalid` */
export function checkDirectory(directory: string): string {
  const refuse = (why: string): never => {
    throw new ServiceError('invalid', `store directory ${shown(directory)} ${why}`)
  }
  if (!isAbsolute(directory) || /\p{Cc}|\p{Surrogate}/u.test(directory)) refuse('is no absolute path')
  if (Buffer.byteLength(directory) > directorySizeMax) refuse(`is over ${directorySizeMax} bytes long`)
  const stat = statSync(directory, { throwIfNoEntry: false })
  if (stat === undefined) refuse('does not exist: make it first')
  else if (!stat.isDirectory()) refuse('is no directory')
  const path = realpathSync(normalize(directory))
  if (path === sep) refuse('is the root of this machine')
  return path
}

/** @throws {ServiceError} `conflict` if one directory lies in the other */
export function refuseOverlap(directory: string, other: string, what: string): void {
  if (overlap(realDirectory(directory), realDirectory(other)))
    throw new ServiceError('conflict', `${directory} and ${what} lie one in the other`)
}
