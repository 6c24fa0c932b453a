import type { RemoteInfo, Socket } from 'node:dgram'
import { normalAddress } from './address.ts'
import { CredentialDecoder } from './auth.ts'
import type { ConnectionContext } from './connection.ts'
import type { PeerCall, RpcPeer } from './dispatch.ts'
import type { RpcClient } from './program.ts'
import { RecordError } from './record-marking.ts'
import type { ReplyBatch, ReplyOutput } from './reply-batch.ts'
import type { ClientReplies } from './replies.ts'

/** Most data in a datagram over IPv4. */
const datagramSizeMax = 65_507
const recordMarkSize = 4

/** RPC over UDP: a call is a datagram, its reply another. For the small programs beside NFS. */
export class UdpEndpoint {
  readonly context: ConnectionContext
  readonly #socket: Socket
  /** Calls that wait for a promise. */
  inFlight = 0
  /** Replies given to the socket. It sends them a little later, even those that need no waiting. */
  #sending = 0
  #draining = false
  #closed = false
  #onIdle: (() => void) | undefined

  constructor(socket: Socket, context: ConnectionContext) {
    this.context = context
    this.#socket = socket
    socket.on('message', (message, from) => this.#onMessage(message, from))
    socket.on('error', () => context.statistics.listenerErrors++)
  }

  /** Calls still in flight are not answered. */
  close(): void {
    this.#closed = true
    this.#socket.close()
  }

  /** Sends part of a buffer; calls `onDone` when the buffer is free again. */
  send(bytes: Buffer, offset: number, size: number, to: RemoteInfo, onDone: () => void): void {
    if (this.#closed || size > datagramSizeMax) {
      this.context.statistics.datagramsDropped++
      onDone()
      return
    }
    this.context.statistics.bytesOut += size
    // An error means that the datagram is lost, as datagrams may be.
    this.#sending++
    this.#socket.send(bytes, offset, size, to.port, to.address, () => {
      this.#sending--
      this.#checkIdle()
      onDone()
    })
  }

  /** Answers no more calls; resolves when those in flight are answered. */
  async drain(): Promise<void> {
    this.#draining = true
    if (this.inFlight + this.#sending > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  /** One call in flight fewer. */
  settled(): void {
    this.inFlight--
    this.#checkIdle()
  }

  #checkIdle(): void {
    if (this.inFlight + this.#sending === 0) this.#onIdle?.()
  }

  #onMessage(message: Buffer, from: RemoteInfo): void {
    const { dispatcher, limits, statistics } = this.context
    statistics.bytesIn += message.length
    if (this.#draining || this.inFlight >= limits.datagramsInFlightMax) {
      statistics.datagramsDropped++
      return
    }
    const peer = new UdpPeer(this, from)
    dispatcher.meter.begin()
    try {
      dispatcher.answer(message, 0, message.length, peer, peer.batch())
      dispatcher.meter.end()
    } catch (error) {
      if (error instanceof RecordError) statistics.datagramsDropped++
      else this.context.onConnectionBug(error, peer.client)
    }
    dispatcher.meter.rest()
    peer.flush()
  }
}

/** The sender of one datagram. */
class UdpPeer implements RpcPeer, ReplyOutput {
  readonly client: RpcClient
  readonly call: PeerCall
  readonly credentialDecoder = new CredentialDecoder()
  readonly replies: ClientReplies
  readonly #endpoint: UdpEndpoint
  readonly #from: RemoteInfo
  #batch: ReplyBatch | undefined
  #inFlight = 0

  constructor(endpoint: UdpEndpoint, from: RemoteInfo) {
    this.client = { address: normalAddress(from.address), port: from.port, transport: 'udp' }
    this.call = { xid: 0, client: this.client, credentials: { flavor: 'none' } }
    this.#endpoint = endpoint
    this.#from = from
    this.replies = endpoint.context.replyCache.acquire(this.client.address)
  }

  batch(): ReplyBatch {
    return (this.#batch ??= this.#endpoint.context.batches.take())
  }

  /** Sends what was written. After the last reply the peer is done. */
  flush(): void {
    const { batches } = this.#endpoint.context
    if (this.#batch !== undefined) {
      this.#batch.flush(this)
      batches.give(this.#batch)
      this.#batch = undefined
    }
    if (this.#inFlight === 0) this.replies.release()
  }

  send(bytes: Buffer, pooled: Buffer | undefined): void {
    const { pool } = this.#endpoint.context
    this.#endpoint.send(bytes, recordMarkSize, bytes.length - recordMarkSize, this.#from, () => {
      if (pooled !== undefined) pool.give(pooled)
    })
  }

  defer(): void {
    this.#inFlight++
    this.#endpoint.inFlight++
  }

  lateBatch(): ReplyBatch {
    return this.batch()
  }

  settle(): void {
    this.#inFlight--
    this.flush()
    this.#endpoint.settled()
  }

  deliver(reply: Buffer): void {
    this.batch().appendReply(reply)
    this.settle()
  }
}
