import {
  NfsError,
  type DeferredReply,
  type RpcCall,
  type RpcProcedure,
  type RpcProgram,
  XdrReader,
  XdrWriter,
} from 'nfs-server-ts'
import { shareOfHandle, type HandleCodec } from '../../filesystem/index.ts'
import { isFolderHandle } from '../folder-handle.ts'
import { handleIn, isGenuine } from '../handle-argument.ts'
import type { Holds } from '../holds.ts'
import { wrapProgram } from '../putting-off.ts'
import type { SlowStores } from './slow-stores.ts'

/** Procedures that change something, by name. */
const changing = new Set([
  'SETATTR',
  'WRITE',
  'CREATE',
  'MKDIR',
  'SYMLINK',
  'MKNOD',
  'REMOVE',
  'RMDIR',
  'RENAME',
  'LINK',
])

export interface SlowProgramOptions {
  readonly slow: SlowStores
  readonly holds: Holds
  readonly codec: HandleCodec
}

/**
 * The NFS program, with calls on shares in remote stores done by threads of those: the bytes of their arguments go there, and
 * those of their results come back. While there are no such shares, it costs a call one comparison.
 */
export function withSlowStores(program: RpcProgram, options: SlowProgramOptions): RpcProgram {
  return wrapProgram(program, (procedure, number, puttingOff) =>
    slowly(procedure, number, puttingOff, options),
  )
}

function slowly(
  procedure: RpcProcedure,
  number: number,
  puttingOff: RpcProcedure,
  { slow, holds, codec }: SlowProgramOptions,
): RpcProcedure {
  const isChange = changing.has(procedure.name)
  return {
    ...procedure,
    run(reader, call, writer) {
      if (slow.isEmpty) return procedure.run(reader, call, writer)
      const shareId = shareIn(reader, codec)
      if (shareId === undefined || !slow.has(shareId)) return procedure.run(reader, call, writer)
      const { client, credentials, xid } = call
      const { buffer, offset, end } = reader
      const args = buffer.subarray(offset, end)
      const held = isChange ? holds.of(shareId) : undefined
      try {
        const caller = { client, credentials }
        return slow
          .call(shareId, caller, { procedure: number, args, isChange, held })
          .then((result) =>
            'bytes' in result ? copied(result.bytes) : runLater(procedure, result.args, { xid, ...caller }),
          )
      } catch (error) {
        if (!(error instanceof NfsError)) throw error
        return puttingOff.run(reader, call, writer)
      }
    },
  }
}

/** What has come from another thread, as a reply. */
function copied(bytes: Uint8Array): DeferredReply {
  return (writer) => {
    writer.ensure(bytes.length)
    writer.buffer.set(bytes, writer.offset)
    writer.offset += bytes.length
  }
}

/** A call whose share is this thread's own by now. */
function runLater(
  procedure: RpcProcedure,
  args: Uint8Array,
  call: RpcCall,
): DeferredReply | Promise<DeferredReply> {
  const writer = new XdrWriter()
  const reader = new XdrReader(Buffer.from(args.buffer, args.byteOffset, args.length))
  return procedure.run(reader, call, writer) ?? copied(writer.bytes())
}

/** The share of a call; undefined where its handle is none of a share that this gateway has made. */
function shareIn(reader: XdrReader, codec: HandleCodec): number | undefined {
  const handle = handleIn(reader)
  if (handle === undefined || isFolderHandle(handle) || !isGenuine(handle, codec)) return undefined
  return shareOfHandle(handle)
}
