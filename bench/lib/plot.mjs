/** The ratios as an SVG: for each row a bar of speed and a thin one of CPU time, with their bars to reach. */

/** @import { Ratio, RowResult } from './measurement.mjs' */

const labelWidth = 250
const plotWidth = 560
const rowHeight = 34
const top = 58
const palette = {
  reached: '#2e8b57',
  missed: '#c0392b',
  none: '#5d7f9e',
  cpu: '#b9b9b9',
  text: '#222',
  grid: '#ddd',
}

/** @param {string} text */
const escape = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {string} [attributes]
 */
const label = (x, y, text, attributes = '') =>
  `<text x="${x.toFixed(1)}" y="${y}" fill="${palette.text}" ${attributes}>${escape(text)}</text>`

/**
 * @param {readonly RowResult[]} results
 * @param {{ subject: string, peer: string }} names
 * @returns {string}
 */
export function plot(results, names) {
  const compared = results.flatMap(({ row, speed, cpu, verdict }) =>
    speed && cpu ? [{ row, speed, cpu, verdict }] : [],
  )
  const greatest = Math.max(2, ...compared.flatMap(({ speed, cpu }) => [speed.max, cpu.max]))
  const scaleMax = Math.ceil(greatest * 2) / 2
  const x = (/** @type {number} */ ratio) => labelWidth + (ratio / scaleMax) * plotWidth
  const height = top + compared.length * rowHeight + 30
  const width = labelWidth + plotWidth + 90

  const whisker = (/** @type {Ratio} */ ratio, /** @type {number} */ y) =>
    `<path d="M${x(ratio.min).toFixed(1)} ${y}H${x(ratio.max).toFixed(1)}" stroke="${palette.text}"/>`
  const goal = (
    /** @type {number | undefined} */ ratio,
    /** @type {number} */ y,
    /** @type {number} */ size,
  ) =>
    ratio === undefined
      ? ''
      : `<path d="M${x(ratio).toFixed(1)} ${y}v${size}" stroke="${palette.text}" stroke-width="2"/>`

  const bars = compared.map(({ row, speed, cpu, verdict }, i) => {
    const y = top + i * rowHeight
    const fill = palette[verdict ?? 'none']
    return [
      label(labelWidth - 8, y + 15, `${row.title}, depth ${row.depth}`, 'text-anchor="end"'),
      `<rect x="${labelWidth}" y="${y + 2}" width="${(x(speed.median) - labelWidth).toFixed(1)}" height="14" fill="${fill}"/>`,
      whisker(speed, y + 9),
      goal(row.bar?.speedMin, y, 18),
      `<rect x="${labelWidth}" y="${y + 18}" width="${(x(cpu.median) - labelWidth).toFixed(1)}" height="6" fill="${palette.cpu}"/>`,
      goal(row.bar?.cpuMax, y + 17, 8),
      label(
        x(speed.max) + 6,
        y + 14,
        `×${speed.median.toFixed(2)}, CPU ×${cpu.median.toFixed(2)}`,
        'font-size="10"',
      ),
    ].join('\n')
  })
  const ticks = Array.from({ length: scaleMax * 2 + 1 }, (_, i) => i / 2).map((ratio) => {
    const stroke = ratio === 1 ? palette.text : palette.grid
    return [
      `<path d="M${x(ratio).toFixed(1)} ${top - 6}V${height - 26}" stroke="${stroke}"/>`,
      label(x(ratio), height - 10, `${ratio}`, 'text-anchor="middle"'),
    ].join('\n')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${label(12, 22, `${names.subject} / ${names.peer}`, 'font-size="15" font-weight="bold"')}
${label(12, 40, 'Wide: calls per second, more is better. Thin: server CPU per call, less is better. Upright strokes: the bars to reach.')}
${ticks.join('\n')}
${bars.join('\n')}
</svg>
`
}
