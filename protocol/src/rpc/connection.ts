import type { Socket } from 'node:net'
import { CredentialDecoder } from './auth.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { PeerCall, RpcDispatcher, RpcPeer } from './dispatch.ts'
import type { RpcLimits } from './limits.ts'
import type { RpcClient } from './program.ts'
import { type AssemblyUsage, RecordDecoder, RecordError } from './record-marking.ts'
import type { ReplyBatch, ReplyBatches, ReplyOutput } from './reply-batch.ts'
import type { ClientReplies, ReplyCache } from './reply-cache.ts'
import { type DuplicateDescriptor, receiveInPlace, type Receiver } from './receiver.ts'
import type { RpcStatistics } from './statistics.ts'

/** Replies are sent when there are this many bytes of them, even if more calls of the chunk wait. */
const flushSize = 1024 * 1024

/** What is received of a record that is likely to be large, before the rest goes into its own buffer. */
const headSize = 512

/** What the connections of one server share. */
export interface ConnectionContext {
  readonly limits: RpcLimits
  readonly statistics: RpcStatistics
  readonly dispatcher: RpcDispatcher
  readonly replyCache: ReplyCache
  readonly pool: BufferPool
  readonly assemblyUsage: AssemblyUsage
  /** Bytes of replies that clients have not taken. */
  readonly unsentUsage: { bytes: number }
  readonly batches: ReplyBatches
  /** Where connections receive, one after the other: what is not used at once is copied. */
  readonly receiveBuffer: Buffer
  readonly duplicate: DuplicateDescriptor | undefined
  /** An error outside of any call: a bug. */
  onConnectionBug(error: unknown, client: RpcClient): void
}

/** One TCP connection: records in, replies out. All replies to one received chunk leave in one write. */
export class RpcConnection implements RpcPeer, ReplyOutput, Receiver {
  readonly client: RpcClient
  readonly call: PeerCall
  readonly credentialDecoder = new CredentialDecoder()
  readonly replies: ClientReplies

  readonly #socket: Socket
  readonly #context: ConnectionContext
  readonly #decoder: RecordDecoder
  readonly #onClosed: () => void
  /** Replies not yet given to the socket; undefined when there are none, for idle connections are many. */
  #batch: ReplyBatch | undefined
  #flushScheduled = false
  /** For each write that the socket has not finished: the buffer that goes back to the pool then. */
  #writing: (Buffer | undefined)[] = []
  /** Bytes given to the socket that the client has not taken. */
  #unsentBytes = 0
  #inFlight = 0
  /** The client has been slow to take replies, and is not read until it has taken half of them. */
  #congested = false
  #paused = false
  #stallWatched = false
  /** The client sends no more. */
  #ended = false
  /** We take no more: what still comes is thrown away. */
  #stopped = false
  #closed = false

