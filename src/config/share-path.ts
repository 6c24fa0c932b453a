import { nameSizeMax, pathSizeMax } from './path-limits.ts'

/**
 * A share's logical path in its one spelling: absolute, no trailing or doubled slash. Undefined if it is no such path:
 * relative, the root itself, too long, or with a `.`, a `..` or a control character in it.
 */
export function normaliseSharePath(text: string): string | undefined {
  // Control characters have no place in a path that is printed, logged and sent to showmount.
  if (!text.startsWith('/') || /\p{Cc}/u.test(text)) return undefined
  const names = text.split('/').filter((name) => name !== '')
  if (names.length === 0 || names.some((name) => name === '.' || name === '..')) return undefined
  if (names.some((name) => Buffer.byteLength(name) > nameSizeMax)) return undefined
  const path = `/${names.join('/')}`
  return Buffer.byteLength(path) > pathSizeMax ? undefined : path
}
