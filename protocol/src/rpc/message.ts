import type { XdrReader, XdrWriter } from '../xdr/index.ts'
import { RecordError } from './record-marking.ts'

/** RFC 5531 §9. */
export const rpcVersion = 2

/** msg_type, RFC 5531 §9. */
export const MessageType = { CALL: 0, REPLY: 1 } as const

/** reply_stat, RFC 5531 §9. */
export const ReplyStat = { MSG_ACCEPTED: 0, MSG_DENIED: 1 } as const

/** accept_stat, RFC 5531 §9. */
export const AcceptStat = {
  SUCCESS: 0,
  PROG_UNAVAIL: 1,
  PROG_MISMATCH: 2,
  PROC_UNAVAIL: 3,
  GARBAGE_ARGS: 4,
  SYSTEM_ERR: 5,
} as const
export type AcceptStat = (typeof AcceptStat)[keyof typeof AcceptStat]

/** reject_stat, RFC 5531 §9. */
export const RejectStat = { RPC_MISMATCH: 0, AUTH_ERROR: 1 } as const

/** The part of a call before its credential. One object is filled again for each call. */
export class CallHeader {
  xid = 0
  rpcVersion = 0
  program = 0
  version = 0
  procedure = 0

  /**
   * Reads up to the credential, RFC 5531 §9 call_body. The fields after another {@link rpcVersion} than ours are 0:
   * only that version knows them. Errors: RecordError for a record that is no call.
   */
  decode(reader: XdrReader): void {
    if (reader.remaining < 12) throw new RecordError(`record of ${reader.remaining} bytes is no call`)
    this.xid = reader.uint32()
    const type = reader.uint32()
    if (type !== MessageType.CALL) throw new RecordError(`message of type ${type} is no call`)
    this.rpcVersion = reader.uint32()
    if (this.rpcVersion !== rpcVersion) {
      this.program = this.version = this.procedure = 0
      return
    }
    if (reader.remaining < 12) throw new RecordError('call ends inside its header')
    this.program = reader.uint32()
    this.version = reader.uint32()
    this.procedure = reader.uint32()
  }
}

/** The header of an accepted call's reply. Our verifier is AUTH_NONE. */
export function writeAccepted(w: XdrWriter, xid: number, stat: AcceptStat): void {
  w.uint32(xid)
  w.uint32(MessageType.REPLY)
  w.uint32(ReplyStat.MSG_ACCEPTED)
  w.uint64(0)
  w.uint32(stat)
}

/** PROG_MISMATCH, with the lowest and highest version that is served. */
export function writeProgramMismatch(w: XdrWriter, xid: number, low: number, high: number): void {
  writeAccepted(w, xid, AcceptStat.PROG_MISMATCH)
  w.uint32(low)
  w.uint32(high)
}

/** RPC_MISMATCH: only version 2 is spoken. */
export function writeRpcMismatch(w: XdrWriter, xid: number): void {
  writeDenied(w, xid, RejectStat.RPC_MISMATCH)
  w.uint32(rpcVersion)
  w.uint32(rpcVersion)
}

/** AUTH_ERROR with its reason, an auth_stat. */
export function writeAuthError(w: XdrWriter, xid: number, stat: number): void {
  writeDenied(w, xid, RejectStat.AUTH_ERROR)
  w.uint32(stat)
}

function writeDenied(w: XdrWriter, xid: number, stat: number): void {
  w.uint32(xid)
  w.uint32(MessageType.REPLY)
  w.uint32(ReplyStat.MSG_DENIED)
  w.uint32(stat)
}
