import { constants as osConstants } from 'node:os'
import { Nfsstat3, NfsError, type Fattr3, type Nfs3Caller, type WccAttr, type WccData } from 'nfs-server-ts'
import { native, StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import type { Durability } from './durability.ts'
import { SyncKind } from './durability.ts'
import { statusOfErrno } from './errno.ts'
import type { HandleCodec } from './handle.ts'
import { HandleKind } from './handle.ts'
import type { ThreadIdentity } from './identity.ts'
import { OpenMode, type Inode } from './inode.ts'
import type { InodeTable } from './inode-table.ts'
import type { KnownInodes } from './known-inodes.ts'
import type { OpenFiles } from './open-files.ts'
import type { ServedShare } from './served-share.ts'
import type { GrantedShare } from './granted-share.ts'
import type { RemovedObjects } from '../shared-memory/removed-objects.ts'
import { ShareFlag } from '../shared-memory/share-table.ts'

const { EACCES, ESTALE } = osConstants.errno

/** Bits of access(2). */
export const AccessMode = { EXECUTE: 1, WRITE: 2, READ: 4 } as const

/** An empty name: a descriptor itself. */
export const itself = Buffer.alloc(0)

/** Stat slots: what a call found before it acted, and the object or directory after. Slot 3 belongs to open-files.ts. */
export const Slot = { BEFORE: 0, OBJECT: 1, AFTER: 2 } as const

/** A directory in which a name is about to be looked up or changed: open, alive, and the caller is assumed. */
export interface EnteredDirectory {
  readonly inode: Inode
  readonly fd: number
  readonly before: WccAttr
}

/** What the operations share: handles to open objects, identities, attributes, syncs. */
export class Engine {
  readonly codec: HandleCodec
  readonly inodes: InodeTable
  readonly known: KnownInodes
  readonly files: OpenFiles
  readonly identity: ThreadIdentity
  readonly durability: Durability
  /** Objects whose last name was removed, for other lanes; undefined: there are none. */
  readonly removed: RemovedObjects | undefined
  /** The object of the call under way. */
  entered: Inode | undefined
  /** The time, seconds since 1970, as exact as whoever sets it now and then. */
  seconds = Math.floor(Date.now() / 1000)

  constructor(
    codec: HandleCodec,
    inodes: InodeTable,
    known: KnownInodes,
    files: OpenFiles,
    identity: ThreadIdentity,
    durability: Durability,
    removed: RemovedObjects | undefined,
  ) {
    this.codec = codec
    this.inodes = inodes
    this.known = known
    this.files = files
    this.identity = identity
    this.durability = durability
    this.removed = removed
  }

  /**
   * The object of a handle, for the client whose grant it was made under; the thread acts as the caller from here on.
   * @throws NfsError ACCES when the grant has ended or is another client's, JUKEBOX while the share is offline.
   */
  enter(caller: Nfs3Caller, handle: Buffer): Inode {
    this.entered = undefined
    this.files.beginCall()
    const inode = this.inodes.resolve(handle)
    this.entered = inode
    const { granted } = inode
    const flags = granted.served.state.flags
    if ((flags & (ShareFlag.PRESENT | ShareFlag.OFFLINE)) !== ShareFlag.PRESENT)
      throw new NfsError(flags === 0 ? Nfsstat3.STALE : Nfsstat3.JUKEBOX)
    granted.check(caller.client)
    if (granted.served.isSnapshot) {
      granted.checkSnapshot()
      granted.served.usedAt = this.seconds
    }
    granted.use(this.seconds)
    this.identity.assume(granted.rule, caller.credentials)
    return inode
  }

  /** As {@link enter}, for a directory; its attributes before the call are taken. */
  enterDirectory(caller: Nfs3Caller, handle: Buffer): EnteredDirectory {
    const inode = this.enter(caller, handle)
    const fd = this.open(inode, OpenMode.PATH)
    this.examine(inode, fd, Slot.BEFORE)
    if (inode.kind !== HandleKind.DIRECTORY) throw new NfsError(Nfsstat3.NOTDIR)
    return { inode, fd, before: inode.granted.before(Slot.BEFORE) }
  }

  /** A descriptor of `inode`; @throws NfsError. */
  open(inode: Inode, mode: OpenMode): number {
    const fd = this.files.fd(inode, mode)
    if (fd < 0) throw this.#gone(inode, fd)
    return fd
  }

  /** Fills stat slot `slot` from an open object; @throws NfsError STALE when it has lost its last name. */
  examine(inode: Inode, fd: number, slot: number): void {
    const result = native.fstat(fd, slot)
    if (result < 0) throw this.#gone(inode, result)
    if (statField(slot, StatField.NLINK) === 0) throw this.#gone(inode, -ESTALE)
  }

  /** Attributes of an object that must still be there; @throws NfsError. */
  presentAttributes(inode: Inode): Fattr3 {
    this.examine(inode, this.open(inode, OpenMode.PATH), Slot.OBJECT)
    return inode.granted.attributes(Slot.OBJECT)
  }

  /** Attributes of an object after a call, where they can still be told. */
  attributes(inode: Inode): Fattr3 | undefined {
    const fd = this.files.fd(inode, OpenMode.PATH)
    if (fd < 0 || native.fstat(fd, Slot.AFTER) < 0) return undefined
    return inode.granted.attributes(Slot.AFTER)
  }

  /**
   * wcc_data of a directory that was entered and may have changed since. Asked after a wait too: the descriptor that
   * was entered may be another file's by then.
   */
  wcc({ inode, before }: EnteredDirectory): WccData {
    return { before, after: this.attributes(inode) }
  }

  directoryAttributes({ inode, fd }: EnteredDirectory): Fattr3 | undefined {
    if (native.fstat(fd, Slot.AFTER) < 0) return undefined
    return inode.granted.attributes(Slot.AFTER)
  }

  /** The object that stat slot `slot` describes and `locator.identify` answered `packed` for. */
  intern(granted: GrantedShare, packed: number, slot: number): Inode {
    const inode = this.inodes.intern(granted, this.codec.encoded, granted.encodeHandle(packed, slot))
    this.known.add(inode.handle, slot)
    return inode
  }

  /**
   * Whether the caller may read or write a file by its mode bits and ACL, as the kernel judges; or because the file is
   * its own: a program that opened a file keeps its right whatever chmod does, and NFS has no open (RFC 1813 §4.4).
   */
  mayUse(fd: number, mode: number): number {
    if (this.identity.uid === 0) return 0
    const result = native.access(fd, mode)
    if (result === 0 || native.fstat(fd, Slot.AFTER) < 0) return result
    return statField(Slot.AFTER, StatField.UID) === this.identity.uid ? 0 : result
  }

  /**
   * The answer to a changing call, once what it changed is as durable as its share promises: at once when relaxed.
   * `failure` is the same answer with IO, should the disk refuse.
   */
  whenDurable<Ok extends object, Fail extends object>(
    { state }: ServedShare,
    changed: readonly (Inode | undefined)[],
    ok: Ok,
    failure: (status: ReturnType<typeof statusOfErrno>) => Fail,
  ): Ok | Promise<Ok | Fail> {
    if (state.flags & ShareFlag.RELAXED) return ok
    const syncs: Promise<number>[] = []
    for (const inode of changed) if (inode !== undefined) syncs.push(this.sync(inode, SyncKind.FILE))
    return Promise.all(syncs).then((results) => {
      const failed = results.find((result) => result < 0)
      return failed === undefined ? ok : failure(statusOfErrno(failed))
    })
  }

  /** Brings an object to disk: 0 or a negative errno. */
  sync(inode: Inode, kind: SyncKind): Promise<number> {
    const { root } = inode.served
    if (inode.kind === HandleKind.OTHER) return this.durability.sync(root, SyncKind.FILESYSTEM)
    const descriptor = this.files.open(inode, OpenMode.READ)
    // The server is a plain user who may change the object and not read it.
    if (descriptor === -EACCES) return this.durability.sync(root, SyncKind.FILESYSTEM)
    if (typeof descriptor === 'number') return Promise.resolve(descriptor)
    return this.durability.sync(descriptor, kind)
  }

  #gone(inode: Inode, result: number): NfsError {
    if (result === -ESTALE && inode.descriptor !== undefined) this.files.close(inode.descriptor)
    return new NfsError(statusOfErrno(result))
  }
}
