import { decodeFh } from '../arguments.ts'
import { encodePostOpAttr } from '../attributes.ts'
import { encodeObjectFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.20. */
export const pathconf = nfs3Procedure({
  name: 'PATHCONF',
  replyCached: false,
  decode: decodeFh,
  run: (backend, caller, object) => backend.pathconf(caller, object),
  encodeOk(writer, ok) {
    encodePostOpAttr(writer, ok.attributes)
    writer.uint32(ok.linkmax)
    writer.uint32(ok.nameMax)
    writer.bool(ok.noTrunc)
    writer.bool(ok.chownRestricted)
    writer.bool(ok.caseInsensitive)
    writer.bool(ok.casePreserving)
  },
  encodeFail: encodeObjectFail,
})
