import type { CallIdentity } from 'nfs-server-ts'
import { Mutex } from './mutex.ts'

/** Bytes of the longest reply kept: that of CREATE has 304. */
export const replySizeMax = 320
/** Bytes of an address: that of a link has the name of its interface. */
export const addressSizeMax = 64

export interface ReplyTableLimits {
  /** Kept replies of all clients. */
  readonly countMax: number
  /** Calls that run, of all clients; those beyond take the places of kept replies. */
  readonly runningCountMax: number
  /** Kept replies of one client. */
  readonly countPerClientMax: number
  /** Clients: addresses that have a connection or a reply. */
  readonly clientCountMax: number
}

/** How far a call is. */
export const CallState = { FREE: 0, RUNNING: 1, DONE: 2 } as const

// Places are counted from 1: 0 is none, which is what untouched memory says everywhere.

const Head = {
  LOCK: 0,
  FREE: 1,
  FRESH: 2,
  OLDEST: 3,
  NEWEST: 4,
  COUNT: 5,
  CLIENT_FREE: 6,
  CLIENT_FRESH: 7,
} as const
const headWords = 16

/** Words of a call; the last two are spare. */
const Call = {
  STATE: 0,
  CLIENT: 1,
  XID: 2,
  PROGRAM: 3,
  VERSION: 4,
  PROCEDURE: 5,
  CHECKSUM: 6,
  SIZE: 7,
  DONE_AT: 8,
  /** The next one of its bucket, or of the free ones. */
  NEXT: 9,
  OLDER: 10,
  NEWER: 11,
  NEWER_OF_CLIENT: 12,
  /** Those who wait for it, or have yet to fetch it: as long as there are any it is not evicted. */
  WAITERS: 13,
} as const
const callWords = 16

const Client = { USERS: 0, RUNNING: 1, COUNT: 2, OLDEST: 3, NEWEST: 4, NEXT: 5, ADDRESS_SIZE: 6 } as const
const clientWords = 8 + addressSizeMax / 4

/** Old replies given back at a time: whoever has the lock is not to have it for long. */
const expiredCountMax = 8

/**
 * Calls that must not be done twice, and their replies, in memory that all lanes share. One lock is over all of it; what
 * is done under it are a few dozen loads and stores. Memory is touched as it is used.
 *
 * A full client evicts its own oldest reply; only when all clients together are too many does the oldest of all go.
 */
export class ReplyTable {
  readonly buffer: SharedArrayBuffer
  readonly #limits: ReplyTableLimits
  readonly #words: Int32Array
  readonly #bytes: Buffer
  readonly #mutex: Mutex
  readonly #bucketMask: number
  readonly #calls: number
  readonly #clients: number
  readonly #replies: number

  static create(limits: ReplyTableLimits): ReplyTable {
    return new ReplyTable(new SharedArrayBuffer(layoutOf(limits).size), limits)
  }

  constructor(buffer: SharedArrayBuffer, limits: ReplyTableLimits) {
    const layout = layoutOf(limits)
    this.buffer = buffer
    this.#limits = limits
    this.#words = new Int32Array(buffer)
    this.#bytes = Buffer.from(buffer)
    this.#mutex = new Mutex(this.#words, Head.LOCK)
    this.#bucketMask = layout.bucketCount - 1
    this.#calls = layout.calls
    this.#clients = layout.clients
    this.#replies = layout.replies
  }

