import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { native, StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import { Clock } from './clock.ts'
import type { Durability } from './durability.ts'
import { HandleKind } from './handle.ts'
import { Descriptor, OpenMode, type Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { ServedShare } from './served-share.ts'
import { pathFlags } from './share.ts'

const { O_RDONLY, O_RDWR, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants
const { EACCES, ESTALE, EISDIR, EINVAL } = osConstants.errno

/** The stat slot that opening uses; callers use the others. */
const slotOfOpening = 3

/**
 * Open descriptors, a bounded cache. They are opened as the server: who may read or write is checked per call.
 *
 * A descriptor that makes room for another is closed when the next call begins: the call under way may be using it, and
 * its number must not come to mean another file meanwhile.
 */
export class OpenFiles {
  readonly #inodes: InodeTable
  readonly #clock: Clock<Descriptor>
  readonly #durability: Durability
  #released: Descriptor[] = []

  constructor(inodes: InodeTable, durability: Durability, countMax: number) {
    this.#inodes = inodes
    this.#durability = durability
    this.#clock = new Clock(countMax, (descriptor) => {
      if (descriptor.pinned || durability.mustStay(descriptor)) return false
      durability.part(descriptor)
      this.#release(descriptor)
      return true
    })
  }

  get size(): number {
    return this.#clock.size
  }

  /** Called when a call begins: closes what the last one has let go of. */
  beginCall(): void {
    if (this.#released.length === 0) return
    for (const descriptor of this.#released) descriptor.close()
    this.#released.length = 0
  }

  /** A descriptor of `inode` that allows at least `mode`, or a negative errno: ESTALE when the object is gone. */
  fd(inode: Inode, mode: OpenMode): number {
    const descriptor = this.open(inode, mode)
    return typeof descriptor === 'number' ? descriptor : descriptor.fd
  }

  /** As {@link fd}, for who keeps the descriptor across other calls and pins it. */
  open(inode: Inode, mode: OpenMode): Descriptor | number {
    const { descriptor } = inode
    if (descriptor === undefined || descriptor.mode < mode) return this.#open(inode, mode)
    descriptor.recentlyUsed = true
    return descriptor
  }

  /** Takes over a descriptor just opened; stat slot `slot` describes it. A better one that is there already stays. */
  adopt(inode: Inode, fd: number, mode: OpenMode, slot: number): Descriptor {
    const old = inode.descriptor
    if (old !== undefined && old.mode >= mode) {
      native.close(fd)
      return old
    }
    const descriptor = new Descriptor(inode, fd, mode, inodeNumber(slot))
    if (old !== undefined) this.close(old)
    this.#clock.add(descriptor)
    inode.descriptor = descriptor
    this.#inodes.file(inode)
    const { openByInode } = inode.served
    descriptor.twin = openByInode.get(descriptor.number)
    openByInode.set(descriptor.number, descriptor)
    return descriptor
  }

  /** The object in `slot` has lost its last name: its descriptors would keep the space in use. */
  closeRemoved(served: ServedShare, slot: number): void {
    const first = served.openByInode.get(inodeNumber(slot))
    if (first !== undefined) this.closeAllOf(first)
  }

  /** Closes the descriptors of one inode number: a chain of {@link ServedShare.openByInode}. */
  closeAllOf(first: Descriptor): void {
    for (let at: Descriptor | undefined = first; at !== undefined;) {
      const { twin }: Descriptor = at
      this.close(at)
      at = twin
    }
  }

  /** Closes what has lost its last name of the descriptors of one inode number. */
  closeGone(first: Descriptor): void {
    for (let at: Descriptor | undefined = first; at !== undefined;) {
      const { twin }: Descriptor = at
      if (isGone(at)) this.close(at)
      at = twin
    }
  }

  close(descriptor: Descriptor): void {
    if (isGone(descriptor)) this.#durability.forget(descriptor)
    else this.#durability.part(descriptor)
    this.#clock.remove(descriptor)
    this.#release(descriptor)
  }

  /** Closes what has not been used since the last sweep, so that files removed behind our back give their space back. */
  sweep(): void {
    this.#clock.sweep()
    this.beginCall()
  }

  closeAll(): void {
    this.#clock.clear()
    this.beginCall()
  }

  #open(inode: Inode, mode: OpenMode): Descriptor | number {
    // An inode kept across a wait may have been closed meanwhile, and opened again for another call.
    const twin =
      inode.descriptor === undefined ? this.#inodes.find(inode.handle, inode.handle.length) : undefined
    if (twin !== undefined) return this.open(twin, mode)
    const flags = flagsFor(inode.kind, mode)
    if (flags < 0) return flags
    let fd = inode.served.locator.open(inode.handle, flags)
    let opened = openedMode(inode.kind, mode)
    if (fd === -EACCES && inode.kind === HandleKind.DIRECTORY && mode === OpenMode.PATH) {
      // A server that is a plain user may search directories that it may not read.
      fd = inode.served.locator.open(inode.handle, pathFlags | O_DIRECTORY)
      opened = OpenMode.PATH
    }
    if (fd < 0) return fd
    const result = native.fstat(fd, slotOfOpening)
    // A handle opens a removed file for as long as someone has it open, or the filesystem remembers it.
    if (result < 0 || statField(slotOfOpening, StatField.NLINK) === 0) {
      native.close(fd)
      return result < 0 ? result : -ESTALE
    }
    return this.adopt(inode, fd, opened, slotOfOpening)
  }

  #release(descriptor: Descriptor): void {
    const { inode } = descriptor
    if (inode.descriptor === descriptor) {
      inode.descriptor = undefined
      this.#inodes.unfile(inode)
    }
    unchain(inode.served.openByInode, descriptor)
    this.#released.push(descriptor)
  }
}

function isGone({ fd }: Descriptor): boolean {
  return native.fstat(fd, slotOfOpening) < 0 || statField(slotOfOpening, StatField.NLINK) === 0
}

/** Takes a descriptor out of those of its inode number. */
function unchain(openByInode: Map<number, Descriptor>, descriptor: Descriptor): void {
  const { number, twin } = descriptor
  let before = openByInode.get(number)
  if (before === descriptor) {
    if (twin === undefined) openByInode.delete(number)
    else openByInode.set(number, twin)
    return
  }
  while (before !== undefined && before.twin !== descriptor) before = before.twin
  if (before !== undefined) before.twin = twin
}

/** open(2) flags for an object of this kind, or the negative errno of what cannot be done with it. */
function flagsFor(kind: HandleKind, mode: OpenMode): number {
  if (kind === HandleKind.DIRECTORY) return mode === OpenMode.WRITE ? -EISDIR : O_RDONLY | O_DIRECTORY
  if (mode === OpenMode.PATH) return pathFlags
  // A FIFO or device must not be opened by a file server: opening alone can block or act.
  if (kind !== HandleKind.REGULAR) return -EINVAL
  return (mode === OpenMode.READ ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK
}

/** A directory is opened for reading at once: the same descriptor lists it. */
function openedMode(kind: HandleKind, mode: OpenMode): OpenMode {
  return kind === HandleKind.DIRECTORY ? OpenMode.READ : mode
}

/**
 * The inode number in a stat slot. Above 2^53 two may round to one: then the wrong descriptor may be closed, which
 * costs a reopen and nothing else.
 */
function inodeNumber(slot: number): number {
  return statField(slot, StatField.INO_HIGH) * 0x1_0000_0000 + statField(slot, StatField.INO_LOW)
}
