import { Clock } from './clock.ts'
import { handleMacSize, shareOfHandle, type HandleCodec, type HandleKind } from './handle.ts'
import { Inode } from './inode.ts'
import { Nfsstat3, NfsError } from 'nfs-server-ts'
import type { ServedShare } from './served-share.ts'

/** The inodes that clients hold handles of, found by handle. A verified handle is not verified again. */
export class InodeTable {
  readonly #shares: ReadonlyMap<number, ServedShare>
  readonly #codec: HandleCodec
  readonly #byHash = new Map<number, Inode>()
  readonly #clock: Clock<Inode>

  constructor(shares: ReadonlyMap<number, ServedShare>, codec: HandleCodec, countMax: number) {
    this.#shares = shares
    this.#codec = codec
    this.#clock = new Clock(countMax, (inode) => {
      // One that is open is in use: its descriptor goes first, by the limit on those.
      if (inode.descriptor !== undefined) return false
      this.#unfile(inode)
      return true
    })
  }

  get size(): number {
    return this.#clock.size
  }

  /** The inode of a handle that this gateway made; @throws NfsError BADHANDLE, or STALE when its share is gone. */
  resolve(handle: Buffer): Inode {
    // A handle that is too short has no MAC to look it up by; verify() says so.
    if (handle.length >= handleMacSize) {
      const found = this.#find(handle, handle.length)
      if (found !== undefined) return found
    }
    this.#codec.verify(handle)
    const served = this.#shares.get(shareOfHandle(handle))
    if (served === undefined || handle[0] !== served.locator.version) throw new NfsError(Nfsstat3.STALE)
    return this.#file(served, Buffer.from(handle))
  }

  /** The inode whose handle is the first `size` bytes of `handle`, which this gateway has just made. */
  intern(served: ServedShare, handle: Buffer, size: number): Inode {
    return this.#find(handle, size) ?? this.#file(served, Buffer.from(handle.subarray(0, size)))
  }

  /** Forgets an inode whose object is gone. */
  remove(inode: Inode): void {
    this.#unfile(inode)
    this.#clock.remove(inode)
  }

  #find(handle: Buffer, size: number): Inode | undefined {
    let inode = this.#byHash.get(hashOf(handle, size))
    while (inode !== undefined && !sameBytes(inode.handle, handle, size)) inode = inode.next
    if (inode !== undefined) inode.recentlyUsed = true
    return inode
  }

  #file(served: ServedShare, handle: Buffer): Inode {
    const hash = hashOf(handle, handle.length)
    const inode = new Inode(served, handle, handle[1] as HandleKind, hash)
    this.#clock.add(inode)
    inode.next = this.#byHash.get(hash)
    this.#byHash.set(hash, inode)
    return inode
  }

  #unfile(inode: Inode): void {
    let previous: Inode | undefined
    let at = this.#byHash.get(inode.hash)
    while (at !== undefined && at !== inode) {
      previous = at
      at = at.next
    }
    if (at === undefined) return
    if (previous !== undefined) previous.next = inode.next
    else if (inode.next !== undefined) this.#byHash.set(inode.hash, inode.next)
    else this.#byHash.delete(inode.hash)
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
