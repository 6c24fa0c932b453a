import type { XdrReader, XdrWriter } from '../xdr/index.ts'
import type { Credentials } from './auth.ts'

/** A value now, or later. The hot path is written for values: a backend that answers at once costs no promise. */
export type MaybePromise<T> = T | Promise<T>

/** Who called, as far as the transport and the credential tell. One object lives as long as its connection. */
export interface RpcClient {
  /** Numeric address without port; an IPv4 address in its dotted form also on a dual-stack socket. */
  readonly address: string
  readonly port: number
  readonly transport: 'tcp' | 'udp'
  /** Numeric address that the client has called, where the transport tells: not for datagrams. */
  readonly serverAddress?: string
}

/** What a procedure knows about the call besides its arguments. Reused from call to call: copy what is kept. */
export interface RpcCall {
  readonly xid: number
  readonly client: RpcClient
  /** Equal credentials of one connection are the same object, so that they can be compared by identity. */
  readonly credentials: Credentials
}

/** Writes a result that was not ready when the procedure returned; or has written nothing, and it is not ready still. */
export type DeferredReply = (writer: XdrWriter) => void | Promise<DeferredReply>

/** One remote procedure (RFC 5531 §8). */
export interface RpcProcedure {
  /** As in the RFC: `LOOKUP`. */
  readonly name: string
  /** True for a call that must not be done twice: its reply is kept and replayed to a retransmission. */
  readonly replyCached: boolean
  /** Where every result begins with a status: all of them by name, 0 for success. Calls are counted by them. */
  readonly statuses?: Readonly<Record<string, number>>
  /**
   * Decodes the arguments, does the work, writes the result. Either all of this happens before it returns, or it
   * returns a promise of a function that writes the result, and then has written nothing. `reader`, its buffer, `call`
   * (but not `call.client` and `call.credentials`) and `writer` are not used after it has returned.
   *
   * Errors: XdrError becomes GARBAGE_ARGS; any other is a bug of ours, counted and answered with SYSTEM_ERR.
   */
  run(reader: XdrReader, call: RpcCall, writer: XdrWriter): void | Promise<DeferredReply>
}

/** The procedures of one version of a program, by procedure number. */
export interface RpcVersion {
  readonly version: number
  readonly procedures: readonly (RpcProcedure | undefined)[]
}

/** A program and the versions served. A call to another version is told the lowest and highest of these. */
export interface RpcProgram {
  readonly name: string
  readonly program: number
  readonly versions: readonly RpcVersion[]
}
