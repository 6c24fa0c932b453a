import { writeDurably } from '../state/durable-file.ts'
import type { HardLinksState } from './hard-links.ts'

/** How far the walk through a share has come. */
export interface WalkPosition {
  /** Inode of the share's root, in decimal: another directory is another count. */
  readonly root: string
  /**
   * Names from the root to the directory that comes next; all that lies before it in the order of the walk is counted.
   * Bytes as characters of Latin-1: their order is that of the bytes, and JSON holds them.
   */
  readonly path: string[]
  /** Sums: fractions where some hard links count for a part. */
  readonly bytes: number
  readonly files: number
  /** Directory entries met. */
  readonly entries: number
  /** What could not be examined, and the first of it in words. */
  readonly missed: number
  readonly firstMissed?: string
  readonly hardLinks: HardLinksState
}

/** A count that was interrupted. */
export interface SavedCount {
  readonly shareId: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly position: WalkPosition
}

/** On the disk before it returns. */
export function saveCount(file: string, saved: SavedCount): void {
  writeDurably(file, `${JSON.stringify({ version: 1, ...saved })}\n`)
}
