import { objectQuery } from '../procedure.ts'

/** RFC 1813 §3.3.20. */
export const pathconf = objectQuery({
  name: 'PATHCONF',
  run: (backend, caller, object) => backend.pathconf(caller, object),
  encodeRest(writer, ok) {
    writer.uint32(ok.linkmax)
    writer.uint32(ok.nameMax)
    writer.bool(ok.noTrunc)
    writer.bool(ok.chownRestricted)
    writer.bool(ok.caseInsensitive)
    writer.bool(ok.casePreserving)
  },
})
