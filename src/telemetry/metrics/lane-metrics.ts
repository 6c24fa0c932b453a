import { ofLanes, one, type MetricDefinition } from './definition.ts'

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
    kind: 'histogram',
    name: 'berth_lane_delay_seconds',
    help: 'How long a call that comes to a lane waits until the lane looks, sampled while calls come; to about 1 ms',
    read: ofLanes(({ delay }) => one(delay)),
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
