import { XdrReader, XdrWriter } from '../xdr/index.ts'
import { AuthFlavor, type Credentials } from '../rpc/auth.ts'

/** One call as a client makes it. */
export interface RpcRequest {
  readonly program: number
  readonly version: number
  readonly procedure: number
  readonly credentials: Credentials
  /** Chosen, to retransmit an earlier call; else the transport draws a fresh one. */
  readonly xid?: number | undefined
  /** The arguments in XDR. */
  readonly args: Buffer
}

/** Carries calls to a server. */
export interface RpcTransport {
  /** Resolves with a reader at the first byte of the result; rejects with RpcCallError when the server has none. */
  call(request: RpcRequest): Promise<XdrReader>
  close(): Promise<void>
}

/** accept_stat and reject_stat other than success, RFC 5531 §9. */
export type RpcFailure =
  | 'PROG_UNAVAIL'
  | 'PROG_MISMATCH'
  | 'PROC_UNAVAIL'
  | 'GARBAGE_ARGS'
  | 'SYSTEM_ERR'
  | 'RPC_MISMATCH'
  | 'AUTH_ERROR'

/** The server answered, but not with a result. */
export class RpcCallError extends Error {
  override readonly name = 'RpcCallError'
  readonly failure: RpcFailure
  /** Lowest and highest version of a mismatch; auth_stat twice for AUTH_ERROR. */
  readonly detail: readonly [number, number]

  constructor(failure: RpcFailure, detail: readonly [number, number] = [0, 0], options?: ErrorOptions) {
    super(`${failure} ${detail.join('..')}`, options)
    this.failure = failure
    this.detail = detail
  }
}

const acceptFailures = [
  'PROG_UNAVAIL',
  'PROG_MISMATCH',
  'PROC_UNAVAIL',
  'GARBAGE_ARGS',
  'SYSTEM_ERR',
] as const
const rpcVersion = 2
const messageCall = 0
const messageReply = 1

/** opaque_auth of a credential, RFC 5531 §8.2 and appendix A. */
function encodeCredentials(writer: XdrWriter, credentials: Credentials): void {
  if (credentials.flavor === 'none') {
    writer.uint32(AuthFlavor.none)
    writer.uint32(0)
    return
  }
  const body = new XdrWriter()
  body.uint32(0) // stamp: any number will do
  body.string(credentials.machineName)
  body.uint32(credentials.uid)
  body.uint32(credentials.gid)
  body.uint32(credentials.gids.length)
  for (const gid of credentials.gids) body.uint32(gid)
  writer.uint32(AuthFlavor.sys)
  writer.opaque(body.bytes())
}

/** rpc_msg of a call, RFC 5531 §9. */
export function encodeCall(request: RpcRequest, xid: number): Buffer {
  const writer = new XdrWriter()
  writer.uint32(xid)
  writer.uint32(messageCall)
  writer.uint32(rpcVersion)
  writer.uint32(request.program)
  writer.uint32(request.version)
  writer.uint32(request.procedure)
  encodeCredentials(writer, request.credentials)
  encodeCredentials(writer, { flavor: 'none' })
  return Buffer.concat([writer.bytes(), request.args])
}

/** Reads the head of a reply, RFC 5531 §9; returns the reader at the result, or throws RpcCallError. */
export function decodeReply(reply: Buffer): XdrReader {
  const reader = new XdrReader(reply)
  reader.uint32() // xid: it has found its caller by then
  if (reader.uint32() !== messageReply) throw new Error('a call came where a reply was expected')
  if (reader.uint32() !== 0) {
    const isMismatch = reader.uint32() === 0
    if (isMismatch) throw new RpcCallError('RPC_MISMATCH', [reader.uint32(), reader.uint32()])
    const status = reader.uint32()
    throw new RpcCallError('AUTH_ERROR', [status, status])
  }
  reader.uint32() // flavor of the verifier
  reader.opaque(400)
  const status = reader.uint32()
  if (status === 0) return reader
  const failure = acceptFailures[status - 1]
  if (failure === undefined) throw new Error(`reply with accept_stat ${status}`)
  const detail: [number, number] = failure === 'PROG_MISMATCH' ? [reader.uint32(), reader.uint32()] : [0, 0]
  reader.expectEnd()
  throw new RpcCallError(failure, detail)
}
