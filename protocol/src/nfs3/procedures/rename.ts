import type { XdrReader, XdrWriter } from '../../xdr/index.ts'
import { decodeDirOpArgs } from '../arguments.ts'
import { encodeWccData } from '../attributes.ts'
import { nfs3Procedure } from '../procedure.ts'
import type { WccData } from '../types.ts'

function decode(reader: XdrReader) {
  const from = decodeDirOpArgs(reader)
  return { from, to: decodeDirOpArgs(reader) }
}

function encode(
  writer: XdrWriter,
  { fromDirWcc, toDirWcc }: { fromDirWcc: WccData; toDirWcc: WccData },
): void {
  encodeWccData(writer, fromDirWcc)
  encodeWccData(writer, toDirWcc)
}

/** RFC 1813 §3.3.14. Both arms carry the same. */
export const rename = nfs3Procedure({
  name: 'RENAME',
  replyCached: true,
  decode,
  run: (backend, caller, { from, to }) => backend.rename(caller, from, to),
  encodeOk: encode,
  encodeFail: encode,
})
