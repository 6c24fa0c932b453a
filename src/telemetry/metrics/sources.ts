import type { LaneStatistics, LimitCounts } from './lane-statistics.ts'

/** Where the numbers come from. */
export interface MetricsSources {
  /** One each; a lane answers when it finds the time. */
  readonly lanes: readonly { statistics(): Promise<LaneStatistics> }[]
  /** Grants that live. */
  grants(): number
  /** Since the start. */
  mounts(): MountStatistics
  /** The shares that are served. */
  shares(): Iterable<ShareStatistics>
  /** Since the start. */
  audit(): AuditStatistics
  /** Since the start. */
  adminBugs(): number
}

/** How often clients were let into a share or folder: by MNT, or as they walked there from a folder. */
export interface MountStatistics {
  readonly granted: number
  readonly refused: number
}

export interface ShareStatistics {
  readonly id: number
  /** Its logical path. */
  readonly path: string
  readonly usedBytes: number
  readonly usedFiles: number
  /** Null: no limit. */
  readonly quotaBytes: number | null
  readonly quotaFiles: number | null
}

/** Calls on a share, or on folders, that were over a limit. */
export interface LimitedShare extends LimitCounts {
  readonly path: string
}

export interface AuditStatistics {
  readonly lines: number
  /** Events that were lost. */
  readonly dropped: number
}

/** What the sources said at one time. */
export interface Sample {
  /** The sum of all lanes; undefined as long as one of them has never answered. */
  readonly lanes: LaneStatistics | undefined
  /** Whether each lane answered in time. */
  readonly lanesUp: readonly boolean[]
  /** What each lane said last, if it ever did. */
  readonly eachLane: readonly (LaneStatistics | undefined)[]
  readonly grants: number
  readonly mounts: MountStatistics
  /** Those with a quota. */
  readonly shares: readonly ShareStatistics[]
  /** Those with calls over a limit. */
  readonly limited: readonly LimitedShare[]
  readonly audit: AuditStatistics
  readonly adminBugs: number
}
