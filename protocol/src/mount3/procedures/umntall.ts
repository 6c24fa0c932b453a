import { answerWith } from '../../rpc/procedure.ts'
import type { RpcProcedure } from '../../rpc/program.ts'
import type { MountBackend } from '../exports.ts'

/** RFC 1813 §5.2.4. */
export function umntall(backend: MountBackend): RpcProcedure {
  return {
    name: 'UMNTALL',
    replyCached: false,
    run: (_reader, { client }, writer) => answerWith(backend.unmountAll(client), writer, () => undefined),
  }
}
