import { ServiceError } from '../config/service-error.ts'
import type { ApplicationLink } from '../catalog/applications.ts'
import { pageLimitMax, type PageRequest } from '../service/page.ts'
import { shown } from '../service/shown.ts'

/** Of one application. */
export const linkCountMax = 32
const titleSizeMax = 255
const urlSizeMax = 2048

/** A DNS label (RFC 1123 §2.1): it is part of subjects, `app:NAME`. */
const namePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** As of a file, without a directory. */
const manifestNamePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?$/

/** @throws {ServiceError} `invalid` */
export function checkApplicationName(name: string): string {
  if (!namePattern.test(name))
    throw invalid(
      `application name ${shown(name)} is none: up to 63 of a-z, 0-9 and -, with no - at the ends, are allowed`,
    )
  // Applications are asked for by name or by id.
  if (uuidPattern.test(name)) throw invalid(`application name ${shown(name)} looks like an id`)
  return name
}

/** @throws {ServiceError} `invalid` */
export function checkApplicationId(id: string): string {
  if (!uuidPattern.test(id)) throw invalid(`${shown(id)} is no id of an application`)
  return id
}

/** @throws {ServiceError} `invalid` */
export function checkManifestName(name: string): string {
  if (!manifestNamePattern.test(name))
    throw invalid(
      `manifest name ${shown(name)} is none: up to 253 letters, digits, -, _ and . are allowed, as in deployment.yaml`,
    )
  return name
}

/** @throws {ServiceError} `invalid` */
export function checkLinks(links: readonly ApplicationLink[]): readonly ApplicationLink[] {
  if (links.length > linkCountMax) throw invalid(`over ${linkCountMax} links`)
  return links.map(({ title, url }) => {
    if (title === '' || /\p{Cc}|\p{Surrogate}/u.test(title) || Buffer.byteLength(title) > titleSizeMax)
      throw invalid(`link title ${shown(title)} is no line of 1 to ${titleSizeMax} bytes`)
    // People click on them: javascript: and data: would run in their browser.
    const isWeb = /^https?:\/\/[\x21-\x7e]+$/i.test(url) && URL.canParse(url)
    if (!isWeb || url.length > urlSizeMax)
      throw invalid(`link ${shown(url)} is none: it must be http:// or https://, up to ${urlSizeMax} bytes`)
    return { title, url }
  })
}

/** @throws {ServiceError} `invalid` */
export function checkPage({ limit }: PageRequest): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > pageLimitMax)
    throw invalid(`a page has 1 to ${pageLimitMax} entries, not ${limit}`)
}

/** The number in a cursor of a list by number, `start` for the first page. @throws {ServiceError} `invalid` */
export function numberInCursor({ after }: PageRequest, start: number): number {
  if (after === undefined) return start
  const number = Number(after)
  if (!/^\d{1,16}$/.test(after) || !Number.isSafeInteger(number))
    throw invalid(`${shown(after)} is no place in this list: take the \`next\` of the page before`)
  return number
}

function invalid(message: string): ServiceError {
  return new ServiceError('invalid', message)
}
