import type { NumberDefinition } from './definition.ts'
import type { LaneStatistics, LimitCounts } from './lane-statistics.ts'
import { shareSeriesMax } from './share-metrics.ts'
import type { LimitedShare, ShareStatistics } from './sources.ts'

/** As which calls on folders are shown: they are of no share. */
const foldersPath = '/'

/** Calls over the limits of shares and grants, by share. */
export const limitMetrics: readonly NumberDefinition[] = [
  limitCounter(
    'berth_share_delayed_calls_total',
    'Calls that had to wait for the limit of a share or grant',
    ({ delayed }) => delayed,
  ),
  limitCounter(
    'berth_share_delay_seconds_total',
    'How long calls had to wait for the limit of a share or grant',
    ({ waitedSeconds }) => waitedSeconds,
  ),
  limitCounter(
    'berth_share_put_off_calls_total',
    'Calls over the limit of a share or grant that were told to come again, since too many waited',
    ({ putOff }) => putOff,
  ),
]

/** Those with calls over a limit; of too many, those with most. */
export function limitedShares(
  shares: readonly ShareStatistics[],
  limits: LaneStatistics['limits'],
): LimitedShare[] {
  const limited = [{ id: 0, path: foldersPath }, ...shares].flatMap(({ id, path }) => {
    const counts = limits.get(id)
    return counts === undefined || overLimit(counts) === 0 ? [] : [{ path, ...counts }]
  })
  return limited.toSorted((a, b) => overLimit(b) - overLimit(a)).slice(0, shareSeriesMax)
}

function overLimit({ delayed, putOff }: LimitCounts): number {
  return delayed + putOff
}

function limitCounter(
  name: string,
  help: string,
  valueOf: (share: LimitedShare) => number,
): NumberDefinition {
  return {
    kind: 'counter',
    name,
    help,
    labels: ['share'],
    read: ({ limited }) => limited.map((share) => ({ labels: { share: share.path }, value: valueOf(share) })),
  }
}
