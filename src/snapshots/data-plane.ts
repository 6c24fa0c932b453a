import type { ChangeList } from '../filesystem/change-list.ts'

/** What snapshots need of those who serve the shares. */
export interface DataPlane {
  /**
   * Begins to note which objects of a share change, forgetting what was noted before. Resolves when every call that
   * begins from now on is noted.
   */
  watch(shareId: number): Promise<void>
  /** Ends that. */
  unwatch(shareId: number): void
  /** What has changed since a share is watched, which is so anew from then on; undefined: more than is noted. */
  takeChanges(shareId: number): Promise<ChangeList | undefined>
  /**
   * Begins to tell the journals what changes in a share. Resolves when every call that begins from now on is told of. What
   * it answers is false where nobody tells.
   */
  beginJournal(shareId: number): Promise<boolean>
  /** Ends that. */
  endJournal(shareId: number): void
  /**
   * Holds the changing calls of shares: they wait, nothing is refused. Resolves when those under way have ended and all
   * they wrote is on the disk. Calls go on by themselves after {@link holdMsMax}.
   * @throws {ServiceError} `unavailable` when that cannot be done in time: then nothing is held.
   */
  hold(shareIds: readonly number[]): Promise<Hold>
}

/** Shares whose changing calls wait. */
export interface Hold {
  /** When the first call had to wait, as performance.now() has it. */
  readonly since: number
  /**
   * For each share that is watched: what has changed since it is, or since that was taken; undefined: more than is noted,
   * so anything may have changed.
   */
  readonly changed: ReadonlyMap<number, ChangeList | undefined>
  /** Lets calls go on. Answers whether none had gone on before: else the cut is none. */
  release(): Promise<boolean>
  /**
   * After the release: resolves when all that was written before is on the disk, where the hold itself did not wait for that.
   * @throws {ServiceError} `unavailable`
   */
  settle(): Promise<void>
}

/** Longest hold, in milliseconds: clients give up a call after a minute or so. */
export const holdMsMax = 30_000
