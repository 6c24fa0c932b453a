import type { TokenRecord } from '../../catalog/tokens.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkCount, checkIdentity } from '../../service/checks.ts'
import { checkRateLimit, noRateLimit } from '../../service/rate-limit.ts'
import { formatPath, parsePath } from '../../namespace/names.ts'
import { shown } from '../../service/shown.ts'
import type { IdentityRule } from '../../shared-memory/identity-rule.ts'
import type { RateLimit } from '../../shared-memory/rate-table.ts'
import { parseRange } from '../addresses.ts'
import { requireSubject } from '../subjects.ts'

/** Networks of one token. */
export const tokenNetworkCountMax = 64
/** Bytes of a token's name. */
const tokenNameSizeMax = 255
const mountsPerMinuteMax = 6000

/** A token to be made. */
export interface TokenInput {
  readonly kind: 'workload' | 'admin'
  /** For people: what or whom it was made for. */
  readonly name: string
  readonly subject: string
  /** Logical path that it is confined to. */
  readonly scope?: string | null
  /** Addresses and networks it may be used from; empty: any. */
  readonly networks?: readonly string[]
  /** Null: the share's. */
  readonly identity?: IdentityRule | null
  /** Most mounts a minute; null: no limit. */
  readonly mountsPerMinute?: number | null
  /** Of each grant made with it; null: no limit. */
  readonly callsPerSecond?: number | null
  readonly bytesPerSecond?: number | null
  readonly burstSeconds?: number
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt?: number | null
}

/** What of a token can change; what is absent stays. */
export type TokenChange = Partial<Pick<TokenInput, keyof TokenSettings>>

/** The fields of a token that a change may set. */
type TokenSettings = RateLimit &
  Pick<TokenRecord, 'name' | 'scope' | 'networks' | 'mountsPerMinute' | 'expiresAt'>

/** @throws {ServiceError} `invalid`. */
export function tokenFields(
  input: TokenInput,
  now: number,
): TokenSettings & Pick<TokenRecord, 'kind' | 'subject' | 'identity'> {
  const { kind, subject, identity = null } = input
  requireSubject(subject)
  // Else a token for mounting could do what administrators may, and the other way round.
  if ((kind === 'admin') !== subject.startsWith('admin:'))
    throw new ServiceError(
      'invalid',
      `a token of kind ${kind} cannot be for ${subject}: only admin tokens are for admin:NAME`,
    )
  const nothing = {
    scope: null,
    networks: [],
    mountsPerMinute: null,
    expiresAt: null,
    name: '',
    ...noRateLimit,
  }
  return {
    kind,
    subject,
    identity: identity && checkIdentity(identity),
    ...changedSettings(nothing, input, now),
  }
}

/** @throws {ServiceError} `invalid`. */
export function changedSettings(old: TokenSettings, change: TokenChange, now: number): TokenSettings {
  const {
    name = old.name,
    scope = old.scope,
    networks = old.networks,
    mountsPerMinute = old.mountsPerMinute,
    expiresAt = old.expiresAt,
  } = change
  if (name === '' || Buffer.byteLength(name) > tokenNameSizeMax || /[\p{Cc}\p{Cs}]/u.test(name))
    throw new ServiceError('invalid', `name ${shown(name)} is no line of 1 to ${tokenNameSizeMax} bytes`)
  if (networks.length > tokenNetworkCountMax)
    throw new ServiceError('invalid', `over ${tokenNetworkCountMax} networks`)
  for (const network of networks) requireNetwork(network)
  if (mountsPerMinute !== null) checkCount('mountsPerMinute', mountsPerMinute, 1, mountsPerMinuteMax)
  if (expiresAt !== null) checkCount('expiresAt', expiresAt)
  if (change.expiresAt !== undefined && expiresAt !== null && expiresAt <= now)
    throw new ServiceError('invalid', 'expiresAt is not in the future: to end a token, revoke it')
  const rateLimit = checkRateLimit(change, old)
  return { name, scope: checkScope(scope), networks: [...networks], mountsPerMinute, expiresAt, ...rateLimit }
}

/** A scope in its one spelling; null for the root, which confines nothing. @throws {ServiceError} `invalid`. */
export function checkScope(scope: string | null): string | null {
  if (scope === null) return null
  const names = parsePath(scope)
  return names.length === 0 ? null : formatPath(names)
}

/** @throws {ServiceError} `invalid`. */
export function requireNetwork(text: string): void {
  if (text.includes('%') || parseRange(text) === undefined)
    throw new ServiceError('invalid', `${shown(text)} is no address and no network such as 10.0.0.0/8`)
}
