import type { XdrReader } from '../../xdr/index.ts'
import { decodeDirOpArgs, pathSizeMax } from '../arguments.ts'
import { decodeSattr3, encodeCreated } from '../attributes.ts'
import { encodeDirectoryWccFail, nfs3Procedure } from '../procedure.ts'

function decode(reader: XdrReader) {
  const where = decodeDirOpArgs(reader)
  const attributes = decodeSattr3(reader)
  return { where, attributes, path: reader.opaque(pathSizeMax) }
}

/** RFC 1813 §3.3.10. */
export const symlink = nfs3Procedure({
  name: 'SYMLINK',
  replyCached: true,
  decode,
  run: (backend, caller, { where, attributes, path }) => backend.symlink(caller, where, attributes, path),
  encodeOk: encodeCreated,
  encodeFail: encodeDirectoryWccFail,
})
