import { objectQuery } from '../procedure.ts'

/** RFC 1813 §3.3.19. No size told is above what this server does in one call, whatever the backend could. */
export const fsinfo = objectQuery({
  name: 'FSINFO',
  run: (backend, caller, root) => backend.fsinfo(caller, root),
  encodeRest(writer, ok, { rtmax, wtmax, dtmax }) {
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
})
