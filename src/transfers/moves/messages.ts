import type { ChangeList } from '../../filesystem/index.ts'

/** What the thread of a move is started with. Paths are absolute. */
export interface MoveSetup {
  /** The share's root, as it is served now. */
  readonly source: string
  /** Where it is made: there, empty but for the root of the copy. */
  readonly directory: string
  /** Name of the limbo in the root of the copy. */
  readonly limbo: string
  /** How often the share will have been moved; undefined: nobody has handles, and no map is needed. */
  readonly generation: number | undefined
  /** The map that the last move has left. */
  readonly formerMap: string | undefined
  /** One word; no longer 0: whatever goes on is to end. */
  readonly stop: SharedArrayBuffer
}

/** What is asked of it: one thing at a time. */
export type MoveQuestion =
  /** Copies all there is, while clients go on. */
  | { readonly kind: 'copy' }
  /** Makes the copy equal to what has changed, while clients go on. Undefined: anything may have changed. */
  | { readonly kind: 'round'; readonly changed: ChangeList | undefined }
  /** Writes the map of what there is, and brings all to the disk, while clients go on. */
  | { readonly kind: 'map' }
  /** As a round, while clients are held: copy and map are whole then, and on the disk. */
  | { readonly kind: 'close'; readonly changed: ChangeList | undefined }

/** What there is of the copy: answered to each, and told meanwhile. */
export interface MoveCounts {
  readonly files: number
  readonly bytes: number
}
