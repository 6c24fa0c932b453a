import { RpcServer, type RpcProgram } from 'nfs-server-ts'
import type { LaneStatistics, MetricsSources } from '../../../src/telemetry/metrics.ts'

const bounds = [0.001, 0.01]

/** What a lane says that has done nothing but what `change` tells of its RPC server. */
export function laneStatistics(
  change: Partial<LaneStatistics['rpc']> = {},
  programs: readonly RpcProgram[] = [],
): LaneStatistics {
  const { statistics } = new RpcServer({ programs })
  return {
    rpc: Object.assign(statistics, change),
    filesystem: { openFileCount: 3, inodeCount: 4, syncFailureCount: 1 },
    delay: { bounds, counts: new Float64Array([5, 2, 1]), sum: 0.5 },
    limits: new Map(),
    polledSeconds: 0,
    heapBytes: 1000,
  }
}

/** Sources of a gateway with the given lanes and nothing else but what `change` says. */
export function sourcesOf(
  lanes: readonly (() => LaneStatistics | Promise<LaneStatistics>)[],
  change: Partial<MetricsSources> = {},
): MetricsSources {
  return {
    lanes: lanes.map((statistics) => ({ statistics: () => Promise.resolve(statistics()) })),
    grants: () => 0,
    mounts: () => ({ granted: 0, refused: 0 }),
    shares: () => [],
    audit: () => ({ lines: 0, dropped: 0 }),
    adminBugs: () => 0,
    ...change,
  }
}
