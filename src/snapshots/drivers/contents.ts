import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { native, O_PATH, StatField } from '../../native/index.ts'
import { field } from './object-table.ts'

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW, O_NOATIME, S_IFMT, S_IFREG } = constants
const { EPERM, EACCES, ELOOP, ENXIO, EINVAL, EXDEV, EOPNOTSUPP, ENOSYS } = osConstants.errno
/** Bytes copied between two looks at whether to go on. */
const pieceSize = 8 * 1024 * 1024
const bufferSize = 1024 * 1024
/** Bytes of a range that is copied without a look for holes in it: it was written a moment ago. */
const rangeSizeMax = 128 * 1024

/**
 * Copies a regular file with its attributes into a new name, or into a file that is there; answers and fills slots as the
 * addon's cloneFile.
 */
export type CopyFile = typeof native.cloneFile

export const cloneFile: CopyFile = native.cloneFile

/** Copies data in pieces, and leaves holes holes. `onPiece` is told the bytes of each. */
export function copyFileBy(onPiece: (bytes: number) => void): CopyFile {
  const copyWhole = (from: number, to: number): number =>
    copyOpen(from, to, (size) => {
      const sized = native.ftruncate(to, size)
      return sized < 0 ? sized : copyData(from, to, 0, size, onPiece)
    })
  return (fromDirfd, fromName, toDirfd, toName, isThere) => {
    const from = openRegular(fromDirfd, fromName)
    if (isThere === 1) return withFiles(from, () => openThere(toDirfd, toName, O_WRONLY | O_TRUNC), copyWhole)
    return withFiles(
      from,
      () => openNew(toDirfd, toName),
      (source, target) => {
        const copied = copyWhole(source, target)
        if (copied < 0) native.unlinkAt(toDirfd, toName, 0)
        return copied
      },
    )
  }
}

/**
 * Copies what changed of a regular file, with its attributes, into a copy that is equal to it but for that; answers and fills
 * slots as {@link CopyFile}. `lists`: beginnings and ends by turns, as change-list.ts has them.
 */
export type CopyRanges = (
  fromDirfd: number,
  fromName: Buffer,
  toDirfd: number,
  toName: Buffer,
  lists: readonly Float64Array[],
) => number

/** By any way that shares data, the ranges are shared where the filesystem can do that. */
export function copyRangesBy(onPiece: (bytes: number) => void): CopyRanges {
  return (fromDirfd, fromName, toDirfd, toName, lists) =>
    withFiles(
      openRegular(fromDirfd, fromName),
      () => openThere(toDirfd, toName, O_WRONLY),
      (from, to) => copyOpen(from, to, (size) => copyLists(from, to, size, lists, onPiece)),
    )
}

/** Runs with two files open, and closes them. */
function withFiles(from: number, openTo: () => number, work: (from: number, to: number) => number): number {
  if (from < 0) return from
  const to = openTo()
  try {
    return to < 0 ? to : work(from, to)
  } finally {
    native.close(from)
    if (to >= 0) native.close(to)
  }
}

/** Of a slot that neither cloneFile nor copyAttributes fills. */
const before = 2

function copyOpen(from: number, to: number, copy: (size: number) => number): number {
  const examined = native.fstat(from, before)
  if (examined < 0) return examined
  const copied = copy(field(before, StatField.SIZE))
  if (copied < 0) return copied
  const result = native.copyAttributes(from, to, 0)
  if (result < 0) return result
  const isSame =
    field(0, StatField.CTIME) === field(before, StatField.CTIME) &&
    field(0, StatField.CTIME_NS) === field(before, StatField.CTIME_NS)
  return isSame ? result : 1
}

