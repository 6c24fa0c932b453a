import type { XdrReader } from '../../xdr/index.ts'
import { decodeDirOpArgs } from '../arguments.ts'
import { decodeSattr3, encodeCreated } from '../attributes.ts'
import { encodeDirectoryWccFail, nfs3Procedure } from '../procedure.ts'

function decode(reader: XdrReader) {
  const where = decodeDirOpArgs(reader)
  return { where, attributes: decodeSattr3(reader) }
}

/** RFC 1813 §3.3.9. */
export const mkdir = nfs3Procedure({
  name: 'MKDIR',
  replyCached: true,
  decode,
  run: (backend, caller, { where, attributes }) => backend.mkdir(caller, where, attributes),
  encodeOk: encodeCreated,
  encodeFail: encodeDirectoryWccFail,
})
