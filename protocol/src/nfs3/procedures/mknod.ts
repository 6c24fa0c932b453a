import type { XdrReader } from '../../xdr/index.ts'
import { decodeDirOpArgs } from '../arguments.ts'
import { decodeSattr3, encodeCreated } from '../attributes.ts'
import type { MknodData3 } from '../backend.ts'
import { NfsError } from '../error.ts'
import { encodeDirectoryWccFail, nfs3Procedure } from '../procedure.ts'
import { Ftype3, Nfsstat3 } from '../types.ts'

function decodeWhat(reader: XdrReader): MknodData3 {
  const type = reader.uint32()
  switch (type) {
    case Ftype3.CHR:
    case Ftype3.BLK: {
      const attributes = decodeSattr3(reader)
      const rdevMajor = reader.uint32()
      return { type, attributes, rdevMajor, rdevMinor: reader.uint32() }
    }
    case Ftype3.SOCK:
    case Ftype3.FIFO:
      return { type, attributes: decodeSattr3(reader) }
    case Ftype3.REG:
    case Ftype3.DIR:
    case Ftype3.LNK:
      return { type }
    default:
      // The union's default arm is void, so a type nobody knows is sound XDR, and RFC 1813 §3.3.11 has a status for it.
      throw new NfsError(Nfsstat3.BADTYPE)
  }
}

function decode(reader: XdrReader) {
  const where = decodeDirOpArgs(reader)
  return { where, what: decodeWhat(reader) }
}

/** RFC 1813 §3.3.11. */
export const mknod = nfs3Procedure({
  name: 'MKNOD',
  replyCached: true,
  decode,
  run: (backend, caller, { where, what }) => backend.mknod(caller, where, what),
  encodeOk: encodeCreated,
  encodeFail: encodeDirectoryWccFail,
})
