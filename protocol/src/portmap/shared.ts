import type { RpcProcedure } from '../rpc/program.ts'

/** RFC 1833 §2.2 and §3.2, procedure 0. */
export const nullProcedure: RpcProcedure = { name: 'NULL', replyCached: false, run: () => undefined }

/** SET and UNSET: false, for nobody changes the registry over the network. */
export function refuse(name: 'SET' | 'UNSET'): RpcProcedure {
  return { name, replyCached: false, run: (_reader, _call, writer) => writer.bool(false) }
}
