/** Bytes of a block at first: where shared data begins and ends on most filesystems, and what clients write at once. */
export const blockSizeMin = 4096
/** Bytes of a block at most. */
export const blockSizeMax = 16 * 1024 * 1024
/** How much larger blocks become at once. */
const coarseningFactor = 8
/** Blocks of a piece: as many as a number has bits that shifts look at. */
const blocksPerPiece = 32

/**
 * Which bytes of a file have changed, in blocks: pieces of 32 of them, of which the bits of a number say which. A file of a
 * gibibyte that is written all over takes 8192 numbers; with larger blocks it takes fewer.
 */
export class ChangedRanges {
  #blockSize = blockSizeMin
  #pieces = new Map<number, number>()
  /** From here on all has changed. */
  #tail = Infinity

  get pieceCount(): number {
    return this.#pieces.size
  }

  get blockSize(): number {
    return this.#blockSize
  }

  /** Notes `count` bytes from `offset` on. */
  add(offset: number, count: number): void {
    if (count === 0) return
    const last = Math.floor((offset + count - 1) / this.#blockSize)
    for (let block = Math.floor(offset / this.#blockSize); block <= last;) {
      const piece = Math.floor(block / blocksPerPiece)
      const first = block % blocksPerPiece
      const wanted = Math.min(blocksPerPiece - first, last - block + 1)
      this.#mark(piece, (2 ** wanted - 1) << first)
      block += wanted
    }
  }

  /** Notes that the file was cut off or made longer: all from `offset` on. */
  addFrom(offset: number): void {
    this.#tail = Math.min(this.#tail, offset)
  }

  /** Makes blocks larger, so that there are fewer pieces, and more counts as changed. */
  coarsen(): void {
    const pieces = this.#pieces
    this.#blockSize *= coarseningFactor
    this.#pieces = new Map()
    for (const [piece, blocks] of pieces)
      for (let bit = 0; bit < blocksPerPiece; bit += coarseningFactor) {
        if (((blocks >>> bit) & (2 ** coarseningFactor - 1)) === 0) continue
        const block = (piece * blocksPerPiece + bit) / coarseningFactor
        this.#mark(Math.floor(block / blocksPerPiece), 1 << (block % blocksPerPiece))
      }
  }

  /** Beginnings and ends by turns, in ascending order; the last end may be Infinity. */
  ranges(): number[] {
    const ranges: number[] = []
    const add = (start: number, end: number): void => {
      if (ranges.at(-1) === start) ranges[ranges.length - 1] = end
      else ranges.push(start, end)
    }
    for (const piece of Float64Array.from(this.#pieces.keys()).sort()) {
      const blocks = this.#pieces.get(piece)!
      for (let bit = 0; bit < blocksPerPiece; bit++) {
        const start = (piece * blocksPerPiece + bit) * this.#blockSize
        if (start >= this.#tail) break
        if ((blocks >>> bit) & 1) add(start, Math.min(start + this.#blockSize, this.#tail))
      }
    }
    if (this.#tail !== Infinity) add(this.#tail, Infinity)
    return ranges
  }

  #mark(piece: number, blocks: number): void {
    const known = this.#pieces.get(piece)
    // Most calls come to what has been written before.
    if (known === undefined) this.#pieces.set(piece, blocks)
    else if ((known | blocks) !== known) this.#pieces.set(piece, known | blocks)
  }
}
