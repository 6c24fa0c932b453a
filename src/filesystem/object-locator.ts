import type { ThreadIdentity } from './identity.ts'
import { handleBytes, native } from '../native/index.ts'
import { HandleVersion, handleHeaderSize, kernelHandleSizeMax } from './handle.ts'
import type { MoveMap } from './move-map.ts'
import type { Share } from './share.ts'

/** An empty name: the directory descriptor itself. */
const itself = Buffer.alloc(0)

/**
 * How the objects of a share are named in handles and found again: by the kernel's own handles where it lets us open
 * them, else by an index of names (inode-index.ts).
 */
export interface ObjectLocator {
  /** First byte of its handles, as far as they are all alike. */
  readonly version: number
  /** Whether READDIRPLUS may make handles of a whole page in the addon. */
  readonly listsHandles: boolean
  /** Whether handles may begin with this byte. */
  accepts(version: number): boolean
  /**
   * The object's key into `handleBytes`: type << 8 | size, of a moved share with the generation above, or a negative errno.
   * An empty name means `dirfd` itself.
   */
  identify(dirfd: number, name: Buffer): number
  /** Opens the object of a verified wire handle: a descriptor or a negative errno (ESTALE when it is gone). */
  open(handle: Buffer, flags: number): number
  /** Runs a function that learns many names, as one write. */
  together(run: () => void): void
  /** An object with this handle was seen under a name. */
  learn(dir: Buffer, name: Buffer, handle: Buffer): void
  /** A name is gone. */
  forget(dir: Buffer, name: Buffer): void
  /** A name has moved, over whatever was there. */
  move(fromDir: Buffer, fromName: Buffer, toDir: Buffer, toName: Buffer): void
  close(): void
}

function nothing(): void {}

/** Kernel handles (name_to_handle_at, open_by_handle_at): nothing to remember. Needs CAP_DAC_READ_SEARCH. */
export class KernelLocator implements ObjectLocator {
  readonly version = HandleVersion.KERNEL
  readonly listsHandles = true
  readonly learn = nothing
  readonly forget = nothing
  readonly move = nothing
  readonly close = nothing
  readonly #share: Share
  readonly #identity: ThreadIdentity

  constructor(share: Share, identity: ThreadIdentity) {
    this.#share = share
    this.#identity = identity
  }

  /** Whether this process can use kernel handles on the share's filesystem: tried, not guessed. */
  static works(share: Share, identity: ThreadIdentity): boolean {
    const locator = new KernelLocator(share, identity)
    const packed = locator.identify(share.rootFd, itself)
    if (packed < 0 || (packed & 0xff) > kernelHandleSizeMax || packed >> 8 > 0xff) return false
    const size = packed & 0xff
    const handle = Buffer.alloc(handleHeaderSize + size)
    handle[2] = packed >> 8
    handle[3] = size
    handleBytes.copy(handle, handleHeaderSize, 0, size)
    const fd = locator.open(handle, 0)
    if (fd < 0) return false
    native.close(fd)
    return true
  }

  accepts(version: number): boolean {
    return version === HandleVersion.KERNEL
  }

  together(run: () => void): void {
    run()
  }

  identify(dirfd: number, name: Buffer): number {
    return native.nameToHandle(dirfd, name, 0)
  }

  open(handle: Buffer, flags: number): number {
    return this.#identity.openByHandle(
      this.#share.rootFd,
      handle[2]!,
      handle,
      handleHeaderSize,
      handle[3]!,
      flags,
    )
  }
}

/**
 * Kernel handles of a share that was moved from another filesystem: clients know its objects by those of before, and objects
 * made since by those of now.
 */
export class MovedLocator implements ObjectLocator {
  readonly version = HandleVersion.KERNEL
  readonly listsHandles = false
  readonly learn = nothing
  readonly forget = nothing
  readonly move = nothing
  readonly close = nothing
  readonly #share: Share
  readonly #identity: ThreadIdentity
  readonly #map: MoveMap

  /** `map` is closed by who has opened it. */
  constructor(share: Share, identity: ThreadIdentity, map: MoveMap) {
    this.#share = share
    this.#identity = identity
    this.#map = map
  }

  accepts(version: number): boolean {
    if (version === HandleVersion.KERNEL) return true
    return version > HandleVersion.MOVED && version <= (HandleVersion.MOVED | this.#map.generation)
  }

  together(run: () => void): void {
    run()
  }

  identify(dirfd: number, name: Buffer): number {
    const packed = native.nameToHandle(dirfd, name, 0)
    return packed < 0 ? packed : this.#map.name(packed)
  }

  open(handle: Buffer, flags: number): number {
    const packed = this.#map.find(handle)
    if (packed < 0) return packed
    return this.#identity.openByHandle(this.#share.rootFd, packed >> 8, handleBytes, 0, packed & 0xff, flags)
  }
}
