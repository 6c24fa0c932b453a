import type { Catalog, Db } from '../catalog/catalog.ts'
import {
  deleteGrantsEndedBefore,
  endGrant,
  insertGrant,
  lastGrantNumber,
  livingGrants,
  setGrantUsed,
  type GrantRecord,
} from '../catalog/grants.ts'
import { ServiceError } from '../config/service-error.ts'
import type { GrantTable } from '../shared-memory/grant-table.ts'
import type { IdentityRule } from '../shared-memory/identity-rule.ts'
import type { RateLimit, RateTable } from '../shared-memory/rate-table.ts'
import { breathe } from '../service/breath.ts'
import type { Principal } from './principal.ts'
import { WriteQueue } from './write-queue.ts'

/** What a grant allows now. */
export interface Verdict {
  /** Bits of {@link Right}; 0 for a folder. */
  readonly rights: number
  readonly rule: IdentityRule
  readonly rate: RateLimit
}

export interface GrantsOptions {
  readonly catalog: Catalog
  readonly table: GrantTable
  readonly rates: RateTable
  /** What a grant allows by rules, namespace and tokens as they are now. Or why it allows nothing any more. */
  judge(grant: GrantRecord): Verdict | { readonly endedFor: string }
  /** A grant has ended. */
  readonly onEnd: (grant: GrantRecord, reason: string) => void
  readonly now: () => number
  /** Days without a call after which a grant ends. */
  readonly idleDaysMax: number
  readonly onError: (message: string, error: unknown) => void
}

/** What a new grant is for. */
export interface GrantWish {
  readonly principal: Principal
  readonly nodeId: number
  /** Null: a folder. */
  readonly shareId: number | null
  /** The grant of the folder through which the share is entered. */
  readonly parent: number | null
  /** For the backup view: the name of the snapshots, empty for the newest of each share; null: not for it. */
  readonly backupSet: string | null
}

const dayMs = 86_400_000
/** Days without a call after which a grant for the backup view ends: each mount of it has grants of its own. */
const backupIdleDaysMax = 2
/** How often uses are written down and idle grants are looked for. */
const housekeepingMs = 60_000
/** How long grants that have ended can be asked for. */
const endedKeptMs = 90 * dayMs
const numberMax = 0xffff_ffff
/** The longest delay that a timer takes: a later expiry is looked at again. */
const timerMsMax = 2 ** 31 - 1
const expired = 'it has expired'

/**
 * The grants: in the catalog, so that handles outlive a restart; in the grant table, so that lanes see each change with
 * the next call; and here. What is revoked is so in the table first.
 */
export class Grants {
  readonly #options: GrantsOptions
  readonly #living = new Map<number, GrantRecord>()
  /** Living grants by what they are for: mounting the same again yields the same grant. */
  readonly #byWish = new Map<string, GrantRecord>()
  #lastNumber: number
  readonly #queue: WriteQueue
  readonly #housekeeping: NodeJS.Timeout
  #expiry: NodeJS.Timeout | undefined
  #nextExpiry = Infinity
  #judging: Promise<void> | undefined
  /** How often all were to be judged since they last were. */
  #judgementsWanted = 0

  private constructor(options: GrantsOptions, lastNumber: number) {
    this.#options = options
    this.#lastNumber = lastNumber
    this.#queue = new WriteQueue(options.catalog)
    this.#housekeeping = setInterval(() => void this.keepHouse(), housekeepingMs).unref()
  }

  /** Takes up the grants of before, as far as they still hold. */
  static async open(options: GrantsOptions): Promise<Grants> {
    const { db } = options.catalog
    const grants = new Grants(options, Math.max(await lastGrantNumber(db), numberFloor(options.now())))
    for (const grant of await livingGrants(db)) grants.#adopt(grant)
    await grants.judgeAll()
    return grants
  }

  /** Grants that live. */
  get size(): number {
    return this.#living.size
  }

  get(number: number): GrantRecord | undefined {
    return this.#living.get(number)
  }

  living(): Iterable<GrantRecord> {
    return this.#living.values()
  }

