import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import { pageLimitMax, pageOf, type Page, type PageRequest } from '../../service/page.ts'
import {
  allTokens,
  deleteToken,
  insertToken,
  tokensAfter,
  touchToken,
  updateToken,
  type StoredToken,
  type TokenRecord,
} from '../../catalog/tokens.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkCount, checkVersion } from '../../service/checks.ts'
import { rateLimitOf } from '../../service/rate-limit.ts'
import { Turns } from '../../service/turns.ts'
import type { Logger } from '../../telemetry/log.ts'
import { Alarm } from '../alarm.ts'
import { breathe } from '../../service/breath.ts'
import { Listeners } from '../listeners.ts'
import { makeSecret } from './secret-text.ts'
import { changedSettings, tokenFields, type TokenChange, type TokenInput } from './token-input.ts'
import { refusalOf, TokenTable, type TokenVerdict } from './token-table.ts'

/** Tokens, ended ones too. */
export const tokenCountMax = 100_000
const dayMs = 86_400_000
/** How long an ended token is kept, to tell whose it was. */
export const endedTokenKeptMs = 90 * dayMs
/** Longest time for which a rotated token goes on. */
export const overlapSecondsMax = (30 * dayMs) / 1000
/** Uses are written together, this long after the first. */
const flushMs = 5000

export interface TokensOptions {
  readonly catalog: Catalog
  readonly now?: () => number
  readonly log?: Pick<Logger, 'error'>
}

export interface TokenFilter extends PageRequest {
  readonly kind?: 'workload' | 'admin'
  readonly subject?: string
}

/** A token just made: the only time its text is known. */
export interface NewToken {
  readonly record: TokenRecord
  readonly text: string
}

/** What became of a token. `changed`: it still lives, with other settings. */
export type TokenEvent = 'revoked' | 'expired' | 'changed'

/** Secrets that stand for subjects. All in memory, so that one is verified without waiting, and in the catalog. */
export class Tokens {
  readonly #catalog: Catalog
  readonly #now: () => number
  readonly #log: Pick<Logger, 'error'> | undefined
  readonly #table = new TokenTable()
  readonly #turns = new Turns()
  readonly #listeners = new Listeners<[id: string, event: TokenEvent]>()
  /** Ids of tokens used since the last flush. */
  readonly #used = new Set<string>()
  readonly #flushAlarm: Alarm
  readonly #expiryAlarm: Alarm
  /** Expiries up to this time have been told. */
  #toldUntil: number

  private constructor({ catalog, now = Date.now, log }: TokensOptions, stored: readonly StoredToken[]) {
    this.#catalog = catalog
    this.#now = now
    this.#log = log
    this.#toldUntil = now()
    this.#flushAlarm = new Alarm(now, () => this.#unwatched(this.flush(), 'last uses of tokens not written'))
    this.#expiryAlarm = new Alarm(now, () => this.#unwatched(this.endExpired(), 'ended tokens not removed'))
    for (const token of stored) this.#table.set(token, now())
    this.#watchExpiries()
  }

  static async open(options: TokensOptions): Promise<Tokens> {
    const tokens = new Tokens(options, await allTokens(options.catalog.db))
    await tokens.#removeLongEnded()
    return tokens
  }

