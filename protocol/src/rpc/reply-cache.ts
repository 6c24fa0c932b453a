import type { RpcLimits } from './limits.ts'
import type {
  CallIdentity,
  ClientReplies,
  FirstCopy,
  ReplyCache,
  ReplyWaiter,
  RunningCall,
} from './replies.ts'

export type ReplyCacheLimits = Pick<
  RpcLimits,
  | 'replyCacheCountMax'
  | 'replyCacheCountPerClientMax'
  | 'replyCacheBytesMax'
  | 'replyCacheBytesPerClientMax'
  | 'replyCacheAgeMaxMs'
>

/** Storage comes in multiples of this, so that the storage of an evicted reply fits the next one. */
const storageUnit = 256

/** A call that was done, or is being done, and its reply. */
export class KeptReply implements FirstCopy, RunningCall {
  xid = 0
  program = 0
  version = 0
  procedure = 0
  checksum = 0
  client: MemoryClientReplies
  /** Clients to be told when the call is done; undefined once it is. */
  waiters: ReplyWaiter[] | undefined
  storage: Buffer = Buffer.alloc(0)
  size = 0
  doneAtMs = 0

  // Links: of all replies from oldest to newest, and of this client's.
  older: KeptReply | undefined
  newer: KeptReply | undefined
  newerOfClient: KeptReply | undefined

  constructor(client: MemoryClientReplies) {
    this.client = client
  }

  get reply(): Buffer | undefined {
    return this.waiters === undefined ? this.storage.subarray(0, this.size) : undefined
  }

  wait(waiter: ReplyWaiter): boolean {
    if (this.waiters === undefined || this.waiters.includes(waiter)) return false
    this.waiters.push(waiter)
    return true
  }

  finish(reply: Buffer): void {
    this.client.cache.finish(this, reply)
  }

  isOf(call: CallIdentity, checksum: number): boolean {
    return (
      this.xid === call.xid &&
      this.checksum === checksum &&
      this.procedure === call.procedure &&
      this.program === call.program &&
      this.version === call.version
    )
  }

  identify(call: CallIdentity, checksum: number): void {
    this.xid = call.xid
    this.program = call.program
    this.version = call.version
    this.procedure = call.procedure
    this.checksum = checksum
  }
}

/** The kept replies of one client address. */
export class MemoryClientReplies implements ClientReplies {
  readonly cache: MemoryReplyCache
  readonly address: string
  /** Connections that hold this object. */
  users = 0
  readonly done = new Map<number, KeptReply>()
  readonly running = new Map<number, KeptReply>()
  oldest: KeptReply | undefined
  newest: KeptReply | undefined
  count = 0
  bytes = 0

  constructor(cache: MemoryReplyCache, address: string) {
    this.cache = cache
    this.address = address
  }

  begin(call: CallIdentity, checksum: number): KeptReply | undefined {
    return this.cache.find(this, call, checksum)
  }

  keep(call: CallIdentity, checksum: number, reply: Buffer): void {
    this.cache.keep(this, call, checksum, reply)
  }

  start(call: CallIdentity, checksum: number): KeptReply {
    return this.cache.start(this, call, checksum)
  }

  release(): void {
    this.cache.release(this)
  }
}

/**
 * Kept replies in the memory of one thread.
 *
 * A full client evicts its own oldest reply; only when all clients together are too many does the oldest of all go. So
 * one busy client cannot make the others' retransmissions be done again.
 */
export class MemoryReplyCache implements ReplyCache {
  readonly #limits: ReplyCacheLimits
  readonly #clients = new Map<string, MemoryClientReplies>()
  #oldest: KeptReply | undefined
  #newest: KeptReply | undefined
  #count = 0
  #bytes = 0

  constructor(limits: ReplyCacheLimits) {
    this.#limits = limits
  }

  /** Replies that are kept. */
  get count(): number {
    return this.#count
  }

  /** Bytes of storage of the replies that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** Addresses with a connection or a kept reply. */
  get clientCount(): number {
    return this.#clients.size
  }

  /** The replies of an address, until {@link release}. */
  acquire(address: string): MemoryClientReplies {
    let client = this.#clients.get(address)
    if (client === undefined) {
      client = new MemoryClientReplies(this, address)
      this.#clients.set(address, client)
    }
    client.users++
    return client
  }

  release(client: MemoryClientReplies): void {
    client.users--
    this.#forgetUnused(client)
  }