  /** Serves `accepted` until it closes; then calls `onClosed`. */
  constructor(accepted: Socket, client: RpcClient, context: ConnectionContext, onClosed: () => void) {
    this.client = client
    this.call = { xid: 0, client, credentials: { flavor: 'none' } }
    this.#context = context
    this.#onClosed = onClosed
    this.#decoder = new RecordDecoder(context.limits, context.pool, context.assemblyUsage)
    this.replies = context.replyCache.acquire(client.address)
    const { duplicate } = context
    const inPlace = duplicate && receiveInPlace(accepted, duplicate, this)
    const socket = inPlace ?? accepted
    this.#socket = socket
    // Attaching a listener starts the flow, paused or not at first.
    if (inPlace === undefined) socket.on('data', (chunk: Buffer) => this.#onData(chunk)).resume()
    socket.on('end', () => this.#onEnd())
    socket.on('timeout', () => this.#onTimeout())
    socket.on('close', () => this.#onClose())
    // ECONNRESET, EPIPE and the like: the client has gone. 'close' follows.
    socket.on('error', () => undefined)
  }

  /** Reads no more calls, answers those in flight, then closes. */
  drain(): void {
    this.#stopped = true
    this.#endWhenIdle()
    // What the client still sends is read and thrown away: closing with unread data would be a reset, and a reset can
    // take the last replies with it.
    this.#updateReading()
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  // --- RpcPeer

  defer(): void {
    this.#inFlight++
  }

  lateBatch(): ReplyBatch | undefined {
    return this.#socket.writable ? this.#openBatch() : undefined
  }

  settle(): void {
    this.#inFlight--
    if (this.#closed || this.#flushScheduled) return
    // Everything that settles in this turn of the loop goes out in one write.
    this.#flushScheduled = true
    process.nextTick(this.#flushLate)
  }

  deliver(reply: Buffer): void {
    this.lateBatch()?.appendReply(reply)
    this.settle()
  }

  // --- ReplyOutput

  send(bytes: Buffer, pooled: Buffer | undefined): void {
    this.#writing.push(pooled)
    this.#socket.write(bytes, this.#onWritten)
  }

  // --- Calls

  nextRoom(): Buffer {
    const { receiveBuffer } = this.#context
    return (
      this.#decoder.room ?? (this.#decoder.expectsLarge ? receiveBuffer.subarray(0, headSize) : receiveBuffer)
    )
  }

  received(room: Buffer, size: number): void {
    const { receiveBuffer, statistics } = this.#context
    statistics.bytesIn += size
    if (this.#stopped) return
    if (room.buffer === receiveBuffer.buffer) this.#decoder.push(room.subarray(0, size))
    else this.#decoder.received(size)
    this.#serve()
    this.#decoder.keepChunk()
  }

  #onData(chunk: Buffer): void {
    this.#context.statistics.bytesIn += chunk.length
    if (this.#stopped) return
    this.#decoder.push(chunk)
    this.#serve()
  }

  /** Answers the records that are here, as far as the client may go on now. */
  #serve(): void {
    const { dispatcher } = this.#context
    const decoder = this.#decoder
    try {
      while (!this.#mustWait() && !this.#stopped && decoder.next()) {
        const batch = this.#openBatch()
        dispatcher.answer(decoder.buffer, decoder.start, decoder.end, this, batch)
        if (batch.size >= flushSize) this.#flush()
      }
    } catch (error) {
      this.#fail(error)
      return
    }
    this.#flush()
    this.#updateReading()
    this.#endWhenIdle()
    if (decoder.midRecord) this.#watchStall()
  }

  #mustWait(): boolean {
    return this.#congested || this.#inFlight >= this.#context.limits.callsInFlightMax
  }

  /** Ends a connection whose bytes make no sense any more; the replies before them still go out. */
  #fail(error: unknown): void {
    if (error instanceof RecordError) this.#context.statistics.recordErrors++
    else this.#context.onConnectionBug(error, this.client)
    this.#stopped = true
    this.#batch?.dropReply()
    this.#flush()
    this.#socket.destroySoon()
  }

  #updateReading(): void {
    const wait = this.#mustWait() && !this.#stopped
    if (wait === this.#paused) return
    this.#paused = wait
    if (wait) this.#socket.pause()
    else this.#socket.resume()
  }

  // --- Replies

  #openBatch(): ReplyBatch {
    return (this.#batch ??= this.#context.batches.take())
  }

  readonly #flushLate = (): void => {
    this.#flushScheduled = false
    if (this.#closed) return
    this.#flush()
    this.#serve()
  }

  #flush(): void {
    const batch = this.#batch
    if (batch === undefined) return
    this.#batch = undefined
    this.#context.statistics.bytesOut += batch.size
    // One system call for all pieces.
    const corked = batch.pieceCount > 1
    if (corked) this.#socket.cork()
    batch.flush(this)
    if (corked) this.#socket.uncork()
    this.#context.batches.give(batch)
    this.#countUnsent()
    if (this.#unsentBytes > 0) this.#watchStall()
  }

  readonly #onWritten = (): void => {
    const pooled = this.#writing.shift()
    if (pooled !== undefined) this.#context.pool.give(pooled)
    if (this.#closed) return
    this.#countUnsent()
    if (this.#paused && !this.#mustWait()) this.#serve()
  }

  #countUnsent(): void {
    const { limits, unsentUsage } = this.#context
    const bytes = this.#socket.writableLength
    unsentUsage.bytes += bytes - this.#unsentBytes
    this.#unsentBytes = bytes
    const enough = this.#congested ? limits.unsentBytesMax / 2 : limits.unsentBytesMax
    this.#congested = bytes > (unsentUsage.bytes > limits.unsentBytesTotalMax ? 0 : enough)
  }

  // --- The end

  #watchStall(): void {
    // Armed once, and disarmed by the timeout itself when nothing is owed: nothing to do per call.
    if (this.#stallWatched) return
    this.#stallWatched = true
    this.#socket.setTimeout(this.#context.limits.stallMs)
  }

  #onTimeout(): void {
    const weAreSlow = this.#inFlight >= this.#context.limits.callsInFlightMax
    if (this.#unsentBytes > 0 || (this.#decoder.midRecord && !weAreSlow)) {
      this.#context.statistics.connectionsStalled++
      this.#socket.destroy()
      return
    }
    this.#stallWatched = false
    this.#socket.setTimeout(0)
  }

  #onEnd(): void {
    this.#ended = true
    this.#endWhenIdle()
  }

  #endWhenIdle(): void {
    if ((this.#ended || this.#stopped) && this.#inFlight === 0) this.#socket.end()
  }

  #onClose(): void {
    const { batches, pool, replyCache, unsentUsage } = this.#context
    this.#closed = true
    unsentUsage.bytes -= this.#unsentBytes
    this.#unsentBytes = 0
    for (const pooled of this.#writing) if (pooled !== undefined) pool.give(pooled)
    this.#writing = []
    if (this.#batch !== undefined) {
      batches.give(this.#batch)
      this.#batch = undefined
    }
    this.#decoder.dispose()
    replyCache.release(this.replies)
    this.#onClosed()
  }
}
