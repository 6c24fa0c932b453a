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
  /** One word; no longer 0: whatever goes on is to end. */
  readonly stop: SharedArrayBuffer
}

/** What is asked of it: one thing at a time. */
export type WorkerRequest =
  | { readonly kind: 'prepare' }
  /** What has changed; undefined: anything may have. */
  | { readonly kind: 'catch-up' | 'cut'; readonly changed: ChangeList | undefined }
  | { readonly kind: 'finish' }
  /** Counts what a tree holds for itself, of {@link WorkerSetup.source}. */
  | { readonly kind: 'usage' }
  /** Not answered: the thread ends. */
  | { readonly kind: 'close' }

/** What it answers: each request with `done` or `failed`. */
export type WorkerAnswer =
  | { readonly kind: 'done'; readonly taken?: Taken; readonly bytes?: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'progress'; readonly files: number; readonly bytes: number }
