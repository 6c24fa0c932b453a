import type { XdrReader } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { encodeDirectoryPage, entryCountMax } from '../directory-page.ts'
import { encodeDirectoryFail, nfs3Procedure } from '../procedure.ts'
import { nfs3CookieVerfSize } from '../types.ts'

function decode(reader: XdrReader) {
  const dir = decodeFh(reader)
  const cookieHigh = reader.uint32()
  const cookieLow = reader.uint32()
  const cookieVerifier = reader.fixedOpaque(nfs3CookieVerfSize)
  return { dir, cookieHigh, cookieLow, cookieVerifier, count: reader.uint32(), entryCountMax: 1 }
}

/** RFC 1813 §3.3.16. */
export const readdir = nfs3Procedure({
  name: 'READDIR',
  replyCached: false,
  decode,
  run(backend, caller, args, { dtmax }) {
    args.entryCountMax = entryCountMax(Math.min(args.count, dtmax), false)
    return backend.readdir(caller, args)
  },
  encodeOk(writer, ok, { count }, { dtmax }) {
    return encodeDirectoryPage(writer, ok, { sizeMax: Math.min(count, dtmax), dirSizeMax: Infinity }, false)
  },
  encodeFail: encodeDirectoryFail,
})
