import type { XdrReader } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { decodeNfstime3, decodeSattr3, encodeWccData } from '../attributes.ts'
import { encodeObjectWccFail, nfs3Procedure } from '../procedure.ts'

function decode(reader: XdrReader) {
  const object = decodeFh(reader)
  const attributes = decodeSattr3(reader)
  return { object, attributes, guard: reader.bool() ? decodeNfstime3(reader) : undefined }
}

/** RFC 1813 §3.3.2. */
export const setattr = nfs3Procedure({
  name: 'SETATTR',
  replyCached: true,
  decode,
  run: (backend, caller, { object, attributes, guard }) => backend.setattr(caller, object, attributes, guard),
  encodeOk: (writer, { wcc }) => encodeWccData(writer, wcc),
  encodeFail: encodeObjectWccFail,
})
