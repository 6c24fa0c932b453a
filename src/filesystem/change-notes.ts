import { StatField } from '../native/index.ts'
import { statField } from './attributes.ts'
import { anything, type ChangeList } from './change-list.ts'
import { blockSizeMax, ChangedRanges } from './changed-ranges.ts'

/** Most objects noted; a share in which more change is compared as a whole. */
export const changeCountMax = 100_000
/**
 * Most pieces of files noted, of a share, in some 40 bytes each: 4 GiB that are written to all over, in blocks of 4 KiB. Then a
 * file that is written to is noted in larger ones, and in the end as a whole.
 */
export const changedPieceCountMax = 32_768

/** What of an object: names or attributes alone, ranges of its data, or anything. */
type Noted = 'attributes' | ChangedRanges | 'anything'

/** What objects of a share have changed, and of files which data. */
export class ChangeNotes {
  readonly #objects = new Map<number, Noted>()
  #pieceCount = 0
  #isFull = false

  /** What has changed; undefined: more than is noted. */
  get list(): ChangeList | undefined {
    if (this.#isFull) return undefined
    const numbers: number[] = []
    for (const [inode, noted] of this.#objects) {
      if (noted === 'anything') numbers.push(inode, anything)
      else if (noted === 'attributes') numbers.push(inode, 0)
      else {
        const ranges = noted.ranges()
        numbers.push(inode, ranges.length)
        for (const border of ranges) numbers.push(border)
      }
    }
    return Float64Array.from(numbers)
  }

  /** Names or attributes of the object that stat slot `slot` describes. */
  attributes(slot: number): void {
    const inode = this.#inode(slot)
    if (!this.#isFull && !this.#objects.has(inode)) this.#objects.set(inode, 'attributes')
  }

  /** Any of the object in `slot`: what it was before, under the same number, is no more. */
  anything(slot: number): void {
    const inode = this.#inode(slot)
    if (!this.#isFull) this.#forgetRanges(inode)
  }

  /** `count` bytes of the file in `slot`, from `offset` on. In the way of each WRITE while somebody watches. */
  written(slot: number, offset: number, count: number): void {
    const inode = this.#inode(slot)
    const ranges = this.#rangesOf(inode)
    if (ranges === undefined) return
    const before = ranges.pieceCount
    ranges.add(offset, count)
    this.#pieceCount += ranges.pieceCount - before
    if (this.#pieceCount > changedPieceCountMax) this.#makeRoom(inode, ranges)
  }

  /** The file in `slot`, from `offset` on. */
  writtenFrom(slot: number, offset: number): void {
    this.#rangesOf(this.#inode(slot))?.addFrom(offset)
  }

  /** Undefined: the file is noted as a whole, or nothing is noted any more. */
  #rangesOf(inode: number): ChangedRanges | undefined {
    if (this.#isFull) return undefined
    const noted = this.#objects.get(inode)
    if (noted === 'anything' || typeof noted === 'object') return noted === 'anything' ? undefined : noted
    const ranges = new ChangedRanges()
    this.#objects.set(inode, ranges)
    return ranges
  }

  /** Until half of the file's pieces are free. */
  #makeRoom(inode: number, ranges: ChangedRanges): void {
    const before = ranges.pieceCount
    while (ranges.pieceCount > before / 2 && ranges.blockSize < blockSizeMax) ranges.coarsen()
    this.#pieceCount -= before - ranges.pieceCount
    if (ranges.pieceCount > before / 2) this.#forgetRanges(inode)
  }

  #forgetRanges(inode: number): void {
    const noted = this.#objects.get(inode)
    if (typeof noted === 'object') this.#pieceCount -= noted.pieceCount
    this.#objects.set(inode, 'anything')
  }

  /** Where there is no room for one more, nothing is noted any more. */
  #inode(slot: number): number {
    const high = statField(slot, StatField.INO_HIGH)
    // What a number cannot hold exactly is not to be found again by it.
    if (high >= 0x20_0000 || this.#objects.size >= changeCountMax) {
      this.#isFull = true
      this.#objects.clear()
    }
    return high * 0x1_0000_0000 + statField(slot, StatField.INO_LOW)
  }
}
