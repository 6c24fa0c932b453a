/** The result tables, for a terminal and in Markdown. */

import { memoryMaxMib } from './rows.mjs'

/** @import { Measurement, MemoryVerdict, Ratio, RowResult } from './measurement.mjs' */
/** @import { Row } from './rows.mjs' */

/**
 * @template [T=RowResult]
 * @typedef {object} Column
 * @property {string} title
 * @property {(result: T) => string} cell
 * @property {boolean} [left]  Aligned to the left; numbers are to the right.
 */

/** @typedef {{ subject: string, peer: string | undefined }} Names  How the servers are called. */

const colours = { reached: '\x1b[32m', missed: '\x1b[31m', failed: '\x1b[31m', off: '\x1b[0m' }

/** Connections and calls in flight on each. @param {Row} row */
export function shapeText({ conns, depth }) {
  return conns === 1 ? `${depth}` : `${conns} × ${depth}`
}

/** @param {Row} row */
export function labelOf(row) {
  return `${row.title}, ${shapeText(row)} in flight`
}

/**
 * Rows that have the same peer, and how that is called.
 * @typedef {object} Group
 * @property {Names} names
 * @property {readonly RowResult[]} results
 */

/**
 * What was measured against a server, then what against the machine.
 * @param {readonly RowResult[]} results
 * @param {Names} names
 * @returns {Group[]}
 */
export function groupsOf(results, names) {
  const groups = [
    { names, results: results.filter(({ row }) => row.floor === undefined) },
    { names: { ...names, peer: 'floor' }, results: results.filter(({ row }) => row.floor !== undefined) },
  ]
  return groups.filter((group) => group.results.length > 0)
}

/** @param {number} value */
export function grouped(value) {
  return Math.round(value).toLocaleString('en-US')
}

/** @param {number} value  Three digits that matter, more where there are more before the point. */
export function short(value) {
  if (value >= 100) return grouped(value)
  return value.toFixed(value >= 10 ? 1 : 2)
}

/** @param {Ratio | undefined} ratio */
export function ratioText(ratio) {
  if (!ratio) return ''
  const [middle, min, max] = [ratio.median, ratio.min, ratio.max].map((value) => value.toFixed(2))
  return `${middle} (${min}–${max})`
}

/** @param {RowResult} result */
export function verdictText(result) {
  return result.failure === undefined ? (result.verdict ?? '') : 'failed'
}

/**
 * @param {Names} names
 * @param {string} title
 * @param {(measured: Measurement, spread: number) => string} cell
 * @returns {Column[]} One column for each server.
 */
function perServer(names, title, cell) {
  const sides = /** @type {const} */ (['subject', 'peer'])
  return sides.flatMap((side) => {
    const name = names[side]
    if (name === undefined) return []
    return {
      title: `${name} ${title}`,
      cell: (/** @type {RowResult} */ result) => {
        const summary = result[side]
        return summary ? cell(summary.median, summary.speedSpread) : ''
      },
    }
  })
}

/** @type {readonly Column[]} */
const rowColumns = [
  { title: 'row', left: true, cell: ({ row }) => row.title },
  { title: 'in flight', cell: ({ row }) => shapeText(row) },
]

/**
 * Speed and CPU time, the two that have bars.
 * @param {Names} names
 * @returns {Column[]}
 */
export function speedColumns(names) {
  const rate = (/** @type {Measurement} */ measured, /** @type {number} */ spread) =>
    `${grouped(measured.unitsPerSecond)} ±${(spread * 100).toFixed(0)}%`
  const compared = names.peer !== undefined
  return [
    ...rowColumns,
    { title: 'unit', left: true, cell: ({ row }) => row.unit },
    ...perServer(names, '/s', rate),
    ...(compared
      ? [
          { title: 'ratio', cell: (/** @type {RowResult} */ { speed }) => ratioText(speed) },
          {
            title: 'bar',
            cell: (/** @type {RowResult} */ { row }) => (row.bar?.speedMin ? `≥ ${row.bar.speedMin}` : ''),
          },
        ]
      : []),
    ...perServer(names, 'CPU µs', (measured) => short(measured.cpuUsPerUnit)),
    ...(compared
      ? [
          { title: 'ratio', cell: (/** @type {RowResult} */ { cpu }) => ratioText(cpu) },
          {
            title: 'bar',
            cell: (/** @type {RowResult} */ { row }) => (row.bar?.cpuMax ? `≤ ${row.bar.cpuMax}` : ''),
          },
        ]
      : []),
    { title: '', left: true, cell: verdictText },
  ]
}

/**
 * Bytes, latency, memory, and what the generator itself took; the subject's number, a colon, the peer's.
 * @param {Names} names
 * @returns {Column[]}
 */
export function detailColumns(names) {
  /**
   * @param {string} title
   * @param {(measured: Measurement) => string} cell
   * @returns {Column}
   */
  const both = (title, cell) => ({
    title,
    cell: ({ subject, peer }) => {
      const cells = [subject, names.peer === undefined ? undefined : peer]
      return cells.flatMap((summary) => (summary ? [cell(summary.median)] : [])).join(' : ')
    },
  })
  return [
    ...rowColumns,
    both('MB/s', ({ megabytesPerSecond: rate }) => (rate > 0 ? short(rate) : '–')),
    both('p50 µs', ({ p50Us }) => grouped(p50Us)),
    both('p99 µs', ({ p99Us }) => grouped(p99Us)),
    both('peak MiB', ({ memoryPeakMib }) => grouped(memoryPeakMib)),
    both('MiB after', ({ memoryMib }) => grouped(memoryMib)),
    both('generator cores', ({ generatorCores }) => generatorCores.toFixed(2)),
  ]
}

/**
 * @template T
 * @param {readonly Column<T>[]} columns
 * @param {readonly T[]} results
 * @param {boolean} coloured
 */
export function terminalTable(columns, results, coloured) {
  const lines = [
    columns.map((column) => column.title),
    ...results.map((result) => columns.map((c) => c.cell(result))),
  ]
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i]?.length ?? 0)))
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => {
          const width = /** @type {number} */ (widths[i])
          const padded = columns[i]?.left ? cell.padEnd(width) : cell.padStart(width)
          const colour = coloured ? colours[/** @type {keyof typeof colours} */ (cell)] : undefined
          return colour ? `${colour}${padded}${colours.off}` : padded
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/**
 * @template T
 * @param {readonly Column<T>[]} columns
 * @param {readonly T[]} results
 */
export function markdownTable(columns, results) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`
  return [
    line(columns.map((column) => column.title)),
    line(columns.map((column) => (column.left ? ':---' : '---:'))),
    ...results.map((result) => line(columns.map((column) => column.cell(result)))),
  ].join('\n')
}

/**
 * @param {string} name
 * @param {MemoryVerdict | undefined} verdict
 */
export function memoryText(name, verdict) {
  if (!verdict) return `${name}'s resident memory: not measured`
  const outcome = verdict.reached ? 'reached' : 'missed'
  return `${name}'s resident memory: at most ${grouped(verdict.peakMib)} MiB, bar < ${memoryMaxMib} MiB, ${outcome}`
}
