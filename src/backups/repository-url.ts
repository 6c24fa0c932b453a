import { normalize } from 'node:path'
import { ServiceError } from '../config/service-error.ts'
import { shown } from '../service/shown.ts'

const urlSizeMax = 1024
const host = '(?<host>[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9A-Fa-f:.]+\\])'
const user = '(?:(?<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@)?'
const sftpShapes = [
  new RegExp(`^sftp://${user}${host}(?::(?<port>\\d{1,5}))?/(?<path>.+)$`),
  new RegExp(`^sftp:${user}${host}:(?<path>[^:].*)$`),
]

/** Where a repository is, as far as it matters how restic is run. */
export interface SftpPlace {
  readonly host: string
  readonly user: string | undefined
  readonly port: string | undefined
}

/**
 * Checks where a repository is: an absolute path, or a URL as restic has them that begins with `sftp:`, `rest:` or `s3:`.
 * @throws {ServiceError} `invalid`, also for credentials in it
 */
export function checkRepositoryUrl(url: string): string {
  if (url.length > urlSizeMax || /[\s\p{Cc}]/u.test(url))
    throw refusal(url, 'it has blanks in it, or is too long')
  if (url.startsWith('/')) {
    if (normalize(url) !== url || url === '/')
      throw refusal(url, 'write the path without .., // and / at its end')
    return url
  }
  if (url.startsWith('sftp:')) {
    sftpPlaceOf(url)
    return url
  }
  const [, kind, rest = ''] = /^(rest|s3):(.*)$/.exec(url) ?? []
  if (kind === undefined) throw refusal(url, 'it must be an absolute path or begin with sftp:, rest: or s3:')
  const whole = kind === 's3' && !/^https?:\/\//.test(rest) ? `https://${rest}` : rest
  if (!/^https?:\/\/[^/]/.test(whole) || !URL.canParse(whole))
    throw refusal(url, `there is no URL behind ${kind}:`)
  const { username, password, search, hash } = new URL(whole)
  if (username + password !== '')
    throw refusal(mask(url), 'credentials belong into secrets, where only their file or variable is named')
  if (search + hash !== '') throw refusal(url, 'it has a query or a fragment')
  return url
}

/** @throws {ServiceError} `invalid` */
export function sftpPlaceOf(url: string): SftpPlace {
  if (/^sftp:(\/\/)?[^@/]*:[^@/]*@/.test(url))
    throw refusal(mask(url), 'passwords of ssh cannot be given: let it use a key (backups.sshArguments)')
  for (const shape of sftpShapes) {
    const { groups } = shape.exec(url) ?? {}
    if (groups !== undefined) return { host: groups.host!, user: groups.user, port: groups.port }
  }
  throw refusal(url, 'write it as sftp:user@host:/path or sftp://user@host:port//path')
}

/** Of a URL of `rest:`, with the credentials that old versions of restic take from nowhere else. */
export function withCredentials(url: string, username: string, password: string): string {
  const place = new URL(url.slice('rest:'.length))
  place.username = encodeURIComponent(username)
  place.password = encodeURIComponent(password)
  return `rest:${place.href}`
}

function mask(url: string): string {
  return url.replace(/(:(?:\/\/)?)[^@/]*@/, '$1****@')
}

function refusal(url: string, why: string): ServiceError {
  return new ServiceError('invalid', `repository ${shown(url)} cannot be used: ${why}`)
}
