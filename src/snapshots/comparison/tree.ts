import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { entriesOf } from '../../native/directory-entries.ts'
import { native, StatField } from '../../native/index.ts'
import { field } from '../drivers/object-table.ts'
import { inodesIn, openInodeMap } from '../drivers/inode-map.ts'
import { openPath, openRoot, require } from '../drivers/tree-pair.ts'
import type { ObjectType } from './change.ts'

const { S_IFMT, S_IFDIR, S_IFREG, S_IFLNK, S_IFBLK, S_IFCHR, S_IFIFO } = constants
const { ENOENT } = osConstants.errno
const slot = 0
/** An empty name: a descriptor itself. */
export const itself = Buffer.alloc(0)

/** A name in a directory of a tree; undefined stands for the root. */
export interface Place {
  readonly parent: Place | undefined
  readonly name: Buffer
}

/** What a file was in the share: numbers that are no safe integers are texts. */
export type Key = number | string

/** An object as one of the trees has it. */
export interface Seen {
  readonly type: ObjectType
  /** Undefined: not known, as of what belongs to another filesystem. */
  readonly key: Key | undefined
  /** Whether it is of the tree's filesystem. */
  readonly isHere: boolean
  readonly linkCount: number
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly deviceMajor: number
  readonly deviceMinor: number
  readonly mtime: number
  readonly mtimeNs: number
  readonly ctime: number
  readonly ctimeNs: number
}

export interface TreeSource {
  /** Absolute path of the root. */
  readonly tree: string
  /** Absolute path of its inode map; undefined: its files have the numbers and ctimes of the share's. */
  readonly inodeMap: string | undefined
  /** Bits of the upper half of an inode number that count. */
  readonly inodeHighMask: number
  /** The share was on another filesystem then than when the other tree was taken: numbers and ctimes mean nothing there. */
  readonly isElsewhere?: boolean
}

/** A tree that nobody changes, open. To be closed. */
export class Tree {
  readonly #root: number
  readonly #map: number | undefined
  readonly #mapFile: string | undefined
  readonly isElsewhere: boolean
  readonly #highMask: number
  readonly #devMajor: number
  readonly #devMinor: number

