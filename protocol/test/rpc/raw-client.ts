import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A TCP client of bytes: it knows record marks, and nothing else of RPC. */
export class RawClient {
  readonly socket: Socket
  /** Everything received and not yet taken. */
  received = Buffer.alloc(0)
  closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])))
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    socket.on('close', () => (this.closed = true))
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const socket = connect({ port, host, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  send(...parts: Buffer[]): void {
    for (const part of parts) this.socket.write(part)
  }

  /** The next reply, without its mark. Errors: when it does not come. */
  async reply(timeoutMs = 2000): Promise<Buffer> {
    await until(() => this.#isWhole() || this.closed, timeoutMs)
    if (!this.#isWhole()) throw new Error('closed without a reply')
    const end = 4 + (this.received.readUInt32BE(0) & 0x7fff_ffff)
    const reply = this.received.subarray(4, end)
    this.received = this.received.subarray(end)
    return reply
  }

  async replies(count: number): Promise<Buffer[]> {
    const replies: Buffer[] = []
    while (replies.length < count) replies.push(await this.reply())
    return replies
  }

  async untilClosed(timeoutMs = 2000): Promise<void> {
    await until(() => this.closed, timeoutMs)
  }

  close(): void {
    this.socket.destroy()
  }

  #isWhole(): boolean {
    const { length } = this.received
    return length >= 4 && length >= 4 + (this.received.readUInt32BE(0) & 0x7fff_ffff)
  }
}

/** Waits for a condition. Errors: when it does not come true in time. */
export async function until(condition: () => boolean, timeoutMs = 2000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not in ${timeoutMs} ms: ${condition.toString()}`)
    await sleep(1)
  }
}
