import { StatField } from '../native/index.ts'
import { statField } from './attributes.ts'

/** Most objects noted; a share in which more change is compared as a whole. */
export const changeCountMax = 100_000

/**
 * Which objects of a share have changed: inode numbers of files whose data or attributes did, and of directories whose
 * names or attributes did.
 */
export class ChangeNotes {
  readonly #inodes = new Set<number>()
  #isFull = false

  /** What has changed; undefined: more than is noted. */
  get inodes(): ReadonlySet<number> | undefined {
    return this.#isFull ? undefined : this.#inodes
  }

  /** Notes the object that stat slot `slot` describes. */
  add(slot: number): void {
    if (this.#isFull) return
    const high = statField(slot, StatField.INO_HIGH)
    // What a number cannot hold exactly is not to be found again by it.
    if (high >= 0x20_0000 || this.#inodes.size >= changeCountMax) {
      this.#isFull = true
      this.#inodes.clear()
      return
    }
    this.#inodes.add(high * 0x1_0000_0000 + statField(slot, StatField.INO_LOW))
  }
}
