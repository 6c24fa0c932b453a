import { answerWith } from '../../rpc/procedure.ts'
import type { RpcProcedure } from '../../rpc/program.ts'
import { mountPathSizeMax, type MountBackend } from '../exports.ts'

/** RFC 1813 §5.2.3. */
export function umnt(backend: MountBackend): RpcProcedure {
  return {
    name: 'UMNT',
    replyCached: false,
    run(reader, { client }, writer) {
      const path = reader.opaque(mountPathSizeMax)
      return answerWith(backend.unmount(client, path), writer, () => undefined)
    },
  }
}
