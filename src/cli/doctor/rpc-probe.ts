import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { isIPv6 } from 'node:net'
import { XdrReader, XdrWriter } from 'nfs-server-ts'

/** A server of ONC RPC, and a program that it may serve. */
export interface Probe {
  readonly host: string
  readonly port: number
  readonly transport: 'tcp' | 'udp'
  readonly program: number
  readonly version: number
  /** Default 0, NULL: does nothing, and every program has it. */
  readonly procedure?: number
  /** The arguments in XDR. */
  readonly args?: Buffer
}

export type ProbeOutcome =
  | { readonly kind: 'answered'; readonly result: XdrReader }
  /** The program is there, in these versions. */
  | { readonly kind: 'mismatch'; readonly low: number; readonly high: number }
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody answered. */
  | { readonly kind: 'silent'; readonly reason: string }

const timeoutMs = 2000
const replySizeMax = 64 * 1024
const lastFragment = 0x8000_0000
const xid = 0x62657274
const messageCall = 0
const messageReply = 1
const rpcVersion = 2
const authNone = 0

/** Makes one call (RFC 5531), and tells what came of it. */
export async function probe(wanted: Probe): Promise<ProbeOutcome> {
  const call = encodeCall(wanted)
  let reply: Buffer
  try {
    reply = await (wanted.transport === 'tcp' ? overTcp(wanted, call) : overUdp(wanted, call))
  } catch (error) {
    return { kind: 'silent', reason: (error as NodeJS.ErrnoException).code ?? (error as Error).message }
  }
  try {
    return decodeReply(new XdrReader(reply))
  } catch {
    return { kind: 'refused', reason: 'it answers with something that is no RPC' }
  }
}

/** RFC 5531 §9, without credentials. */
function encodeCall({ program, version, procedure = 0, args = Buffer.alloc(0) }: Probe): Buffer {
  const writer = new XdrWriter()
  const words = [xid, messageCall, rpcVersion, program, version, procedure, authNone, 0, authNone, 0]
  for (const word of words) writer.uint32(word)
  return Buffer.concat([writer.bytes(), args])
}

/** RFC 5531 §9. @throws {XdrError} for what is no reply. */
function decodeReply(reader: XdrReader): ProbeOutcome {
  if (reader.uint32() !== xid || reader.uint32() !== messageReply)
    return { kind: 'refused', reason: 'it answers another call' }
  const isDenied = reader.uint32() !== 0
  if (isDenied) return { kind: 'refused', reason: reader.uint32() === 0 ? 'RPC_MISMATCH' : 'AUTH_ERROR' }
  reader.uint32()
  reader.opaque(400)
  const status = reader.uint32()
  if (status === 0) return { kind: 'answered', result: reader }
  if (status === 2) return { kind: 'mismatch', low: reader.uint32(), high: reader.uint32() }
  return { kind: 'refused', reason: acceptStatus[status] ?? `accept_stat ${status}` }
}

const acceptStatus: Readonly<Record<number, string>> = {
  1: 'PROG_UNAVAIL',
  3: 'PROC_UNAVAIL',
  4: 'GARBAGE_ARGS',
  5: 'SYSTEM_ERR',
}

/** Record marking: RFC 5531 §11. Answers that come in several fragments are no answers to what is asked here. */
function overTcp({ host, port }: Probe, call: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.on('timeout', () => end(new Error('no answer in time')))
    socket.on('error', end)
    socket.on('close', () => end(new Error('the connection was closed without an answer')))
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4) return
      const size = received.readUInt32BE(0) & ~lastFragment
      if (size > replySizeMax) end(new Error('no RPC answers'))
      if (received.length < 4 + size) return
      resolve(received.subarray(4, 4 + size))
      socket.destroy()
    })
    const head = Buffer.alloc(4)
    head.writeUInt32BE((lastFragment | call.length) >>> 0)
    socket.write(Buffer.concat([head, call]))
  })
}

function overUdp({ host, port }: Probe, call: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    const timer = setTimeout(() => end(() => reject(new Error('no answer in time'))), timeoutMs)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      socket.close()
      settle()
    }
    socket.on('error', (error) => end(() => reject(error)))
    socket.on('message', (message) => end(() => resolve(message)))
    // Connected: a closed port is told at once (ICMP), not after the time allowed.
    socket.connect(port, host, () => socket.send(call))
  })
}
