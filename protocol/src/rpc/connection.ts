import type { Socket } from 'node:net'
import type { FileData } from '../xdr/index.ts'
import { CredentialDecoder } from './auth.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { PeerCall, RpcDispatcher, RpcPeer } from './dispatch.ts'
import type { RpcLimits } from './limits.ts'
import type { RpcClient } from './program.ts'
import { type AssemblyUsage, RecordDecoder, RecordError } from './record-marking.ts'
import { paddedSize, type ReplyBatch, type ReplyBatches, type ReplyOutput } from './reply-batch.ts'
import type { ClientReplies, ReplyCache } from './replies.ts'
import { type DescriptorCalls, receiveInPlace, type Receiver } from './receiver.ts'
import type { RpcStatistics } from './statistics.ts'
import type { ThreadPlacement } from './thread-placement.ts'
import type { ClientTurns, Turns, TurnTaker } from './turns.ts'

/** Replies are sent when there are this many bytes of them, even if more calls of the chunk wait. */
const flushSize = 1024 * 1024

/** What is received of a record that is likely to be large, before the rest goes into its own buffer. */
const headSize = 512

/** What is copied of a file to a socket that is full, so that it tells when it takes more. */
const filePieceSize = 64 * 1024
/**
 * What is received at once while clients take turns: about as many calls as are answered in one. The rest waits with
 * the client.
 */
const turnReceiveSize = 32 * 1024
/** What it costs to receive a byte: 100 µs a MiB. */
const receivedByteMs = 1e-7
const noHead = Buffer.alloc(0)
/** Bytes in writes that a connection's socket has not finished before the next call is served. */
const lentBytesMax = 1024 * 1024

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
  readonly turns: Turns
  /** Where connections receive, one after the other: what is not used at once is copied. */
  readonly receiveBuffer: Buffer
  readonly descriptorCalls: DescriptorCalls | undefined
  readonly placement: ThreadPlacement
  /** An error outside of any call: a bug. */
  onConnectionBug(error: unknown, client: RpcClient): void
}

/** One TCP connection: records in, replies out. All replies of one turn leave in one write. */
export class RpcConnection implements RpcPeer, ReplyOutput, Receiver, TurnTaker {
  readonly client: RpcClient
  readonly call: PeerCall
  readonly credentialDecoder = new CredentialDecoder()
  readonly replies: ClientReplies

  readonly #socket: Socket
  /** The socket's descriptor, for what Node cannot do with it. It is the socket's: never used once that is closed. */
  readonly #fd: number | undefined
  readonly #context: ConnectionContext
  readonly #decoder: RecordDecoder
  readonly #onClosed: () => void
  readonly #turns: ClientTurns
  /** Calls are here, and wait for a turn. */
  #awaitsTurn = false
  /** Other connections of the client are served before this one is read. */
  #isUnread = false
  /** Replies not yet given to the socket; undefined when there are none, for idle connections are many. */
  #batch: ReplyBatch | undefined
  #flushScheduled = false
  /** Each write that the socket has not finished, and the buffer that goes back to the pool then. */
  #writing: { readonly pooled: Buffer | undefined; readonly size: number }[] = []
  /** Bytes in those writes. */
  #lentBytes = 0
  /** The reply under way that ends in a file's data, and how much of that is sent. */
  #pending: { readonly file: FileData; sent: number } | undefined
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
    this.#turns = context.turns.join(client.address, this)
    const { descriptorCalls } = context
    const inPlace = descriptorCalls && receiveInPlace(accepted, descriptorCalls, this)
    const socket = inPlace?.socket ?? accepted
    this.#socket = socket
    this.#fd = inPlace?.fd
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

  // --- TurnTaker: see takeTurn below

  readNoMore(): void {
    this.#isUnread = true
    this.#updateReading()
  }

  readAgain(): void {
    this.#isUnread = false
    this.#updateReading()
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
    this.#writing.push({ pooled, size: bytes.length })
    this.#lentBytes += bytes.length
    this.#socket.write(bytes, this.#onWritten)
  }

  // --- Calls

  nextRoom(): Buffer {
    const { receiveBuffer, turns } = this.#context
    const { room, expectsLarge } = this.#decoder
    if (room !== undefined) return room
    if (expectsLarge) return receiveBuffer.subarray(0, headSize)
    return turns.areTaken ? receiveBuffer.subarray(0, turnReceiveSize) : receiveBuffer
  }

