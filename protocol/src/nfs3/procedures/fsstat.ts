import { decodeFh } from '../arguments.ts'
import { encodePostOpAttr } from '../attributes.ts'
import { encodeObjectFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.18. */
export const fsstat = nfs3Procedure({
  name: 'FSSTAT',
  replyCached: false,
  decode: decodeFh,
  run: (backend, caller, root) => backend.fsstat(caller, root),
  encodeOk(writer, ok) {
    encodePostOpAttr(writer, ok.attributes)
    writer.uint64(ok.tbytes)
    writer.uint64(ok.fbytes)
    writer.uint64(ok.abytes)
    writer.uint64(ok.tfiles)
    writer.uint64(ok.ffiles)
    writer.uint64(ok.afiles)
    writer.uint32(ok.invarsec)
  },
  encodeFail: encodeObjectFail,
})