  /** The first copy of this call, if it is running or its reply is kept. */
  find(client: MemoryClientReplies, call: CallIdentity, checksum: number): KeptReply | undefined {
    if (client.running.size > 0) {
      const running = client.running.get(call.xid)
      if (running?.isOf(call, checksum)) return running
    }
    const done = client.done.get(call.xid)
    if (!done?.isOf(call, checksum)) return undefined
    return done.doneAtMs + this.#limits.replyCacheAgeMaxMs < performance.now() ? undefined : done
  }

  /** Notes a call whose reply comes later, with {@link finish}. */
  start(client: MemoryClientReplies, call: CallIdentity, checksum: number): KeptReply {
    const reply = new KeptReply(client)
    reply.identify(call, checksum)
    reply.waiters = []
    client.running.set(call.xid, reply)
    return reply
  }

  /** Keeps the reply of a started call, and tells everyone who waits for it. */
  finish(reply: KeptReply, bytes: Buffer): void {
    const { client, waiters } = reply
    reply.waiters = undefined
    if (client.running.get(reply.xid) === reply) client.running.delete(reply.xid)
    this.#store(reply, bytes)
    for (const waiter of waiters ?? []) waiter.deliver(bytes)
  }

  /** Keeps the reply of a call that is done. */
  keep(client: MemoryClientReplies, call: CallIdentity, checksum: number, bytes: Buffer): void {
    // A full client's oldest reply gives its object and storage to the newest: no garbage in the long run.
    const full = client.count >= this.#limits.replyCacheCountPerClientMax
    const reply = full && client.oldest ? this.#evict(client.oldest) : new KeptReply(client)
    reply.identify(call, checksum)
    this.#store(reply, bytes)
  }

  #store(reply: KeptReply, bytes: Buffer): void {
    const limits = this.#limits
    const { client } = reply
    if (reply.storage.length < bytes.length) reply.storage = newStorage(bytes.length)
    bytes.copy(reply.storage)
    reply.size = bytes.length
    reply.doneAtMs = performance.now()
    this.#append(reply)
    while (
      client.count > limits.replyCacheCountPerClientMax ||
      client.bytes > limits.replyCacheBytesPerClientMax
    )
      this.#evict(client.oldest!)
    while (this.#count > limits.replyCacheCountMax || this.#bytes > limits.replyCacheBytesMax)
      this.#evict(this.#oldest!)
    const expired = reply.doneAtMs - limits.replyCacheAgeMaxMs
    while (this.#oldest !== undefined && this.#oldest.doneAtMs < expired) this.#evict(this.#oldest)
  }

  #append(reply: KeptReply): void {
    const { client } = reply
    // An earlier reply of this xid, to another call, is not found any more. It goes when its turn comes.
    client.done.set(reply.xid, reply)
    reply.older = this.#newest
    if (this.#newest === undefined) this.#oldest = reply
    else this.#newest.newer = reply
    this.#newest = reply
    if (client.newest === undefined) client.oldest = reply
    else client.newest.newerOfClient = reply
    client.newest = reply
    client.count++
    this.#count++
    client.bytes += reply.storage.length
    this.#bytes += reply.storage.length
  }

  /** Removes a client's oldest reply. The oldest of all is the oldest of its client, too: both are in order of time. */
  #evict(reply: KeptReply): KeptReply {
    const { client, older, newer } = reply
    if (client.done.get(reply.xid) === reply) client.done.delete(reply.xid)
    client.oldest = reply.newerOfClient
    if (client.oldest === undefined) client.newest = undefined
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    reply.older = reply.newer = reply.newerOfClient = undefined
    client.count--
    this.#count--
    client.bytes -= reply.storage.length
    this.#bytes -= reply.storage.length
    this.#forgetUnused(client)
    return reply
  }

  #forgetUnused(client: MemoryClientReplies): void {
    if (client.users === 0 && client.count === 0 && client.running.size === 0)
      this.#clients.delete(client.address)
  }
}

function newStorage(size: number): Buffer {
  return Buffer.allocUnsafe(Math.ceil(size / storageUnit) * storageUnit)
}

/** 32 bits over all of bytes `start` to `end`, after MurmurHash3: equal arguments, equal number. Not against malice. */
export function checksumOf(bytes: Buffer, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    hash = mix(hash, word)
  }
  for (; at < end; at++) hash = mix(hash, bytes[at]!)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e_2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b87_3593)
  const h = hash ^ k
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe654_6b64) | 0
}
