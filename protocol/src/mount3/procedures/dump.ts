import { answerWith, writeList } from '../../rpc/procedure.ts'
import type { RpcProcedure } from '../../rpc/program.ts'
import type { MountBackend } from '../exports.ts'

/** RFC 1813 §5.2.2: `mountlist`, a list of host name and directory. */
export function dump(backend: MountBackend): RpcProcedure {
  return {
    name: 'DUMP',
    replyCached: false,
    run: (_reader, { client }, writer) =>
      answerWith(backend.dump(client), writer, (w, mounts) =>
        writeList(w, mounts, client.transport, (_, { hostname, directory }) => {
          w.string(hostname)
          w.opaque(directory)
        }),
      ),
  }
}
