import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { AT_FDCWD, native } from '../native/index.ts'
import type { Disk } from './disk.ts'
import type { Syncable } from './durability.ts'
import { errnoName } from './errno.ts'
import { HandleKind, handleHeaderSize, handleMacSize } from './handle.ts'
import type { MoveMap } from './move-map.ts'
import type { ObjectLocator } from './object-locator.ts'
import type { Share } from './share.ts'
import type { ShareChanges } from './share-changes.ts'
import type { Descriptor } from './inode.ts'
import { isSidecarNumber } from '../shared-memory/share-number.ts'
import type { ShareSlot } from '../shared-memory/share-table.ts'

/** Of half an inode number. */
export const allBits = 0xffff_ffff

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
  /** That which it lies on. */
  readonly disk: Disk
  /** The whole filesystem, as something to sync. */
  readonly root: Syncable
  /** Number of the share whose grants open it: its own, or that of which it is a snapshot. */
  readonly grantedAs: number
  /** A snapshot, or the sidecar of one: nothing in it changes. */
  readonly isSnapshot: boolean
  readonly isSidecar: boolean
  /** Number of the inode map, for the addon; -1: the filesystem tells the truth. */
  inodeMap: number
  /** Which bits of the upper half of an inode number clients are told; see {@link SnapshotOf.inodeHighMask}. */
  readonly inodeHighMask: number
  /** What clients know its objects by, since it was moved; undefined: by what they are. */
  readonly moved: MoveMap | undefined
  /** When a snapshot was last used, in seconds since 1970. */
  usedAt = 0
  /** Told of what changes, while somebody wants to know. */
  changes: ShareChanges | undefined

  /** @throws Error naming the share whose inode map cannot be read. */
  constructor(share: Share, locator: ObjectLocator, state: ShareSlot, disk: Disk, moved?: MoveMap) {
    this.share = share
    this.disk = disk
    this.moved = moved
    const { snapshotOf } = share.definition
    this.grantedAs = snapshotOf?.share ?? share.id
    this.isSnapshot = snapshotOf !== undefined
    this.isSidecar = isSidecarNumber(share.id)
    this.inodeHighMask = snapshotOf?.inodeHighMask ?? allBits
    this.inodeMap = snapshotOf?.inodeMap === undefined ? -1 : openInodeMap(share, snapshotOf.inodeMap)
    this.locator = locator
    this.state = state
    // Open for as long as the share is: it need not be held.
    this.root = { fd: share.rootFd, disk, pin() {}, unpin() {} }
    this.handleSize =
      handleHeaderSize + (Math.max(0, locator.identify(share.rootFd, Buffer.alloc(0))) & 0xff) + handleMacSize
  }

  close(): void {
    if (this.inodeMap >= 0) native.inodeMapClose(this.inodeMap)
    // A read may end after this.
    this.inodeMap = -1
    this.moved?.close()
    this.locator.close()
    this.share.close()
  }
}

function openInodeMap({ definition }: Share, path: string): number {
  const fd = native.openAt(AT_FDCWD, Buffer.from(path), constants.O_RDONLY | constants.O_NOFOLLOW)
  const map = fd < 0 ? fd : native.inodeMapOpen(fd)
  if (map >= 0) return map
  if (fd >= 0) native.close(fd)
  const reason = map === -osConstants.errno.EINVAL ? 'it is damaged' : errnoName(map)
  throw new Error(`${definition.path}: cannot read ${path}: ${reason}`)
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
