import { answerWith, writeList } from '../../rpc/procedure.ts'
import type { RpcProcedure } from '../../rpc/program.ts'
import type { XdrWriter } from '../../xdr/index.ts'
import type { ExportEntry, MountBackend } from '../exports.ts'

function encodeEntry(writer: XdrWriter, { path, groups }: ExportEntry): void {
  writer.opaque(path)
  for (const group of groups) {
    writer.bool(true)
    writer.string(group)
  }
  writer.bool(false)
}

/** RFC 1813 §5.2.5: `exports`, a list of path and the list of those who may mount it. */
export function exportProcedure(backend: MountBackend): RpcProcedure {
  return {
    name: 'EXPORT',
    replyCached: false,
    run: (_reader, { client }, writer) =>
      answerWith(backend.exports(client), writer, (w, entries) =>
        writeList(w, entries, client.transport, encodeEntry),
      ),
  }
}
