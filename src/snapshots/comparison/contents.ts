import { constants } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { native, O_PATH } from '../../native/index.ts'
import { openRegular } from '../drivers/contents.ts'
import { require } from '../drivers/tree-pair.ts'
import type { Range } from './change.ts'
import type { Seen } from './tree.ts'

const { ENXIO, EINVAL } = osConstants.errno
/** Bytes that are told of as changed together. */
export const grain = 1024 * 1024
const pathMax = 4096

/** A name in an open directory, and what it is. */
export interface Located {
  readonly dirfd: number
  readonly name: Buffer
  readonly seen: Seen
}

/**
 * Where a regular file differs from what it was, up to its size now; the older one counts as followed by zeros. `breath` is
 * called for each piece.
 */
export function changedRanges(older: Located, newer: Located, breath: () => void): Range[] {
  const before = open(older)
  try {
    const after = open(newer)
    try {
      return differences(before, after, newer.seen.size, breath)
    } finally {
      native.close(after)
    }
  } finally {
    native.close(before)
  }
}

/** Whether two symlinks, or two objects without data, are the same. */
export function isSameSpecial(older: Located, newer: Located): boolean {
  if (older.seen.type === 'symlink') return targetOf(older).equals(targetOf(newer))
  return (
    older.seen.deviceMajor === newer.seen.deviceMajor && older.seen.deviceMinor === newer.seen.deviceMinor
  )
}

/** Whether two objects have the same extended attributes, ACLs among them; labels of security modules do not count. */
export function hasSameXattrs(older: Located, newer: Located): boolean {
  const before = openAsPath(older)
  try {
    const after = openAsPath(newer)
    try {
      const result = native.sameXattrs(before, after)
      return require(result, 'compare the attributes of', () => newer.name.toString()) === 1
    } finally {
      native.close(after)
    }
  } finally {
    native.close(before)
  }
}

const pieces = [Buffer.allocUnsafe(grain), Buffer.allocUnsafe(grain)] as const

function differences(before: number, after: number, size: number, breath: () => void): Range[] {
  const ranges: { offset: number; length: number }[] = []
  for (let position = 0; position < size; position += grain) {
    breath()
    const data = Math.min(nextData(before, position), nextData(after, position))
    if (data >= size) break
    position = data - (data % grain)
    const length = Math.min(grain, size - position)
    if (isSamePiece(before, after, position, length)) continue
    const last = ranges.at(-1)
    if (last !== undefined && last.offset + last.length === position) last.length += length
    else ranges.push({ offset: position, length })
  }
  return ranges
}

function isSamePiece(before: number, after: number, position: number, length: number): boolean {
  const [ours, theirs] = pieces
  fill(before, ours, position, length)
  fill(after, theirs, position, length)
  return ours.compare(theirs, 0, length, 0, length) === 0
}

/** Reads; where the file has ended come zeros. */
function fill(fd: number, piece: Buffer, position: number, length: number): void {
  let filled = 0
  while (filled < length) {
    const size = native.pread(fd, piece, filled, length - filled, position + filled)
    if (require(size, 'read', () => 'a file') === 0) break
    filled += size
  }
  piece.fill(0, filled, length)
}

function nextData(fd: number, position: number): number {
  const start = native.seekData(fd, position)
  if (start === -ENXIO) return Infinity
  // The filesystem does not know of holes.
  if (start === -EINVAL) return position
  return require(start, 'find data in', () => 'a file')
}

function open({ dirfd, name }: Located): number {
  return require(openRegular(dirfd, name), 'open', () => name.toString())
}

/** An empty name means the directory itself. */
function openAsPath({ dirfd, name }: Pick<Located, 'dirfd' | 'name'>): number {
  const fd =
    name.length === 0
      ? native.duplicate(dirfd)
      : native.openBeneath(dirfd, name, O_PATH | constants.O_NOFOLLOW, 0)
  return require(fd, 'open', () => name.toString())
}

function targetOf({ dirfd, name }: Pick<Located, 'dirfd' | 'name'>): Buffer {
  const fd = openAsPath({ dirfd, name })
  try {
    const target = Buffer.allocUnsafe(pathMax)
    return target.subarray(
      0,
      require(native.readlink(fd, target), 'read', () => name.toString()),
    )
  } finally {
    native.close(fd)
  }
}
