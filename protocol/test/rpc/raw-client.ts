import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A TCP client of bytes: it knows record marks, and nothing else of RPC. */
export class RawClient {
  readonly socket: Socket
  closed = false
  #chunks: Buffer[] = []
  #size = 0

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#size += chunk.length
    })
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    socket.on('close', () => (this.closed = true))
  }

  /** Everything received and not yet taken. */
  get received(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }

  static async connect(port: number, host = '127.0.0.1', localAddress = host): Promise<RawClient> {
    const socket = connect({ port, host, localAddress, noDelay: true, allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  send(...parts: Buffer[]): void {
    for (const part of parts) this.socket.write(part)
  }

  /** The next reply, without its mark. Errors: when it does not come. */
  async reply(timeoutMs = 4000): Promise<Buffer> {
    await until(() => this.#isWhole() || this.closed, timeoutMs)
    if (!this.#isWhole()) throw new Error('closed without a reply')
    const { received } = this
    const end = this.#replyEnd()
    this.#chunks = [received.subarray(end)]
    this.#size -= end
    return received.subarray(4, end)
  }

  async replies(count: number): Promise<Buffer[]> {
    const replies: Buffer[] = []
    while (replies.length < count) replies.push(await this.reply())
    return replies
  }

  async untilClosed(timeoutMs = 4000): Promise<void> {
    await until(() => this.closed, timeoutMs)
  }

  close(): void {
    this.socket.destroy()
  }

  #isWhole(): boolean {
    return this.#size >= 4 && this.#size >= this.#replyEnd()
  }

  /** Where the first reply ends. Its mark is looked up without joining the chunks of a large one again and again. */
  #replyEnd(): number {
    const first = this.#chunks[0]!
    return 4 + ((first.length >= 4 ? first : this.received).readUInt32BE(0) & 0x7fff_ffff)
  }
}

/** Waits for a condition. Errors: when it does not come true in time. */
export async function until(condition: () => boolean, timeoutMs = 4000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not in ${timeoutMs} ms: ${condition.toString()}`)
    await sleep(1)
  }
}
