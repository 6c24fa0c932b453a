/** What `growth.mjs` found: tables, `RESULTS-growth.md`, and `results-growth.svg`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linePlot } from './line-plot.mjs'
import { machineTable } from './machine.mjs'
import { memoryMaxMib } from './rows.mjs'
import { grouped, markdownTable, ratioText, short, terminalTable } from './table.mjs'

/** @import { Growth } from './growth-rows.mjs' */
/** @import { Panel, Series } from './line-plot.mjs' */
/** @import { Machine } from './machine.mjs' */
/** @import { Measurement, RowResult } from './measurement.mjs' */
/** @import { Column } from './table.mjs' */

/**
 * One call at one size.
 * @typedef {object} GrowthResult
 * @property {Growth} growth
 * @property {number} size
 * @property {RowResult} result
 */

/**
 * @typedef {object} GrowthOutcome
 * @property {readonly GrowthResult[]} results
 * @property {RowResult | undefined} walked  A thousand connections over all files.
 * @property {Machine} machine
 * @property {string} peer
 * @property {number} rounds
 * @property {number} seconds
 * @property {string} command
 */

/** @type {Record<string, string>} */
const titles = { plain: 'Berth plain', ganesha: 'Ganesha' }

/** @param {string} peer  @returns {Column<GrowthResult>[]} */
function columnsOf(peer) {
  /** @type {('subject' | 'peer')[]} */
  const sides = peer === 'none' ? ['subject'] : ['subject', 'peer']
  /**
   * @param {string} title
   * @param {(measured: Measurement, spread: number) => string} cell
   * @returns {Column<GrowthResult>}
   */
  const both = (title, cell) => ({
    title,
    cell: ({ result }) =>
      sides
        .map((side) => result[side])
        .map((summary) => (summary ? cell(summary.median, summary.speedSpread) : '–'))
        .join(' : '),
  })
  return [
    { title: 'size', cell: ({ growth, size }) => `${grouped(size)} ${growth.unit}` },
    { title: 'call', left: true, cell: ({ result }) => result.row.title },
    both(
      'calls or names /s',
      ({ unitsPerSecond }, spread) => `${grouped(unitsPerSecond)} ±${(spread * 100).toFixed(0)}%`,
    ),
    ...(peer === 'none'
      ? []
      : [{ title: 'ratio', cell: (/** @type {GrowthResult} */ one) => ratioText(one.result.speed) }]),
    both('p99 µs', ({ p99Us }) => grouped(p99Us)),
    both('CPU µs', ({ cpuUsPerUnit }) => short(cpuUsPerUnit)),
    both('peak MiB', ({ memoryPeakMib }) => grouped(memoryPeakMib)),
    { title: '', left: true, cell: ({ result }) => result.failure ?? '' },
  ]
}

/** @param {GrowthOutcome} outcome */
function memoryText({ walked }) {
  if (walked === undefined) return 'Memory over all files: not measured.'
  if (walked.subject === undefined) return `Memory over all files: ${walked.failure}.`
  const { memoryPeakMib } = walked.subject.median
  const peer = walked.peer ? `; Ganesha ${grouped(walked.peer.median.memoryPeakMib)} MiB` : ''
  const verdict = memoryPeakMib <= memoryMaxMib ? 'reached' : 'missed'
  return `Most resident memory with ${walked.row.conns} connections in ${walked.row.title}: ${grouped(memoryPeakMib)} MiB, bar ≤ ${memoryMaxMib} MiB, ${verdict}${peer}.`
}

/** @param {GrowthOutcome} outcome  @param {boolean} coloured */
export function growthTable(outcome, coloured) {
  return `${terminalTable(columnsOf(outcome.peer), outcome.results, coloured)}\n\n${memoryText(outcome)}`
}

/**
 * Results by what grew, in order.
 * @param {readonly GrowthResult[]} results
 */
function sectionsOf(results) {
  return [...new Set(results.map(({ growth }) => growth))].map((growth) => ({
    growth,
    results: results.filter((one) => one.growth === growth),
  }))
}

/**
 * @param {GrowthOutcome} outcome
 * @returns {string[]} The files written.
 */
export function writeGrowthResults(outcome) {
  const folder = join(import.meta.dirname, '..')
  const written = ['RESULTS-growth.md', 'results-growth.svg']
  writeFileSync(join(folder, 'RESULTS-growth.md'), documentOf(outcome))
  const title = outcome.peer === 'none' ? 'Berth' : `Berth, and ${titles[outcome.peer]} dashed`
  const panels = sectionsOf(outcome.results).flatMap((section) => panelsOf(section, outcome.peer))
  writeFileSync(join(folder, 'results-growth.svg'), linePlot(title, panels))
  return written.map((name) => `bench/${name}`)
}

/**
 * Speed and memory over the size.
 * @param {{ growth: Growth, results: readonly GrowthResult[] }} section
 * @param {string} peer
 * @returns {Panel[]}
 */
function panelsOf({ growth, results }, peer) {
  const calls = [...new Set(results.map(({ result }) => result.row.title))]
  /** @param {'subject' | 'peer'} side  @param {string} call  @param {keyof Measurement} key */
  const points = (side, call, key) =>
    results
      .filter(({ result }) => result.row.title === call)
      .flatMap(({ size, result }) => {
        const summary = result[side]
        return summary ? [/** @type {const} */ ([size, summary.median[key]])] : []
      })
  const peerName = titles[peer]
  /** @type {Series[]} */
  const speeds = [
    ...calls.map((call) => ({ name: call, points: points('subject', call, 'unitsPerSecond') })),
    ...(peerName === undefined ? [] : calls).map((call) => ({
      ...{ name: call, points: points('peer', call, 'unitsPerSecond') },
      isDashed: true,
    })),
  ]
  const [call = ''] = calls.slice(-1)
  /** @type {Series[]} */
  const memory = [{ name: 'Berth', points: points('subject', call, 'memoryPeakMib') }]
  if (peerName !== undefined) {
    const ofPeer = points('peer', call, 'memoryPeakMib')
    memory.push({ name: peerName, points: ofPeer, isDashed: true })
  }
  const common = /** @type {const} */ ({ title: growth.title, xTitle: growth.unit, x: 'log' })
  return [
    { ...common, y: 'log', yTitle: 'per second', series: speeds },
    { ...common, y: 'linear', yTitle: 'resident MiB', series: memory },
  ]
}

/** @param {GrowthOutcome} outcome */
function documentOf(outcome) {
  const { results, machine, peer, rounds, seconds, command } = outcome
  const tables = sectionsOf(results).flatMap((section) => [
    `## ${section.growth.title}`,
    '',
    markdownTable(columnsOf(peer), section.results),
    '',
  ])
  return [
    '# Growth',
    '',
    `Written by \`${command}\`; [README.md](README.md#growth) says what is done and how to read it.`,
    '',
    `- ${memoryText(outcome)}`,
    `- ${rounds} rounds of ${seconds} s for each row and server. Load average when it began: ${machine.load.toFixed(2)}.`,
    ...(peer === 'none'
      ? []
      : [`- Of two numbers the first is Berth's, the second that of ${titles[peer]}.`]),
    '',
    '![Speed and memory over each size](results-growth.svg)',
    '',
    ...tables,
    '## Machine',
    '',
    machineTable(machine),
    '',
  ].join('\n')
}
