import { StatField } from '../native/index.ts'
import type { ShareSlot } from '../shared-memory/share-table.ts'
import { fileType, statField } from './attributes.ts'
import { Ftype3 } from 'nfs-server-ts'

/** Smallest unit in which the filesystems served give out space, in bytes. */
const blockSize = 4096
/** Of st_blocks. */
const statBlockSize = 512

function roundedUp(size: number): number {
  return Math.ceil(size / blockSize) * blockSize
}

/**
 * Bytes that the object in stat slot `slot` counts towards a quota: what it occupies, but not what the filesystem has
 * set aside beyond its end (XFS, up to gigabytes, given back later). Directories and the like count as files alone.
 */
export function bytesUsed(slot: number): number {
  if (fileType(statField(slot, StatField.MODE)) !== Ftype3.REG) return 0
  const allocated = statField(slot, StatField.BLOCKS) * statBlockSize
  return Math.min(allocated, roundedUp(statField(slot, StatField.SIZE)))
}

/**
 * Whether a WRITE of `count` bytes at `offset` of the file in stat slot `slot` may go beyond the share's quota. What is
 * written over takes no more room; what may fill a hole is counted as if it did.
 */
export function exceedsQuota(state: ShareSlot, slot: number, offset: number, count: number): boolean {
  if (state.quotaBytes === Infinity) return false
  const end = roundedUp(offset + count)
  const size = roundedUp(statField(slot, StatField.SIZE))
  const written = end - Math.floor(offset / blockSize) * blockSize
  const isDense = statField(slot, StatField.BLOCKS) * statBlockSize >= size
  const growthMax = isDense ? Math.min(written, Math.max(0, end - size)) : written
  return growthMax > 0 && !state.hasRoom(growthMax, 0)
}
