import type {
  Created,
  DirectoryAttributes,
  DirectoryWcc,
  Fsinfo3Ok,
  Fsstat3Ok,
  Nfs3Result,
  ObjectAttributes,
  ObjectWcc,
  Pathconf3Ok,
} from '../nfs3/backend.ts'
import { nfs3WriteVerfSize, type WccData } from '../nfs3/types.ts'
import type { XdrReader } from '../xdr/index.ts'
import { decodePostOpAttr, decodePostOpFh, decodeWccData } from './nfs3-codec.ts'

// Arms of results that several procedures of RFC 1813 §3.3 share, and the long ones, as the client reads them.

/** Either arm of a result. */
export type Answer<Ok, Fail> = Promise<Nfs3Result<Ok, Fail>>
/** Of CREATE, MKDIR, SYMLINK and MKNOD. */
export type CreatedAnswer = Answer<Created & DirectoryWcc, DirectoryWcc>

/** Both arms of RENAME. */
export interface Renamed {
  fromDirWcc: WccData
  toDirWcc: WccData
}

/** Both arms of LINK. */
export interface Linked extends ObjectAttributes {
  linkDirWcc: WccData
}

export const objectFail = (reader: XdrReader): ObjectAttributes => ({ attributes: decodePostOpAttr(reader) })
export const directoryFail = (reader: XdrReader): DirectoryAttributes => ({
  dirAttributes: decodePostOpAttr(reader),
})
export const objectWcc = (reader: XdrReader): ObjectWcc => ({ wcc: decodeWccData(reader) })
export const directoryWcc = (reader: XdrReader): DirectoryWcc => ({ dirWcc: decodeWccData(reader) })

export const createdOk = (reader: XdrReader): Created & DirectoryWcc => ({
  object: decodePostOpFh(reader),
  attributes: decodePostOpAttr(reader),
  dirWcc: decodeWccData(reader),
})
export const renamed = (reader: XdrReader): Renamed => ({
  fromDirWcc: decodeWccData(reader),
  toDirWcc: decodeWccData(reader),
})
export const linked = (reader: XdrReader): Linked => ({
  attributes: decodePostOpAttr(reader),
  linkDirWcc: decodeWccData(reader),
})

export const fsstatOk = (reader: XdrReader): Fsstat3Ok => ({
  attributes: decodePostOpAttr(reader),
  tbytes: reader.uint64(),
  fbytes: reader.uint64(),
  abytes: reader.uint64(),
  tfiles: reader.uint64(),
  ffiles: reader.uint64(),
  afiles: reader.uint64(),
  invarsec: reader.uint32(),
})

export const fsinfoOk = (reader: XdrReader): Fsinfo3Ok => ({
  attributes: decodePostOpAttr(reader),
  rtmax: reader.uint32(),
  rtpref: reader.uint32(),
  rtmult: reader.uint32(),
  wtmax: reader.uint32(),
  wtpref: reader.uint32(),
  wtmult: reader.uint32(),
  dtpref: reader.uint32(),
  maxfilesize: reader.uint64(),
  timeDelta: { seconds: reader.uint32(), nanoseconds: reader.uint32() },
  properties: reader.uint32(),
})

export const pathconfOk = (reader: XdrReader): Pathconf3Ok => ({
  attributes: decodePostOpAttr(reader),
  linkmax: reader.uint32(),
  nameMax: reader.uint32(),
  noTrunc: reader.bool(),
  chownRestricted: reader.bool(),
  caseInsensitive: reader.bool(),
  casePreserving: reader.bool(),
})

export function decodeVerifier(reader: XdrReader): Buffer {
  return Buffer.from(reader.fixedOpaque(nfs3WriteVerfSize))
}
