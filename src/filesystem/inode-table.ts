import { Nfsstat3, NfsError } from 'nfs-server-ts'
import type { GrantedShare, GrantedShares } from './granted-share.ts'
import { handleMacSize, type HandleCodec, type HandleKind } from './handle.ts'
import { Inode } from './inode.ts'

/**
 * The inodes that are open, found by handle: a handle found here needs no verification, as it equals a verified one.
 * Inodes that are not open are made anew for each call that names them: opening them costs far more.
 */
export class InodeTable {
  readonly #shares: GrantedShares
  readonly #codec: HandleCodec
  readonly #byHash = new Map<number, Inode>()

  constructor(shares: GrantedShares, codec: HandleCodec) {
    this.#shares = shares
    this.#codec = codec
  }

  /**
   * The inode of a handle that this gateway made; @throws NfsError BADHANDLE, STALE when its share is gone, ACCES when
   * its grant has ended.
   */
  resolve(handle: Buffer): Inode {
    const found = this.find(handle, handle.length)
    if (found !== undefined) return found
    this.#codec.verify(handle)
    const granted = this.#shares.of(handle)
    if (!granted.served.locator.accepts(handle[0]!)) throw new NfsError(Nfsstat3.STALE)
    return new Inode(granted, handle, handle[1] as HandleKind)
  }

  /** The inode whose handle is the first `size` bytes of `handle`, which this gateway has just made. */
  intern(granted: GrantedShare, handle: Buffer, size: number): Inode {
    return this.find(handle, size) ?? new Inode(granted, handle.subarray(0, size), handle[1] as HandleKind)
  }

  /** The open inode with this handle. */
  find(handle: Buffer, size: number): Inode | undefined {
    // One that is too short has no MAC to look it up by; verify() says so.
    if (size < handleMacSize) return undefined
    let inode = this.#byHash.get(hashOf(handle, size))
    while (inode !== undefined && !sameBytes(inode.handle, handle, size)) inode = inode.next
    return inode
  }

  /** Adds an inode that is open now. Its handle may have been a view of the call: it gets its own copy. */
  file(inode: Inode): void {
    const own = Buffer.allocUnsafeSlow(inode.handle.length)
    inode.handle.copy(own)
    inode.handle = own
    const hash = hashOf(inode.handle, inode.handle.length)
    inode.next = this.#byHash.get(hash)
    this.#byHash.set(hash, inode)
  }

  /** Removes an inode that is open no more. */
  unfile(inode: Inode): void {
    const hash = hashOf(inode.handle, inode.handle.length)
    let previous: Inode | undefined
    let at = this.#byHash.get(hash)
    while (at !== undefined && at !== inode) {
      previous = at
      at = at.next
    }
    if (at === undefined) return
    if (previous !== undefined) previous.next = inode.next
    else if (inode.next !== undefined) this.#byHash.set(hash, inode.next)
    else this.#byHash.delete(hash)
    inode.next = undefined
  }
}

/** The last bytes of the MAC are as good as random: no hashing is needed. 30 bits, so that V8 keeps it unboxed. */
function hashOf(handle: Buffer, end: number): number {
  return (
    handle[end - 1]! | (handle[end - 2]! << 8) | (handle[end - 3]! << 16) | ((handle[end - 4]! & 0x3f) << 24)
  )
}

// A loop over at most 64 bytes costs less than the call that Buffer.compare makes.
function sameBytes(a: Buffer, b: Buffer, size: number): boolean {
  if (a.length !== size) return false
  for (let index = 0; index < size; index++) if (a[index] !== b[index]) return false
  return true
}
