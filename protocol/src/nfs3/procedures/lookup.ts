import { decodeDirOpArgs } from '../arguments.ts'
import { encodePostOpAttr } from '../attributes.ts'
import { encodeDirectoryFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.3. */
export const lookup = nfs3Procedure({
  name: 'LOOKUP',
  replyCached: false,
  decode: decodeDirOpArgs,
  run: (backend, caller, what) => backend.lookup(caller, what),
  encodeOk(writer, { object, attributes, dirAttributes }) {
    writer.opaque(object)
    encodePostOpAttr(writer, attributes)
    encodePostOpAttr(writer, dirAttributes)
  },
  encodeFail: encodeDirectoryFail,
})
