import type { XdrReader } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { encodePostOpAttr } from '../attributes.ts'
import { encodeObjectFail, nfs3Procedure } from '../procedure.ts'

function decode(reader: XdrReader) {
  const object = decodeFh(reader)
  return { object, access: reader.uint32() }
}

/** RFC 1813 §3.3.4. */
export const access = nfs3Procedure({
  name: 'ACCESS',
  replyCached: false,
  decode,
  run: (backend, caller, { object, access }) => backend.access(caller, object, access),
  encodeOk(writer, { attributes, access }) {
    encodePostOpAttr(writer, attributes)
    writer.uint32(access)
  },
  encodeFail: encodeObjectFail,
})
