import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import {
  createServer,
  isIPv6,
  type AddressInfo,
  type ListenOptions,
  type Server,
  type Socket,
} from 'node:net'
import { normalAddress } from './address.ts'
import { BufferPool } from './buffer-pool.ts'
import { RpcConnection, type ConnectionContext } from './connection.ts'
import { RpcDispatcher, type BugObserver } from './dispatch.ts'
import { defaultRpcLimits, type RpcLimits } from './limits.ts'
import type { RpcClient, RpcProgram } from './program.ts'
import { batchBufferSize, copyBufferSize, ReplyBatches } from './reply-batch.ts'
import type { DescriptorCalls } from './receiver.ts'
import type { ReplyCache } from './replies.ts'
import { MemoryReplyCache } from './reply-cache.ts'
import { RpcStatistics } from './statistics.ts'
import { ThreadPlacement } from './thread-placement.ts'
import { Turns } from './turns.ts'
import { UdpEndpoint } from './udp-endpoint.ts'

export interface RpcServerOptions {
  readonly programs: readonly RpcProgram[]
  /** Those not given have their defaults. */
  readonly limits?: Partial<RpcLimits>
  /** With them, connections receive into buffers that are used again, large records in place, and send from files. */
  readonly descriptorCalls?: DescriptorCalls
  /** Where replies to calls over TCP are kept, when several servers keep them together: in place of its own memory. */
  readonly replyCache?: ReplyCache
  /** Where connections are counted, when several servers share a limit: in place of `limits.connectionCountMax`. */
  readonly connectionCount?: ConnectionCount
  /** Told of every error of ours. It must not throw. */
  readonly onBug?: BugObserver
  readonly onConnection?: (client: RpcClient) => void
  /** Told when a connection has closed, with the same object. */
  readonly onDisconnection?: (client: RpcClient) => void
}

/** Counts the connections of several servers. */
export interface ConnectionCount {
  /** Counts one more; false: there are enough. */
  enter(): boolean
  leave(): void
}

/** An address to listen on: port 0 takes any free one. */
export interface RpcAddress {
  readonly host: string
  readonly port: number
}

/** Bytes received at once: enough for many small calls, whose replies leave together. */
const receiveSize = 128 * 1024

/** Serves RPC programs (RFC 5531) over TCP and UDP. */
export class RpcServer {
  readonly statistics = new RpcStatistics()
  /** Replies to calls over TCP. */
  readonly replyCache: ReplyCache
  /** Replies to datagrams, apart: forged addresses could fill it. */
  readonly datagramReplyCache: ReplyCache
  readonly #options: RpcServerOptions
  readonly #context: ConnectionContext
  readonly #connections = new Set<RpcConnection>()
  readonly #listeners: Server[] = []
  readonly #endpoints: UdpEndpoint[] = []
  #onIdle: (() => void) | undefined

