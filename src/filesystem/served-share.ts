import { constants } from 'node:fs'
import type { Syncable } from './durability.ts'
import { HandleKind, handleHeaderSize, handleMacSize } from './handle.ts'
import type { ObjectLocator } from './object-locator.ts'
import type { Share } from './share.ts'
import type { Descriptor } from './inode.ts'
import type { ShareSlot } from '../shared-memory/share-table.ts'

/** A share with what it takes to serve it: how its objects are found, and which of them are open. */
export class ServedShare {
  readonly share: Share
  readonly locator: ObjectLocator
  /** How it stands now. */
  readonly state: ShareSlot
  /** Bytes of its handles, as far as they are all of one size: that of the root's. */
  readonly handleSize: number
  /** Open descriptors by inode number, the first of a chain: removing a name lets go of the file's space. */
  readonly openByInode = new Map<number, Descriptor>()
  /** The whole filesystem, as something to sync. */
  readonly root: Syncable

  constructor(share: Share, locator: ObjectLocator, state: ShareSlot) {
    this.share = share
    this.locator = locator
    this.state = state
    // Open for as long as the share is: it need not be held.
    this.root = { fd: share.rootFd, pin() {}, unpin() {} }
    this.handleSize =
      handleHeaderSize + (Math.max(0, locator.identify(share.rootFd, Buffer.alloc(0))) & 0xff) + handleMacSize
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
