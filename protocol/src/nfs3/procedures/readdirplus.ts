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
  const dircount = reader.uint32()
  const maxcount = reader.uint32()
  return { dir, cookieHigh, cookieLow, cookieVerifier, dircount, maxcount, entryCountMax: 1 }
}

/** RFC 1813 §3.3.17. */
export const readdirplus = nfs3Procedure({
  name: 'READDIRPLUS',
  replyCached: false,
  decode,
  run(backend, caller, args, { dtmax }) {
    args.entryCountMax = Math.min(
      entryCountMax(Math.min(args.maxcount, dtmax), true),
      entryCountMax(args.dircount, false),
    )
    return backend.readdirplus(caller, args)
  },
  encodeOk(writer, ok, { dircount, maxcount }, { dtmax }) {
    return encodeDirectoryPage(writer, ok, { sizeMax: Math.min(maxcount, dtmax), dirSizeMax: dircount }, true)
  },
  encodeFail: encodeDirectoryFail,
})
