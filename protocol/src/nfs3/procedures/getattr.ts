import { decodeFh } from '../arguments.ts'
import { encodeFattr3 } from '../attributes.ts'
import { nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.1. */
export const getattr = nfs3Procedure({
  name: 'GETATTR',
  replyCached: false,
  decode: decodeFh,
  run: (backend, caller, object) => backend.getattr(caller, object),
  encodeOk: (writer, { attributes }) => encodeFattr3(writer, attributes),
  encodeFail() {
    // The only failure arm of RFC 1813 that is void.
  },
})
