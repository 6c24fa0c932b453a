import { decodeDirOpArgs } from '../arguments.ts'
import { encodeDirectoryWccFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.13. Both arms carry the same. */
export const rmdir = nfs3Procedure({
  name: 'RMDIR',
  replyCached: true,
  decode: decodeDirOpArgs,
  run: (backend, caller, object) => backend.rmdir(caller, object),
  encodeOk: encodeDirectoryWccFail,
  encodeFail: encodeDirectoryWccFail,
})
