import type { XdrReader } from '../xdr/index.ts'
import type { DirOpArgs3 } from './backend.ts'
import { type NfsFh3, nfs3FhSizeMax } from './types.ts'

/**
 * Longest name read from a call, in bytes. RFC 1813 §2.4 leaves it open. It is well above every file system's own
 * limit, so that a name which is merely too long reaches the backend and is answered with NAMETOOLONG.
 */
export const filenameSizeMax = 1024
/** Longest symbolic link text read from a call, in bytes. Above Linux's 4095 for the same reason. */
export const pathSizeMax = 8192

/** nfs_fh3, RFC 1813 §2.6: a view. What it means is the backend's to judge; an empty one reaches it too. */
export function decodeFh(reader: XdrReader): NfsFh3 {
  return reader.opaque(nfs3FhSizeMax)
}

/** diropargs3, RFC 1813 §2.6: views. */
export function decodeDirOpArgs(reader: XdrReader): DirOpArgs3 {
  const dir = decodeFh(reader)
  return { dir, name: reader.opaque(filenameSizeMax) }
}
