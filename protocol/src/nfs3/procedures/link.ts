import type { XdrReader, XdrWriter } from '../../xdr/index.ts'
import { decodeDirOpArgs, decodeFh } from '../arguments.ts'
import { encodePostOpAttr, encodeWccData } from '../attributes.ts'
import type { ObjectAttributes } from '../backend.ts'
import { nfs3Procedure } from '../procedure.ts'
import type { WccData } from '../types.ts'

function decode(reader: XdrReader) {
  const file = decodeFh(reader)
  return { file, link: decodeDirOpArgs(reader) }
}

function encode(
  writer: XdrWriter,
  { attributes, linkDirWcc }: ObjectAttributes & { linkDirWcc: WccData },
): void {
  encodePostOpAttr(writer, attributes)
  encodeWccData(writer, linkDirWcc)
}

/** RFC 1813 §3.3.15. Both arms carry the same. */
export const link = nfs3Procedure({
  name: 'LINK',
  replyCached: true,
  decode,
  run: (backend, caller, { file, link }) => backend.link(caller, file, link),
  encodeOk: encode,
  encodeFail: encode,
})
