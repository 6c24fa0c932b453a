import { closeSync, openSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What {@link Addon.diskOpen} answers: nothing but to be handed back. */
export type DiskThreads = object & { readonly __diskThreads: never }

/**
 * The addon: one function a system call. Every function answers what the call returned, or the negative errno; it
 * throws a TypeError only when an argument has the wrong type or range, which is a bug of ours.
 *
 * Names are bytes. `slot` names one of the {@link statSlotCount} rows of {@link statRows} that a call fills.
 */
interface Addon {
  readonly stat: ArrayBuffer
  readonly statfs: ArrayBuffer
  readonly handle: ArrayBuffer
  readonly listing: ArrayBuffer
  readonly moved: ArrayBuffer

  fstat(fd: number, slot: number): number
  /** An empty name means `dirfd` itself. Never follows a symlink. */
  statAt(dirfd: number, name: Buffer, slot: number): number
  /**
   * As {@link statAt}; if the object's wire handle under the share and grant of `header` was kept, it is put into `handle`, 64
   * bytes: its size, or 0. `key`: of handles.
   */
  lookUp(dirfd: number, name: Buffer, slot: number, key: Buffer, header: Buffer, handle: Buffer): number
  /** Has a wire handle, in 64 bytes, kept for the object in a stat slot, unless that has changed only just now. */
  keepHandle(slot: number, key: Buffer, handle: Buffer): number
  fstatfs(fd: number): number
  close(fd: number): number
  duplicate(fd: number): number
  pread(fd: number, buffer: Buffer, start: number, count: number, position: number): number
  preadNowait(fd: number, buffer: Buffer, start: number, count: number, position: number): number
  send(socketFd: number, buffer: Buffer, start: number, end: number): number
  sendFile(
    socketFd: number,
    head: Buffer,
    start: number,
    end: number,
    fileFd: number,
    position: number,
    count: number,
  ): number
  /** 1: this thread was moved to the processor where the socket's packets arrive; 0: it is there, or may not be. */
  approach(socketFd: number): number
  /**
   * Has this thread's event loop look for events for `maxUs` at most before it sleeps, while they come in quick succession:
   * see busy-poll.c. EALREADY the second time.
   */
  busyPoll(maxUs: number): number
  /** Seconds that it has spent so. */
  busyPolled(): number
  /** Pages of a range that are in memory; -ENOSYS before Linux 6.5. */
  cachedPages(fd: number, position: number, count: number): number
  pwrite(fd: number, buffer: Buffer, start: number, count: number, position: number): number
  ftruncate(fd: number, sizeBytes: number): number
  chmod(fd: number, mode: number): number
  /** -1 leaves an owner alone. */
  chown(fd: number, uid: number, gid: number): number
  /** Nanoseconds {@link timeNow} or {@link timeOmit} stand for the clock and for no change. */
  utimens(
    fd: number,
    atimeSeconds: number,
    atimeNanoseconds: number,
    mtimeSeconds: number,
    mtimeNanoseconds: number,
  ): number
  access(fd: number, mode: number): number
  readlink(fd: number, into: Buffer): number
  /** The path of what a descriptor refers to: right for directories, a guess for files opened by handle. */
  pathOf(fd: number, into: Buffer): number
  flockExclusive(fd: number): number
  /** Ends the process at once: `process.exit` waits for threads, and one may wait for a disk that never answers. */
  exitNow(code: number): never
  fsync(fd: number): number
  syncfs(fd: number): number

  /** Answers type << 8 | size; the bytes are in {@link handleBytes}. An empty name means `dirfd` itself. */
  nameToHandle(dirfd: number, name: Buffer, identifyOnly: 0 | 1): number
  openByHandle(
    mountFd: number,
    type: number,
    buffer: Buffer,
    start: number,
    size: number,
    flags: number,
  ): number
  /** With RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_XDEV. */
  openBeneath(dirfd: number, name: Buffer, flags: number, mode: number): number
  openAt(dirfd: number, name: Buffer, flags: number): number
  /** Opens what `fd` refers to once more; the kernel checks this thread's permission. */
  reopen(fd: number, flags: number): number
  mkdirAt(dirfd: number, name: Buffer, mode: number): number
  mknodAt(dirfd: number, name: Buffer, mode: number, major: number, minor: number): number
  symlinkAt(target: Buffer, dirfd: number, name: Buffer): number
  linkAt(fd: number, dirfd: number, name: Buffer): number
  unlinkAt(dirfd: number, name: Buffer, directory: 0 | 1): number
  renameAt(fromFd: number, from: Buffer, toFd: number, to: Buffer): number

  getdents(
    fd: number,
    cookieHigh: number,
    cookieLow: number,
    page: Buffer,
    start: number,
    size: number,
  ): number
  /** 1 when inodes of the getdents records in the first `size` bytes of `page` are not in memory, as far as three of them tell. */
  entriesCold(dirfd: number, page: Buffer, size: number): number
  /**
   * Writes entryplus3 structures for getdents records; see directories.c. Answers the bytes written, and fills
   * {@link listingRow}.
   */
  listPlus(
    dirfd: number,
    page: Buffer,
    start: number,
    end: number,
    reply: Buffer,
    at: number,
    sizeBytes: number,
    dirSizeBytes: number,
    key: Buffer,
    header: Buffer,
    mountId: number,
    devMajor: number,
    devMinor: number,
    handleSizeBytes: number,
    rootInodeHigh: number,
    rootInodeLow: number,
    /**
     * 1: no attributes and handles; 2: the reply holds no entry yet, so that one may exceed `dirSizeBytes`; from 4 on:
     * number of an inode map plus one, for a page whose records {@link inodeMapPage} has gone over.
     */
    flags: number,
    /** Number of the filesystem in the attributes. */
    fsid: number,
  ): number
  copyFileRange(fromFd: number, toFd: number, position: number, count: number): number
  /** Where data begins at or after a position; ENXIO: nowhere. */
  seekData(fd: number, position: number): number
  /** Where the data at a position ends. */
  seekHole(fd: number, position: number): number
  /**
   * Gives the object `toFd` refers to the owner, mode, extended attributes with ACLs, and times of another; `isPath`: both
   * are O_PATH descriptors. Fills slot 0 with what the first is and slot 1 with the inode of the second. Answers 1 when
   * the first changed meanwhile.
   */
  copyAttributes(fromFd: number, toFd: number, isPath: 0 | 1): number
  /** Whether two objects have the same extended attributes, but for labels of security modules: 1 or 0. */
  sameXattrs(oneFd: number, otherFd: number): number
  /**
   * A regular file with all that belongs to it, its data shared; `isThere`: into a file that is there. Slots and answer as
   * with copyAttributes; ELOOP: it is no regular file. What fails leaves no new name.
   */
  cloneFile(fromDirfd: number, fromName: Buffer, toDirfd: number, toName: Buffer, isThere: 0 | 1): number
  /** Bytes of the extents that no other file shares; EOPNOTSUPP where the filesystem cannot tell. */
  exclusiveBytes(fd: number): number

  /** Ends a btrfs subvolume's being read-only; `fd` is that of its root. */
  subvolumeMakeWritable(fd: number): number
  /** How many subvolumes lie in the one that `fd` is of, 255 at most. */
  subvolumesWithin(fd: number): number

  /** Starts the thread that helps listPlus, with this thread's identity as it is now. Once is enough. */
  startHelper(): number
  /** Takes over a descriptor of an inode map and answers a number for it, or fails and leaves it alone: see inode-map.c. */
  inodeMapOpen(fd: number): number
  inodeMapClose(map: number): number
  /** Number and ctime in a stat row become those of the live file; -ENOENT when the map has none. */
  inodeMapTranslate(map: number, slot: number): number
  /** Numbers in getdents records become those of the live files. */
  inodeMapPage(map: number, page: Buffer, start: number, size: number): number
  /** Takes over a descriptor of a move map and answers a number for it, or fails and leaves it alone: see move-map.c. */
  moveMapOpen(fd: number): number
  moveMapClose(map: number): number
  /** Of the objects that were made where the share lies now. */
  moveMapGeneration(map: number): number
  /**
   * The handle in {@link handleBytes}, for which nameToHandle answered `packed`, becomes that which clients know the object
   * by. Answers generation << 16 | type << 8 | size.
   */
  moveMapName(map: number, packed: number): number
  /** The kernel's handle, in {@link handleBytes}, of a wire handle: type << 8 | size; -ESTALE when it is of no object. */
  moveMapFind(map: number, handle: Buffer): number
  /** Fills {@link movedRow} with what clients are told of the object in a stat row. */
  moveMapNumber(map: number, slot: number): number
  /** Numbers in getdents records become those that clients are told. */
  moveMapPage(map: number, page: Buffer, start: number, size: number): number
  /** Sorts records of one size by their bytes. */
  sortRecords(records: Buffer, recordSize: number): number
  siphash(key: Buffer, buffer: Buffer, start: number, size: number, out: Buffer): number

  /**
   * A descriptor that listens on a numeric address; port 0 takes any free one. `share`: 0 nobody may join it; 1 the first of
   * several; 2 together with one that this process has made with 1. Its connections have this congestion control, by name; an
   * empty one is the system's. ENOENT: the kernel does not have it; EPERM: this process may not choose it.
   */
  listenTcp(
    address: Buffer,
    port: number,
    backlog: number,
    share: 0 | 1 | 2,
    congestionControl: Buffer,
  ): number

  setfsuid(uid: number): number
  setfsgid(gid: number): number
  /** 32-bit group numbers in the machine's byte order. */
  setgroups(groups: Buffer): number
  clearUmask(): number

  /** `how`: 0 fsync, 1 fdatasync, 2 syncfs. The descriptor must stay open until the callback. */
  startSync(fd: number, how: 0 | 1 | 2, done: (result: number) => void): void
  /**
   * Threads, with this thread's identity as it is now, for the functions below; or a negative errno. `failureCount`:
   * four bytes, a number to which failed syncs are added as they fail.
   */
  diskOpen(threadCount: number, failureCount?: Buffer): DiskThreads | number
  /** They end when they can. What waits is never answered. */
  diskClose(disk: DiskThreads): number
  /** As {@link startSync}, on these threads. */
  diskSync(disk: DiskThreads, fd: number, how: 0 | 1 | 2, done: (result: number) => void): number
  /** Waits on these threads until `count` bytes are in memory, and has the kernel read `ahead` more: how many there were. */
  diskFetch(
    disk: DiskThreads,
    fd: number,
    count: number,
    position: number,
    ahead: number,
    done: (result: number) => void,
  ): number
  /** readahead(2) on these threads. */
  diskReadAhead(
    disk: DiskThreads,
    fd: number,
    count: number,
    position: number,
    done: (result: number) => void,
  ): number
  /**
   * Waits on these threads until the inodes are in memory of entries of an open directory from a cookie on, as many as
   * getdents64(2) puts into `size` bytes, 64 KiB at most: how many there were.
   */
  diskList(
    disk: DiskThreads,
    fd: number,
    cookieHigh: number,
    cookieLow: number,
    size: number,
    done: (result: number) => void,
  ): number
  /**
   * Changes the btrfs subvolume `name` of a directory; `fd` is the root of what a snapshot, read-only, is of. ENOTTY on
   * other filesystems; ENOTEMPTY: what is to be destroyed has another in it. On the disk at the end, but for a destroyed one.
   */
  startSubvolume(
    change: SubvolumeChange,
    fd: number,
    dirfd: number,
    name: Buffer,
    done: (result: number) => void,
  ): void
}

/** Of startSubvolume; the numbers are those of native.h. */
export const SubvolumeChange = { CREATE: 0, SNAPSHOT: 1, DESTROY: 2 } as const
export type SubvolumeChange = (typeof SubvolumeChange)[keyof typeof SubvolumeChange]

// The addon lies in build/ beside src/ and dist/: the same step up from the sources and from the compiled files.
export const native = createRequire(import.meta.url)('../../build/berth.node') as Addon

/** Fields of a row of {@link statRows}; the order is that of the enum in native.h. */
export const StatField = {
  MODE: 0,
  NLINK: 1,
  UID: 2,
  GID: 3,
  SIZE: 4,
  /** Units of 512 bytes. */
  BLOCKS: 5,
  RDEV_MAJOR: 6,
  RDEV_MINOR: 7,
  DEV_MAJOR: 8,
  DEV_MINOR: 9,
  INO_HIGH: 10,
  INO_LOW: 11,
  ATIME: 12,
  ATIME_NS: 13,
  MTIME: 14,
  MTIME_NS: 15,
  CTIME: 16,
  CTIME_NS: 17,
  /** Birth time, 0 where the filesystem keeps none. Only statAt fills it and MOUNT_ID. */
  BTIME: 18,
  BTIME_NS: 19,
  MOUNT_ID: 20,
} as const

/** Doubles in a row. */
export const statFieldCount = 24
export const statSlotCount = 4

/** The rows that fstat and statAt fill: row `slot` starts at `slot * statFieldCount`. */
export const statRows = new Float64Array(native.stat)
/** What fstatfs fills: see {@link StatfsField}. */
export const statfsRow = new Float64Array(native.statfs)
export const StatfsField = {
  TYPE: 0,
  BLOCK_SIZE: 1,
  BLOCKS: 2,
  FREE: 3,
  AVAILABLE: 4,
  FILES: 5,
  FILES_FREE: 6,
  NAME_MAX: 7,
  FLAGS: 8,
} as const
/** What listPlus fills: see {@link ListingField}. */
export const listingRow = new Float64Array(native.listing)
export const ListingField = {
  /** Offset in the page of the first record not written. */
  NEXT: 0,
  /** Entries written. */
  COUNT: 1,
  /** Bytes of their names, file numbers and cookies. */
  DIR_SIZE: 2,
  /** Offset in the page of the last record written. */
  LAST: 3,
} as const
/** What moveMapNumber fills: see {@link MovedField}. */
export const movedRow = new Float64Array(native.moved)
export const MovedField = { INO_HIGH: 0, INO_LOW: 1, CTIME: 2, CTIME_NS: 3 } as const
/** What nameToHandle fills. */
export const handleBytes = Buffer.from(native.handle)

/** Nanoseconds for utimens. */
export const timeNow = -1
export const timeOmit = -2

/** Flags of open(2) on x86-64 and arm64 that node:fs has no constant for. */
export const O_PATH = 0o10000000
/** Of openat(2), in place of a descriptor: from the working directory, unless the path is absolute. */
export const AT_FDCWD = -100

/**
 * Takes the exclusive lock of a file, made when missing: a descriptor that holds it until it is closed or the process
 * ends, however it ends; or a negative errno, EWOULDBLOCK when another process has it.
 */
export function tryLock(path: string): number {
  const fd = openSync(path, 'a', 0o600)
  const result = native.flockExclusive(fd)
  if (result === 0) return fd
  closeSync(fd)
  return result
}
