import type { ChangeFormat } from './change.ts'
import type { TreeSource } from './tree.ts'

/** What the thread of a comparison is started with. */
export interface ComparisonSetup {
  readonly older: TreeSource
  readonly newer: TreeSource
  /** See ComparisonOptions. */
  readonly trustedBefore: number
  readonly format: ChangeFormat
  /** Pieces of a journal of all that changed from one to the other; undefined: everything is compared. */
  readonly journal: readonly Uint8Array[] | undefined
  /** The share of which a journal is to be made; undefined: none is wanted. */
  readonly journalOf: number | undefined
  /** One word; no longer 0: the comparison is to end. */
  readonly stop: SharedArrayBuffer
}

/** What is asked of it, one time after the other: to open the trees, the first time, and then the next changes. */
export type ComparisonQuestion = 'more'

export interface ComparedPiece {
  readonly bytes: Uint8Array
  readonly isLast: boolean
  /** With the last: the journal that is wanted. */
  readonly journal?: Uint8Array
}