/** What cannot be opened without doing something, as a device, is refused with ELOOP. */
export function openRegular(dirfd: number, name: Buffer): number {
  const found = native.openBeneath(dirfd, name, O_PATH | O_NOFOLLOW, 0)
  if (found < 0) return found
  const examined = native.fstat(found, before)
  let fd = examined
  if (examined === 0) {
    const isRegular = (field(before, StatField.MODE) & S_IFMT) === S_IFREG
    fd = isRegular ? native.reopen(found, O_RDONLY | O_NOATIME) : -ELOOP
    if (fd === -EPERM) fd = native.reopen(found, O_RDONLY)
  }
  native.close(found)
  return fd
}

function openNew(dirfd: number, name: Buffer): number {
  return native.openBeneath(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
}

function openThere(dirfd: number, name: Buffer, flags: number): number {
  const fd = native.openBeneath(dirfd, name, flags | O_NOFOLLOW, 0)
  if (fd !== -EACCES) return fd
  // Without root, also the owner must have leave to write.
  const found = native.openBeneath(dirfd, name, O_PATH | O_NOFOLLOW, 0)
  if (found < 0) return found
  const lent = native.chmod(found, 0o600)
  native.close(found)
  return lent < 0 ? lent : native.openBeneath(dirfd, name, flags | O_NOFOLLOW, 0)
}

/** What has been a hole ever since the copy was made is one in the copy, and what is cut off here becomes one. */
function copyLists(
  from: number,
  to: number,
  size: number,
  lists: readonly Float64Array[],
  onPiece: (bytes: number) => void,
): number {
  const tail = lists.reduce(
    (least, list) => (list.at(-1) === Infinity ? Math.min(least, list.at(-2)!) : least),
    size,
  )
  const cut = tail < size ? native.ftruncate(to, tail) : 0
  const sized = cut < 0 ? cut : native.ftruncate(to, size)
  if (sized < 0) return sized
  for (const list of lists)
    for (let at = 0; at < list.length; at += 2) {
      const [start, end] = [list[at]!, Math.min(list[at + 1]!, size)]
      const copied =
        end - start <= rangeSizeMax
          ? copyRange(from, to, start, end, onPiece)
          : copyData(from, to, start, end, onPiece)
      if (copied < 0) return copied
    }
  return 0
}

function copyData(
  from: number,
  to: number,
  begin: number,
  size: number,
  onPiece: (bytes: number) => void,
): number {
  for (let position = begin; position < size;) {
    const start = native.seekData(from, position)
    if (start === -ENXIO) return 0
    // EINVAL: the filesystem does not know of holes.
    const [dataStart, dataEnd] =
      start === -EINVAL ? [position, size] : [start, start < 0 ? start : native.seekHole(from, start)]
    // ENXIO here: truncated in between.
    if (dataEnd === -ENXIO) return 0
    if (dataStart < 0 || dataEnd < 0) return Math.min(dataStart, dataEnd)
    const copied = copyRange(from, to, dataStart, Math.min(dataEnd, size), onPiece)
    if (copied < 0) return copied
    position = dataEnd
  }
  return 0
}

function copyRange(from: number, to: number, start: number, end: number, onPiece: (bytes: number) => void) {
  for (let position = start; position < end;) {
    const wanted = Math.min(pieceSize, end - position)
    let copied = native.copyFileRange(from, to, position, wanted)
    // Between filesystems of different kinds, and where neither knows how.
    if ([EXDEV, EOPNOTSUPP, EINVAL, ENOSYS].includes(-copied))
      copied = copyBuffered(from, to, position, wanted)
    if (copied < 0) return copied
    // It ends here now.
    if (copied === 0) return 0
    position += copied
    onPiece(copied)
  }
  return 0
}

let buffer: Buffer | undefined

function copyBuffered(from: number, to: number, position: number, wanted: number): number {
  buffer ??= Buffer.allocUnsafe(bufferSize)
  const size = native.pread(from, buffer, 0, Math.min(wanted, bufferSize), position)
  for (let done = 0; done < size;) {
    const written = native.pwrite(to, buffer, done, size - done, position + done)
    if (written < 0) return written
    done += written
  }
  return size
}
