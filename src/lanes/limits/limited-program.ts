import {
  XdrReader,
  XdrWriter,
  type DeferredReply,
  type RpcCall,
  type RpcProcedure,
  type RpcProgram,
} from 'nfs-server-ts'
import { wrapProgram } from '../putting-off.ts'
import type { CallLimits } from './call-limits.ts'
import { FirstCopies } from './first-copies.ts'

/** Procedures that transfer data of files. */
const transfers = new Set(['READ', 'WRITE'])

/**
 * The NFS program within the limits of shares and grants: a call over the rate waits until its time has come, without its
 * having begun, and what is more than may wait is put off. `transferMax`: the most bytes that a call transfers.
 *
 * It stands before all else, where a call is still the bytes of its arguments: these are what waits. So a hold, a
 * revocation, a move find nothing under way, and are there first.
 */
export function withLimits(program: RpcProgram, limits: CallLimits, transferMax: number): RpcProgram {
  return wrapProgram(program, (procedure, _number, puttingOff) =>
    procedure.name === 'NULL' ? procedure : limited(procedure, puttingOff, limits, transferMax),
  )
}

function limited(
  procedure: RpcProcedure,
  puttingOff: RpcProcedure,
  limits: CallLimits,
  transferMax: number,
): RpcProcedure {
  const isTransfer = transfers.has(procedure.name)
  const copies = procedure.name === 'WRITE' ? new FirstCopies() : undefined
  return {
    ...procedure,
    run(reader, call, writer) {
      const limited = limits.areNone ? undefined : limits.of(reader, call.client)
      if (limited === undefined) return procedure.run(reader, call, writer)
      const { buffer, offset, end } = reader
      const view = buffer.subarray(offset, end)
      const first = copies?.of(call, view)
      if (first !== undefined) return first
      const due = limits.book(limited, isTransfer ? Math.min(countIn(view), transferMax) : 0, view.length)
      if (due === undefined) return procedure.run(reader, call, writer)
      if (due === 'put-off') return puttingOff.run(reader, call, writer)
      const { client, credentials, xid } = call
      const [args, own] = [Buffer.from(view), { client, credentials, xid }]
      if (copies !== undefined)
        return copies.add(
          own,
          args,
          due.then(() => resultOf(procedure, args, own)),
        )
      return due.then((): DeferredReply => (late) => procedure.run(new XdrReader(args), own, late))
    },
  }
}

/** Behind the handle, arguments of READ and WRITE have an offset of 8 bytes and then the count (RFC 1813 §3.3.6, §3.3.7). */
function countIn(args: Buffer): number {
  const size = args.readUInt32BE(0)
  const at = 4 + size + (-size & 3) + 8
  return at + 4 > args.length ? 0 : args.readUInt32BE(at)
}

async function resultOf(procedure: RpcProcedure, args: Buffer, call: RpcCall): Promise<Buffer> {
  const writer = new XdrWriter()
  let late = procedure.run(new XdrReader(args), call, writer)
  while (late !== undefined) late = (await late)(writer)
  return writer.bytes()
}
