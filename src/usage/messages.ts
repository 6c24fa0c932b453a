import type { WalkPosition } from './position.ts'

/** How fast the counting thread works. */
export interface Pace {
  /** Part of the time that it works, and so of one processor that it takes at most. */
  readonly busyPart: number
  /** Milliseconds that it works at a stretch. */
  readonly sliceMs: number
  /** Milliseconds after which the place in the walk is saved. */
  readonly saveIntervalMs: number
}

/** What the thread is started with. */
export interface CounterSetup {
  /** Where the place in the walk is kept. */
  readonly positionFile: string
  readonly pace: Pace
}

/** What the control plane says to the thread: one share at a time. */
export type CounterRequest =
  | {
      readonly kind: 'count'
      readonly shareId: number
      readonly directory: string
      /** Of the count, also when it goes on from a position. */
      readonly startedAt: number
      readonly from: WalkPosition | undefined
    }
  /** The share is served no more. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'close' }

/** What the thread answers. Each count ends with one of the first three. */
export type CounterAnswer =
  | { readonly kind: 'counted'; readonly found: WalkPosition; readonly resumedAt: number }
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'abandoned' }
  /** Directory entries met, each second. */
  | { readonly kind: 'progress'; readonly entries: number }
  /** The place in the walk could not be saved: the count goes on, but a restart begins it anew. */
  | { readonly kind: 'unsaved'; readonly message: string }
