import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import {
  Nfsstat3,
  type DirOpArgs3,
  type Nfs3Backend,
  type Nfs3Caller,
  type DirectoryAttributes,
  type EntriesTarget,
  type Fattr3,
  type Nfs3Result,
  type Readdir3Args,
} from 'nfs-server-ts'
import { native, O_PATH, StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import { AccessMode, itself, Slot, type Engine, type EnteredDirectory } from './engine.ts'
import { statusOfErrno } from './errno.ts'
import { HandleKind } from './handle.ts'
import { OpenMode, type Inode } from './inode.ts'
import { Listing, type ListedDirectory } from './listing.ts'
import { PlusListing } from './plus-listing.ts'
import { isDot, isDotDot, refuseName } from './names.ts'
import type { Share } from './share.ts'

const { EINVAL, ENOENT, EACCES, ESTALE, EXDEV } = osConstants.errno

/** Levels walked up to see that a parent is inside the share. */
const depthMax = 4096

const dotDot = Buffer.from('..')

/** Cookies are the kernel's and stay good for ever: there is nothing to verify. */
const cookieVerifier = Buffer.alloc(8)

/** How often a lookup is tried again when the name changed its object meanwhile. */
const lookupAttemptCountMax = 8

type Result<Method extends keyof Nfs3Backend> = ReturnType<Nfs3Backend[Method]>

/** Procedures that find names: LOOKUP, READDIR, READDIRPLUS. */
export class LookupOperations {
  readonly #engine: Engine
  readonly #listing: Listing
  readonly #plusListing: PlusListing

  constructor(engine: Engine) {
    this.#engine = engine
    this.#listing = new Listing(engine.codec)
    this.#plusListing = new PlusListing(engine.codec.key)
  }

  lookup(caller: Nfs3Caller, { dir, name }: DirOpArgs3): Result<'lookup'> {
    const engine = this.#engine
    const directory = engine.enterDirectory(caller, dir)
    const { nameMax, reservedName } = directory.inode.served.share
    const refused = refuseName(name, nameMax, reservedName)
    if (refused !== Nfsstat3.OK) return { status: refused, dirAttributes: this.#before(directory) }
    const found = isDot(name)
      ? this.#self(directory)
      : isDotDot(name)
        ? this.#parent(directory)
        : this.find(directory, name)
    if (typeof found === 'number')
      return { status: statusOfErrno(found), dirAttributes: this.#before(directory) }
    const attributes = directory.inode.granted.attributes(Slot.OBJECT)
    return {
      status: Nfsstat3.OK,
      object: found.handle,
      attributes,
      dirAttributes: this.#before(directory),
    }
  }

  /**
   * Attributes of a directory that was entered to find a name. As old as they may be: with newer ones a client would take what
   * was found for what is there since a change that came in between.
   */
  #before({ inode }: EnteredDirectory): Fattr3 {
    return inode.granted.attributes(Slot.BEFORE)
  }

  /**
   * The object of a name, and its attributes in slot OBJECT; or a negative errno. Attributes and handle come from two
   * system calls: between them the name may have gone to another object, so they must agree on the inode.
   */
  find(directory: EnteredDirectory, name: Buffer): Inode | number {
    const { served, granted } = directory.inode
    const { codec, inodes, known } = this.#engine
    const keeps = served.locator.listsHandles
    for (let attempt = 0; attempt < lookupAttemptCountMax; attempt++) {
      const kept = keeps
        ? native.lookUp(directory.fd, name, Slot.OBJECT, codec.key, granted.header, codec.encoded)
        : native.statAt(directory.fd, name, Slot.OBJECT)
      if (kept < 0) return kept
      // Behind a nested mount or subvolume lies another filesystem, which is not part of the share.
      if (
        !served.share.holds(Slot.OBJECT) ||
        statField(Slot.OBJECT, StatField.MOUNT_ID) !== served.share.mountId
      )
        return -EACCES
      if (kept > 0) return inodes.intern(granted, codec.encoded, kept)
      const packed = served.locator.identify(directory.fd, name)
      if (packed < 0) return packed === -EXDEV ? -EACCES : packed
      const inode = inodes.intern(granted, codec.encoded, granted.encodeHandle(packed, Slot.OBJECT))
      if (known.has(inode.handle, Slot.OBJECT) || this.#confirm(directory, name, inode)) {
        if (keeps) native.keepHandle(Slot.OBJECT, codec.key, codec.encoded)
        served.locator.learn(directory.inode.handle, name, inode.handle)
        return inode
      }
    }
    // Replaced over and over: the client may ask again.
    return -ENOENT
  }

  readdir(caller: Nfs3Caller, args: Readdir3Args): Result<'readdir'> {
    return this.#list(caller, args, (listed) => this.#listWithCursor(listed, args, false))
  }

  readdirplus(caller: Nfs3Caller, args: Readdir3Args, target: EntriesTarget): Result<'readdirplus'> {
    return this.#list(caller, args, (listed) => {
      const { inode, fd } = listed
      const namesOnly = this.#engine.identity.uid !== 0 && native.access(fd, AccessMode.EXECUTE) < 0
      if (!inode.served.locator.listsHandles) return this.#listWithCursor(listed, args, !namesOnly)
      return this.#plusListing.write(listed, args, target, namesOnly)
    })
  }

  /** What both listings have in common: the directory, who may read it, its attributes after. */
  #list<Entries extends object>(
    caller: Nfs3Caller,
    args: Readdir3Args,
    entriesOf: (listed: ListedDirectory) => Entries | number,
  ): Nfs3Result<{ cookieVerifier: Buffer; entries: Entries } & DirectoryAttributes, DirectoryAttributes> {
    const engine = this.#engine
    const inode = engine.enter(caller, args.dir)
    engine.examine(inode, engine.open(inode, OpenMode.PATH), Slot.OBJECT)
    const isRoot = inode.served.share.isRoot(Slot.OBJECT)
    const before = inode.granted.attributes(Slot.OBJECT)
    if (inode.kind !== HandleKind.DIRECTORY) return { status: Nfsstat3.NOTDIR, dirAttributes: before }
    const fd = engine.open(inode, OpenMode.READ)
    const denied = engine.mayUse(fd, AccessMode.READ)
    if (denied < 0) return { status: statusOfErrno(denied), dirAttributes: before }
    const addedName = isRoot ? inode.granted.nameAtRoot : undefined
    const listed = { inode, fd, isRoot, addedName, attributes: before }
    const entries = entriesOf(listed)
    if (typeof entries === 'number') {
      // A position that the filesystem never gave out: RFC 1813 §3.3.16.
      const status = entries === -EINVAL ? Nfsstat3.BAD_COOKIE : statusOfErrno(entries)
      return { status, dirAttributes: before }
    }
    // Listing moves the access time, so the attributes after it are taken anew.
    listed.attributes = engine.presentAttributes(inode)
    return { status: Nfsstat3.OK, dirAttributes: listed.attributes, cookieVerifier, entries }
  }

  #listWithCursor(
    listed: ListedDirectory,
    { cookieHigh, cookieLow, entryCountMax }: Readdir3Args,
    plus: boolean,
  ): Listing | number {
    const result = this.#listing.read(listed, cookieHigh, cookieLow, entryCountMax, plus)
    return result < 0 ? result : this.#listing
  }

  /** An inode seen for the first time: the name must still lead to what the first call saw. */
  #confirm(directory: EnteredDirectory, name: Buffer, inode: Inode): boolean {
    const [high, low] = [
      statField(Slot.OBJECT, StatField.INO_HIGH),
      statField(Slot.OBJECT, StatField.INO_LOW),
    ]
    if (native.statAt(directory.fd, name, Slot.OBJECT) < 0) return false
    if (
      statField(Slot.OBJECT, StatField.INO_HIGH) !== high ||
      statField(Slot.OBJECT, StatField.INO_LOW) !== low
    )
      return false
    this.#engine.known.add(inode.handle, Slot.OBJECT)
    return true
  }

  #self({ inode, fd }: EnteredDirectory): Inode {
    this.#engine.examine(inode, fd, Slot.OBJECT)
    return inode
  }

  /** The parent; at a share's root, the root. */
  #parent(directory: EnteredDirectory): Inode | number {
    const { served } = directory.inode
    if (served.share.isRoot(Slot.BEFORE)) return this.#self(directory)
    const fd = native.openAt(directory.fd, dotDot, O_PATH | constants.O_DIRECTORY)
    if (fd < 0) return fd
    this.#engine.identity.assumeServer()
    try {
      const inside = this.#isInside(fd, served.share)
      if (inside < 0) return inside
      const packed = served.locator.identify(fd, itself)
      if (packed < 0) return packed
      const result = native.fstat(fd, Slot.OBJECT)
      return result < 0 ? result : this.#engine.intern(directory.inode.granted, packed, Slot.OBJECT)
    } finally {
      native.close(fd)
    }
  }

  /**
   * Whether a directory lies in the share, by walking up to its root: 0, or -ESTALE for one that somebody has moved out
   * since the client got its handle. The walk is the server's own: the caller need not be allowed above.
   */
  #isInside(fd: number, share: Share): number {
    let at = fd
    try {
      for (let depth = 0; depth < depthMax; depth++) {
        if (native.fstat(at, Slot.OBJECT) < 0 || !share.holds(Slot.OBJECT)) return -ESTALE
        if (share.isRoot(Slot.OBJECT)) return 0
        const up = native.openAt(at, dotDot, O_PATH | constants.O_DIRECTORY)
        if (at !== fd) native.close(at)
        at = up
        if (up < 0) return up
      }
      return -ESTALE
    } finally {
      if (at !== fd && at >= 0) native.close(at)
    }
  }
}
