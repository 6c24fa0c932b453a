import { ServiceError } from '../config/service-error.ts'
import { depthMax, isReservedName, nameSizeMax, pathSizeMax } from '../config/path-limits.ts'
import { shown } from '../service/shown.ts'

/**
 * The names of a logical path from the root on, none for the root. Names are compared exactly, without Unicode
 * normalisation: `é` as one code point and as two are two names, as they are to Linux.
 */
export type Names = readonly string[]

/** ignoreBOM: a byte order mark is part of the name. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The names of a path as an operator gave it. Doubled and trailing slashes do not count.
 * @throws {ServiceError} `invalid`, saying what is wrong with it.
 */
export function parsePath(path: string): Names {
  const names = split(path)
  const fault = names === undefined ? 'is not absolute: begin it with /' : faultOfPath(names)
  if (names === undefined || fault !== undefined)
    throw new ServiceError('invalid', `path ${shown(path)} ${fault}`)
  return names
}

/** The names of a path as a client sent it; undefined for what can be no path of the namespace. */
export function readPath(path: string | Uint8Array): Names | undefined {
  if (path.length > pathSizeMax) return undefined
  const text = typeof path === 'string' ? path : decode(path)
  const names = text === undefined ? undefined : split(text)
  return names === undefined || faultOfPath(names) !== undefined ? undefined : names
}

/** `/a/b`; `/` for no names. */
export function formatPath(names: Names): string {
  return `/${names.join('/')}`
}

/** Whether `path` is `ancestor` or lies below it. Both in their one spelling. */
export function isWithin(path: string, ancestor: string): boolean {
  return path === ancestor || ancestor === '/' || path.startsWith(`${ancestor}/`)
}

/** What is wrong with the names of a path, as the rest of a sentence. */
function faultOfPath(names: Names): string | undefined {
  if (names.length > depthMax) return `is over ${depthMax} names deep`
  if (Buffer.byteLength(formatPath(names)) > pathSizeMax) return `is over ${pathSizeMax} bytes long`
  if (names.length > 0 && isReservedName(names[0]!)) return 'begins with @ or a dot, which are reserved'
  for (const name of names) {
    const fault = faultOfName(name)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfName(name: string): string | undefined {
  if (name === '.' || name === '..') return `has the name ${shown(name)} in it, which no path may`
  // Control characters have no place in what is printed, logged and sent to showmount.
  if (/\p{Cc}/u.test(name)) return 'has a control character in it'
  if (/\p{Surrogate}/u.test(name)) return 'is no valid Unicode'
  return Buffer.byteLength(name) > nameSizeMax ? `has a name of over ${nameSizeMax} bytes` : undefined
}

function split(path: string): Names | undefined {
  return path.startsWith('/') ? path.split('/').filter((name) => name !== '') : undefined
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    // Not UTF-8: no name here can be.
    return undefined
  }
}
