import { collectDefaultMetrics, Registry } from 'prom-client'
import { accessMetrics } from './metrics/access-metrics.ts'
import { callMetrics } from './metrics/call-metrics.ts'
import type { MetricDefinition } from './metrics/definition.ts'
import { laneMetrics } from './metrics/lane-metrics.ts'
import { sumOfLanes, type LaneStatistics } from './metrics/lane-statistics.ts'
import { rpcMetrics } from './metrics/rpc-metrics.ts'
import { sampledMetric } from './metrics/sampled-metric.ts'
import { limitedShares, limitMetrics } from './metrics/limit-metrics.ts'
import { shareMetrics } from './metrics/share-metrics.ts'
import type { MetricsSources, Sample } from './metrics/sources.ts'

export type { HistogramCounts } from './metrics/histogram.ts'
export type { LaneStatistics, LimitCounts } from './metrics/lane-statistics.ts'
export type { MetricsSources, MountStatistics, ShareStatistics } from './metrics/sources.ts'

/** All that is of Berth; beside these there are those of the process and of Node. */
export const metricDefinitions: readonly MetricDefinition[] = [
  ...callMetrics,
  ...rpcMetrics,
  ...laneMetrics,
  ...accessMetrics,
  ...shareMetrics,
  ...limitMetrics,
]

/** Longest wait for a lane, which may be held up by a disk. Then the metrics tell what it said last. */
const laneTimeoutMs = 2000

/** The gateway's numbers in the Prometheus text format. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #sources: MetricsSources
  /** What each lane said last. */
  readonly #laneStatistics: (LaneStatistics | undefined)[]
  #sample: Sample | undefined

  constructor(sources: MetricsSources) {
    this.#sources = sources
    this.#laneStatistics = sources.lanes.map(() => undefined)
    // Its own delay is looked at ten times a second, not a hundred: an idle gateway should sleep.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 })
    for (const definition of metricDefinitions)
      this.#registry.registerMetric(sampledMetric(definition, () => this.#sample))
  }

  async render(): Promise<{ contentType: string; text: string }> {
    this.#sample = await this.#take()
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() }
  }

  async #take(): Promise<Sample> {
    const sources = this.#sources
    const { lanes } = sources
    const answers = await Promise.all(lanes.map((lane) => withTimeout(lane.statistics(), laneTimeoutMs)))
    answers.forEach((answer, lane) => (this.#laneStatistics[lane] = answer ?? this.#laneStatistics[lane]))
    const known = this.#laneStatistics.filter((statistics) => statistics !== undefined)
    // A sum without one of them would be a counter that goes back.
    const sum = known.length === lanes.length ? sumOfLanes(known) : undefined
    const shares = [...sources.shares()]
    return {
      lanes: sum,
      eachLane: this.#laneStatistics,
      lanesUp: answers.map((answer) => answer !== undefined),
      grants: sources.grants(),
      mounts: sources.mounts(),
      shares: shares.filter(({ quotaBytes, quotaFiles }) => quotaBytes !== null || quotaFiles !== null),
      limited: sum === undefined ? [] : limitedShares(shares, sum.limits),
      audit: sources.audit(),
      adminBugs: sources.adminBugs(),
    }
  }
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}
