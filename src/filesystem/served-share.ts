import { constants } from 'node:fs'
import type { RpcClient } from 'nfs-server-ts'
import type { Syncable } from './durability.ts'
import type { HandleCodec } from './handle.ts'
import { HandleKind, handleHeaderSize, handleMacSize } from './handle.ts'
import type { ObjectLocator } from './object-locator.ts'
import type { Share } from './share.ts'
import type { Descriptor } from './inode.ts'
import { handleBytes, StatField } from '../native/index.ts'
import { statField } from './attributes.ts'

/** Grant number of a share that is open to its clients without a token. */
const openGrant = 0

/** A share with what it takes to serve it: how its objects are found, and which of them are open. */
export class ServedShare {
  readonly share: Share
  readonly locator: ObjectLocator
  /** The first bytes of all its handles. */
  readonly header: Buffer
  /** Bytes of its handles, as far as they are all of one size: that of the root's. */
  readonly handleSize: number
  /** Open descriptors by inode number, so that removing a name lets go of the file's space. */
  readonly openByInode = new Map<number, Descriptor>()
  /** The client that asked last, when it may: most calls are of the same one as the call before. */
  lastAllowed: RpcClient | undefined
  /** The whole filesystem, as something to sync. */
  readonly root: Syncable
  readonly #codec: HandleCodec

  constructor(share: Share, locator: ObjectLocator, codec: HandleCodec) {
    this.share = share
    this.locator = locator
    this.#codec = codec
    // Open for as long as the share is: it need not be held.
    this.root = { fd: share.rootFd, pin() {}, unpin() {} }
    this.header = codec.header(locator.version, share.id, openGrant)
    this.handleSize =
      handleHeaderSize + (Math.max(0, locator.identify(share.rootFd, Buffer.alloc(0))) & 0xff) + handleMacSize
  }

  /**
   * Makes the wire handle of the object that `locator.identify` answered `packed` for and stat slot `slot` describes,
   * in the codec's buffer, and answers its size.
   */
  encodeHandle(packed: number, slot: number): number {
    const kind = kindOfMode(statField(slot, StatField.MODE))
    return this.#codec.encode(this.header, kind, packed >> 8, handleBytes, packed & 0xff)
  }

  close(): void {
    this.locator.close()
    this.share.close()
  }
}

/** The handle kind of a st_mode. */
export function kindOfMode(mode: number): HandleKind {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return HandleKind.REGULAR
    case constants.S_IFDIR:
      return HandleKind.DIRECTORY
    default:
      return HandleKind.OTHER
  }
}