  /** When a grant was last in use, in ms since 1970. */
  lastUsedAt({ number, lastUsedAt }: GrantRecord): number {
    return Math.max(lastUsedAt, this.#options.table.lastUsed(number) * 1000)
  }

  /**
   * The grant for a wish: the one there is, or a new one that is in the catalog when this resolves.
   * @throws {ServiceError} `limit` when no more grants can live, `forbidden` when nothing is allowed.
   */
  async issue(wish: GrantWish): Promise<GrantRecord> {
    const key = keyOf(wish)
    const present = this.#byWish.get(key)
    if (present !== undefined && this.#judge(present)) {
      await this.#queue.settled()
      return present
    }
    return this.issueAnew(wish)
  }

  /** As {@link issue}, but always a grant of its own. @throws as that does */
  async issueAnew(wish: GrantWish): Promise<GrantRecord> {
    const { principal, nodeId, shareId, parent, backupSet } = wish
    const now = this.#options.now()
    const grant: GrantRecord = {
      number: this.#freeNumber(),
      subject: principal.subject,
      tokenId: principal.tokenId,
      hostId: principal.hostId,
      parent,
      address: principal.address,
      nodeId,
      shareId,
      scope: principal.scope,
      identity: principal.identity,
      backupSet,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: principal.expiresAt,
      revokedAt: null,
      revokedFor: null,
    }
    this.#lastNumber = grant.number
    this.#adopt(grant)
    try {
      await this.#queue.add((db) => insertGrant(db, grant))
    } catch (error) {
      this.#forget(grant)
      throw error
    }
    if (!this.#living.has(grant.number) || !this.#judge(grant))
      throw new ServiceError('forbidden', `grant ${grant.number} has ended before it began`)
    return grant
  }

  /** Ends a grant, and those that came from it: no call under them succeeds from here on. */
  end(number: number, reason: string): void {
    const grant = this.#living.get(number)
    if (grant === undefined) return
    const { table, rates, now, onEnd } = this.#options
    table.revoke(number)
    rates.remove(number)
    this.#living.delete(number)
    const key = keyOfRecord(grant)
    if (this.#byWish.get(key) === grant) this.#byWish.delete(key)
    void this.#note((db) => endGrant(db, number, now(), reason))
    onEnd(grant, reason)
    if (grant.shareId === null) this.endWhere(({ parent }) => parent === number, reason)
  }

  /** Ends all grants that a test picks. */
  endWhere(picks: (grant: GrantRecord) => boolean, reason: string): void {
    for (const grant of [...this.#living.values()]) if (picks(grant)) this.end(grant.number, reason)
  }

  /** Judges all grants that a test picks again, at once. */
  judgeWhere(picks: (grant: GrantRecord) => boolean): void {
    for (const grant of [...this.#living.values()]) if (picks(grant)) this.#judge(grant)
  }

  /**
   * Judges every grant again, in slices that let others run between. Resolves when all have been judged by what held
   * when this was called.
   */
  async judgeAll(): Promise<void> {
    this.#judgementsWanted++
    this.#judging ??= this.#judgeWanted().finally(() => (this.#judging = undefined))
    await this.#judging
  }

  /** Writes down when grants were last used; ends those that nobody uses. */
  async keepHouse(): Promise<void> {
    const { now, idleDaysMax } = this.#options
    const idleDaysOf = ({ backupSet }: GrantRecord) => (backupSet === null ? idleDaysMax : backupIdleDaysMax)
    const used: [number, number][] = []
    for (const grant of [...this.#living.values()]) {
      const at = this.lastUsedAt(grant)
      if (at > grant.lastUsedAt) {
        this.#replace({ ...grant, lastUsedAt: at })
        used.push([grant.number, at])
      } else if (at < now() - idleDaysOf(grant) * dayMs)
        this.end(grant.number, `not used for ${idleDaysOf(grant)} days`)
    }
    await this.#note(async (db) => {
      for (const [number, at] of used) await setGrantUsed(db, number, at)
      await deleteGrantsEndedBefore(db, now() - endedKeptMs)
    })
  }

  /** Resolves when all that was changed so far is in the catalog. */
  async settled(): Promise<void> {
    await this.#queue.settled()
  }

  async close(): Promise<void> {
    clearInterval(this.#housekeeping)
    clearTimeout(this.#expiry)
    await this.#judging
    await this.keepHouse()
    await this.#queue.settled()
  }

  async #judgeWanted(): Promise<void> {
    const breath = breathe()
    for (let done = 0; done < this.#judgementsWanted;) {
      done = this.#judgementsWanted
      for (const number of [...this.#living.keys()]) {
        const grant = this.#living.get(number)
        if (grant !== undefined) this.#judge(grant)
        await breath()
      }
    }
    this.#judgementsWanted = 0
  }

  /** Puts into the table what a grant allows now; false when it has ended. */
  #judge(grant: GrantRecord): boolean {
    const { table, rates, judge, now } = this.#options
    const isOver = grant.expiresAt !== null && grant.expiresAt <= now()
    const verdict = isOver ? { endedFor: expired } : judge(grant)
    if ('endedFor' in verdict) {
      this.end(grant.number, verdict.endedFor)
      return false
    }
    const { number, address } = grant
    const shareId = grant.shareId ?? 0
    const entry = { number, shareId, rights: verdict.rights, rule: verdict.rule, address }
    const present = table.read(number)
    // Only after a restart with room for fewer.
    if (present === undefined && !table.hasRoomFor(number)) {
      this.end(number, 'limits.grants has no room for it')
      return false
    }
    rates.set(number, verdict.rate)
    // A stamp that changes makes every lane read again: only for what is different.
    if (present === undefined || !sameEntry(present, entry)) table.set(entry)
    return true
  }

  #adopt(grant: GrantRecord): void {
    this.#living.set(grant.number, grant)
    this.#byWish.set(keyOfRecord(grant), grant)
    this.#expectExpiry(grant.expiresAt)
  }

  #replace(grant: GrantRecord): void {
    this.#living.set(grant.number, grant)
    this.#byWish.set(keyOfRecord(grant), grant)
  }

  #freeNumber(): number {
    const { table } = this.#options
    for (let step = 1; step <= table.capacity; step++) {
      const number = this.#lastNumber + step
      if (number > numberMax) break
      if (table.hasRoomFor(number)) return number
    }
    throw new ServiceError(
      'limit',
      `${this.#living.size} grants live, and no more can (limits.grants is ${table.capacity}): end those of clients that are gone, or raise the limit`,
    )
  }

  /** A grant that never came to be. */
  #forget(grant: GrantRecord): void {
    this.#options.table.revoke(grant.number)
    this.#options.rates.remove(grant.number)
    this.#living.delete(grant.number)
    if (this.#byWish.get(keyOfRecord(grant)) === grant) this.#byWish.delete(keyOfRecord(grant))
  }

  /** A write that nobody waits for. */
  #note(write: (db: Db) => Promise<unknown>): Promise<void> {
    return this.#queue.add(write).catch((error: unknown) => {
      this.#options.onError('grants could not be written to the catalog', error)
    })
  }

  /** A grant that expires does so on time, whether or not anybody looks. */
  #expectExpiry(at: number | null): void {
    if (at === null || at >= this.#nextExpiry) return
    this.#nextExpiry = at
    clearTimeout(this.#expiry)
    const delayMs = Math.min(timerMsMax, Math.max(0, at - this.#options.now()))
    this.#expiry = setTimeout(() => this.#expire(), delayMs).unref()
  }

  #expire(): void {
    const now = this.#options.now()
    this.#nextExpiry = Infinity
    for (const { number, expiresAt } of [...this.#living.values()]) {
      if (expiresAt !== null && expiresAt <= now) this.end(number, expired)
      else this.#expectExpiry(expiresAt)
    }
  }
}

/** 2026-01-01, seconds since 1970. */
const numbersSince = 1_767_225_600

/**
 * Numbers given from a start on lie above this: one for each second. A catalog that was rebuilt, or restored from a
 * backup, does not know the last numbers given; nobody's handle may come to life again by a number given twice.
 */
function numberFloor(now: number): number {
  return Math.max(0, Math.floor(now / 1000) - numbersSince)
}

function keyOf({ principal, nodeId, shareId, parent, backupSet }: GrantWish): string {
  const { subject, tokenId, hostId, address, scope, identity, expiresAt } = principal
  return JSON.stringify([
    subject,
    tokenId,
    hostId,
    address,
    scope,
    identity,
    expiresAt,
    nodeId,
    shareId,
    parent,
    backupSet,
  ])
}

function keyOfRecord(grant: GrantRecord): string {
  return keyOf({ ...grant, principal: grant })
}

function sameEntry(
  a: Omit<Verdict, 'rate'> & { readonly shareId: number },
  b: Omit<Verdict, 'rate'> & { readonly shareId: number },
): boolean {
  return (
    a.shareId === b.shareId &&
    a.rights === b.rights &&
    a.rule.squash === b.rule.squash &&
    a.rule.uid === b.rule.uid &&
    a.rule.gid === b.rule.gid &&
    a.rule.gids.length === b.rule.gids.length &&
    a.rule.gids.every((gid, index) => gid === b.rule.gids[index])
  )
}
