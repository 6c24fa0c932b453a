import { ServiceError } from '../config/service-error.ts'
import { RequestError } from './problem.ts'

/** A version as an entity tag (RFC 9110 §8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`
}

const tagShape = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/
const versionShape = /^"(\d{1,15})"$/

/**
 * The version that an If-Match asks for (RFC 9110 §13.1.1); undefined for any.
 * @throws {RequestError} for what is no entity tag, or several.
 * @throws {ServiceError} `stale` for a tag that this API never gave, and for weak ones, which never match.
 */
export function ifMatchVersion(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined
  if (!tagShape.test(header))
    throw new RequestError(
      'invalid',
      'If-Match must be * or one ETag of this API, such as "3"',
      'headers.if-match',
    )
  const [, version] = versionShape.exec(header) ?? []
  if (version === undefined) throw new ServiceError('stale', `If-Match ${header} is the ETag of nothing here`)
  return Number(version)
}
