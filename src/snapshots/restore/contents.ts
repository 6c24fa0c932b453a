import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { native, O_PATH, StatField } from '../../native/index.ts'
import { cloneFile, copyFileBy, openRegular, type CopyFile } from '../drivers/contents.ts'
import { field } from '../drivers/object-table.ts'
import { isGone, require } from '../drivers/tree-pair.ts'
import type { Seen } from './seen.ts'

const { O_NOFOLLOW, S_IFREG, S_IFLNK } = constants
const { EXDEV, EOPNOTSUPP, ENOTTY, ENOSYS, EINVAL } = osConstants.errno
const pieceSize = 1024 * 1024
/** A symlink's target is shorter: PATH_MAX. */
const targetSizeMax = 4096

/** Shares the data where the filesystem can, and copies it where not. `onBytes` is told of all. */
export function copyBest(onBytes: (bytes: number) => void): CopyFile {
  const copy = copyFileBy(onBytes)
  let canClone = true
  return (...file) => {
    if (!canClone) return copy(...file)
    const result = cloneFile(...file)
    if ([EXDEV, EOPNOTSUPP, ENOTTY, ENOSYS].includes(-result)) canClone = false
    // EINVAL: this one alone, as a btrfs file without copy-on-write.
    if (!canClone || result === -EINVAL) return copy(...file)
    if (result >= 0) onBytes(field(0, StatField.SIZE))
    return result
  }
}

let [one, other]: (Buffer | undefined)[] = []

/** Whether two objects of the same type, which are no directories, hold the same. `breath` is called for each piece. */
export function hasEqualContent(
  from: { readonly dirfd: number; readonly seen: Seen },
  to: { readonly dirfd: number; readonly seen: Seen },
  name: Buffer,
  toName: Buffer,
  breath: () => void,
): boolean {
  const { kind, size, rdev } = from.seen
  if (kind === S_IFLNK)
    return size === to.seen.size && target(from.dirfd, name).equals(target(to.dirfd, toName))
  if (kind !== S_IFREG) return rdev === to.seen.rdev
  if (size !== to.seen.size) return false
  const [fromFd, toFd] = [openRegular(from.dirfd, name), openRegular(to.dirfd, toName)]
  try {
    require(fromFd, 'open', () => name.toString())
    if (!isGone(toFd)) require(toFd, 'open', () => name.toString())
    return toFd >= 0 && hasEqualData(fromFd, toFd, size, breath)
  } finally {
    if (fromFd >= 0) native.close(fromFd)
    if (toFd >= 0) native.close(toFd)
  }
}

function hasEqualData(from: number, to: number, size: number, breath: () => void): boolean {
  one ??= Buffer.allocUnsafe(pieceSize)
  other ??= Buffer.allocUnsafe(pieceSize)
  for (let position = 0; position < size;) {
    breath()
    const count = require(native.pread(from, one, 0, pieceSize, position), 'read', () =>
      'a file of the snapshot')
    const same = require(native.pread(to, other, 0, pieceSize, position), 'read', () => 'a file of the share')
    if (count !== same || count === 0 || !one.subarray(0, count).equals(other.subarray(0, count)))
      return false
    position += count
  }
  return true
}

/** Where a symlink leads; empty: it is none any more. */
export function target(dirfd: number, name: Buffer): Buffer {
  const fd = native.openBeneath(dirfd, name, O_PATH | O_NOFOLLOW, 0)
  if (isGone(fd)) return Buffer.alloc(0)
  require(fd, 'open', () => name.toString())
  const into = Buffer.allocUnsafe(targetSizeMax)
  const size = native.readlink(fd, into)
  native.close(fd)
  return into.subarray(0, Math.max(0, size))
}