  /** Replies that are kept. */
  get count(): number {
    return Atomics.load(this.#words, Head.COUNT)
  }

  // --- Clients

  /** The place of an address, which it has until it is released as often, and has no replies. */
  acquire(address: string): number {
    const bytes = Buffer.from(address, 'latin1')
    if (bytes.length > addressSizeMax) throw new RangeError(`an address of ${bytes.length} bytes`)
    this.#mutex.lock()
    try {
      const bucket = headWords + this.#bucketMask + 1 + (hashOfAddress(bytes) & this.#bucketMask)
      let client = this.#words[bucket]!
      while (client !== 0 && !this.#isAddress(client, bytes))
        client = this.#words[this.#client(client) + Client.NEXT]!
      if (client === 0) client = this.#newClient(bucket, bytes)
      this.#words[this.#client(client) + Client.USERS]!++
      return client
    } finally {
      this.#mutex.unlock()
    }
  }

  release(client: number): void {
    this.#mutex.lock()
    this.#words[this.#client(client) + Client.USERS]!--
    this.#forgetUnused(client)
    this.#mutex.unlock()
  }

  // --- Calls

  /**
   * The first copy of a call, negative if its reply has not come yet; then the caller waits for it until {@link fetched}.
   * 0: this is the first copy; its place is in {@link begun}, which is 0 when all places are taken by calls that run.
   * `since`: replies kept before are too old.
   */
  begin(client: number, call: CallIdentity, checksum: number, since: number): number {
    const words = this.#words
    const bucket = this.#bucketOf(client, call.xid)
    this.#mutex.lock()
    for (let place = words[bucket]!; place !== 0; place = words[this.#call(place) + Call.NEXT]!) {
      const at = this.#call(place)
      if (words[at + Call.XID] !== (call.xid | 0) || !this.#isOf(at, client, call, checksum)) continue
      const isDone = words[at + Call.STATE] === CallState.DONE
      if (isDone && words[at + Call.DONE_AT]! < since) continue
      words[at + Call.WAITERS]!++
      this.#mutex.unlock()
      return isDone ? place : -place
    }
    this.begun = this.#takePlace()
    if (this.begun !== 0) this.#fill(this.begun, bucket, client, call, checksum)
    this.#mutex.unlock()
    return 0
  }

  /** Where the call is that was begun last by this thread. */
  begun = 0

  /** The call is done: keeps its reply; `now` in seconds. */
  finish(place: number, reply: Buffer, now: number, since: number): void {
    if (reply.length > replySizeMax)
      throw new RangeError(`a reply of ${reply.length} bytes, at most ${replySizeMax} are kept`)
    const words = this.#words
    const at = this.#call(place)
    const client = words[at + Call.CLIENT]!
    // Nobody looks at the bytes of a running call.
    reply.copy(this.#bytes, this.#reply(place))
    this.#mutex.lock()
    words[at + Call.SIZE] = reply.length
    words[at + Call.DONE_AT] = now
    // Who waits for it in another thread looks at this word without the lock.
    Atomics.store(words, at + Call.STATE, CallState.DONE)
    words[this.#client(client) + Client.RUNNING]!--
    this.#append(place)
    const { countMax, countPerClientMax } = this.#limits
    const ofClient = this.#client(client)
    for (let left = words[ofClient + Client.COUNT]! - countPerClientMax; left > 0; left--)
      this.#evict(words[ofClient + Client.OLDEST]!)
    for (let left = words[Head.COUNT]! - countMax; left > 0; left--) this.#evict(words[Head.OLDEST]!)
    for (let left = expiredCountMax; left > 0; left--) {
      const oldest = words[Head.OLDEST]!
      if (oldest === 0 || words[this.#call(oldest) + Call.DONE_AT]! >= since) break
      this.#evict(oldest)
    }
    this.#mutex.unlock()
  }

  /** Whether the reply that somebody waits for is there. */
  isDone(place: number): boolean {
    return Atomics.load(this.#words, this.#call(place) + Call.STATE) === CallState.DONE
  }

  /** The reply of a call that is done, of its own. For who has it from {@link begin} and has not fetched it yet. */
  replyOf(place: number): Buffer {
    const at = this.#reply(place)
    return Buffer.from(this.#bytes.subarray(at, at + this.#words[this.#call(place) + Call.SIZE]!))
  }

  /** Who has it from {@link begin} waits for it no more. */
  fetched(place: number): void {
    this.#mutex.lock()
    this.#words[this.#call(place) + Call.WAITERS]!--
    this.#mutex.unlock()
  }

  // --- Under the lock

  #isOf(at: number, client: number, call: CallIdentity, checksum: number): boolean {
    const words = this.#words
    return (
      words[at + Call.CLIENT] === client &&
      words[at + Call.CHECKSUM] === (checksum | 0) &&
      words[at + Call.PROCEDURE] === (call.procedure | 0) &&
      words[at + Call.PROGRAM] === (call.program | 0) &&
      words[at + Call.VERSION] === (call.version | 0)
    )
  }

  /** A place nobody has; 0: all are taken by calls that run. */
  #takePlace(): number {
    const words = this.#words
    const free = words[Head.FREE]!
    if (free !== 0) {
      words[Head.FREE] = words[this.#call(free) + Call.NEXT]!
      return free
    }
    if (words[Head.FRESH]! < placeCountOf(this.#limits)) return ++words[Head.FRESH]!
    for (let left = words[Head.COUNT]!; left > 0; left--)
      if (this.#evict(words[Head.OLDEST]!)) return this.#takePlace()
    return 0
  }

  #fill(place: number, bucket: number, client: number, call: CallIdentity, checksum: number): void {
    const words = this.#words
    const at = this.#call(place)
    words[at + Call.STATE] = CallState.RUNNING
    words[at + Call.CLIENT] = client
    words[at + Call.XID] = call.xid
    words[at + Call.PROGRAM] = call.program
    words[at + Call.VERSION] = call.version
    words[at + Call.PROCEDURE] = call.procedure
    words[at + Call.CHECKSUM] = checksum
    // In front: an earlier call of this xid whose reply is too old is not found any more.
    words[at + Call.NEXT] = words[bucket]!
    words[bucket] = place
    words[this.#client(client) + Client.RUNNING]!++
  }

  /** Adds a reply as the newest of all and of its client. */
  #append(place: number): void {
    const words = this.#words
    const at = this.#call(place)
    const client = this.#client(words[at + Call.CLIENT]!)
    const newest = words[Head.NEWEST]!
    words[at + Call.OLDER] = newest
    words[at + Call.NEWER] = words[at + Call.NEWER_OF_CLIENT] = 0
    if (newest === 0) words[Head.OLDEST] = place
    else words[this.#call(newest) + Call.NEWER] = place
    words[Head.NEWEST] = place
    const newestOfClient = words[client + Client.NEWEST]!
    if (newestOfClient === 0) words[client + Client.OLDEST] = place
    else words[this.#call(newestOfClient) + Call.NEWER_OF_CLIENT] = place
    words[client + Client.NEWEST] = place
    words[client + Client.COUNT]!++
    words[Head.COUNT]!++
  }

  /**
   * Gives back the place of a client's oldest reply, which the oldest of all is too; one that somebody is about to fetch
   * becomes the newest instead. Whether there is a place now.
   */
  #evict(place: number): boolean {
    const words = this.#words
    const at = this.#call(place)
    const client = words[at + Call.CLIENT]!
    this.#unlink(place)
    if (words[at + Call.WAITERS]! > 0) {
      this.#append(place)
      return false
    }
    this.#unhash(place)
    words[at + Call.STATE] = CallState.FREE
    words[at + Call.NEXT] = words[Head.FREE]!
    words[Head.FREE] = place
    this.#forgetUnused(client)
    return true
  }

  /** Takes a client's oldest reply out of both lists. */
  #unlink(place: number): void {
    const words = this.#words
    const at = this.#call(place)
    const client = this.#client(words[at + Call.CLIENT]!)
    const [older, newer, newerOfClient] = [
      words[at + Call.OLDER]!,
      words[at + Call.NEWER]!,
      words[at + Call.NEWER_OF_CLIENT]!,
    ]
    words[client + Client.OLDEST] = newerOfClient
    if (newerOfClient === 0) words[client + Client.NEWEST] = 0
    if (older === 0) words[Head.OLDEST] = newer
    else words[this.#call(older) + Call.NEWER] = newer
    if (newer === 0) words[Head.NEWEST] = older
    else words[this.#call(newer) + Call.OLDER] = older
    words[client + Client.COUNT]!--
    words[Head.COUNT]!--
  }

  #unhash(place: number): void {
    const words = this.#words
    const at = this.#call(place)
    let link = this.#bucketOf(words[at + Call.CLIENT]!, words[at + Call.XID]!)
    while (words[link] !== place) link = this.#call(words[link]!) + Call.NEXT
    words[link] = words[at + Call.NEXT]!
  }

  #newClient(bucket: number, address: Buffer): number {
    const words = this.#words
    let client = words[Head.CLIENT_FREE]!
    if (client !== 0) words[Head.CLIENT_FREE] = words[this.#client(client) + Client.NEXT]!
    else if (words[Head.CLIENT_FRESH]! < this.#limits.clientCountMax) client = ++words[Head.CLIENT_FRESH]!
    else throw new RangeError(`more than ${this.#limits.clientCountMax} clients`)
    const at = this.#client(client)
    words.fill(0, at, at + clientWords)
    words[at + Client.ADDRESS_SIZE] = address.length
    address.copy(this.#bytes, (at + 8) * 4)
    words[at + Client.NEXT] = words[bucket]!
    words[bucket] = client
    return client
  }

  #forgetUnused(client: number): void {
    const words = this.#words
    const at = this.#client(client)
    if (words[at + Client.USERS]! + words[at + Client.COUNT]! + words[at + Client.RUNNING]! > 0) return
    const address = this.#bytes.subarray((at + 8) * 4, (at + 8) * 4 + words[at + Client.ADDRESS_SIZE]!)
    let link = headWords + this.#bucketMask + 1 + (hashOfAddress(address) & this.#bucketMask)
    while (words[link] !== client) link = this.#client(words[link]!) + Client.NEXT
    words[link] = words[at + Client.NEXT]!
    words[at + Client.NEXT] = words[Head.CLIENT_FREE]!
    words[Head.CLIENT_FREE] = client
  }

  #isAddress(client: number, address: Buffer): boolean {
    const at = this.#client(client)
    const size = this.#words[at + Client.ADDRESS_SIZE]!
    return (
      size === address.length &&
      this.#bytes.compare(address, 0, size, (at + 8) * 4, (at + 8) * 4 + size) === 0
    )
  }

  // --- Where things are, in words; replies in bytes

  #call(place: number): number {
    return this.#calls + place * callWords
  }

  #client(client: number): number {
    return this.#clients + client * clientWords
  }

  #reply(place: number): number {
    return this.#replies + place * replySizeMax
  }

  #bucketOf(client: number, xid: number): number {
    return (
      headWords + (((Math.imul(xid, 0x9e37_79b1) ^ Math.imul(client, 0x85eb_ca6b)) >>> 8) & this.#bucketMask)
    )
  }
}

/** Places in words, but for the replies, which are bytes, and come last. */
function layoutOf(limits: ReplyTableLimits) {
  const placeCount = placeCountOf(limits)
  const bucketCount = 2 ** Math.ceil(Math.log2(placeCount))
  // Buckets of calls, then as many of clients.
  const calls = headWords + 2 * bucketCount
  const clients = calls + (placeCount + 1) * callWords
  const replies = (clients + (limits.clientCountMax + 1) * clientWords) * 4
  return { bucketCount, calls, clients, replies, size: replies + (placeCount + 1) * replySizeMax }
}

function placeCountOf({ countMax, runningCountMax }: ReplyTableLimits): number {
  return countMax + runningCountMax
}

function hashOfAddress(address: Buffer): number {
  let hash = 0
  for (const byte of address) hash = Math.imul(hash ^ byte, 0x0100_0193)
  return hash ^ (hash >>> 15)
}
