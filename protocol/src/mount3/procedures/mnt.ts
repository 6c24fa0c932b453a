import { answerWith } from '../../rpc/procedure.ts'
import type { RpcProcedure } from '../../rpc/program.ts'
import type { XdrWriter } from '../../xdr/index.ts'
import { mountPathSizeMax, Mountstat3, type MountBackend, type MountResult } from '../exports.ts'

function encode(writer: XdrWriter, result: MountResult): void {
  writer.uint32(result.status)
  if (result.status !== Mountstat3.OK) return
  writer.opaque(result.handle)
  writer.uint32(result.authFlavors.length)
  for (const flavor of result.authFlavors) writer.uint32(flavor)
}

/** RFC 1813 §5.2.1. Its reply is kept: a backend may let one ticket mount once. */
export function mnt(backend: MountBackend): RpcProcedure {
  return {
    name: 'MNT',
    replyCached: true,
    statuses: Mountstat3,
    run(reader, { client, credentials }, writer) {
      const path = reader.opaque(mountPathSizeMax)
      return answerWith(backend.mount(client, credentials, path), writer, encode)
    },
  }
}
