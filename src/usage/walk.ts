import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { statField } from '../filesystem/attributes.ts'
import { bytesUsed } from '../filesystem/quota.ts'
import { entriesOf, EntryType, type DirectoryEntry } from '../native/directory-entries.ts'
import { AT_FDCWD, native, StatField } from '../native/index.ts'
import { HardLinks } from './hard-links.ts'
import { Level } from './level.ts'
import type { WalkPosition } from './position.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NOATIME, S_IFMT, S_IFDIR } = constants
const { ENOENT, ENOTDIR, ELOOP, EXDEV, EPERM, ENAMETOOLONG } = osConstants.errno
const directoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
/** Of stat rows, this thread's own. */
const slot = 0
/** Bytes of a path that the kernel takes at once, with room to spare: PATH_MAX is 4096. */
const pathPieceSizeMax = 4000

export interface WalkLimits {
  /** Names of directories yet to be entered that are kept at once; others are read again when their turn comes. */
  readonly namesMax: number
  /** Bytes of the path of a directory below the share's root. What lies deeper is missed. */
  readonly pathSizeMax: number
}

export const walkLimitsDefault: WalkLimits = { namesMax: 50_000, pathSizeMax: 256 * 1024 }

/** The directory of a share is not there, or not to be opened. */
export class UnreachableError extends Error {}

/**
 * Counts what a share uses by walking through it: depth first, the directories of a directory in the order of their
 * bytes, so that a place in the walk means the same after a restart. It follows no symlink and enters no other
 * filesystem, mount or btrfs subvolume. Only the root and one more directory are open at a time.
 *
 * It counts as calls are counted, see {@link bytesUsed}: each object is a file, but the root is none.
 */
export class ShareWalk {
  readonly #limits: WalkLimits
  readonly #root: number
  readonly #devMajor: number
  readonly #devMinor: number
  readonly #rootInode: string
  readonly #hardLinks: HardLinks
  /** One for each directory between the root and the one that is counted. */
  readonly #levels: Level[]
  #bytes: number
  #files: number
  #entries: number
  #missed: number
  #firstMissed: string | undefined

  /** A position in another directory is not gone on from. @throws {UnreachableError} */
  constructor(directory: string, from?: WalkPosition, limits = walkLimitsDefault) {
    this.#limits = limits
    // The path is the operator's, and may have symlinks in it.
    this.#root = native.openAt(AT_FDCWD, Buffer.from(directory), O_RDONLY | O_DIRECTORY)
    const examined = this.#root < 0 ? this.#root : native.fstat(this.#root, slot)
    if (examined < 0) {
      this.close()
      throw new UnreachableError(`cannot open ${directory}: ${getSystemErrorName(examined)}`)
    }
    this.#devMajor = statField(slot, StatField.DEV_MAJOR)
    this.#devMinor = statField(slot, StatField.DEV_MINOR)
    this.#rootInode = inodeInSlot()
    const start = from?.root === this.#rootInode ? from : undefined
    this.#levels = (start?.path ?? []).map((name) => Level.at(name))
    this.#hardLinks = new HardLinks(start?.hardLinks)
    this.#bytes = start?.bytes ?? 0
    this.#files = start?.files ?? 0
    this.#entries = start?.entries ?? 0
    this.#missed = start?.missed ?? 0
    this.#firstMissed = start?.firstMissed
  }

  /** Directory entries met. */
  get entries(): number {
    return this.#entries
  }

  /** Where the walk is, and what it has found. Right where {@link steps} said `place`, and at the end. */
  get position(): WalkPosition {
    return {
      root: this.#rootInode,
      path: this.#levels.map(({ current }) => current),
      bytes: this.#bytes,
      files: this.#files,
      entries: this.#entries,
      missed: this.#missed,
      ...(this.#firstMissed === undefined ? {} : { firstMissed: this.#firstMissed }),
      hardLinks: this.#hardLinks.state,
    }
  }

  /**
   * Walks, a little at each step. Said `place`: the walk is between two directories, and can go on from its position
   * another time; said `within`: it is in the middle of one.
   */
  *steps(): Generator<'place' | 'within', void> {
    yield* this.#countDirectory()
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (level.enterNext()) {
        yield 'place'
        yield* this.#countDirectory()
      } else if (level.isWhole) {
        this.#levels.pop()
      } else {
        yield* this.#readOn(level)
      }
    }
  }

