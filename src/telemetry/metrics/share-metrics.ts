import type { NumberDefinition } from './definition.ts'
import type { Sample, ShareStatistics } from './sources.ts'

/** Shares that have series of their own. Of more, those that have used most of their quota: an alert is about these. */
export const shareSeriesMax = 1000

/** Use of shares with a quota: without one, nothing is to be watched, and shares can be many. */
export const shareMetrics: readonly NumberDefinition[] = [
  shareGauge('berth_share_used_bytes', 'Bytes used in a share with a quota', ({ usedBytes }) => usedBytes),
  shareGauge('berth_share_used_files', 'Files in a share with a quota', ({ usedFiles }) => usedFiles),
  shareGauge('berth_share_quota_bytes', 'Most bytes in a share', ({ quotaBytes }) => quotaBytes),
  shareGauge('berth_share_quota_files', 'Most files in a share', ({ quotaFiles }) => quotaFiles),
  {
    kind: 'gauge',
    name: 'berth_shares_with_quota',
    help: `Shares with a quota; the ${shareSeriesMax} fullest of them have metrics of their own`,
    read: ({ shares }) => [{ labels: {}, value: shares.length }],
  },
]

function shareGauge(
  name: string,
  help: string,
  valueOf: (share: ShareStatistics) => number | null,
): NumberDefinition {
  return {
    kind: 'gauge',
    name,
    help,
    labels: ['share'],
    *read(sample) {
      for (const share of shown(sample)) {
        const value = valueOf(share)
        if (value !== null) yield { labels: { share: share.path }, value }
      }
    },
  }
}

function shown({ shares }: Sample): readonly ShareStatistics[] {
  if (shares.length <= shareSeriesMax) return shares
  return shares.toSorted((a, b) => fullness(b) - fullness(a)).slice(0, shareSeriesMax)
}

function fullness({ usedBytes, usedFiles, quotaBytes, quotaFiles }: ShareStatistics): number {
  return Math.max(usedBytes / (quotaBytes ?? Infinity), usedFiles / (quotaFiles ?? Infinity))
}
