import { native } from '../../native/index.ts'
import { openInodeMap } from '../drivers/inode-map.ts'
import { seenIn, look, type InodeBits, type Seen } from './seen.ts'

/** Of no live object. */
const unknown = 'unknown'

/** Tells which live object each object of a snapshot was at the cut, and when that had changed last. To be closed. */
export class Original {
  readonly #map: number | undefined
  readonly #bits: InodeBits

  /** Without a map, the snapshot has the numbers and times of the live objects. */
  constructor(inodeMap: string | undefined, bits: InodeBits) {
    this.#bits = bits
    if (inodeMap !== undefined) this.#map = openInodeMap(inodeMap)
  }

  /** An object of the snapshot, with number and ctime of the live one. It fills slot 0. */
  look(dirfd: number, name: Buffer): Seen | undefined {
    const seen = look(dirfd, name, 0, this.#bits)
    if (seen === undefined || this.#map === undefined) return seen
    // Its own number then stands for no live object.
    if (native.inodeMapTranslate(this.#map, 0) < 0) return { ...seen, inode: `${unknown}.${seen.inode}` }
    return seenIn(0, this.#bits)
  }

  close(): void {
    if (this.#map !== undefined) native.inodeMapClose(this.#map)
  }
}
