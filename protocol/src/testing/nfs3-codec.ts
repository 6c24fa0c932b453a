import type { CreateHow3, MknodData3 } from '../nfs3/backend.ts'
import {
  type Fattr3,
  Ftype3,
  type NfsFh3,
  type Nfstime3,
  nfs3CookieVerfSize,
  nfs3FhSizeMax,
  type Sattr3,
  type SetTime3,
  type WccAttr,
  type WccData,
} from '../nfs3/types.ts'
import { XdrError, type XdrReader, type XdrWriter } from '../xdr/index.ts'

/** The client's half of the codec, written apart from the server's, so that one checks the other. */

/** Variable-length opaque, copied. Padding that is not zero is memory leaking out of the server: an XdrError. */
export function decodeOpaque(reader: XdrReader, sizeMax: number): Buffer {
  const bytes = Buffer.from(reader.opaque(sizeMax))
  for (let at = reader.offset - (-bytes.length & 3); at < reader.offset; at++)
    if (reader.buffer[at] !== 0) throw new XdrError('padding that is not zero', at)
  return bytes
}

export function decodeFh(reader: XdrReader): NfsFh3 {
  return decodeOpaque(reader, nfs3FhSizeMax)
}

/** fattr3, RFC 1813 §2.6. */
export function decodeFattr3(reader: XdrReader): Fattr3 {
  const type = reader.uint32()
  if (type < Ftype3.REG || type > Ftype3.FIFO) throw new XdrError(`ftype3 ${type}`, reader.offset - 4)
  return {
    type: type as Ftype3,
    mode: reader.uint32(),
    nlink: reader.uint32(),
    uid: reader.uint32(),
    gid: reader.uint32(),
    size: reader.uint64(),
    used: reader.uint64(),
    rdevMajor: reader.uint32(),
    rdevMinor: reader.uint32(),
    fsidHigh: reader.uint32(),
    fsidLow: reader.uint32(),
    fileidHigh: reader.uint32(),
    fileidLow: reader.uint32(),
    atimeSeconds: reader.uint32(),
    atimeNanoseconds: reader.uint32(),
    mtimeSeconds: reader.uint32(),
    mtimeNanoseconds: reader.uint32(),
    ctimeSeconds: reader.uint32(),
    ctimeNanoseconds: reader.uint32(),
  }
}

function decodeWccAttr(reader: XdrReader): WccAttr {
  return {
    size: reader.uint64(),
    mtimeSeconds: reader.uint32(),
    mtimeNanoseconds: reader.uint32(),
    ctimeSeconds: reader.uint32(),
    ctimeNanoseconds: reader.uint32(),
  }
}

export function decodePostOpAttr(reader: XdrReader): Fattr3 | undefined {
  return reader.bool() ? decodeFattr3(reader) : undefined
}

export function decodePostOpFh(reader: XdrReader): NfsFh3 | undefined {
  return reader.bool() ? decodeFh(reader) : undefined
}

export function decodeWccData(reader: XdrReader): WccData {
  const before = reader.bool() ? decodeWccAttr(reader) : undefined
  return { before, after: decodePostOpAttr(reader) }
}

/** One entry of READDIR, or of READDIRPLUS with its last two fields. */
export interface ListedEntry {
  fileid: bigint
  name: Buffer
  cookie: bigint
  attributes: Fattr3 | undefined
  handle: NfsFh3 | undefined
}

/** A page of READDIR or READDIRPLUS. */
export interface DirectoryPage {
  dirAttributes: Fattr3 | undefined
  cookieVerifier: Buffer
  entries: ListedEntry[]
  eof: boolean
  /** Bytes of the READDIR3resok or READDIRPLUS3resok structure. */
  size: number
}

export function decodeDirectoryPage(reader: XdrReader, plus: boolean): DirectoryPage {
  const start = reader.offset
  const dirAttributes = decodePostOpAttr(reader)
  const cookieVerifier = Buffer.from(reader.fixedOpaque(nfs3CookieVerfSize))
  const entries: ListedEntry[] = []
  while (reader.bool()) {
    const fileid = decodeUint64(reader)
    const name = decodeOpaque(reader, 0xffff_ffff)
    const cookie = decodeUint64(reader)
    const attributes = plus ? decodePostOpAttr(reader) : undefined
    const handle = plus ? decodePostOpFh(reader) : undefined
    entries.push({ fileid, name, cookie, attributes, handle })
  }
  const eof = reader.bool()
  return { dirAttributes, cookieVerifier, entries, eof, size: reader.offset - start }
}

/** All 64 bits. */
function decodeUint64(reader: XdrReader): bigint {
  return (BigInt(reader.uint32()) << 32n) | BigInt(reader.uint32())
}

export function encodeUint64(writer: XdrWriter, value: bigint | number): void {
  const bits = BigInt(value)
  writer.uint64Parts(Number(bits >> 32n), Number(bits & 0xffff_ffffn))
}

/** A name or path: text is sent in UTF-8. */
export function encodeName(writer: XdrWriter, name: string | Buffer): void {
  writer.opaque(typeof name === 'string' ? Buffer.from(name) : name)
}

export function encodeNfstime3(writer: XdrWriter, { seconds, nanoseconds }: Nfstime3): void {
  writer.uint32(seconds)
  writer.uint32(nanoseconds)
}

function encodeOptionalUint32(writer: XdrWriter, value: number | undefined): void {
  writer.bool(value !== undefined)
  if (value !== undefined) writer.uint32(value)
}

function encodeSetTime(writer: XdrWriter, time: SetTime3 | undefined): void {
  if (time === undefined) writer.uint32(0)
  else if (time === 'server') writer.uint32(1)
  else {
    writer.uint32(2)
    encodeNfstime3(writer, time)
  }
}

/** sattr3, RFC 1813 §2.6. */
export function encodeSattr3(writer: XdrWriter, attributes: Sattr3): void {
  encodeOptionalUint32(writer, attributes.mode)
  encodeOptionalUint32(writer, attributes.uid)
  encodeOptionalUint32(writer, attributes.gid)
  writer.bool(attributes.size !== undefined)
  if (attributes.size !== undefined) encodeUint64(writer, attributes.size)
  encodeSetTime(writer, attributes.atime)
  encodeSetTime(writer, attributes.mtime)
}

/** createhow3, RFC 1813 §3.3.8. */
export function encodeCreateHow(writer: XdrWriter, how: CreateHow3): void {
  writer.uint32({ UNCHECKED: 0, GUARDED: 1, EXCLUSIVE: 2 }[how.mode])
  if (how.mode === 'EXCLUSIVE') writer.fixedOpaque(how.verifier)
  else encodeSattr3(writer, how.attributes)
}

/** mknoddata3, RFC 1813 §3.3.11. */
export function encodeMknodData(writer: XdrWriter, what: MknodData3): void {
  writer.uint32(what.type)
  if (!('attributes' in what)) return
  encodeSattr3(writer, what.attributes)
  if (!('rdevMajor' in what)) return
  writer.uint32(what.rdevMajor)
  writer.uint32(what.rdevMinor)
}
