import type { XdrReader } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { encodeWccData } from '../attributes.ts'
import { encodeObjectWccFail, nfs3Procedure } from '../procedure.ts'

function decode(reader: XdrReader) {
  const file = decodeFh(reader)
  const offset = reader.uint64()
  return { file, offset, count: reader.uint32() }
}

/** RFC 1813 §3.3.21. */
export const commit = nfs3Procedure({
  name: 'COMMIT',
  replyCached: false,
  decode,
  run: (backend, caller, { file, offset, count }) => backend.commit(caller, file, offset, count),
  encodeOk(writer, { wcc, verifier }) {
    encodeWccData(writer, wcc)
    writer.fixedOpaque(verifier)
  },
  encodeFail: encodeObjectWccFail,
})
