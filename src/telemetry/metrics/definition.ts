import type { HistogramCounts } from './histogram.ts'
import type { LaneStatistics } from './lane-statistics.ts'
import type { Sample } from './sources.ts'

/** A metric as data. */
export type MetricDefinition = NumberDefinition | HistogramDefinition

export interface NumberDefinition extends Described {
  /** A counter only grows. */
  readonly kind: 'counter' | 'gauge'
  readonly read: (sample: Sample) => Iterable<Reading<number>>
}

export interface HistogramDefinition extends Described {
  readonly kind: 'histogram'
  readonly read: (sample: Sample) => Iterable<Reading<HistogramCounts>>
}

interface Described {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

export interface Reading<Value> {
  readonly labels: Readonly<Record<string, string>>
  readonly value: Value
}

/** The reading of a metric without labels. */
export function one<Value>(value: Value): Reading<Value>[] {
  return [{ labels: {}, value }]
}

/** What lanes tell: nothing as long as not all have answered once. */
export function ofLanes<Value>(read: (lanes: LaneStatistics) => Iterable<Reading<Value>>) {
  return ({ lanes }: Sample): Iterable<Reading<Value>> => (lanes === undefined ? [] : read(lanes))
}
