import type { XdrReader, XdrWriter } from '../../xdr/index.ts'
import { decodeFh } from '../arguments.ts'
import { encodePostOpAttr, postOpAttrSize } from '../attributes.ts'
import type { Nfs3Result, ObjectAttributes, Read3Ok, ReadTarget } from '../backend.ts'
import { encodeObjectFail, nfs3Procedure } from '../procedure.ts'
import { type NfsFh3, Nfsstat3 } from '../types.ts'

/** count, eof and the length word of the data. */
const headSize = 4 + 4 + 4
const statusSize = 4

/** One for all calls: it is the backend's only until `read` returns, and no call runs inside another. */
const target: ReadTarget = { buffer: Buffer.alloc(0), offset: 0, takesFile: false }

interface ReadArgs {
  file: NfsFh3
  offset: number
  /** Bytes. */
  count: number
}

function decode(reader: XdrReader): ReadArgs {
  const file = decodeFh(reader)
  const offset = reader.uint64()
  return { file, offset, count: reader.uint32() }
}

function requireData(result: Nfs3Result<Read3Ok, ObjectAttributes>): Nfs3Result<Read3Ok, ObjectAttributes> {
  if (result.status === Nfsstat3.OK && result.data === undefined && result.fill === undefined)
    throw new Error('promised READ result without data: the target was gone when it was made')
  return result
}

/** Puts everything before and after data that lies, or is copied, behind it. `writer` stands behind the status. */
function encodeOk(
  writer: XdrWriter,
  { attributes, count, eof, data, fill, file }: Read3Ok,
  args: ReadArgs,
): void {
  if (count > args.count) throw new Error(`READ of ${args.count} bytes answered with ${count}`)
  if (data !== undefined && data.length !== count)
    throw new Error(`READ result of ${count} bytes with ${data.length} bytes of data`)
  const targetOffset = writer.offset + postOpAttrSize + headSize
  encodePostOpAttr(writer, attributes)
  writer.uint32(count)
  writer.bool(eof)
  if (data !== undefined) {
    writer.opaque(data)
    return
  }
  writer.uint32(count)
  if (fill !== undefined) {
    writer.ensure(count + 3)
    fill(writer.buffer, writer.offset)
    writer.advanceOpaque(count)
    return
  }
  if (file !== undefined) {
    writer.appendFile(file)
    return
  }
  // Without attributes the data belongs 84 bytes before where it was read to.
  if (attributes === undefined) writer.buffer.copyWithin(writer.offset, targetOffset, targetOffset + count)
  writer.advanceOpaque(count)
}

/** RFC 1813 §3.3.6. The backend reads straight into the reply: the data is never copied. */
export const read = nfs3Procedure({
  name: 'READ',
  replyCached: false,
  decode,
  run(backend, caller, args, { rtmax }, writer) {
    // RFC 1813 §3.3.19: a READ of more than rtmax is a short read.
    args.count = Math.min(args.count, rtmax)
    writer.ensure(statusSize + postOpAttrSize + headSize + args.count + 3)
    target.buffer = writer.buffer
    target.offset = writer.offset + statusSize + postOpAttrSize + headSize
    target.takesFile = writer.takesFile
    const result = backend.read(caller, args.file, args.offset, args.count, target)
    return result instanceof Promise ? result.then(requireData) : result
  },
  encodeOk,
  encodeFail: encodeObjectFail,
})
