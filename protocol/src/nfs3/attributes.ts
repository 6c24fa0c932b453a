import { XdrError, type XdrReader, type XdrWriter } from '../xdr/index.ts'
import type { Created } from './backend.ts'
import { NfsError } from './error.ts'
import {
  type Fattr3,
  type NfsFh3,
  type Nfstime3,
  Nfsstat3,
  type Sattr3,
  type SetTime3,
  type WccAttr,
  type WccData,
} from './types.ts'

/** Bytes of a fattr3 on the wire, RFC 1813 §2.6. */
export const fattr3Size = 84
/** Bytes of a post_op_attr whose attributes follow. */
export const postOpAttrSize = 4 + fattr3Size

/** fattr3, RFC 1813 §2.6. */
export function encodeFattr3(writer: XdrWriter, attributes: Fattr3): void {
  writer.ensure(fattr3Size)
  writer.uint32(attributes.type)
  writer.uint32(attributes.mode)
  writer.uint32(attributes.nlink)
  writer.uint32(attributes.uid)
  writer.uint32(attributes.gid)
  writer.uint64(attributes.size)
  writer.uint64(attributes.used)
  writer.uint32(attributes.rdevMajor)
  writer.uint32(attributes.rdevMinor)
  writer.uint64Parts(attributes.fsidHigh, attributes.fsidLow)
  writer.uint64Parts(attributes.fileidHigh, attributes.fileidLow)
  writer.uint32(attributes.atimeSeconds)
  writer.uint32(attributes.atimeNanoseconds)
  writer.uint32(attributes.mtimeSeconds)
  writer.uint32(attributes.mtimeNanoseconds)
  writer.uint32(attributes.ctimeSeconds)
  writer.uint32(attributes.ctimeNanoseconds)
}

/** post_op_attr, RFC 1813 §2.6. */
export function encodePostOpAttr(writer: XdrWriter, attributes: Fattr3 | undefined): void {
  writer.bool(attributes !== undefined)
  if (attributes !== undefined) encodeFattr3(writer, attributes)
}

/** wcc_attr, RFC 1813 §2.6. */
function encodeWccAttr(writer: XdrWriter, before: WccAttr): void {
  writer.uint64(before.size)
  writer.uint32(before.mtimeSeconds)
  writer.uint32(before.mtimeNanoseconds)
  writer.uint32(before.ctimeSeconds)
  writer.uint32(before.ctimeNanoseconds)
}

/** wcc_data, RFC 1813 §2.6. */
export function encodeWccData(writer: XdrWriter, wcc: WccData): void {
  writer.bool(wcc.before !== undefined)
  if (wcc.before !== undefined) encodeWccAttr(writer, wcc.before)
  encodePostOpAttr(writer, wcc.after)
}

/** post_op_fh3, RFC 1813 §2.6. */
export function encodePostOpFh(writer: XdrWriter, handle: NfsFh3 | undefined): void {
  writer.bool(handle !== undefined)
  if (handle !== undefined) writer.opaque(handle)
}

/** The common success arm of CREATE, MKDIR, SYMLINK and MKNOD, RFC 1813 §3.3.8 to §3.3.11. */
export function encodeCreated(writer: XdrWriter, created: Created & { dirWcc: WccData }): void {
  encodePostOpFh(writer, created.object)
  encodePostOpAttr(writer, created.attributes)
  encodeWccData(writer, created.dirWcc)
}

/**
 * nfstime3, RFC 1813 §2.6.
 *
 * Throws NfsError INVAL for a second of a billion nanoseconds or more: as XDR it is sound, as a time it is not, and
 * utimensat(2) takes two such values for commands.
 */
export function decodeNfstime3(reader: XdrReader): Nfstime3 {
  const seconds = reader.uint32()
  const nanoseconds = reader.uint32()
  if (nanoseconds >= 1_000_000_000) throw new NfsError(Nfsstat3.INVAL)
  return { seconds, nanoseconds }
}

/** set_atime and set_mtime, RFC 1813 §2.6: undefined leaves the time alone. */
function decodeSetTime(reader: XdrReader): SetTime3 | undefined {
  switch (decodeEnum(reader, 2)) {
    case 0:
      return undefined
    case 1:
      return 'server'
    default:
      return decodeNfstime3(reader)
  }
}

/** sattr3, RFC 1813 §2.6. */
export function decodeSattr3(reader: XdrReader): Sattr3 {
  const attributes: Sattr3 = {}
  if (reader.bool()) attributes.mode = reader.uint32()
  if (reader.bool()) attributes.uid = reader.uint32()
  if (reader.bool()) attributes.gid = reader.uint32()
  if (reader.bool()) attributes.size = reader.uint64()
  const atime = decodeSetTime(reader)
  if (atime !== undefined) attributes.atime = atime
  const mtime = decodeSetTime(reader)
  if (mtime !== undefined) attributes.mtime = mtime
  return attributes
}

/** Enumeration of the values 0 to `max`, RFC 4506 §4.3: any other is an XdrError. */
export function decodeEnum(reader: XdrReader, max: number): number {
  const value = reader.uint32()
  if (value > max) throw new XdrError(`enumeration of value ${value}, at most ${max}`, reader.offset - 4)
  return value
}
