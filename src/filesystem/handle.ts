import { Nfsstat3, NfsError, nfs3FhSizeMax } from 'nfs-server-ts'
import { native } from '../native/index.ts'

/**
 * The wire file handle, at most 64 bytes (RFC 1813 §2.4):
 *
 * ```
 *  0     version and keeper: 1 the kernel's own handle, 2 the inode index (see object-locator.ts), 3 a folder of the
 *        namespace (see lanes/folder-backend.ts), 128 + n the kernel's own of where the share lies since its n-th move
 *  1     kind: 1 regular file, 2 directory, 3 anything else; so that it can be opened rightly without a look first
 *  2     type of the kernel handle
 *  3     its size
 *  4..7  share
 *  8..11 grant
 *  12..  kernel handle (ext4 8 bytes, XFS 12, btrfs 20, overlay 32)
 *  last 16: SipHash-2-4-128 of all before, keyed: a handle cannot be guessed or moved to another share or grant
 * ```
 */
export const handleHeaderSize = 12
export const handleMacSize = 16
/** Most bytes of a kernel handle that fit. */
export const kernelHandleSizeMax = nfs3FhSizeMax - handleHeaderSize - handleMacSize

export const HandleKind = { REGULAR: 1, DIRECTORY: 2, OTHER: 3 } as const
export type HandleKind = (typeof HandleKind)[keyof typeof HandleKind]

export const HandleVersion = { KERNEL: 1, INDEXED: 2, FOLDER: 3, MOVED: 0x80 } as const
/** How often a share can be moved to another filesystem. */
export const moveCountMax = 127

/** Makes and checks file handles with one secret key. */
export class HandleCodec {
  readonly key: Buffer
  readonly #mac = Buffer.alloc(handleMacSize)

  /** `key`: 16 secret bytes. */
  constructor(key: Buffer) {
    if (key.length !== 16) throw new RangeError(`handle key of ${key.length} bytes, expected 16`)
    this.key = Buffer.from(key)
  }

  /** The first 12 bytes of the handles of one share and grant, with kind, type and size left 0. */
  header(version: number, share: number, grant: number): Buffer {
    const header = Buffer.alloc(handleHeaderSize)
    header[0] = version
    header.writeUInt32BE(share, 4)
    header.writeUInt32BE(grant, 8)
    return header
  }

  /** The handle that {@link encode} made last: its first bytes, as many as it answered. */
  readonly encoded = Buffer.alloc(nfs3FhSizeMax)

  /**
   * Makes the wire handle for `size` bytes of `kernelHandle` in {@link encoded} and answers its size: most handles
   * made are known already, and are then not worth a buffer of their own. `type` may carry the generation of a moved share
   * above its 8 bits.
   */
  encode(header: Buffer, kind: HandleKind, type: number, kernelHandle: Buffer, size: number): number {
    const { encoded } = this
    if (size > kernelHandleSizeMax)
      throw new RangeError(`kernel handle of ${size} bytes, limit ${kernelHandleSizeMax}`)
    encoded.set(header)
    if (type > 0xff) encoded[0] = HandleVersion.MOVED | (type >> 8)
    encoded[1] = kind
    encoded[2] = type
    encoded[3] = size
    for (let index = 0; index < size; index++) encoded[handleHeaderSize + index] = kernelHandle[index]!
    const end = handleHeaderSize + size
    native.siphash(this.key, encoded, 0, end, this.#mac)
    encoded.set(this.#mac, end)
    return end + handleMacSize
  }

  /** @throws NfsError BADHANDLE unless this key made the handle. */
  verify(handle: Buffer): void {
    const end = handle.length - handleMacSize
    if (end < handleHeaderSize || handle[3] !== end - handleHeaderSize) throw new NfsError(Nfsstat3.BADHANDLE)
    native.siphash(this.key, handle, 0, end, this.#mac)
    // Compared without an early end: the time taken must not tell how many bytes of a guess were right.
    let difference = 0
    for (let index = 0; index < handleMacSize; index++) difference |= this.#mac[index]! ^ handle[end + index]!
    if (difference !== 0) throw new NfsError(Nfsstat3.BADHANDLE)
  }
}

/** Number of the grant under which a verified handle was made. */
export function grantOfHandle(handle: Buffer): number {
  return handle.readUInt32BE(8)
}

/** Share number of a verified handle. */
export function shareOfHandle(handle: Buffer): number {
  return handle.readUInt32BE(4)
}
