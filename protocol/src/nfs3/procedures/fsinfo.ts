import { decodeFh } from '../arguments.ts'
import { encodePostOpAttr } from '../attributes.ts'
import { encodeObjectFail, nfs3Procedure } from '../procedure.ts'

/** RFC 1813 §3.3.19. No size told is above what this server does in one call, whatever the backend could. */
export const fsinfo = nfs3Procedure({
  name: 'FSINFO',
  replyCached: false,
  decode: decodeFh,
  run: (backend, caller, root) => backend.fsinfo(caller, root),
  encodeOk(writer, ok, _root, { rtmax, wtmax, dtmax }) {
    encodePostOpAttr(writer, ok.attributes)
    writer.uint32(Math.min(ok.rtmax, rtmax))
    writer.uint32(Math.min(ok.rtpref, rtmax))
    writer.uint32(ok.rtmult)
    writer.uint32(Math.min(ok.wtmax, wtmax))
    writer.uint32(Math.min(ok.wtpref, wtmax))
    writer.uint32(ok.wtmult)
    writer.uint32(Math.min(ok.dtpref, dtmax))
    writer.uint64(ok.maxfilesize)
    writer.uint32(ok.timeDelta.seconds)
    writer.uint32(ok.timeDelta.nanoseconds)
    writer.uint32(ok.properties)
  },
  encodeFail: encodeObjectFail,
})
