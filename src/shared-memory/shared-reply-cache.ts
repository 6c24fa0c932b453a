import type {
  CallIdentity,
  ClientReplies,
  FirstCopy,
  ReplyCache,
  ReplyWaiter,
  RunningCall,
} from 'nfs-server-ts'
import { ReplyTable, type ReplyTableLimits } from './reply-table.ts'

/** How often is looked whether calls that somebody waits for are done, in ms. It is rare that somebody does. */
const pollMs = 5
/** How long a retransmission waits for its first copy: then its client asks once more. */
const waitMsMax = 120_000

export interface SharedReplyLimits extends ReplyTableLimits {
  /** A kept reply is not replayed after this. */
  readonly ageMaxMs: number
}

interface Waiting {
  readonly place: number
  readonly waiter: ReplyWaiter
  readonly sinceMs: number
}

/**
 * Kept replies in memory that all lanes share: a retransmission that comes to another lane than its first copy finds the
 * reply, or waits for it. A call is noted before it is carried out, so that two lanes never carry out both copies.
 *
 * One a lane. While as many calls run as there are places, further ones go unnoted.
 */
export class SharedReplyCache implements ReplyCache {
  readonly #table: ReplyTable
  readonly #ageMaxSeconds: number
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | undefined

  static create(limits: SharedReplyLimits): SharedArrayBuffer {
    return ReplyTable.create(limits).buffer
  }

  constructor(buffer: SharedArrayBuffer, limits: SharedReplyLimits) {
    this.#table = new ReplyTable(buffer, limits)
    this.#ageMaxSeconds = limits.ageMaxMs / 1000
  }

  get count(): number {
    return this.#table.count
  }

  acquire(address: string): ClientReplies {
    return new SharedClientReplies(this, this.#table.acquire(address))
  }

  release(client: number): void {
    this.#table.release(client)
  }

  begin(client: number, call: CallIdentity, checksum: number): FirstCopy | undefined {
    const first = this.#table.begin(client, call, checksum, secondsNow() - this.#ageMaxSeconds)
    if (first === 0) return undefined
    if (first < 0) return { reply: undefined, wait: (waiter) => this.#wait(-first, waiter) }
    const reply = this.#table.replyOf(first)
    this.#table.fetched(first)
    return { reply, wait: () => false }
  }

  /** The call begun last is done. */
  keep(reply: Buffer): void {
    this.#finish(this.#table.begun, reply)
  }

  /** The call begun last goes on. */
  start(): RunningCall {
    const place = this.#table.begun
    return { finish: (reply) => this.#finish(place, reply) }
  }

  #finish(place: number, reply: Buffer): void {
    const now = secondsNow()
    if (place !== 0) this.#table.finish(place, reply, now, now - this.#ageMaxSeconds)
  }

  #wait(place: number, waiter: ReplyWaiter): boolean {
    if (this.#waiting.some((other) => other.place === place && other.waiter === waiter)) {
      this.#table.fetched(place)
      return false
    }
    this.#waiting.push({ place, waiter, sinceMs: performance.now() })
    this.#timer ??= setInterval(() => this.#look(), pollMs)
    return true
  }

  #look(): void {
    const since = performance.now() - waitMsMax
    const over = (waiting: Waiting) => this.#table.isDone(waiting.place) || waiting.sinceMs < since
    const ended = this.#waiting.filter(over)
    if (ended.length === 0) return
    this.#waiting = this.#waiting.filter((waiting) => !ended.includes(waiting))
    if (this.#waiting.length === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    for (const { place, waiter } of ended) {
      const reply = this.#table.isDone(place) ? this.#table.replyOf(place) : undefined
      this.#table.fetched(place)
      if (reply === undefined) waiter.settle()
      else waiter.deliver(reply)
    }
  }
}

class SharedClientReplies implements ClientReplies {
  readonly #cache: SharedReplyCache
  readonly #client: number

  constructor(cache: SharedReplyCache, client: number) {
    this.#cache = cache
    this.#client = client
  }

  begin(call: CallIdentity, checksum: number): FirstCopy | undefined {
    return this.#cache.begin(this.#client, call, checksum)
  }

  keep(_call: CallIdentity, _checksum: number, reply: Buffer): void {
    this.#cache.keep(reply)
  }

  start(): RunningCall {
    return this.#cache.start()
  }

  release(): void {
    this.#cache.release(this.#client)
  }
}

/** One clock for all threads: each has its own origin of performance.now(). Whole seconds since 1970. */
function secondsNow(): number {
  return Math.floor((performance.timeOrigin + performance.now()) / 1000)
}
