import type { ProcedureStatistics, RpcStatistics, VersionStatistics } from 'nfs-server-ts'
import type { HistogramCounts } from './histogram.ts'

/** What a lane counts. */
export interface LaneStatistics {
  readonly rpc: RpcCounts
  readonly filesystem: FilesystemStatistics
  /** How late the lane's event loop was when something waited for it, in seconds. */
  readonly delay: HistogramCounts
  /** Seconds of looking for calls that had not come yet. */
  readonly polledSeconds: number
  /** Bytes of JavaScript objects of its thread. */
  readonly heapBytes: number
  /** By number of the share, 0 for folders: calls that its limit, or that of a grant, was too low for. */
  readonly limits: ReadonlyMap<number, LimitCounts>
}

/** Calls over a limit. */
export interface LimitCounts {
  delayed: number
  /** Of those: how long they had to wait, together. */
  waitedSeconds: number
  /** Answered with JUKEBOX. */
  putOff: number
}

/** What an RPC server counts, as it arrives from another thread: without its class. */
export type RpcCounts = Pick<RpcStatistics, keyof RpcStatistics>

export interface FilesystemStatistics {
  /** Files kept open between calls. */
  readonly openFileCount: number
  /** Inodes kept in memory. */
  readonly inodeCount: number
  readonly syncFailureCount: number
}

/** What lanes that serve the same programs count together; undefined of none. */
export function sumOfLanes([first, ...others]: readonly LaneStatistics[]): LaneStatistics | undefined {
  return first && others.reduce(addLanes, first)
}

/** Two procedures of one name and the same outcomes as one. */
export function addProcedures(a: ProcedureStatistics, b: ProcedureStatistics): ProcedureStatistics {
  return {
    ...addNumbers(a, b),
    calls: addArrays(a.calls, b.calls),
    durations: addArrays(a.durations, b.durations),
  }
}

function addLanes(a: LaneStatistics, b: LaneStatistics): LaneStatistics {
  const versions = a.rpc.versions.map((version, index) => addVersions(version, b.rpc.versions[index]!))
  return {
    rpc: { ...addNumbers(a.rpc, b.rpc), versions },
    filesystem: addNumbers(a.filesystem, b.filesystem),
    delay: { ...addNumbers(a.delay, b.delay), counts: addArrays(a.delay.counts, b.delay.counts) },
    polledSeconds: a.polledSeconds + b.polledSeconds,
    heapBytes: a.heapBytes + b.heapBytes,
    limits: addLimits(a.limits, b.limits),
  }
}

function addLimits(a: LaneStatistics['limits'], b: LaneStatistics['limits']): LaneStatistics['limits'] {
  const sums = new Map(a)
  for (const [shareId, counts] of b) {
    const sum = sums.get(shareId)
    sums.set(shareId, sum === undefined ? counts : addNumbers(sum, counts))
  }
  return sums
}

function addVersions(a: VersionStatistics, b: VersionStatistics): VersionStatistics {
  const procedures = a.procedures.map((each, number) => each && addProcedures(each, b.procedures[number]!))
  return { ...a, procedures }
}

/** The numbers of both added, and what else the first has. */
function addNumbers<Counts extends object>(a: Counts, b: Counts): Counts {
  const sums = Object.entries(a)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .map(([field, value]) => [field, value + (b as Record<string, number>)[field]!])
  return { ...a, ...(Object.fromEntries(sums) as Partial<Counts>) }
}

function addArrays(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, index) => value + b[index]!)
}