  received(room: Buffer, size: number): void {
    const { receiveBuffer } = this.#context
    this.#countReceived(size)
    if (this.#stopped) return
    if (room.buffer === receiveBuffer.buffer) this.#decoder.push(room.subarray(0, size))
    else this.#decoder.received(size)
    this.#serve()
    this.#decoder.keepChunk()
  }

  #onData(chunk: Buffer): void {
    this.#countReceived(chunk.length)
    if (this.#stopped) return
    this.#decoder.push(chunk)
    this.#serve()
  }

  #countReceived(size: number): void {
    const { statistics, turns } = this.#context
    statistics.bytesIn += size
    if (turns.areTaken) turns.charge(this.#turns, size * receivedByteMs)
  }

  /** Answers the records that are here, now or when it is the client's turn. */
  #serve(): void {
    if (this.#awaitsTurn) return
    if (this.#context.turns.mayServe(this.#turns)) this.takeTurn()
    else this.#awaitTurn()
  }

  #awaitTurn(): void {
    this.#awaitsTurn = true
    this.#context.turns.wait(this.#turns, this)
    this.#updateReading()
  }

  /** Answers the records that are here, as far as the client may go on now. */
  takeTurn(): void {
    const { dispatcher, placement, statistics, turns } = this.#context
    const decoder = this.#decoder
    const { meter } = dispatcher
    const { callsTotal } = statistics
    this.#awaitsTurn = false
    if (this.#fd !== undefined) placement.received(this.#fd)
    meter.begin()
    const beganMs = meter.sinceMs
    turns.begin(this.#turns)
    try {
      while (!this.#mustWait() && !this.#stopped && !turns.isOver && decoder.next()) {
        const batch = this.#openBatch()
        batch.takesFile = this.#fd !== undefined && this.#takesAtOnce()
        dispatcher.answer(decoder.buffer, decoder.start, decoder.end, this, batch)
        batch.takesFile = false
        // A file's data goes out before the next call: that may close the file.
        if (batch.file !== undefined) this.#flushWithFile(batch, batch.file)
        else if (batch.size >= flushSize) this.#flush()
        // What had to be sent at once belongs to the call: a file's data may have come from the disk just then.
        meter.end()
      }
    } catch (error) {
      this.#fail(error)
      return
    } finally {
      meter.rest()
    }
    this.#flush()
    if (this.#fd !== undefined)
      placement.served(this.#fd, statistics.callsTotal - callsTotal, beganMs, meter.sinceMs)
    // A turn that ended with the last call has not looked for one after it.
    decoder.dropUsedChunk()
    const isCutShort = turns.isOver && !this.#stopped && decoder.hasMore
    turns.end(this.#turns, isCutShort)
    // What it waits for otherwise comes with a turn.
    if (isCutShort && !this.#mustWait()) this.#awaitTurn()
    else this.#updateReading()
    this.#endWhenIdle()
    if (decoder.midRecord) this.#watchStall()
  }

  #mustWait(): boolean {
    // A socket gives buffers back a tick after it has taken them: waiting for them, a run of large replies uses one or two
    // buffers over and over, while they are in the processor's cache, instead of a fresh one each.
    if (this.#lentBytes >= lentBytesMax) return true
    return (
      this.#congested ||
      this.#pending !== undefined ||
      this.#inFlight >= this.#context.limits.callsInFlightMax
    )
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
    const wait = (this.#awaitsTurn || this.#isUnread || this.#mustWait()) && !this.#stopped
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
    const { dispatcher, turns } = this.#context
    const beganMs = turns.areTaken ? dispatcher.meter.now() : 0
    this.#flush()
    if (turns.areTaken) turns.charge(this.#turns, dispatcher.meter.now() - beganMs)
    this.#serve()
  }

  #flush(): void {
    const batch = this.#batch
    // Late replies wait for the end of a reply that is under way.
    if (batch === undefined || this.#pending !== undefined) return
    this.#batch = undefined
    this.#context.statistics.bytesOut += batch.size
    // What the socket takes at once needs no place to wait in, and nobody to tell when it has left.
    if (this.#fd !== undefined && this.#takesAtOnce()) batch.offer(this.#sendNow)
    // One system call for all pieces.
    const corked = batch.pieceCount > 1
    if (corked) this.#socket.cork()
    batch.flush(this)
    if (corked) this.#socket.uncork()
    this.#context.batches.give(batch)
    this.#countUnsent()
    if (this.#unsentBytes > 0) this.#watchStall()
  }

  /**
   * Sends the batch, and begins to send the file's data that ends it: from the page cache to the socket, without passing
   * through this process. Until all of it is out, this connection is served no further.
   */
  #flushWithFile(batch: ReplyBatch, file: FileData): void {
    const head = batch.piece
    let sent = 0
    if (head !== undefined && this.#takesAtOnce()) {
      sent = this.#sendFile(head, file.fd, file.position, file.count)
      batch.skip(Math.min(sent, head.length))
    }
    this.#flush()
    file.holder.pin()
    this.#pending = { file, sent: Math.max(0, sent - (head?.length ?? 0)) }
    this.#context.statistics.bytesOut += Math.min(sent, head?.length ?? 0) + paddedSize(file.count)
    this.#continueFile(sent === 0)
  }

  /** Sends what the socket takes of the pending file; a full one is given a piece to tell when there is room again. */
  #continueFile(tryFirst: boolean): void {
    const { descriptorCalls, pool } = this.#context
    const pending = this.#pending!
    const { fd, position, count, holder } = pending.file
    if (tryFirst && this.#takesAtOnce())
      pending.sent += this.#sendFile(noHead, fd, position + pending.sent, count - pending.sent)
    if (pending.sent < count) {
      const size = Math.min(filePieceSize, count - pending.sent)
      const buffer = pool.take(size)
      const found = descriptorCalls!.pread(fd, buffer, 0, size, position + pending.sent)
      if (found < 0) {
        // The disk refuses what the reply has promised: there is no way to say so in it but to end. The client asks again.
        pool.give(buffer)
        this.#socket.destroy()
        return
      }
      // What somebody has cut off the file since it was promised: zeros, as a hole has.
      buffer.fill(0, found, size)
      pending.sent += size
      this.send(buffer.subarray(0, size), buffer)
    }
    if (pending.sent === count) {
      this.#pending = undefined
      holder.unpin()
      const padding = paddedSize(count) - count
      if (padding > 0) this.send(Buffer.alloc(padding), undefined)
    }
    this.#countUnsent()
    if (this.#unsentBytes > 0) this.#watchStall()
  }

  readonly #sendNow = (bytes: Buffer, start: number, end: number): number =>
    this.#context.descriptorCalls!.send(this.#fd!, bytes, start, end)

  /** Bytes of head and file that the socket took. An error shows again, and is dealt with, when the socket writes. */
  #sendFile(head: Buffer, fd: number, position: number, count: number): number {
    return Math.max(
      0,
      this.#context.descriptorCalls!.sendFile(this.#fd!, head, 0, head.length, fd, position, count),
    )
  }

  /** Whether what is sent now goes out before nothing else: the socket is open and has nothing waiting. */
  #takesAtOnce(): boolean {
    return !this.#closed && this.#socket.writable && this.#socket.writableLength === 0
  }

  readonly #onWritten = (): void => {
    const written = this.#writing.shift()
    if (written !== undefined) {
      this.#lentBytes -= written.size
      if (written.pooled !== undefined) this.#context.pool.give(written.pooled)
    }
    if (this.#closed) return
    this.#countUnsent()
    if (this.#pending !== undefined && this.#socket.writableLength === 0) this.#continueFile(true)
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
    const { callsInFlightMax } = this.#context.limits
    const weAreSlow = this.#awaitsTurn || this.#isUnread || this.#inFlight >= callsInFlightMax
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
    if ((this.#ended || this.#stopped) && this.#inFlight === 0 && this.#pending === undefined)
      this.#socket.end()
  }

  #onClose(): void {
    const { batches, pool, turns, unsentUsage } = this.#context
    this.#closed = true
    turns.leave(this.#turns, this)
    unsentUsage.bytes -= this.#unsentBytes
    this.#unsentBytes = 0
    this.#pending?.file.holder.unpin()
    this.#pending = undefined
    for (const { pooled } of this.#writing) if (pooled !== undefined) pool.give(pooled)
    this.#writing = []
    if (this.#batch !== undefined) {
      batches.give(this.#batch)
      this.#batch = undefined
    }
    this.#decoder.dispose()
    this.replies.release()
    this.#onClosed()
  }
}
