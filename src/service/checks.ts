import { ServiceError } from '../config/service-error.ts'
import type { Labels } from '../catalog/nodes.ts'
import { ruleGroupCountMax, type IdentityRule } from '../shared-memory/identity-rule.ts'
import { shown } from './shown.ts'

/** Bytes of a description. */
export const descriptionSizeMax = 4096
/** Bytes of the name of an owner: a person, a team, an address. */
export const ownerSizeMax = 255
/** Labels of one folder, link or share. */
export const labelCountMax = 64

/** 2^32-1 is no user: chown(2) reads it as "leave alone". */
const idMax = 0xfffffffe

/** As Kubernetes has them: an optional DNS prefix, then up to 63 letters, digits, `-`, `_`, `.`, not at the ends. */
const labelName = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelPrefix = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** @throws {ServiceError} `invalid` */
export function checkLabels(labels: Labels): Labels {
  const entries = Object.entries(labels)
  if (entries.length > labelCountMax) throw new ServiceError('invalid', `over ${labelCountMax} labels`)
  for (const [key, value] of entries) {
    const [name = '', ...prefixes] = key.split('/').reverse()
    if (!labelName.test(name) || prefixes.length > 1 || !prefixes.every((prefix) => labelPrefix.test(prefix)))
      throw new ServiceError(
        'invalid',
        `label key ${shown(key)} is none: write it as team or example.com/team`,
      )
    if (value !== '' && !labelName.test(value))
      throw new ServiceError(
        'invalid',
        `label ${key} has the value ${shown(value)}: up to 63 letters, digits, -, _ and . are allowed`,
      )
  }
  return labels
}

/** Text of one line or more for people. @throws {ServiceError} `invalid` */
export function checkDescription(text: string): string {
  // Line feed and tab are the only control characters that a description needs.
  if (/[^\P{Cc}\n\t]/u.test(text) || /\p{Surrogate}/u.test(text))
    throw new ServiceError('invalid', 'the description has control characters in it')
  if (Buffer.byteLength(text) > descriptionSizeMax)
    throw new ServiceError('invalid', `the description is over ${descriptionSizeMax} bytes long`)
  return text
}

/** @throws {ServiceError} `invalid` */
export function checkOwner(text: string): string {
  if (/\p{Cc}|\p{Surrogate}/u.test(text) || Buffer.byteLength(text) > ownerSizeMax)
    throw new ServiceError('invalid', `owner ${shown(text)} is no line of up to ${ownerSizeMax} bytes`)
  return text
}

/** A whole number of at least `minimum`. @throws {ServiceError} `invalid` */
export function checkCount(
  what: string,
  count: number,
  minimum = 0,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(count) || count < minimum || count > maximum)
    throw new ServiceError(
      'invalid',
      `${what} must be a whole number from ${minimum} to ${maximum}, not ${count}`,
    )
  return count
}

/** A uid or gid. @throws {ServiceError} `invalid` */
export function checkOwnerId(what: string, id: number): number {
  return checkCount(what, id, 0, idMax)
}

/** @throws {ServiceError} `invalid` */
export function checkIdentity({ squash, uid, gid, gids }: IdentityRule): IdentityRule {
  checkOwnerId('identity.uid', uid)
  checkOwnerId('identity.gid', gid)
  gids.forEach((group) => checkOwnerId('identity.gids', group))
  if (gids.length > ruleGroupCountMax)
    throw new ServiceError('invalid', `identity.gids has over ${ruleGroupCountMax} groups`)
  if (gids.length > 0 && squash !== 'all')
    throw new ServiceError('invalid', 'identity.gids needs squash all: others keep the groups they send')
  return { squash, uid, gid, gids: [...gids] }
}

/** Whoever changes something may say which version of it they have seen. @throws {ServiceError} `stale` */
export function checkVersion(what: string, version: number, ifVersion: number | undefined): void {
  if (ifVersion !== undefined && ifVersion !== version)
    throw new ServiceError(
      'stale',
      `${what} was changed meanwhile (version ${version}, not ${ifVersion}): look at it again`,
    )
}
