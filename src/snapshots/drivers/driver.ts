import type { ChangeList } from '../../filesystem/change-list.ts'

/** The ways to take a snapshot; the names stand in catalogs and manifests. */
export const driverNames = ['btrfs', 'cephfs', 'reflink', 'copy'] as const
export type DriverName = (typeof driverNames)[number]

/** What is to be taken. */
export interface SnapshotOrder {
  /** Absolute path of the share's root. */
  readonly source: string
  /**
   * Absolute path of a directory that is there, empty and closed to others, outside of the share. The tree and the inode
   * map go there; for btrfs and reflink it lies on the share's own filesystem.
   */
  readonly directory: string
  /** Of the snapshot: one directory name. */
  readonly name: string
  /** Told a few times a second, while something long goes on. */
  readonly onProgress: (progress: Progress) => void
  /** Ends what goes on early: it fails with the signal's reason, and {@link Taking.discard} is still to be called. */
  readonly signal: AbortSignal
}

/** How far it has come, of an unknown whole. */
export interface Progress {
  readonly files: number
  readonly bytes: number
}

/**
 * A snapshot that is being made: prepare, catchUp as often as one likes, cut and finish, one after the other; or discard at
 * any point.
 */
export interface Taking {
  /** All that takes long, while clients go on writing. */
  prepare(): Promise<void>
  /**
   * Makes the copy equal to what has changed, while clients go on, so that less is left for the cut. `changed` as there,
   * since before `prepare` or since what was told last.
   */
  catchUp(changed: ChangeList | undefined): Promise<void>
  /**
   * Makes the copy equal to the share. Nobody may change the share from the call until it resolves, and what was written
   * before is on the disk.
   *
   * `changed`: live objects whose data, attributes or number of names changed, new ones among them, and live directories in
   * which names changed, since before `prepare` or since `catchUp` was told. More does no harm. Undefined: anything may have
   * changed, and everything is compared.
   */
  cut(changed: ChangeList | undefined): Promise<void>
  /** What remains to be done while clients go on: all of it is on the disk when this resolves. */
  finish(): Promise<Taken>
  /**
   * Ends the work, and removes whatever was made. `signal` ends the removal early: it fails with the signal's reason, when
   * nothing works on it any more, and {@link SnapshotDriver.remove} does the rest.
   */
  discard(signal?: AbortSignal): Promise<void>
  /**
   * Ends the work, and leaves what was made for a later one in the same directory to go on with, where
   * {@link SnapshotDriver.leftover} knows of it.
   */
  pause(): Promise<void>
}

export interface Taken {
  /** All objects of the tree, its root too; those with several names count once. */
  readonly files: number
  /** Sizes of the regular files together. */
  readonly bytes: number
  /** Absolute path of the copy's root. */
  readonly tree: string
  /** Absolute path of the inode map (see inode-map.ts); undefined: the copy has the inode numbers of the share. */
  readonly inodeMap: string | undefined
  /** Whether there are mounts or btrfs subvolumes in the share, which the copy does not have. */
  readonly leavesOut?: boolean
}

/** What an interrupted work has left. */
export interface Leftover extends Progress {
  /** When it was worked on last, in milliseconds since 1970. */
  readonly at: number
}

/** A snapshot that was taken, or begun. */
export interface SnapshotPlace {
  /** As in its {@link SnapshotOrder}, or wherever that has been renamed to since. */
  readonly directory: string
  /** Absolute path of the share's root, which may be gone. */
  readonly source: string
  readonly name: string
}

/** A way to take snapshots. Whatever it cannot do is an Error that says why in one sentence. */
export interface SnapshotDriver {
  readonly name: DriverName
  /**
   * Why it cannot be used for a share, as a sentence; undefined: it can. It is tried for real in `directory`, which is
   * there and is left as it was.
   */
  impossible(source: string, directory: string): Promise<string | undefined>
  begin(order: SnapshotOrder): Taking
  /**
   * Objects of a share that a snapshot makes one by one, and bytes on the disk that it copies for them; zeros: the filesystem
   * does it at once. It reads names and sizes.
   */
  work(source: string, signal?: AbortSignal): Promise<Progress>
  /** What of a snapshot that was begun, and not finished, could be gone on with; undefined: nothing. */
  leftover(directory: string): Promise<Leftover | undefined>
  /** Where the tree of a snapshot is. */
  treeOf(place: SnapshotPlace): string
  /** Removes the tree and everything in `directory`, but not the directory itself. After a crash: call it again. */
  remove(place: SnapshotPlace, signal?: AbortSignal): Promise<void>
  /**
   * Bytes on the disk that nothing but this snapshot holds: what removing it would free. Undefined: the filesystem cannot
   * tell. It reads where each file lies, which takes seconds for 100,000 files.
   */
  usage(place: SnapshotPlace, signal?: AbortSignal): Promise<number | undefined>
}
