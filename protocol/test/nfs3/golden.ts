import { readFileSync } from 'node:fs'
import { type RpcRequest, type RpcTransport } from 'nfs-server-ts/testing'
import { XdrReader } from 'nfs-server-ts'

/** One captured call and its reply, without their RPC headers. */
export interface GoldenCall {
  call: Buffer
  reply: Buffer
  /** The file handles in the arguments, in their order. */
  handles: Buffer[]
}

function hexOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => line.replace(/#.*/, '').replaceAll(' ', '')).join(''), 'hex')
}

/** Reads `golden/NAME.txt`: lines of hex with comments, under "call" and under "reply". */
export function readGolden(name: string): GoldenCall {
  const lines = readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8').split('\n')
  const middle = lines.indexOf('reply')
  const call = lines.slice(1, middle)
  const handles = call.flatMap((line, index) =>
    line.includes('# handle') ? [hexOf([line, call[index + 1] ?? ''])] : [],
  )
  return { call: hexOf(call), reply: hexOf(lines.slice(middle + 1)), handles }
}

/** Answers every call with the same result and keeps what was sent. */
export class ReplayTransport implements RpcTransport {
  readonly #reply: Buffer
  sent: RpcRequest | undefined

  constructor(reply: Buffer) {
    this.#reply = reply
  }

  async call(request: RpcRequest): Promise<XdrReader> {
    this.sent = { ...request, args: Buffer.from(request.args) }
    return new XdrReader(this.#reply)
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}
