import { randomBytes, timingSafeEqual } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Labels } from '../../catalog/nodes.ts'
import {
  allTickets,
  bindTicket,
  deleteTicketsExpiredBy,
  insertTicket,
  type StoredTicket,
  type TicketRecord,
} from '../../catalog/tickets.ts'
import type { TokenRecord } from '../../catalog/tokens.ts'
import { ServiceError } from '../../config/service-error.ts'
import { checkCount, checkLabels } from '../../service/checks.ts'
import { formatPath, isWithin, parsePath } from '../../namespace/names.ts'
import { Turns } from '../../service/turns.ts'
import type { Logger } from '../../telemetry/log.ts'
import { networkKey, parseRange } from '../addresses.ts'
import { Alarm } from '../alarm.ts'
import { idPart, makeSecret, parseSecret } from '../tokens/secret-text.ts'
import type { Tokens } from '../tokens/tokens.ts'

/** Tickets that have not expired. */
export const ticketCountMax = 10_000
export const ticketTtlSecondsDefault = 60
export const ticketTtlSecondsMax = 300

/** Why a ticket was not accepted. */
export type TicketRefusal =
  /** No ticket at all, or mistyped: its checksum is wrong. */
  | 'malformed'
  /** No ticket has this id, or its secret is another. Long expired ones are forgotten. */
  | 'unknown'
  | 'expired'
  /** Another address has used it. */
  | 'address'
  /** The token it stands for has ended. */
  | 'token'
  /** The token it stands for must not be used from here. */
  | 'network'

export type TicketVerdict =
  | { readonly ok: true; readonly record: TicketRecord; readonly token: TokenRecord }
  /** `record` only when the secret was right: whose it is. */
  | { readonly ok: false; readonly reason: TicketRefusal; readonly record?: TicketRecord }

export interface TicketInput {
  /** As {@link Tokens.verify} gave it. */
  readonly token: TokenRecord
  /** Logical path that may be mounted. */
  readonly path: string
  /** Labels of the pod or container it is made for. */
  readonly labels?: Labels
  readonly ttlSeconds?: number
}

export interface TicketsOptions {
  readonly catalog: Catalog
  readonly tokens: Tokens
  readonly now?: () => number
  readonly log?: Pick<Logger, 'error'>
}

const nobodysHash = randomBytes(32)

/**
 * Stand-ins for tokens, each for one mount by one address within a minute. A client that sends its MNT again from the
 * same address meanwhile is the same mount. In the catalog, so that a restart in between hinders nobody.
 */
export class Tickets {
  readonly #catalog: Catalog
  readonly #tokens: Tokens
  readonly #now: () => number
  readonly #byIdPart = new Map<string, StoredTicket>()
  readonly #turns = new Turns()
  readonly #expiryAlarm: Alarm

  private constructor(
    { catalog, tokens, now = Date.now, log }: TicketsOptions,
    stored: readonly StoredTicket[],
  ) {
    this.#catalog = catalog
    this.#tokens = tokens
    this.#now = now
    this.#expiryAlarm = new Alarm(now, () => {
      this.removeExpired().catch((error: unknown) =>
        log?.error({ err: error }, 'expired tickets not removed'),
      )
    })
    for (const ticket of stored) this.#keep(ticket)
  }

  static async open(options: TicketsOptions): Promise<Tickets> {
    const tickets = new Tickets(options, await allTickets(options.catalog.db))
    await tickets.removeExpired()
    return tickets
  }

  /** Tickets remembered. */
  get size(): number {
    return this.#byIdPart.size
  }

  /** @throws {ServiceError} `invalid`, `limit`, or `forbidden` for a path that the token is not for. */
  async issue(input: TicketInput): Promise<{ readonly text: string; readonly record: TicketRecord }> {
    const { token, labels = {}, ttlSeconds = ticketTtlSecondsDefault } = input
    checkCount('ttlSeconds', ttlSeconds, 1, ticketTtlSecondsMax)
    const path = formatPath(parsePath(input.path))
    if (token.scope !== null && !isWithin(path, token.scope))
      throw new ServiceError('forbidden', `the token is for ${token.scope} only`)
    checkLabels(labels)
    return this.#turns.take(async () => {
      if (this.#byIdPart.size >= ticketCountMax)
        throw new ServiceError(
          'limit',
          `at most ${ticketCountMax} tickets at a time: wait until some have expired`,
        )
      const id = uuid()
      const createdAt = this.#now()
      const { text, secretHash } = makeSecret('bticket_', id)
      const expiresAt = createdAt + ttlSeconds * 1000
      const record = {
        id,
        tokenId: token.id,
        path,
        labels,
        createdAt,
        expiresAt,
        address: null,
        usedAt: null,
      }
      const stored: StoredTicket = { record, secretHash }
      await insertTicket(this.#catalog.db, stored)
      this.#keep(stored)
      return { text, record }
    })
  }

  /**
   * What a ticket is for, if this address may use it; from then on no other may. That is in the catalog when this
   * resolves.
   */
  async redeem(text: string, address: string): Promise<TicketVerdict> {
    const parts = parseSecret('bticket_', text)
    if (parts === undefined) return { ok: false, reason: 'malformed' }
    const stored = this.#byIdPart.get(parts.idPart)
    const isSecretRight = timingSafeEqual(parts.secretHash, stored?.secretHash ?? nobodysHash)
    if (stored === undefined || !isSecretRight) return { ok: false, reason: 'unknown' }
    const { record } = stored
    const token = this.#tokens.living(record.tokenId)
    const reason = this.#refusalOf(record, token, address)
    if (reason !== undefined || token === undefined) return { ok: false, reason: reason ?? 'token', record }
    const bound = { ...record, address: addressKey(address), usedAt: record.usedAt ?? this.#now() }
    // Before the first wait: of two addresses at once, one comes second.
    this.#keep({ ...stored, record: bound })
    // Each time: the first MNT, sent again meanwhile, may still be on its way to the disk, or have failed there.
    await bindTicket(this.#catalog.db, bound)
    return { ok: true, record: bound, token }
  }

  /** Called by a timer. */
  async removeExpired(): Promise<void> {
    const now = this.#now()
    await this.#turns.take(() => deleteTicketsExpiredBy(this.#catalog.db, now))
    for (const [key, { record }] of this.#byIdPart) {
      if (record.expiresAt <= now) this.#byIdPart.delete(key)
      else this.#expiryAlarm.setBy(record.expiresAt)
    }
  }

  close(): void {
    this.#expiryAlarm.clear()
  }

  #refusalOf(
    record: TicketRecord,
    token: TokenRecord | undefined,
    address: string,
  ): TicketRefusal | undefined {
    if (record.expiresAt <= this.#now()) return 'expired'
    if (record.address !== null && record.address !== addressKey(address)) return 'address'
    if (token === undefined) return 'token'
    return this.#tokens.allowsAddress(token.id, address) ? undefined : 'network'
  }

  #keep(stored: StoredTicket): void {
    this.#byIdPart.set(idPart(stored.record.id), stored)
    this.#expiryAlarm.setBy(stored.record.expiresAt)
  }
}

/** One spelling for each address. */
function addressKey(address: string): string {
  const range = parseRange(address)
  return range === undefined ? address : networkKey(range, range.prefix)
}
