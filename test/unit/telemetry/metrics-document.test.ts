import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { metricDefinitions } from '../../../src/telemetry/metrics.ts'
import { shareSeriesMax } from '../../../src/telemetry/metrics/share-metrics.ts'

const document = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')

/** The cells of the rows that name a metric. */
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| `berth_'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[]
}

describe('docs/metrics.md', () => {
  test('has a row for each metric, as it is', () => {
    const expected = metricDefinitions.map(({ name, kind, labels = [], help }) => [
      `\`${name}\``,
      kind,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ])
    expect(rows).toEqual(expected)
  })

  test('speaks of no metric that does not exist', () => {
    const names = new Set(
      metricDefinitions.flatMap(({ name, kind }) =>
        kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    )
    const spoken = document.match(/\bberth_\w+/g) ?? []
    expect(spoken.filter((name) => !names.has(name))).toEqual([])
  })

  test('has alerts that Prometheus can read', () => {
    const text = /```yaml\n([^]*?)```/.exec(document)?.[1] ?? ''
    const rules = (parse(text) as Rules).groups.flatMap((group) => group.rules)
    expect(rules.map(({ alert }) => alert)).toContain('BerthShareNearlyFull')
    for (const { expr, annotations } of rules) {
      expect(expr).toMatch(/berth_/)
      expect(annotations.summary).not.toBe('')
      for (const [open, close] of ['()', '[]', '{}'])
        expect(expr.split(open!)).toHaveLength(expr.split(close!).length)
    }
  })

  test('tells the limit that there is', () => {
    expect(document).toContain(`the ${shareSeriesMax.toLocaleString('en')} fullest`)
  })
})

describe('names of metrics', () => {
  test('are unique, and say what they are as Prometheus wants it', () => {
    const names = metricDefinitions.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const { name, kind } of metricDefinitions) {
      expect(name).toMatch(/^berth_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(kind === 'counter')
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/)
    }
  })
})
