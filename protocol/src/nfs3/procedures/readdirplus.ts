import type { XdrReader } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { encodeDirectoryPage, entryCountMax, reserveEntries } from '../directory-page.ts'
import type { EntriesTarget } from '../backend.ts'
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

/** One for all calls: it is the backend's only until `readdirplus` returns, and no call runs inside another. */
const target: EntriesTarget = { buffer: Buffer.alloc(0), offset: 0, size: 0, dirSizeMax: 0 }

/** RFC 1813 §3.3.17. */
export const readdirplus = nfs3Procedure({
  name: 'READDIRPLUS',
  replyCached: false,
  decode,
  run(backend, caller, args, { dtmax }, writer) {
    const { dircount: dirSizeMax } = args
    reserveEntries(writer, { sizeMax: Math.min(args.maxcount, dtmax), dirSizeMax }, target)
    args.entryCountMax = Math.min(
      entryCountMax(Math.min(args.maxcount, dtmax), true),
      entryCountMax(args.dircount, false),
    )
    return backend.readdirplus(caller, args, target)
  },
  encodeOk(writer, ok, { dircount, maxcount }, { dtmax }) {
    return encodeDirectoryPage(writer, ok, { sizeMax: Math.min(maxcount, dtmax), dirSizeMax: dircount }, true)
  },
  encodeFail: encodeDirectoryFail,
})
