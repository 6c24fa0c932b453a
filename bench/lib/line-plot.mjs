/** Lines over a number that grows or over time, in panels, as an SVG. */

import { escape } from './plot.mjs'

/**
 * @typedef {object} Series
 * @property {string} name  Series of one name share colour and legend: that of the first.
 * @property {readonly (readonly [number, number])[]} points  In the order of x.
 * @property {boolean} [isDashed]
 */

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} xTitle
 * @property {string} yTitle
 * @property {'log' | 'linear'} x
 * @property {'log' | 'linear'} y
 * @property {readonly Series[]} series
 */

/** @typedef {{ low: number, high: number, ticks: number[], at: (value: number) => number }} Scale  `at`: 0 to 1. */

const colours = ['#2e8b57', '#2f6fb0', '#c0392b', '#8e5fb0', '#b7791f', '#5d7f9e']
const panelWidth = 470
const panelHeight = 300
const inner = { left: 62, right: 14, top: 34, bottom: 62 }
const legendStep = 14
const tickCount = 5
/** Points of a series beyond these are left out evenly: nobody sees them. */
const pointsMax = 600

/** @param {readonly number[]} values  @returns {Scale} */
function logScale(values) {
  const positive = values.filter((value) => value > 0)
  const low = Math.floor(Math.log10(Math.min(...positive)) + 1e-9)
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive)) - 1e-9))
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i))
  return { low, high, ticks, at: (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low) }
}

/** From 0 to a round number. @param {readonly number[]} values  @returns {Scale} */
function linearScale(values) {
  const most = Math.max(...values, 1e-9)
  const rough = most / tickCount
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power
  const high = Math.ceil(most / step) * step
  const ticks = Array.from({ length: Math.round(high / step) + 1 }, (_, i) => i * step)
  return { low: 0, high, ticks, at: (value) => value / high }
}

/** @param {number} value */
function short(value) {
  const units = /** @type {const} */ ([
    [1e6, 'M'],
    [1e3, 'k'],
  ])
  for (const [size, unit] of units)
    if (value >= size) return `${Number((value / size).toPrecision(3))}${unit}`
  return `${Number(value.toPrecision(3))}`
}

/** @param {readonly (readonly [number, number])[]} points */
function thinned(points) {
  const every = Math.ceil(points.length / pointsMax)
  return points.filter((_, i) => i % every === 0)
}

/** @param {number} x @param {number} y @param {string} text @param {string} [attributes] */
const label = (x, y, text, attributes = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#222" ${attributes}>${escape(text)}</text>`

/** @param {Panel} panel  @param {number} left  @param {number} top */
function drawPanel({ title, xTitle, yTitle, x: xKind, y: yKind, series }, left, top) {
  const points = series.flatMap((one) => one.points)
  const scaleOf = { log: logScale, linear: linearScale }
  const xScale = scaleOf[xKind](points.map(([x]) => x))
  const yScale = scaleOf[yKind](points.map(([, y]) => y))
  const width = panelWidth - inner.left - inner.right
  const height = panelHeight - inner.top - inner.bottom
  const x = (/** @type {number} */ value) => left + inner.left + xScale.at(value) * width
  const y = (/** @type {number} */ value) => top + inner.top + (1 - yScale.at(value)) * height
  const bottom = top + inner.top + height
  const grid = [
    ...yScale.ticks.flatMap((tick) => [
      `<path d="M${left + inner.left} ${y(tick).toFixed(1)}h${width}" stroke="#ddd"/>`,
      label(left + inner.left - 6, y(tick) + 4, short(tick), 'text-anchor="end"'),
    ]),
    ...xScale.ticks.flatMap((tick) => [
      `<path d="M${x(tick).toFixed(1)} ${bottom}v4" stroke="#222"/>`,
      label(x(tick), bottom + 16, short(tick), 'text-anchor="middle"'),
    ]),
  ]
  const names = [...new Set(series.map((one) => one.name))]
  const colourOf = (/** @type {string} */ name) => colours[names.indexOf(name) % colours.length]
  const dashOf = (/** @type {Series} */ one) => (one.isDashed ? ' stroke-dasharray="5 4"' : '')
  const lines = series.map((one) => {
    const path = thinned(one.points).map(([px, py]) => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`)
    return `<path d="M${path.join('L')}" fill="none" stroke="${colourOf(one.name)}" stroke-width="1.8"${dashOf(one)}/>`
  })
  const legend = names.flatMap((name, i) => {
    const legendX = left + inner.left + 8 + (i % 2) * (width / 2)
    const legendY = bottom + 34 + Math.floor(i / 2) * legendStep
    const dash = dashOf(/** @type {Series} */ (series.find((one) => one.name === name)))
    return [
      `<path d="M${legendX.toFixed(1)} ${legendY - 4}h18" stroke="${colourOf(name)}" stroke-width="1.8"${dash}/>`,
      label(legendX + 24, legendY, name),
    ]
  })
  return [
    label(left + inner.left, top + 16, title, 'font-weight="bold"'),
    label(left + panelWidth - inner.right, top + 16, `${yTitle} over ${xTitle}`, 'text-anchor="end"'),
    ...grid,
    ...lines,
    ...legend,
  ].join('\n')
}

/**
 * @param {string} title
 * @param {readonly Panel[]} panels  Drawn two in a row.
 * @returns {string}
 */
export function linePlot(title, panels) {
  const drawn = panels.filter((panel) => panel.series.some((one) => one.points.length > 0))
  const width = 2 * panelWidth
  const height = 40 + Math.ceil(drawn.length / 2) * panelHeight
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="#fff"/>
${label(12, 24, title, 'font-size="15" font-weight="bold"')}
${drawn.map((panel, i) => drawPanel(panel, (i % 2) * panelWidth, 40 + Math.floor(i / 2) * panelHeight)).join('\n')}
</svg>
`
}
