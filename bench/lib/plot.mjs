/** The ratios as an SVG: for each row a bar of speed and a thin one of CPU time, with strokes where the goals are. */

import { labelOf } from './table.mjs'

/** @import { Ratio, RowResult } from './measurement.mjs' */
/** @import { Bar } from './rows.mjs' */

/**
 * @typedef {object} Compared
 * @property {string} label
 * @property {Ratio} speed
 * @property {Ratio} cpu
 * @property {Bar | undefined} [goal]
 * @property {'reached' | 'missed' | undefined} [verdict]
 */

const labelWidth = 290
const plotWidth = 460
const valueWidth = 160
const rowHeight = 34
const top = 76
/** Ratios beyond 1/64 and 64 are drawn as these. */
const octavesMax = 6
const palette = {
  reached: '#2e8b57',
  missed: '#c0392b',
  none: '#5d7f9e',
  cpu: '#b9b9b9',
  text: '#222',
  grid: '#ddd',
}

/** @param {string} text */
export const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} [attributes]
 */
const label = (x, y, text, attributes = '') =>
  `<text x="${x.toFixed(1)}" y="${y}" fill="${palette.text}" ${attributes}>${escape(text)}</text>`

/**
 * A scale of powers of two: twice as fast is as far to the right of 1 as half as fast is to the left.
 * @param {readonly number[]} ratios
 */
function scaleOf(ratios) {
  const octaves = ratios.map((ratio) => Math.log2(ratio))
  const low = Math.max(-octavesMax, Math.floor(Math.min(-2, ...octaves)))
  const high = Math.min(octavesMax, Math.ceil(Math.max(2, ...octaves)))
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 2 ** (low + i))
  const x = (/** @type {number} */ ratio) => {
    const octave = Math.min(high, Math.max(low, Math.log2(ratio)))
    return labelWidth + ((octave - low) / (high - low)) * plotWidth
  }
  return { ticks, x }
}

/**
 * @param {readonly RowResult[]} results
 * @returns {Compared[]}
 */
export function comparedRows(results) {
  return results.flatMap(({ row, speed, cpu, verdict }) =>
    speed && cpu ? [{ label: labelOf(row), goal: row.bar, speed, cpu, verdict }] : [],
  )
}

/**
 * @param {readonly Compared[]} compared
 * @param {{ subject: string, peer: string }} names
 * @returns {string}
 */
export function plot(compared, names) {
  const { ticks, x } = scaleOf(compared.flatMap(({ speed, cpu }) => [speed.min, speed.max, cpu.median]))
  const height = top + compared.length * rowHeight + 12
  const width = labelWidth + plotWidth + valueWidth
  const goals = compared.some(({ goal }) => goal) ? ' Upright strokes: the goals.' : ''

  const bar = (
    /** @type {number} */ ratio,
    /** @type {number} */ y,
    /** @type {number} */ size,
    /** @type {string} */ fill,
  ) => {
    const [left, right] = ratio < 1 ? [x(ratio), x(1)] : [x(1), x(ratio)]
    return `<rect x="${left.toFixed(1)}" y="${y}" width="${(right - left).toFixed(1)}" height="${size}" fill="${fill}"/>`
  }
  const whisker = (/** @type {Ratio} */ ratio, /** @type {number} */ y) =>
    `<path d="M${x(ratio.min).toFixed(1)} ${y}H${x(ratio.max).toFixed(1)}" stroke="${palette.text}"/>`
  const stroke = (
    /** @type {number | undefined} */ ratio,
    /** @type {number} */ y,
    /** @type {number} */ size,
  ) =>
    ratio === undefined
      ? ''
      : `<path d="M${x(ratio).toFixed(1)} ${y}v${size}" stroke="${palette.text}" stroke-width="2"/>`

  const bars = compared.map(({ label: title, goal, speed, cpu, verdict }, i) => {
    const y = top + i * rowHeight
    const value = `×${speed.median.toFixed(2)}, CPU ×${cpu.median.toFixed(2)}`
    return [
      label(labelWidth - 12, y + 15, title, 'text-anchor="end"'),
      bar(speed.median, y + 2, 14, palette[verdict ?? 'none']),
      whisker(speed, y + 9),
      stroke(goal?.speedMin, y, 18),
      bar(cpu.median, y + 18, 6, palette.cpu),
      stroke(goal?.cpuMax, y + 17, 8),
      label(width - 12, y + 15, value, 'text-anchor="end"'),
    ].join('\n')
  })
  const grid = ticks.map((ratio) => {
    const colour = ratio === 1 ? palette.text : palette.grid
    return [
      `<path d="M${x(ratio).toFixed(1)} ${top - 6}V${height - 8}" stroke="${colour}"/>`,
      label(x(ratio), top - 12, ratio < 1 ? `1/${1 / ratio}` : `${ratio}`, 'text-anchor="middle"'),
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${label(12, 22, `${names.subject} / ${names.peer}`, 'font-size="15" font-weight="bold"')}
${label(12, 40, `Wide: speed, more is better; its line spans all rounds. Thin: server CPU time, less is better.${goals}`)}
${grid.join('\n')}
${bars.join('\n')}
</svg>
`
}
