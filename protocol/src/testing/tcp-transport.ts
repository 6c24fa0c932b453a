import { randomInt } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { XdrReader } from '../xdr/index.ts'
import { decodeReply, encodeCall, type RpcRequest, type RpcTransport } from './rpc-transport.ts'

const lastFragment = 0x8000_0000
const fragmentHeadSize = 4

interface Waiting {
  resolve(reply: Buffer): void
  reject(error: Error): void
}

/** ONC RPC over one TCP connection with record marking, RFC 5531 §11. */
export class TcpTransport implements RpcTransport {
  readonly #socket: Socket
  /** By xid; a retransmitted call waits behind the first. */
  readonly #waiting = new Map<number, Waiting[]>()
  #received: Buffer = Buffer.alloc(0)
  #fragments: Buffer[] = []
  #xidNext = randomInt(0x8000_0000)
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(error))
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#fail(new Error('connection closed by the server'))
        resolve()
      })
    })
  }

  static connect(port: number, host = '127.0.0.1'): Promise<TcpTransport> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new TcpTransport(socket))
      })
    })
  }

  async call(request: RpcRequest): Promise<XdrReader> {
    const xid = request.xid ?? this.#xidNext++ >>> 0
    return decodeReply(await this.exchange(encodeCall(request, xid)))
  }

  /** Sends a message of any bytes as one record; resolves with the reply to the xid in its first four. */
  exchange(message: Buffer): Promise<Buffer> {
    const head = Buffer.alloc(fragmentHeadSize)
    head.writeUInt32BE((lastFragment | message.length) >>> 0)
    const reply = this.awaitReply(message.readUInt32BE(0))
    this.write(Buffer.concat([head, message]))
    return reply
  }

  /** Waits for a reply to `xid`, however the call was sent. */
  awaitReply(xid: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('connection is closed'))
        return
      }
      const queue = this.#waiting.get(xid)
      if (queue === undefined) this.#waiting.set(xid, [{ resolve, reject }])
      else queue.push({ resolve, reject })
    })
  }

  /** Puts any bytes on the wire, broken records included. */
  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  async close(): Promise<void> {
    this.#socket.destroy()
    await this.closed
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= fragmentHeadSize) {
      const head = this.#received.readUInt32BE(0)
      const end = fragmentHeadSize + (head & ~lastFragment)
      if (this.#received.length < end) return
      this.#fragments.push(this.#received.subarray(fragmentHeadSize, end))
      this.#received = this.#received.subarray(end)
      if ((head & lastFragment) === 0) continue
      const reply = Buffer.concat(this.#fragments)
      this.#fragments = []
      this.#settle(reply)
    }
  }

  #settle(reply: Buffer): void {
    const xid = reply.readUInt32BE(0)
    const queue = this.#waiting.get(xid) ?? []
    const waiting = queue.shift()
    if (queue.length === 0) this.#waiting.delete(xid)
    if (waiting === undefined) this.#socket.destroy(new Error(`reply to xid ${xid}, which nobody asked`))
    else waiting.resolve(reply)
  }

  #fail(error: Error): void {
    for (const queue of this.#waiting.values()) for (const { reject } of queue) reject(error)
    this.#waiting.clear()
  }
}
