import { objectQuery } from '../procedure.ts'

/** RFC 1813 §3.3.18. */
export const fsstat = objectQuery({
  name: 'FSSTAT',
  run: (backend, caller, root) => backend.fsstat(caller, root),
  encodeRest(writer, ok) {
    writer.uint64(ok.tbytes)
    writer.uint64(ok.fbytes)
    writer.uint64(ok.abytes)
    writer.uint64(ok.tfiles)
    writer.uint64(ok.ffiles)
    writer.uint64(ok.afiles)
    writer.uint32(ok.invarsec)
  },
})
