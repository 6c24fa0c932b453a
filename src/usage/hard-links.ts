/** Inodes with further names yet to be met that are kept at once. */
export const linkedInodesMax = 100_000

/** What {@link HardLinks} knows, for a file: JSON. */
export interface HardLinksState {
  readonly isFull: boolean
  /** Inode number in decimal, and how many of its names have yet to be met. */
  readonly open: [inode: string, names: number][]
}

/**
 * Sees to it that a file with several names counts once: at the first name, the others are waited for and count nothing.
 * An inode is forgotten at its last name, so that only those are kept whose names lie far apart. Once there are too
 * many, each name of a further inode counts for its part.
 */
export class HardLinks {
  readonly #inodesMax: number
  readonly #open: Map<string, number>
  #isFull: boolean

  constructor(state: HardLinksState = { isFull: false, open: [] }, inodesMax = linkedInodesMax) {
    this.#inodesMax = inodesMax
    this.#open = new Map(state.open)
    this.#isFull = state.isFull
  }

  /** What this name of an inode that has `linkCount` of them counts: from 0 to 1 of the file. */
  share(inode: string, linkCount: number): number {
    const left = this.#open.get(inode)
    if (left === undefined) return this.#first(inode, linkCount)
    if (left === 1) this.#open.delete(inode)
    else this.#open.set(inode, left - 1)
    return 0
  }

  #first(inode: string, linkCount: number): number {
    // Full once is full for good: an inode met while it was so must not be taken for new at its next name.
    this.#isFull ||= this.#open.size >= this.#inodesMax
    if (this.#isFull) return 1 / linkCount
    this.#open.set(inode, linkCount - 1)
    return 1
  }

  get state(): HardLinksState {
    return { isFull: this.#isFull, open: [...this.#open] }
  }
}