  /** @throws {Error} where it cannot be opened */
  constructor({ tree, inodeMap, inodeHighMask, isElsewhere = false }: TreeSource) {
    this.isElsewhere = isElsewhere
    this.#highMask = inodeHighMask
    this.#mapFile = inodeMap
    this.#root = openRoot(tree)
    try {
      require(native.fstat(this.#root, slot), 'examine', () => tree)
      this.#map = inodeMap === undefined ? undefined : openInodeMap(inodeMap)
    } catch (error) {
      native.close(this.#root)
      throw error
    }
    this.#devMajor = field(slot, StatField.DEV_MAJOR)
    this.#devMinor = field(slot, StatField.DEV_MINOR)
  }

  close(): void {
    if (this.#map !== undefined) native.inodeMapClose(this.#map)
    native.close(this.#root)
  }

  /** A descriptor, which is the caller's to close. */
  open(directory: Place | undefined): number {
    const fd = openPath(this.#root, namesOf(directory))
    return require(fd, 'open', () => pathOf(directory).toString())
  }

  /** The names in an open directory, by their bytes as a string of `latin1`. */
  names(fd: number, directory: Place | undefined): Map<string, Buffer> {
    const names = new Map<string, Buffer>()
    const entries = entriesOf(fd)
    let next = entries.next()
    for (; next.done !== true; next = entries.next())
      names.set(next.value.name.toString('latin1'), Buffer.from(next.value.name))
    require(next.value, 'read', () => pathOf(directory).toString())
    return names
  }

  /** Of some names, those that there are in an open directory. */
  among(fd: number, names: ReadonlyMap<string, Buffer>): Map<string, Buffer> {
    const found = new Map<string, Buffer>()
    for (const [text, name] of names) {
      const result = native.statAt(fd, name, slot)
      if (result === -ENOENT) continue
      require(result, 'examine', () => name.toString())
      found.set(text, name)
    }
    return found
  }

  /** What a file was in the share that had this inode number there. */
  keyOf(inodeHigh: number, inodeLow: number): Key {
    const key = keyFrom((inodeHigh & this.#highMask) >>> 0, inodeLow)
    return this.isElsewhere ? `elsewhere ${key}` : key
  }

  /** What an inode number of this tree is called by {@link numbersOf}. */
  numberOf(inodeHigh: number, inodeLow: number): Key {
    return this.#mapFile === undefined ? this.keyOf(inodeHigh, inodeLow) : keyFrom(inodeHigh, inodeLow)
  }

  /** The inode numbers in this tree of what had these in the share. */
  numbersOf(keys: ReadonlySet<Key>): ReadonlySet<Key> {
    if (this.#mapFile === undefined) return keys
    const numbers = new Set<Key>()
    for (const { own, live } of inodesIn(this.#mapFile))
      if (keys.has(keyFrom(live.high, live.low))) numbers.add(keyFrom(own.high, own.low))
    return numbers
  }

  /** Of a directory. */
  keyAt(place: Place | undefined): Key | undefined {
    const fd = this.open(place)
    try {
      return this.look(fd, itself).key
    } finally {
      native.close(fd)
    }
  }

  /** An empty name means the directory itself. */
  look(dirfd: number, name: Buffer): Seen {
    require(native.statAt(dirfd, name, slot), 'examine', () => name.toString())
    const isHere =
      field(slot, StatField.DEV_MINOR) === this.#devMinor &&
      field(slot, StatField.DEV_MAJOR) === this.#devMajor
    const isKnown = isHere && this.#translate(name)
    const mode = field(slot, StatField.MODE)
    return {
      type: typeOf(mode),
      key: isKnown ? this.#key() : undefined,
      isHere,
      linkCount: field(slot, StatField.NLINK),
      mode: mode & ~S_IFMT,
      uid: field(slot, StatField.UID),
      gid: field(slot, StatField.GID),
      size: field(slot, StatField.SIZE),
      deviceMajor: field(slot, StatField.RDEV_MAJOR),
      deviceMinor: field(slot, StatField.RDEV_MINOR),
      mtime: field(slot, StatField.MTIME),
      mtimeNs: field(slot, StatField.MTIME_NS),
      ctime: field(slot, StatField.CTIME),
      ctimeNs: field(slot, StatField.CTIME_NS),
    }
  }

  #translate(name: Buffer): boolean {
    if (this.#map === undefined) return true
    const result = native.inodeMapTranslate(this.#map, slot)
    if (result === -ENOENT) return false
    require(result, 'find the number of', () => name.toString())
    return true
  }

  #key(): Key {
    return this.keyOf(field(slot, StatField.INO_HIGH), field(slot, StatField.INO_LOW))
  }
}

function keyFrom(high: number, low: number): Key {
  return high < 2 ** 21 ? high * 2 ** 32 + low : `${high}.${low}`
}

function typeOf(mode: number): ObjectType {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return 'file'
    case S_IFDIR:
      return 'directory'
    case S_IFLNK:
      return 'symlink'
    case S_IFBLK:
      return 'block'
    case S_IFCHR:
      return 'character'
    case S_IFIFO:
      return 'fifo'
    default:
      return 'socket'
  }
}

function namesOf(place: Place | undefined): Buffer[] {
  const names: Buffer[] = []
  for (let at = place; at !== undefined; at = at.parent) names.push(at.name)
  return names.reverse()
}

/** As {@link pathOf} wrote it. */
export function placeOf(path: Buffer): Place | undefined {
  if (path.equals(dot)) return undefined
  let place: Place | undefined
  for (let start = 0; start < path.length;) {
    const next = path.indexOf(slash, start)
    const end = next < 0 ? path.length : next
    place = { parent: place, name: path.subarray(start, end) }
    start = end + 1
  }
  return place
}

const slash = Buffer.from('/')
const dot = Buffer.from('.')

/** Relative to the root, which is ".". */
export function pathOf(place: Place | undefined): Buffer {
  if (place === undefined) return dot
  return Buffer.concat(namesOf(place).flatMap((name, at) => (at === 0 ? [name] : [slash, name])))
}
