import type { Nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.0: no arguments, no result, no backend. */
export const nullProcedure: Nfs3Procedure = {
  name: 'NULL',
  bind: () => ({
    name: 'NULL',
    replyCached: false,
    run() {
      // Nothing to read and nothing to write.
    },
  }),
}
