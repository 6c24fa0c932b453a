import { decodeDirOpArgs } from '../arguments.ts'
import { encodeDirectoryWccFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.12. Both arms carry the same. */
export const remove = nfs3Procedure({
  name: 'REMOVE',
  replyCached: true,
  decode: decodeDirOpArgs,
  run: (backend, caller, object) => backend.remove(caller, object),
  encodeOk: encodeDirectoryWccFail,
  encodeFail: encodeDirectoryWccFail,
})
