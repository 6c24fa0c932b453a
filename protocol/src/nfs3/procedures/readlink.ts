import { decodeFh } from '../arguments.ts'
import { encodePostOpAttr } from '../attributes.ts'
import { encodeObjectFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.5. */
export const readlink = nfs3Procedure({
  name: 'READLINK',
  replyCached: false,
  decode: decodeFh,
  run: (backend, caller, symlink) => backend.readlink(caller, symlink),
  encodeOk(writer, { attributes, path }) {
    encodePostOpAttr(writer, attributes)
    writer.opaque(path)
  },
  encodeFail: encodeObjectFail,
})
