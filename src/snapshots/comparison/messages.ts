import type { ChangeFormat } from './change.ts'
import type { TreeSource } from './tree.ts'

/** What the thread of a comparison is started with. */
export interface ComparisonSetup {
  readonly older: TreeSource
  readonly newer: TreeSource
  /** See ComparisonOptions. */
  readonly trustedBefore: number
  readonly format: ChangeFormat
  /** One word; no longer 0: the comparison is to end. */
  readonly stop: SharedArrayBuffer
}

/** What is asked of it, one time after the other: to open the trees, the first time, and then the next changes. */
export interface ComparisonRequest {
  readonly kind: 'more'
}

/** Each request is answered with one of these; after the last changes, or a failure, the thread ends by itself. */
export type ComparisonAnswer =
  | { readonly kind: 'changes'; readonly bytes: Uint8Array; readonly isLast: boolean }
  | { readonly kind: 'failed'; readonly message: string }
