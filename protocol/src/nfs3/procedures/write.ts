import { XdrError, type XdrReader } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { decodeEnum, encodeWccData } from '../attributes.ts'
import { encodeObjectWccFail, nfs3Procedure } from '../procedure.ts'
import { StableHow } from '../types.ts'

function decode(reader: XdrReader) {
  const file = decodeFh(reader)
  const offset = reader.uint64()
  const count = reader.uint32()
  const stable = decodeEnum(reader, StableHow.FILE_SYNC) as StableHow
  const data = reader.opaque(reader.remaining)
  // RFC 1813 §3.3.7 has the same number twice. Where they differ, one is wrong and nobody knows which; Linux nfsd
  // (nfs3svc_decode_writeargs) refuses the call as garbage too.
  if (count !== data.length)
    throw new XdrError(`WRITE of ${count} bytes with ${data.length} bytes of data`, reader.offset)
  return { file, offset, stable, data }
}

/** RFC 1813 §3.3.7. Not reply-cached: writing the same bytes twice is writing them once. */
export const write = nfs3Procedure({
  name: 'WRITE',
  replyCached: false,
  decode,
  run(backend, caller, { file, offset, stable, data }, { wtmax }) {
    // RFC 1813 §3.3.19: a WRITE of more than wtmax is a short write; the client sends the rest again.
    const taken = data.length > wtmax ? data.subarray(0, wtmax) : data
    return backend.write(caller, file, offset, stable, taken)
  },
  encodeOk(writer, { wcc, count, committed, verifier }) {
    encodeWccData(writer, wcc)
    writer.uint32(count)
    writer.uint32(committed)
    writer.fixedOpaque(verifier)
  },
  encodeFail: encodeObjectWccFail,
})
