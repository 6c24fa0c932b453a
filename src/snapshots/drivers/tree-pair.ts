import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { basename, join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { AT_FDCWD, native, StatField } from '../../native/index.ts'
import { shown } from '../../service/shown.ts'
import { field, limboObject, rootObject, type ObjectTable } from './object-table.ts'
import { none } from './places.ts'

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NOATIME } = constants
const { EPERM, ENOENT, ENOTDIR, ELOOP, ESTALE } = osConstants.errno
const directoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
/** Bytes of a path that the kernel takes at once, with room to spare: PATH_MAX is 4096. */
const pathPieceSizeMax = 3800
const slash = Buffer.from('/')
const nothing = Buffer.alloc(0)

/** Names in a snapshot's directory. */
export const dataName = 'data'
export const limboName = 'limbo'

/** An object that was there before is there no more, or is another. */
export function isGone(result: number): boolean {
  return [ENOENT, ENOTDIR, ELOOP, ESTALE].includes(-result)
}

/** @throws {Error} with the path, where a call failed. */
export function require(result: number, what: string, path: () => string): number {
  if (result < 0) throw new Error(`cannot ${what} ${path()}: ${getSystemErrorName(result)}`)
  return result
}

/** Opens a directory by a path of the operator's. */
export function openRoot(path: string): number {
  return require(native.openAt(AT_FDCWD, Buffer.from(path), O_RDONLY | O_DIRECTORY), 'open', () => path)
}

/** Opens a directory in another, without a trace in its atime where that can be had: only owners may ask for it. */
export function openDirectory(dirfd: number, path: Buffer): number {
  const fd = native.openBeneath(dirfd, path, directoryFlags | O_NOATIME, 0)
  return fd === -EPERM ? native.openBeneath(dirfd, path, directoryFlags, 0) : fd
}

/** Opens the directory that some names lead to, piece by piece where the path is too long for the kernel. */
export function openPath(root: number, names: readonly Buffer[]): number {
  if (names.length === 0) return native.duplicate(root)
  let fd = root
  for (let start = 0; start < names.length;) {
    const piece: Buffer[] = []
    for (let size = 0; start < names.length && size + names[start]!.length < pathPieceSizeMax; start++) {
      if (size > 0) piece.push(slash)
      piece.push(names[start]!)
      size += names[start]!.length + 1
    }
    const next = openDirectory(fd, Buffer.concat(piece))
    if (fd !== root) native.close(fd)
    if (next < 0) return next
    fd = next
  }
  return fd
}

/**
 * A live tree and its copy. Directories are opened by the names that the table has for them, which are those of the copy:
 * they lead to the live ones as long as nobody has renamed them. Descriptors are the caller's to close.
 */
export class TreePair {
  readonly table: ObjectTable
  readonly #live: number
  readonly #data: number
  readonly #limbo: number
  readonly #limboName: Buffer
  readonly #devMajor: number
  readonly #devMinor: number
  readonly #mount: number

  /** `directory` has the directory {@link dataName}; `limbo` is one in it, or in the root of the copy. */
  constructor(table: ObjectTable, source: string, directory: string, limbo = join(directory, limboName)) {
    this.table = table
    this.#limboName = Buffer.from(basename(limbo))
    this.#live = openRoot(source)
    this.#data = openRoot(join(directory, dataName))
    this.#limbo = openRoot(limbo)
    require(native.statAt(this.#live, nothing, 0), 'examine', () => source)
    this.#devMajor = field(0, StatField.DEV_MAJOR)
    this.#devMinor = field(0, StatField.DEV_MINOR)
    this.#mount = field(0, StatField.MOUNT_ID)
    table.add(0)
    require(native.fstat(this.#data, 0), 'examine', () => directory)
    table.setCopy(rootObject, 0)
    table.addLimbo()
  }

  close(): void {
    native.close(this.#live)
    native.close(this.#data)
    native.close(this.#limbo)
  }

  /** Whether what statAt told of a live object in a slot belongs to the share: no mount, no subvolume. */
  isHere(slot: number): boolean {
    return (
      field(slot, StatField.DEV_MINOR) === this.#devMinor &&
      field(slot, StatField.DEV_MAJOR) === this.#devMajor &&
      field(slot, StatField.MOUNT_ID) === this.#mount
    )
  }

  /** The live directory that is this object; a negative errno, -ENOENT also where another is at its path. */
  openLive(object: number): number {
    const { top, names } = this.#way(object)
    return top === limboObject ? -ENOENT : this.#checked(openPath(this.#live, names), object)
  }

  /** As {@link openLive}, but also every directory on the way must be the one it was. */
  openLiveByKnown(object: number): number {
    const { top, names, objects } = this.#way(object)
    if (top === limboObject) return -ENOENT
    let fd = native.duplicate(this.#live)
    for (let at = 0; at < names.length && fd >= 0; at++) {
      const next = this.#checked(openDirectory(fd, names[at]!), objects[at]!)
      native.close(fd)
      fd = next
    }
    return fd
  }

  /** @throws {Error} if the copy is not as we made it. */
  openCopy(object: number): number {
    const { top, names } = this.#way(object)
    const fd = openPath(top === limboObject ? this.#limbo : this.#data, names)
    return require(fd, 'open the copy of', () => this.pathOf(object))
  }

  /** Of a directory below the share's root, for messages. */
  pathOf(object: number, name?: Buffer): string {
    const names = [...this.#way(object).names, ...(name === undefined ? [] : [name])]
    return shown(names.map((part) => part.toString()).join('/') || '.')
  }

  /** Renames the copy of a directory, or of a file that has no other name. */
  renameCopy(fromDirectory: number, from: Buffer, toFd: number, to: Buffer): void {
    const fd = this.openCopy(fromDirectory)
    const result = native.renameAt(fd, from, toFd, to)
    native.close(fd)
    require(result, 'rename the copy of', () => this.pathOf(fromDirectory, from))
  }

  /** Whether a name in the root of the copy is none of the live tree, but that of the limbo. */
  isLimbo(name: Buffer): boolean {
    return name.equals(this.#limboName)
  }

  get limbo(): number {
    return this.#limbo
  }

  #checked(fd: number, object: number): number {
    if (fd < 0) return fd
    if (native.fstat(fd, 2) === 0 && this.table.isInode(object, 2) && this.#isOfDevice(2)) return fd
    native.close(fd)
    return -ENOENT
  }

  #isOfDevice(slot: number): boolean {
    return (
      field(slot, StatField.DEV_MINOR) === this.#devMinor &&
      field(slot, StatField.DEV_MAJOR) === this.#devMajor
    )
  }

  #way(object: number): { top: number; names: Buffer[]; objects: number[] } {
    const names: Buffer[] = []
    const objects: number[] = []
    let at = object
    for (let place = this.table.firstPlace(at); place !== none; place = this.table.firstPlace(at)) {
      names.push(this.table.places.name(place))
      objects.push(at)
      at = this.table.places.directory(place)
    }
    return { top: at, names: names.reverse(), objects: objects.reverse() }
  }
}
