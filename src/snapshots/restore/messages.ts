/** What is done where something is already. */
export const conflictAnswers = ['fail', 'replace', 'merge', 'beside'] as const
/**
 * `fail`: nothing. `replace`: it becomes equal to the snapshot. `merge`: so do the files of the snapshot, and what else is in
 * directories stays. `beside`: it stays, and what is restored gets another name.
 */
export type OnConflict = (typeof conflictAnswers)[number]

/** What the thread is to do. */
export interface RestoreOrder {
  /** Absolute path of the root of the snapshot's files. */
  readonly source: string
  /** Absolute path of its inode map; undefined: it has the inode numbers of the share. */
  readonly inodeMap: string | undefined
  /** Bits of the upper half of an inode number that count. */
  readonly inodeHighMask: number
  /** Milliseconds since 1970: what changed last well before is told by its ctime. */
  readonly cutAt: number
  /** Absolute path of the root of the share. */
  readonly target: string
  /** Names that lead to what is restored; none: all of it. */
  readonly from: readonly string[]
  /** And where it goes. */
  readonly to: readonly string[]
  readonly onConflict: OnConflict
  /** What is added to a name where another is to be found. */
  readonly besideSuffix: string
  readonly isDryRun: boolean
  /** The target is empty and nobody else knows of it. */
  readonly isPrivate: boolean
}

export interface RestoreSetup {
  readonly order: RestoreOrder
  /** Absolute path of a directory in which the target is made first: as a clone, at best at once. */
  readonly cloneInto?: string
  /** One word; no longer 0: it is to end. */
  readonly stop: SharedArrayBuffer
}

/** All that is asked of it. */
export type RestoreQuestion = 'restore'
