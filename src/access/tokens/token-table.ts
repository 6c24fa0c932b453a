import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { StoredToken, TokenRecord } from '../../catalog/tokens.ts'
import { contains, parseRange, type AddressRange } from '../addresses.ts'
import { MountRate } from './mount-rate.ts'
import { idPart, parseSecret } from './secret-text.ts'

/** Why a token was not accepted. */
export type TokenRefusal =
  /** No token at all, or mistyped: its checksum is wrong. */
  | 'malformed'
  /** No token has this id, or its secret is another. */
  | 'unknown'
  /** An admin token used for a mount, or the other way round. */
  | 'kind'
  | 'revoked'
  | 'expired'
  /** Used from where it must not be. */
  | 'network'
  /** Too many mounts in the last minute. */
  | 'rate'

export type TokenVerdict =
  | { readonly ok: true; readonly record: TokenRecord }
  /** `record` only when the secret was right: whose it is. */
  | { readonly ok: false; readonly reason: TokenRefusal; readonly record?: TokenRecord }

interface Entry {
  stored: StoredToken
  networks: readonly AddressRange[]
  rate: MountRate | undefined
}

/** Compared with where there is no such token, so that this takes as long. */
const nobodysHash = randomBytes(32)

/** All tokens by the part of their text that names them, ready to be verified without waiting. */
export class TokenTable {
  readonly #byId = new Map<string, Entry>()
  readonly #byIdPart = new Map<string, Entry>()

  get size(): number {
    return this.#byId.size
  }

  get(id: string): StoredToken | undefined {
    return this.#byId.get(id)?.stored
  }

  *all(): Iterable<TokenRecord> {
    for (const { stored } of this.#byId.values()) yield stored.record
  }

  /** Adds a token, or takes over what has changed of it. */
  set(stored: StoredToken, now: number): void {
    const { id, networks, mountsPerMinute } = stored.record
    const old = this.#byId.get(id)
    const isRateKept = old?.stored.record.mountsPerMinute === mountsPerMinute
    const entry: Entry = {
      stored,
      // They were checked when the token was made.
      networks: networks.map((network) => parseRange(network)!),
      rate: isRateKept ? old.rate : rateOf(mountsPerMinute, now),
    }
    this.#byId.set(id, entry)
    this.#byIdPart.set(idPart(id), entry)
  }

  /** The token has just been used. */
  touch(id: string, lastUsedAt: number): void {
    const entry = this.#byId.get(id)
    if (entry !== undefined)
      entry.stored = { ...entry.stored, record: { ...entry.stored.record, lastUsedAt } }
  }

  delete(id: string): void {
    this.#byId.delete(id)
    this.#byIdPart.delete(idPart(id))
  }

  /** The work is the same whether or not there is such a token. */
  verify(text: string, address: string, kind: TokenRecord['kind'], now: number): TokenVerdict {
    const parts = parseSecret('berth_', text)
    if (parts === undefined) return { ok: false, reason: 'malformed' }
    const entry = this.#byIdPart.get(parts.idPart)
    const isSecretRight = timingSafeEqual(parts.secretHash, entry?.stored.secretHash ?? nobodysHash)
    if (entry === undefined || !isSecretRight) return { ok: false, reason: 'unknown' }
    const { record } = entry.stored
    const reason = record.kind === kind ? (refusalOf(record, now) ?? refusalAt(entry, address, now)) : 'kind'
    return reason === undefined ? { ok: true, record } : { ok: false, reason, record }
  }

  /** Whether a token may be used from this address. */
  allowsAddress(id: string, address: string): boolean {
    const entry = this.#byId.get(id)
    return entry !== undefined && isWithinNetworks(entry, address)
  }
}

/** How a token has ended; undefined while it lives. */
export function refusalOf(record: TokenRecord, now: number): 'revoked' | 'expired' | undefined {
  if (record.revokedAt !== null) return 'revoked'
  return record.expiresAt !== null && record.expiresAt <= now ? 'expired' : undefined
}

function refusalAt(entry: Entry, address: string, now: number): 'network' | 'rate' | undefined {
  if (!isWithinNetworks(entry, address)) return 'network'
  return entry.rate?.take(now) === false ? 'rate' : undefined
}

function isWithinNetworks({ networks }: Entry, address: string): boolean {
  if (networks.length === 0) return true
  const range = parseRange(address)
  return range !== undefined && networks.some((network) => contains(network, range))
}

function rateOf(mountsPerMinute: number | null, now: number): MountRate | undefined {
  return mountsPerMinute === null ? undefined : new MountRate(mountsPerMinute, now)
}
