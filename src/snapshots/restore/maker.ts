import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { native, O_PATH, StatField } from '../../native/index.ts'
import type { CopyFile } from '../drivers/contents.ts'
import { field } from '../drivers/object-table.ts'
import { none } from '../drivers/places.ts'
import { isGone, require } from '../drivers/tree-pair.ts'
import { target } from './contents.ts'
import { look, seenIn, type InodeBits, type Seen } from './seen.ts'

const { O_NOFOLLOW, S_IFDIR, S_IFREG, S_IFLNK } = constants
const { EISDIR, ENOTDIR, EEXIST, ENOTEMPTY } = osConstants.errno
const nothing = Buffer.alloc(0)
const isRoot = process.geteuid!() === 0
/** Clients that put something into the way each time do not keep us for ever. */
const triesMax = 3

export interface MakerOptions {
  readonly bits: InodeBits
  readonly copyFile: CopyFile
  /** {@link none}: what is made gets its name at once. */
  readonly staging: number
}

/** Makes objects of a share as they are in a snapshot: aside first, and then by a rename in place of what was there. */
export class Maker {
  readonly #options: MakerOptions
  #count = 0

  constructor(options: MakerOptions) {
    this.#options = options
  }

  /** One that is no directory. Answers its inode; undefined: clients took the directory away that it was to be in. */
  put(
    from: number,
    name: Buffer,
    to: number,
    toName: Buffer,
    wanted: Seen,
    there: Seen | undefined,
  ): string | undefined {
    const { staging } = this.#options
    if (staging === none) return this.#make(from, name, to, toName, wanted)
    const staged = this.#nextName()
    const inode = this.#make(from, name, staging, staged, wanted)
    return this.moveIn(staged, to, toName, there) ? inode : undefined
  }

  /** Gives an open file a further name: 0 or a negative errno. */
  link(fd: number, to: number, toName: Buffer, there: Seen | undefined): number {
    const { staging } = this.#options
    if (staging === none) return native.linkAt(fd, to, toName)
    const staged = this.#nextName()
    const result = native.linkAt(fd, staging, staged)
    if (result === 0) this.moveIn(staged, to, toName, there)
    return result
  }

  /** Takes what is there out of the share's tree: a directory with all that is in it. */
  takeAway(to: number, name: Buffer, there: Seen): void {
    if (there.kind !== S_IFDIR) {
      const result = native.unlinkAt(to, name, 0)
      if (!isGone(result)) require(result, 'remove', () => name.toString())
      return
    }
    if (!isRoot) lend(to, name)
    const result = native.renameAt(to, name, this.#options.staging, this.#nextName())
    if (!isGone(result)) require(result, 'remove', () => name.toString())
  }

  /** Gives an object that stays the attributes of one of the snapshot. False: it is another by now. */
  giveAttributes(from: number, name: Buffer, to: number, toName: Buffer, there: Seen): boolean {
    const source = require(native.openBeneath(from, name, O_PATH | O_NOFOLLOW, 0), 'open', () =>
      name.toString())
    const live = native.openBeneath(to, toName, O_PATH | O_NOFOLLOW, 0)
    try {
      if (isGone(live)) return false
      require(live, 'open', () => name.toString())
      if (look(live, nothing, 1, this.#options.bits)?.inode !== there.inode) return false
      require(native.copyAttributes(source, live, 1), 'give its attributes to', () => name.toString())
      return true
    } finally {
      native.close(source)
      if (live >= 0) native.close(live)
    }
  }

  /** Gives what was made aside its place. False: clients took the directory away that it was to be in. */
  moveIn(staged: Buffer, to: number, toName: Buffer, there: Seen | undefined): boolean {
    const { staging, bits } = this.#options
    // A file takes the place of another by the rename itself.
    let inTheWay = there?.kind === S_IFDIR ? there : undefined
    for (let tries = 1; ; tries++) {
      if (inTheWay !== undefined) this.takeAway(to, toName, inTheWay)
      const result = native.renameAt(staging, staged, to, toName)
      // ENOTDIR: a directory does not take the place of what is none.
      if (result !== -ENOTDIR && isGone(result)) return false
      if (tries === triesMax || ![EISDIR, ENOTDIR, EEXIST, ENOTEMPTY].includes(-result)) {
        require(result, 'put into its place', () => toName.toString())
        return true
      }
      inTheWay = look(to, toName, 1, bits)
    }
  }

  #make(from: number, name: Buffer, to: number, toName: Buffer, wanted: Seen): string {
    const what = () => name.toString()
    if (wanted.kind === S_IFREG) {
      require(this.#options.copyFile(from, name, to, toName, 0), 'copy', what)
      return seenIn(1, this.#options.bits).inode
    }
    const made =
      wanted.kind === S_IFLNK
        ? native.symlinkAt(target(from, name), to, toName)
        : this.#makeNode(from, name, to, toName, wanted.kind)
    require(made, 'make', what)
    const [source, copy] = [
      native.openBeneath(from, name, O_PATH | O_NOFOLLOW, 0),
      native.openBeneath(to, toName, O_PATH | O_NOFOLLOW, 0),
    ]
    try {
      require(Math.min(source, copy), 'open', what)
      require(native.copyAttributes(source, copy, 1), 'give its attributes to', what)
      return seenIn(1, this.#options.bits).inode
    } finally {
      if (source >= 0) native.close(source)
      if (copy >= 0) native.close(copy)
    }
  }

  /** A fifo, socket or device. */
  #makeNode(from: number, name: Buffer, to: number, toName: Buffer, kind: number): number {
    require(native.statAt(from, name, 0), 'examine', () => name.toString())
    const [major, minor] = [field(0, StatField.RDEV_MAJOR), field(0, StatField.RDEV_MINOR)]
    return native.mknodAt(to, toName, kind | 0o600, major, minor)
  }

  #nextName(): Buffer {
    return Buffer.from(String(++this.#count))
  }
}

/** Without root, its owner needs leave to write a directory that is moved, as its `..` changes. */
function lend(dirfd: number, name: Buffer): void {
  const fd = native.openBeneath(dirfd, name, O_PATH | O_NOFOLLOW, 0)
  if (fd < 0) return
  native.chmod(fd, 0o700)
  native.close(fd)
}
