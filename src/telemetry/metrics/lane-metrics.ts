import { ofLanes, one, type MetricDefinition, type Reading } from './definition.ts'
import type { LaneStatistics } from './lane-statistics.ts'

/** The threads that serve, and what they hold. */
export const laneMetrics: readonly MetricDefinition[] = [
  {
    kind: 'gauge',
    name: 'berth_lane_up',
    help: 'Whether the lane answered in time; if not, its numbers are old',
    labels: ['lane'],
    read: ({ lanesUp }) =>
      lanesUp.map((isUp, lane) => ({ labels: { lane: String(lane) }, value: isUp ? 1 : 0 })),
  },
  {
    kind: 'gauge',
    name: 'berth_lane_connections',
    help: 'TCP connections that the lane has',
    labels: ['lane'],
    read: ({ eachLane }) => byLane(eachLane, ({ rpc }) => rpc.connections),
  },
  {
    kind: 'counter',
    name: 'berth_lane_calls_total',
    help: 'RPC calls that came to the lane, retransmissions too',
    labels: ['lane'],
    read: ({ eachLane }) => byLane(eachLane, ({ rpc }) => rpc.callsTotal),
  },
  {
    kind: 'histogram',
    name: 'berth_lane_delay_seconds',
    help: 'How long a call that comes to a lane waits until the lane looks, sampled while calls come; to about 1 ms',
    read: ofLanes(({ delay }) => one(delay)),
  },
  {
    kind: 'counter',
    name: 'berth_lane_busy_poll_seconds_total',
    help: 'Processor time that the lane spent on looking for calls that had not come yet, instead of sleeping',
    labels: ['lane'],
    read: ({ eachLane }) => byLane(eachLane, ({ polledSeconds }) => polledSeconds),
  },
  {
    kind: 'gauge',
    name: 'berth_lane_heap_bytes',
    help: 'JavaScript objects of the lane, those that are no longer used but not yet collected too',
    labels: ['lane'],
    read: ({ eachLane }) => byLane(eachLane, ({ heapBytes }) => heapBytes),
  },
  {
    kind: 'gauge',
    name: 'berth_open_files',
    help: 'Files kept open between calls',
    read: ofLanes(({ filesystem }) => one(filesystem.openFileCount)),
  },
  {
    kind: 'gauge',
    name: 'berth_inodes',
    help: 'Inodes kept in memory',
    read: ofLanes(({ filesystem }) => one(filesystem.inodeCount)),
  },
  {
    kind: 'counter',
    name: 'berth_sync_failures_total',
    help: 'Writes to disk that failed; clients were told to send their data again',
    read: ofLanes(({ filesystem }) => one(filesystem.syncFailureCount)),
  },
]

function* byLane(
  eachLane: readonly (LaneStatistics | undefined)[],
  read: (lane: LaneStatistics) => number,
): Generator<Reading<number>> {
  for (const [lane, statistics] of eachLane.entries())
    if (statistics !== undefined) yield { labels: { lane: String(lane) }, value: read(statistics) }
}