  /** Told when a token was revoked, has expired or was changed. Returns what ends that. */
  onChange(listener: (id: string, event: TokenEvent) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** @throws {ServiceError} `not-found`. */
  get(id: string): TokenRecord {
    return this.#stored(id).record
  }

  /** The token, unless it was revoked, has expired, or was never there. */
  living(id: string): TokenRecord | undefined {
    const record = this.#table.get(id)?.record
    return record === undefined || refusalOf(record, this.#now()) !== undefined ? undefined : record
  }

  /** All living tokens of a kind, in no certain order. */
  allLiving(kind: TokenRecord['kind']): TokenRecord[] {
    const now = this.#now()
    return [...this.#table.all()].filter(
      (record) => record.kind === kind && refusalOf(record, now) === undefined,
    )
  }

  /** @throws {ServiceError} `invalid`. */
  async list({ after = '', limit, ...filter }: TokenFilter): Promise<Page<TokenRecord>> {
    checkCount('limit', limit, 1, pageLimitMax)
    const rows = await tokensAfter(this.#catalog.db, after, limit + 1, filter)
    // Uses that are not yet written are known here.
    const records = rows.map((row) => this.#table.get(row.id)?.record ?? row)
    return pageOf(records, limit, ({ id }) => id)
  }

  /** @throws {ServiceError} `invalid` or `limit`. */
  async create(input: TokenInput, actor: string): Promise<NewToken> {
    const fields = tokenFields(input, this.#now())
    return this.#turns.take(async () => {
      const made = this.#made(fields, actor)
      await insertToken(this.#catalog.db, made.stored)
      this.#keep(made.stored)
      return { record: made.stored.record, text: made.text }
    })
  }

  /** @throws {ServiceError} `not-found`, `stale`, `invalid`, or `conflict` when it has ended. */
  async update(id: string, change: TokenChange, ifVersion?: number): Promise<TokenRecord> {
    return this.#turns.take(async () => {
      const { record } = this.#livingStored(id, ifVersion)
      return this.#write(id, changedSettings(record, change, this.#now()), 'changed')
    })
  }

  /**
   * A new token like this one, which itself expires after the overlap, or is revoked without one. The new one expires at `expiresAt`, by default as
   * long after now as the old one did after it was made.
   * @throws {ServiceError} `not-found`, `stale`, `invalid`, or `conflict` when it has ended or was rotated before.
   */
  async rotate(
    id: string,
    options: {
      readonly overlapSeconds: number
      readonly expiresAt?: number | null
      readonly ifVersion?: number
    },
    actor: string,
  ): Promise<NewToken> {
    const { overlapSeconds, ifVersion } = options
    checkCount('overlapSeconds', overlapSeconds, 0, overlapSecondsMax)
    return this.#turns.take(async () => {
      const now = this.#now()
      const { record, secretHash } = this.#livingStored(id, ifVersion)
      if (record.replacedBy !== null)
        throw new ServiceError('conflict', `token ${id} was rotated before: rotate ${record.replacedBy}`)
      const lifeMs = record.expiresAt === null ? null : record.expiresAt - record.createdAt
      const { expiresAt = lifeMs === null ? null : now + lifeMs } = options
      const made = this.#made({ ...record, ...changedSettings(record, { expiresAt }, now) }, actor)
      const old: StoredToken = {
        secretHash,
        record: {
          ...record,
          replacedBy: made.stored.record.id,
          expiresAt: Math.min(record.expiresAt ?? Infinity, now + overlapSeconds * 1000),
          revokedAt: overlapSeconds === 0 ? now : null,
          version: record.version + 1,
        },
      }
      await this.#catalog.transaction(async (db) => {
        await insertToken(db, made.stored)
        await updateToken(db, old)
      })
      this.#keep(made.stored)
      this.#keep(old)
      this.#listeners.tell(id, overlapSeconds === 0 ? 'revoked' : 'changed')
      return { record: made.stored.record, text: made.text }
    })
  }

  /** Ends a token at once. Again is no error. @throws {ServiceError} `not-found` or `stale`. */
  async revoke(id: string, ifVersion?: number): Promise<TokenRecord> {
    return this.#turns.take(async () => {
      const { record } = this.#stored(id)
      checkVersion(`token ${id}`, record.version, ifVersion)
      if (record.revokedAt !== null) return record
      return this.#write(id, { revokedAt: this.#now() }, 'revoked')
    })
  }

  /**
   * Whose text this is, if it may be used from this address for this, and counts the use. The work does not tell
   * whether there is such a token.
   */
  verify(text: string, address: string, kind: TokenRecord['kind']): TokenVerdict {
    const now = this.#now()
    const verdict = this.#table.verify(text, address, kind, now)
    if (!verdict.ok) return verdict
    const { id } = verdict.record
    this.#table.touch(id, now)
    this.#used.add(id)
    this.#flushAlarm.setBy(now + flushMs)
    return verdict
  }

  /** Whether a token's networks have this address. */
  allowsAddress(id: string, address: string): boolean {
    return this.#table.allowsAddress(id, address)
  }

  /** Tells of tokens that have expired, and forgets those that ended long ago. Called by a timer. */
  async endExpired(): Promise<void> {
    const now = this.#now()
    const since = this.#toldUntil
    this.#toldUntil = now
    for (const { id, expiresAt, revokedAt } of this.#table.all()) {
      if (expiresAt !== null && expiresAt > since && expiresAt <= now && revokedAt === null)
        this.#listeners.tell(id, 'expired')
    }
    this.#watchExpiries()
    await this.#removeLongEnded()
  }

  /** Writes when tokens were last used. Called by a timer. */
  async flush(): Promise<void> {
    const ids = [...this.#used]
    this.#used.clear()
    const breath = breathe()
    await this.#catalog.transaction(async (db) => {
      for (const id of ids) {
        const at = this.#table.get(id)?.record.lastUsedAt ?? null
        if (at !== null) await touchToken(db, id, at)
        await breath()
      }
    })
  }

  async close(): Promise<void> {
    this.#expiryAlarm.clear()
    this.#flushAlarm.clear()
    await this.flush()
  }

  async #removeLongEnded(): Promise<void> {
    const before = this.#now() - endedTokenKeptMs
    for (const { id, expiresAt, revokedAt } of [...this.#table.all()]) {
      if (Math.min(expiresAt ?? Infinity, revokedAt ?? Infinity) > before) continue
      await deleteToken(this.#catalog.db, id)
      this.#table.delete(id)
    }
  }

  /** Sets the alarm to the next expiry, and at the latest to tomorrow. */
  #watchExpiries(): void {
    let next = this.#now() + dayMs
    for (const { expiresAt } of this.#table.all()) {
      if (expiresAt !== null && expiresAt > this.#toldUntil) next = Math.min(next, expiresAt)
    }
    this.#expiryAlarm.setBy(next)
  }

  #stored(id: string): StoredToken {
    const stored = this.#table.get(id)
    if (stored === undefined) throw new ServiceError('not-found', `there is no token ${id}`)
    return stored
  }

  #livingStored(id: string, ifVersion: number | undefined): StoredToken {
    const stored = this.#stored(id)
    checkVersion(`token ${id}`, stored.record.version, ifVersion)
    const end = refusalOf(stored.record, this.#now())
    if (end !== undefined) throw new ServiceError('conflict', `token ${id} is ${end}: make a new one`)
    return stored
  }

  #made(
    fields: ReturnType<typeof tokenFields>,
    actor: string,
  ): { readonly stored: StoredToken; readonly text: string } {
    if (this.#table.size >= tokenCountMax)
      throw new ServiceError(
        'limit',
        `at most ${tokenCountMax} tokens, ended ones of the last 90 days included`,
      )
    const { kind, name, subject, scope, networks, identity, mountsPerMinute, expiresAt } = fields
    const id = uuid()
    const { text, secretHash } = makeSecret('berth_', id)
    const record: TokenRecord = {
      id,
      kind,
      name,
      subject,
      scope,
      networks,
      identity,
      mountsPerMinute,
      ...rateLimitOf(fields),
      createdAt: this.#now(),
      createdBy: actor,
      expiresAt,
      revokedAt: null,
      replacedBy: null,
      lastUsedAt: null,
      version: 1,
    }
    return { stored: { record, secretHash }, text }
  }

  async #write(id: string, change: Partial<TokenRecord>, event: TokenEvent): Promise<TokenRecord> {
    const { record, secretHash } = this.#stored(id)
    const stored = { secretHash, record: { ...record, ...change, version: record.version + 1 } }
    await updateToken(this.#catalog.db, stored)
    this.#keep(stored)
    this.#listeners.tell(id, event)
    return stored.record
  }

  #keep(stored: StoredToken): void {
    this.#table.set(stored, this.#now())
    const { expiresAt } = stored.record
    if (expiresAt !== null) this.#expiryAlarm.setBy(expiresAt)
  }

  #unwatched(work: Promise<void>, what: string): void {
    work.catch((error: unknown) => this.#log?.error({ err: error }, what))
  }
}
