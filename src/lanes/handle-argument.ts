import { nfs3FhSizeMax, NfsError, type XdrReader } from 'nfs-server-ts'
import { handleHeaderSize, type HandleCodec } from '../filesystem/index.ts'

/** Behind the size of a handle and its first words: see the filesystem's handle.ts. */
const grantAt = 4 + 8

/** The handle with which the arguments of all NFS procedures begin: a view, and whose is not said. Undefined without one. */
export function handleIn({ buffer, offset, end }: XdrReader): Buffer | undefined {
  if (end - offset < 4) return undefined
  const size = buffer.readUInt32BE(offset)
  if (size > nfs3FhSizeMax || offset + 4 + size > end || size < handleHeaderSize) return undefined
  return buffer.subarray(offset + 4, offset + 4 + size)
}

/** The grant that the handle in arguments says it was made under; any number where there is no handle. */
export function grantIn({ buffer, offset }: XdrReader): number {
  const at = offset + grantAt
  // Every call pays for this once anybody has a limit: readUInt32BE takes 6 ns more.
  return ((buffer[at]! << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!) >>> 0
}

/** Whether this gateway has made a handle. To one that it has not, whoever serves it says so. */
export function isGenuine(handle: Buffer, codec: HandleCodec): boolean {
  try {
    codec.verify(handle)
    return true
  } catch (error) {
    if (error instanceof NfsError) return false
    throw error
  }
}
