import type { ChangeList } from '../../filesystem/change-list.ts'
import type { Taken } from './driver.ts'

/** The ways of copying that a worker knows. */
export type WorkKind = 'reflink' | 'copy' | 'btrfs' | 'cephfs'

/** What the thread is started with. */
export interface WorkerSetup {
  readonly kind: WorkKind
  readonly source: string
  readonly directory: string
  readonly name: string
  /** One word; no longer 0: what is left when it ends is to be gone on with by another. */
  readonly pause: SharedArrayBuffer
  /** One word; no longer 0: whatever goes on is to end. */
  readonly stop: SharedArrayBuffer
}

/** What is asked of it: one thing at a time. */
export type WorkerQuestion =
  | { readonly kind: 'prepare' }
  /** What has changed; undefined: anything may have. */
  | { readonly kind: 'catch-up' | 'cut'; readonly changed: ChangeList | undefined }
  | { readonly kind: 'finish' }
  /** Counts what a tree holds for itself, of {@link WorkerSetup.source}. */
  | { readonly kind: 'usage' }
  /** Counts its objects, and what its files take up on the disk. */
  | { readonly kind: 'count' }

/** What it answers: `taken` to `finish`, `bytes` to `usage` if it can be known, `files` too to `count`. */
export interface WorkDone {
  readonly taken?: Taken
  readonly files?: number
  readonly bytes?: number
}