  constructor(options: RpcServerOptions) {
    const limits = { ...defaultRpcLimits, ...options.limits }
    // For batches, for the few replies of a short turn, for what is a little larger than a batch, and for what holds the
    // data of the largest READ or WRITE.
    const sizes = [
      copyBufferSize,
      batchBufferSize,
      4 * batchBufferSize,
      limits.recordSizeMax + 2 * batchBufferSize,
    ]
    const pool = new BufferPool(
      sizes.toSorted((a, b) => a - b),
      limits.pooledBytesMax,
    )
    const batches = new ReplyBatches(pool)
    const { statistics } = this
    const onBug = options.onBug ?? (() => undefined)
    const dispatcher = new RpcDispatcher(options.programs, statistics, onBug, batches)
    this.#options = options
    this.replyCache = options.replyCache ?? new MemoryReplyCache(limits)
    this.datagramReplyCache = new MemoryReplyCache(limits)
    this.#context = {
      limits,
      statistics,
      pool,
      batches,
      replyCache: this.replyCache,
      dispatcher,
      turns: new Turns(dispatcher.meter),
      receiveBuffer: Buffer.allocUnsafeSlow(receiveSize),
      descriptorCalls: options.descriptorCalls,
      placement: new ThreadPlacement(options.descriptorCalls?.approach),
      assemblyUsage: { bytes: 0 },
      unsentUsage: { bytes: 0 },
      onConnectionBug(error, client) {
        statistics.bugs++
        onBug(error, { program: 0, version: 0, procedure: 0, xid: 0, client })
      },
    }
  }

  /** Listens for connections. Errors: what `net.Server` says (EADDRINUSE, EACCES, ...). */
  async listenTcp(address: RpcAddress | ListenOptions | { readonly fd: number }): Promise<AddressInfo> {
    const listener = createServer(
      // Small replies must not wait for an ACK; a client that died without a word is found by keepalive.
      // A connection that receives in place must not have begun to read before.
      {
        allowHalfOpen: true,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 60_000,
        pauseOnConnect: this.#context.descriptorCalls !== undefined,
      },
      (socket) => this.serve(socket),
    )
    listener.listen({ ...address })
    await once(listener, 'listening')
    // Without a free file descriptor, for one: those who connect are closed until there is one again.
    listener.on('error', () => this.statistics.listenerErrors++)
    this.#listeners.push(listener)
    return listener.address() as AddressInfo
  }

  /** Listens for datagrams. Errors: what `dgram.Socket` says. */
  async listenUdp({ host, port }: RpcAddress): Promise<AddressInfo> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    socket.bind(port, host)
    try {
      await once(socket, 'listening')
    } catch (error) {
      socket.close()
      throw error
    }
    this.#endpoints.push(new UdpEndpoint(socket, { ...this.#context, replyCache: this.datagramReplyCache }))
    return socket.address()
  }

  /** Serves a connected socket that someone else has accepted. It should allow half-open connections. */
  serve(socket: Socket): void {
    const { limits, statistics } = this.#context
    const { localAddress, remoteAddress, remotePort } = socket
    // Without an address it has already gone.
    if (localAddress === undefined || remoteAddress === undefined || remotePort === undefined) {
      socket.destroy()
      return
    }
    const { connectionCount } = this.#options
    const hasRoom = connectionCount?.enter() ?? this.#connections.size < limits.connectionCountMax
    if (!hasRoom) {
      statistics.connectionsRefused++
      socket.destroy()
      return
    }
    const client: RpcClient = {
      address: normalAddress(remoteAddress),
      port: remotePort,
      transport: 'tcp',
      serverAddress: normalAddress(localAddress),
    }
    const connection = new RpcConnection(socket, client, this.#context, () => this.#forget(connection))
    this.#connections.add(connection)
    statistics.connections = this.#connections.size
    statistics.connectionsTotal++
    this.#options.onConnection?.(client)
  }

  /** Who is connected now, one for each connection. */
  *clients(): Iterable<RpcClient> {
    for (const { client } of this.#connections) yield client
  }

  /** Closes all connections from an address at once, as {@link RpcClient.address} has it. The client may come again. */
  disconnect(address: string): void {
    for (const connection of this.#connections)
      if (connection.client.address === address) connection.destroy()
  }

  /**
   * Accepts and reads no more, answers what is in flight, and closes. What is not done after `timeoutMs` is cut off.
   */
  async drain(timeoutMs: number): Promise<void> {
    for (const listener of this.#listeners) listener.close()
    for (const connection of this.#connections) connection.drain()
    const done = Promise.all([this.#idle(), ...this.#endpoints.map((endpoint) => endpoint.drain())])
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    await Promise.race([done, late])
    clearTimeout(timer)
    await this.close()
  }

  /** Closes everything at once. */
  async close(): Promise<void> {
    const listeners = this.#listeners.splice(0)
    const closed = listeners
      .filter((listener) => listener.listening)
      .map((listener) => once(listener, 'close'))
    for (const listener of listeners) listener.close()
    for (const connection of this.#connections) connection.destroy()
    for (const endpoint of this.#endpoints.splice(0)) endpoint.close()
    await Promise.all([...closed, this.#idle()])
  }

  /** Resolves when there is no connection left. */
  async #idle(): Promise<void> {
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  #forget(connection: RpcConnection): void {
    this.#connections.delete(connection)
    this.#options.connectionCount?.leave()
    this.statistics.connections = this.#connections.size
    this.#options.onDisconnection?.(connection.client)
    if (this.#connections.size === 0) this.#onIdle?.()
  }
}
