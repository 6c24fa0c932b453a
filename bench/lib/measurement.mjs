/** Numbers of one row: what berth-load printed, made into rates, and over rounds into medians and ratios. */

import { memoryMaxMib } from './rows.mjs'
import { median, spread } from './statistics.mjs'

/** @import { Row } from './rows.mjs' */

/**
 * One server, one row, one round.
 * @typedef {object} Measurement
 * @property {number} unitsPerSecond  Calls, or names where the row counts names.
 * @property {number} megabytesPerSecond  10^6 bytes of READ and WRITE data.
 * @property {number} p50Us
 * @property {number} p99Us
 * @property {number} cpuUsPerUnit  User and system time of all the server's threads, in microseconds.
 * @property {number} memoryPeakMib  Most resident memory from the row's start to its end.
 * @property {number} memoryMib  Resident memory at the row's end.
 * @property {number} generatorCores  CPU seconds of the generator per second. Near 1, it is itself the limit.
 */

/**
 * @typedef {object} Summary
 * @property {Measurement} median  Each number's own median over the rounds; memoryPeakMib is the greatest instead.
 * @property {number} speedSpread  See {@link spread}, of unitsPerSecond.
 */

/**
 * @typedef {object} Ratio
 * @property {number} median  Median of the rounds' ratios: each round compares two runs that were neighbours in time.
 * @property {number} min
 * @property {number} max
 */

/**
 * @typedef {object} RowResult
 * @property {Row} row
 * @property {string} [failure]  Why the row has no numbers.
 * @property {Summary} [subject]
 * @property {Summary} [peer]
 * @property {Ratio} [speed]  Subject / peer, units per second.
 * @property {Ratio} [cpu]  Subject / peer, CPU time per unit.
 * @property {'reached' | 'missed'} [verdict]  Absent where there is no bar or nothing to compare with.
 */

/**
 * @param {Row} row
 * @param {Record<string, number>} load  The JSON line of berth-load.
 * @param {{ peakMib: number, nowMib: number }} memory
 * @returns {Measurement}
 */
export function measurementOf(row, load, memory) {
  const number = (/** @type {string} */ key) => {
    const value = load[key]
    if (typeof value !== 'number') throw new Error(`berth-load printed no ${key}`)
    return value
  }
  const seconds = number('seconds')
  const units = number(row.unit)
  if (units === 0) throw new Error(`no ${row.unit} in ${seconds} s`)
  return {
    unitsPerSecond: units / seconds,
    megabytesPerSecond: number('bytes') / seconds / 1e6,
    p50Us: number('p50Us'),
    p99Us: number('p99Us'),
    cpuUsPerUnit: ((number('serverUserSeconds') + number('serverSystemSeconds')) / units) * 1e6,
    memoryPeakMib: memory.peakMib,
    memoryMib: memory.nowMib,
    generatorCores: number('generatorSeconds') / seconds,
  }
}

/**
 * @param {readonly Measurement[]} rounds  At least one.
 * @returns {Summary}
 */
function summarize(rounds) {
  const of = (/** @type {keyof Measurement} */ key) => median(rounds.map((round) => round[key]))
  return {
    median: {
      unitsPerSecond: of('unitsPerSecond'),
      megabytesPerSecond: of('megabytesPerSecond'),
      p50Us: of('p50Us'),
      p99Us: of('p99Us'),
      cpuUsPerUnit: of('cpuUsPerUnit'),
      memoryPeakMib: Math.max(...rounds.map((round) => round.memoryPeakMib)),
      memoryMib: of('memoryMib'),
      generatorCores: of('generatorCores'),
    },
    speedSpread: spread(rounds.map((round) => round.unitsPerSecond)),
  }
}

/**
 * @param {readonly Measurement[]} subject
 * @param {readonly Measurement[]} peer  As many as subject.
 * @param {'unitsPerSecond' | 'cpuUsPerUnit'} key
 * @returns {Ratio}
 */
function ratio(subject, peer, key) {
  const ratios = subject.map((round, i) => round[key] / /** @type {Measurement} */ (peer[i])[key])
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) }
}

/**
 * @param {Row} row
 * @param {readonly Measurement[]} subject  One per round.
 * @param {readonly Measurement[]} peer  One per round, in the same order; empty when there is no peer.
 * @returns {RowResult}
 */
export function rowResult(row, subject, peer) {
  /** @type {RowResult} */
  const result = { row, subject: summarize(subject) }
  if (peer.length === 0) return result
  result.peer = summarize(peer)
  result.speed = ratio(subject, peer, 'unitsPerSecond')
  result.cpu = ratio(subject, peer, 'cpuUsPerUnit')
  if (row.bar) {
    const { speedMin = 0, cpuMax = Infinity } = row.bar
    const reached = result.speed.median >= speedMin && result.cpu.median <= cpuMax
    result.verdict = reached ? 'reached' : 'missed'
  }
  return result
}

/**
 * @typedef {object} MemoryVerdict
 * @property {number} peakMib  The most resident memory of the subject in any row.
 * @property {boolean} reached  Whether that is under the bar.
 */

/**
 * @param {readonly RowResult[]} results
 * @returns {MemoryVerdict | undefined} Undefined when no row has numbers.
 */
export function memoryVerdict(results) {
  const peaks = results.flatMap(({ subject }) => (subject ? [subject.median.memoryPeakMib] : []))
  if (peaks.length === 0) return undefined
  const peakMib = Math.max(...peaks)
  return { peakMib, reached: peakMib < memoryMaxMib }
}