  close(): void {
    if (this.#root >= 0) native.close(this.#root)
  }

  /** Counts the entries of the directory where the walk is, and goes down a level for the directories in it. */
  *#countDirectory(): Generator<'within', void> {
    const level = new Level()
    const fd = this.#open(this.#levels.length)
    if (fd < 0) return
    try {
      for (const entry of this.#entriesOf(fd, this.#levels.length)) {
        if (this.#count(fd, entry)) level.add(entry.name.toString('latin1'), this.#limits.namesMax)
        yield 'within'
      }
    } finally {
      native.close(fd)
    }
    level.sort(this.#limits.namesMax)
    this.#levels.push(level)
    this.#forgetNames()
  }

  /** Finds the directories after those that a level had room for. */
  *#readOn(level: Level): Generator<'within', void> {
    level.begin()
    const fd = this.#open(this.#levels.length - 1)
    if (fd < 0) return
    try {
      for (const { name, type } of this.#entriesOf(fd, this.#levels.length - 1)) {
        const text = name.toString('latin1')
        if (text > level.current && this.#isDirectory(fd, name, type)) level.add(text, this.#limits.namesMax)
        yield 'within'
      }
    } finally {
      native.close(fd)
    }
    level.sort(this.#limits.namesMax)
    this.#forgetNames()
  }

  /** Keeps the names of all levels together within their limit. Those near the root are wanted last. */
  #forgetNames(): void {
    let names = this.#levels.reduce((sum, level) => sum + level.size, 0)
    for (const level of this.#levels) {
      if (names <= this.#limits.namesMax) return
      names -= level.size
      level.forget()
    }
  }

  /** Of the directory that the first `depth` levels lead to. */
  *#entriesOf(fd: number, depth: number): Generator<DirectoryEntry> {
    const ended = yield* entriesOf(fd)
    if (ended < 0) this.#miss(ended, this.#path(depth))
  }

  /** Adds an entry to the sums. Says whether it is a directory. */
  #count(dirfd: number, { name, type }: DirectoryEntry): boolean {
    this.#entries++
    if (type === EntryType.DIRECTORY) {
      this.#files++
      return true
    }
    const examined = native.statAt(dirfd, name, slot)
    if (examined < 0) {
      this.#miss(examined, [...this.#path(this.#levels.length), name.toString('latin1')])
      return false
    }
    const isDirectory = isDirectoryInSlot()
    const isElsewhere = !this.#holdsSlot()
    const linkCount = statField(slot, StatField.NLINK)
    const part =
      isDirectory || isElsewhere || linkCount < 2 ? 1 : this.#hardLinks.share(inodeInSlot(), linkCount)
    this.#files += part
    // A file mounted over one of the share's occupies nothing here.
    if (!isElsewhere) this.#bytes += part * bytesUsed(slot)
    return isDirectory
  }

  #isDirectory(dirfd: number, name: Buffer, type: number): boolean {
    if (type !== EntryType.UNKNOWN) return type === EntryType.DIRECTORY
    return native.statAt(dirfd, name, slot) === 0 && isDirectoryInSlot()
  }

  /** Opens the directory that the first `depth` levels lead to; negative if there is nothing to be counted in it. */
  #open(depth: number): number {
    const path = this.#path(depth)
    const fd = this.#openBelow(path)
    if (fd < 0) {
      this.#miss(fd, path)
      return fd
    }
    const examined = native.fstat(fd, slot)
    if (examined === 0 && this.#holdsSlot()) return fd
    native.close(fd)
    if (examined < 0) this.#miss(examined, path)
    return -EXDEV
  }

  /** From the root each time, a long path piece by piece: depth, which clients choose, costs no descriptors. */
  #openBelow(names: readonly string[]): number {
    const path = Buffer.from(names.join('/') || '.', 'latin1')
    if (path.length > this.#limits.pathSizeMax) return -ENAMETOOLONG
    let fd = this.#root
    for (let start = 0; start < path.length;) {
      const end = pieceEnd(path, start)
      const next = openDirectory(fd, path.subarray(start, end))
      if (fd !== this.#root) native.close(fd)
      if (next < 0) return next
      fd = next
      start = end + 1
    }
    return fd
  }

  /** Whether what the slot describes is of the share's own filesystem and subvolume. */
  #holdsSlot(): boolean {
    return (
      statField(slot, StatField.DEV_MINOR) === this.#devMinor &&
      statField(slot, StatField.DEV_MAJOR) === this.#devMajor
    )
  }

  #path(depth: number): string[] {
    return this.#levels.slice(0, depth).map(({ current }) => current)
  }

  /** Notes what could not be counted, if there is anything to be counted: it may be gone, or belong elsewhere. */
  #miss(result: number, path: readonly string[]): void {
    if (result === -ENOENT || result === -ENOTDIR || result === -ELOOP || result === -EXDEV) return
    this.#missed++
    this.#firstMissed ??= `${getSystemErrorName(result)} ${Buffer.from(path.join('/'), 'latin1').toString()}`
  }
}

function openDirectory(dirfd: number, path: Buffer): number {
  // A count is no access that a backup or the operator would want to see. Only owners may ask for that.
  const fd = native.openBeneath(dirfd, path, directoryFlags | O_NOATIME, 0)
  return fd === -EPERM ? native.openBeneath(dirfd, path, directoryFlags, 0) : fd
}

function pieceEnd(path: Buffer, start: number): number {
  if (path.length - start <= pathPieceSizeMax) return path.length
  return path.lastIndexOf('/', start + pathPieceSizeMax)
}

function isDirectoryInSlot(): boolean {
  return (statField(slot, StatField.MODE) & S_IFMT) === S_IFDIR
}

/** In decimal: 64 bits are more than a number holds. */
function inodeInSlot(): string {
  return String(
    (BigInt(statField(slot, StatField.INO_HIGH)) << 32n) | BigInt(statField(slot, StatField.INO_LOW)),
  )
}
