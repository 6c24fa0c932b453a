import type { RpcProcedure } from '../../rpc/program.ts'

/** RFC 1813 §5.2.0. */
export const nullProcedure: RpcProcedure = { name: 'NULL', replyCached: false, run: () => undefined }
