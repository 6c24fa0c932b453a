import { callSecondsBounds, type ProcedureStatistics } from 'nfs-server-ts'
import { ofLanes, type MetricDefinition, type Reading } from './definition.ts'
import type { HistogramCounts } from './histogram.ts'
import { addProcedures, type LaneStatistics } from './lane-statistics.ts'

/** Calls by procedure, and how long they took. */
export const callMetrics: readonly MetricDefinition[] = [
  ...metricsOf('nfs', 'berth_nfs', 'NFS calls', 'nfsstat3'),
  ...metricsOf('mountd', 'berth_mount', 'MOUNT calls', 'mountstat3'),
]

function metricsOf(program: string, prefix: string, what: string, statuses: string): MetricDefinition[] {
  return [
    {
      kind: 'counter',
      name: `${prefix}_calls_total`,
      help: `${what} by procedure and status: of ${statuses}, or why there was none`,
      labels: ['procedure', 'status'],
      read: ofLanes((lanes) => proceduresOf(lanes, program).flatMap(countsOf)),
    },
    {
      kind: 'histogram',
      name: `${prefix}_call_seconds`,
      help: `Time of ${what} from when they are read until their reply is written`,
      labels: ['procedure'],
      read: ofLanes((lanes) => proceduresOf(lanes, program).flatMap(timesOf)),
    },
  ]
}

/** The procedures of all versions of a program, those of one name as one. */
function proceduresOf({ rpc }: LaneStatistics, program: string): ProcedureStatistics[] {
  const procedures = new Map<string, ProcedureStatistics>()
  for (const version of rpc.versions) {
    if (version.name !== program) continue
    for (const procedure of version.procedures) {
      if (procedure === undefined) continue
      const other = procedures.get(procedure.name)
      procedures.set(procedure.name, other === undefined ? procedure : addProcedures(other, procedure))
    }
  }
  return [...procedures.values()]
}

/**
 * Shown before they have ever been, for Prometheus sees no increase in a series that begins with 1: those that an alert
 * waits for.
 */
const alwaysShown: ReadonlySet<string> = new Set(['OK', 'IO', 'SERVERFAULT', 'SYSTEM_ERR'])

/** Other failures show from the first one on: there could be hundreds that never are. */
function countsOf({ name, outcomes, calls }: ProcedureStatistics): Reading<number>[] {
  return outcomes
    .map((status, index) => ({ labels: { procedure: name, status }, value: calls[index]! }))
    .filter(({ labels, value }) => value > 0 || alwaysShown.has(labels.status))
}

/** From the first call on: there are twenty numbers to each procedure. */
function timesOf({ name, calls, durations, seconds }: ProcedureStatistics): Reading<HistogramCounts>[] {
  if (calls.every((count) => count === 0)) return []
  return [
    {
      labels: { procedure: name },
      value: { bounds: callSecondsBounds, counts: durations, sum: seconds },
    },
  ]
}
