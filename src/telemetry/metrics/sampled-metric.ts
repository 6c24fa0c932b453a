import type { Metric, MetricObjectWithValues, MetricValueWithName } from 'prom-client'
import type { MetricDefinition, Reading } from './definition.ts'
import type { HistogramCounts } from './histogram.ts'
import type { Sample } from './sources.ts'

type MetricValues = MetricObjectWithValues<MetricValueWithName<string>>

/**
 * A metric whose values are counted elsewhere, for prom-client's registry. Its own kinds count for themselves: a counter
 * cannot be set, and a histogram takes values one by one.
 */
export function sampledMetric(definition: MetricDefinition, sample: () => Sample | undefined): Metric {
  const { name, help, kind } = definition
  const described = { name, help, type: kind, aggregator: 'sum' }
  const metric = {
    ...described,
    get: () => {
      const taken = sample()
      return Promise.resolve({ ...described, values: taken === undefined ? [] : valuesOf(definition, taken) })
    },
  }
  // This is all that the registry asks for. The declared types know only prom-client's own kinds.
  return metric as unknown as Metric
}

function valuesOf(definition: MetricDefinition, sample: Sample): MetricValues['values'] {
  if (definition.kind !== 'histogram') return [...definition.read(sample)]
  return [...definition.read(sample)].flatMap((reading) => histogramValues(definition.name, reading))
}

/** Prometheus counts in each bucket those of the lower ones too. */
function histogramValues(
  name: string,
  { labels, value: { bounds, counts, sum } }: Reading<HistogramCounts>,
): MetricValues['values'] {
  let count = 0
  const buckets = [...bounds, '+Inf'].map((le, index) => {
    count += counts[index]!
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}
