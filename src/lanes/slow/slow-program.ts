import {
  createNfs3Program,
  nfs3FhSizeMax,
  NfsError,
  Nfsstat3,
  type DeferredReply,
  type Nfs3Backend,
  type RpcCall,
  type RpcProcedure,
  type RpcProgram,
  XdrReader,
  XdrWriter,
} from 'nfs-server-ts'
import { shareOfHandle, type HandleCodec } from '../../filesystem/index.ts'
import { isFolderHandle } from '../folder-handle.ts'
import type { Holds } from '../holds.ts'
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
  const refusing = createNfs3Program(refusingBackend)
  const versions = program.versions.map(({ version, procedures }, index) => ({
    version,
    procedures: procedures.map(
      (procedure, number) =>
        procedure && slowly(procedure, number, refusing.versions[index]!.procedures[number]!, options),
    ),
  }))
  return { ...program, versions }
}

function slowly(
  procedure: RpcProcedure,
  number: number,
  refusal: RpcProcedure,
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
        return refusal.run(reader, call, writer)
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

/** The share of the handle with which all arguments begin; undefined where it is none that this gateway has made. */
function shareIn(reader: XdrReader, codec: HandleCodec): number | undefined {
  const { buffer, offset, end } = reader
  if (end - offset < 4) return undefined
  const size = buffer.readUInt32BE(offset)
  if (size > nfs3FhSizeMax || offset + 4 + size > end || size < 8) return undefined
  const handle = buffer.subarray(offset + 4, offset + 4 + size)
  if (isFolderHandle(handle)) return undefined
  try {
    codec.verify(handle)
    return shareOfHandle(handle)
  } catch (error) {
    // The filesystem says so to the client.
    if (error instanceof NfsError) return undefined
    throw error
  }
}

function refuse(): never {
  throw new NfsError(Nfsstat3.JUKEBOX)
}

/** What puts off every call: what waits for a remote store already is as much as may. */
const refusingBackend: Nfs3Backend = {
  getattr: refuse,
  setattr: refuse,
  lookup: refuse,
  access: refuse,
  readlink: refuse,
  read: refuse,
  write: refuse,
  create: refuse,
  mkdir: refuse,
  symlink: refuse,
  mknod: refuse,
  remove: refuse,
  rmdir: refuse,
  rename: refuse,
  link: refuse,
  readdir: refuse,
  readdirplus: refuse,
  fsstat: refuse,
  fsinfo: refuse,
  pathconf: refuse,
  commit: refuse,
}
