/** What `soak.mjs` looks at every few seconds. */

import { readdirSync } from 'node:fs'
import { memoryOf } from './process.mjs'

const bytesPerMib = 2 ** 20
/** Node's monitor counts its own interval as delay: telemetry/metrics.ts has it at this. */
const monitorSeconds = 0.1

/**
 * The columns of the CSV.
 * @typedef {object} Sample
 * @property {number} seconds  Since the start.
 * @property {number} residentMib
 * @property {number} mainHeapMib  JavaScript objects of the main thread.
 * @property {number} laneHeapMib  Of all lanes.
 * @property {number} externalMib  Buffers of the main thread.
 * @property {number} descriptors
 * @property {number} threads
 * @property {number} mainDelayMs  99th percentile since the sample before, above Node's own interval.
 * @property {number} laneDelayMs  Mean since the sample before.
 * @property {number} openFiles  That lanes keep open between calls.
 * @property {number} inodes  That lanes keep in memory.
 * @property {number} grants
 * @property {number} calls  RPC calls since the start.
 * @property {number} bugs  That the gateway found in itself.
 */

export const sampleColumns = /** @type {const} */ ([
  ...['seconds', 'residentMib', 'mainHeapMib', 'laneHeapMib', 'externalMib', 'descriptors', 'threads'],
  ...['mainDelayMs', 'laneDelayMs', 'openFiles', 'inodes', 'grants', 'calls', 'bugs'],
])

/** Takes samples of one gateway. */
export class Sampler {
  #pid
  #url
  #startedAt = performance.now()
  #delay = { sum: 0, count: 0 }

  /** @param {number} pid  @param {string} url  Of its admin API. */
  constructor(pid, url) {
    this.#pid = pid
    this.#url = url
  }

  /** @returns {Promise<Sample>} */
  async take() {
    const response = await fetch(`${this.#url}/metrics`)
    if (!response.ok) throw new Error(`/metrics: ${response.status}`)
    const text = await response.text()
    const sum = (/** @type {string} */ name) => sumOf(text, name)
    return {
      seconds: (performance.now() - this.#startedAt) / 1000,
      residentMib: memoryOf(this.#pid).nowMib,
      mainHeapMib: sum('nodejs_heap_size_used_bytes') / bytesPerMib,
      laneHeapMib: sum('berth_lane_heap_bytes') / bytesPerMib,
      externalMib: sum('nodejs_external_memory_bytes') / bytesPerMib,
      descriptors: readdirSync(`/proc/${this.#pid}/fd`).length,
      threads: readdirSync(`/proc/${this.#pid}/task`).length,
      mainDelayMs: Math.max(0, sum('nodejs_eventloop_lag_p99_seconds') - monitorSeconds) * 1000,
      laneDelayMs: this.#meanDelay(
        sum('berth_lane_delay_seconds_sum'),
        sum('berth_lane_delay_seconds_count'),
      ),
      openFiles: sum('berth_open_files'),
      inodes: sum('berth_inodes'),
      grants: sum('berth_grants'),
      calls: sum('berth_lane_calls_total'),
      bugs: sum('berth_bugs_total') + sum('berth_admin_bugs_total'),
    }
  }

  /** @param {number} sum  Seconds.  @param {number} count */
  #meanDelay(sum, count) {
    const before = this.#delay
    this.#delay = { sum, count }
    return count > before.count ? ((sum - before.sum) / (count - before.count)) * 1000 : 0
  }
}

/** Of all samples of a metric. @param {string} text  As Prometheus reads it.  @param {string} name */
function sumOf(text, name) {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))]
  if (values.length === 0) throw new Error(`the gateway has no metric ${name}`)
  return values.reduce((sum, [, value]) => sum + Number(value), 0)
}

/**
 * The line that fits best: least squares.
 * @param {readonly (readonly [number, number])[]} points  At least two, of different x.
 * @returns {number} Its slope.
 */
export function slopeOf(points) {
  const mean = (/** @type {readonly number[]} */ values) =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([px]) => px)), mean(points.map(([, py]) => py))]
  const products = points.map(([px, py]) => (px - x) * (py - y))
  return mean(products) / mean(points.map(([px]) => (px - x) ** 2))
}
