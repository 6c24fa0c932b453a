/** Timings of the real client's workloads: compared, as a table, as `RESULTS-client.md` and `results-client.svg`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineTable } from './machine.mjs'
import { plot } from './plot.mjs'
import { median, spread } from './statistics.mjs'
import { grouped, markdownTable, ratioText, terminalTable } from './table.mjs'

/** @import { Machine } from './machine.mjs' */
/** @import { Ratio } from './measurement.mjs' */
/** @import { Column } from './table.mjs' */
/** @import { Workload } from './workloads.mjs' */

/**
 * One workload on one server in one round.
 * @typedef {object} Timing
 * @property {string} workload
 * @property {string} name  Of the server; `memory` for the guest's own, without one.
 * @property {number} seconds
 * @property {number} cpuSeconds  Of the server.
 * @property {number} calls  That the client sent.
 */

/**
 * @typedef {object} Side
 * @property {number} seconds  Median.
 * @property {number} spread  See {@link spread}.
 * @property {number} cpuSeconds
 * @property {number} calls
 */

/**
 * @typedef {object} ClientResult
 * @property {Workload} workload
 * @property {Side} subject
 * @property {Side} [peer]
 * @property {number} [memorySeconds]  In the guest's own memory, without a server.
 * @property {Ratio} [speed]  Seconds of the peer / seconds of the subject, as both did the same.
 * @property {Ratio} [cpu]  CPU time of the subject / that of the peer.
 */

/**
 * @typedef {object} Circumstances
 * @property {Machine} machine
 * @property {string} client  Versions.
 * @property {string} mountOptions  As the kernel has them.
 * @property {{ files: number, installed: number }} sizes
 * @property {readonly { name: string, memoryMib: number }[]} memory  Peak of each server.
 * @property {string} command
 * @property {string} peer
 * @property {number} rounds
 */

/** @type {Record<string, string>} */
const titles = { berth: 'Berth', plain: 'Berth plain', ganesha: 'Ganesha' }

/** @param {readonly Timing[]} rounds  At least one.  @returns {Side} */
function sideOf(rounds) {
  const of = (/** @type {'seconds' | 'cpuSeconds' | 'calls'} */ key) =>
    median(rounds.map((round) => round[key]))
  return {
    seconds: of('seconds'),
    spread: spread(rounds.map(({ seconds }) => seconds)),
    cpuSeconds: of('cpuSeconds'),
    calls: of('calls'),
  }
}

/** @param {readonly number[]} values  @returns {Ratio} */
const ratioOf = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) })

/**
 * @param {Workload} workload
 * @param {readonly Timing[]} timings  Of all workloads.
 * @param {readonly [string, string]} names  Of subject and peer, `none` for no peer.
 * @returns {ClientResult}
 */
export function clientResult(workload, timings, names) {
  const [subject, peer, memory] = [...names, 'memory'].map((name) =>
    timings.filter((timing) => timing.workload === workload.name && timing.name === name),
  )
  if (!subject || subject.length === 0) throw new Error(`${workload.name} was not measured`)
  /** @type {ClientResult} */
  const result = { workload, subject: sideOf(subject) }
  if (memory?.[0]) result.memorySeconds = memory[0].seconds
  if (!peer || peer.length === 0) return result
  const rounds = subject.map((one, i) => ({ one, other: /** @type {Timing} */ (peer[i]) }))
  result.peer = sideOf(peer)
  result.speed = ratioOf(rounds.map(({ one, other }) => other.seconds / one.seconds))
  // The kernel counts in hundredths: what took none took less than one.
  result.cpu = ratioOf(
    rounds.map(({ one, other }) => Math.max(0.01, one.cpuSeconds) / Math.max(0.01, other.cpuSeconds)),
  )
  return result
}

/** @param {string} peer  @returns {Column<ClientResult>[]} */
function columnsOf(peer) {
  const timed = (/** @type {Side | undefined} */ side) =>
    side ? `${side.seconds.toFixed(2)} ±${(side.spread * 100).toFixed(0)}%` : ''
  const cpu = (/** @type {Side | undefined} */ side) => side?.cpuSeconds.toFixed(2) ?? ''
  /** @type {Column<ClientResult>[]} */
  const ofPeer = [
    { title: `${titles[peer]} s`, cell: (result) => timed(result.peer) },
    { title: 'speed', cell: ({ speed }) => ratioText(speed) },
  ]
  /** @type {Column<ClientResult>[]} */
  const cpuOfPeer = [
    { title: `${titles[peer]} CPU s`, cell: (result) => cpu(result.peer) },
    { title: 'ratio', cell: (result) => ratioText(result.cpu) },
    { title: `${titles[peer]} calls`, cell: (result) => (result.peer ? grouped(result.peer.calls) : '') },
  ]
  const compared = peer !== 'none'
  return [
    { title: 'workload', left: true, cell: ({ workload }) => workload.title },
    { title: 'Berth s', cell: ({ subject }) => timed(subject) },
    ...(compared ? ofPeer : []),
    { title: 'no server s', cell: ({ memorySeconds }) => memorySeconds?.toFixed(2) ?? '' },
    { title: 'Berth CPU s', cell: ({ subject }) => cpu(subject) },
    { title: 'Berth calls', cell: ({ subject }) => grouped(subject.calls) },
    ...(compared ? cpuOfPeer : []),
  ]
}

/**
 * @param {readonly ClientResult[]} results
 * @param {string} peer
 * @param {boolean} coloured
 */
export function clientTable(results, peer, coloured) {
  return terminalTable(columnsOf(peer), results, coloured)
}

/**
 * @param {readonly ClientResult[]} results
 * @param {Circumstances} circumstances
 * @returns {string[]} The files written.
 */
export function writeClientResults(results, circumstances) {
  const folder = join(import.meta.dirname, '..')
  const { peer } = circumstances
  const written = ['bench/RESULTS-client.md']
  writeFileSync(join(folder, 'RESULTS-client.md'), documentOf(results, circumstances))
  if (peer === 'none') return written
  const compared = results.flatMap(({ workload, speed, cpu }) =>
    speed && cpu ? [{ label: workload.title, speed, cpu }] : [],
  )
  const names = { subject: 'Berth', peer: titles[peer] ?? peer }
  writeFileSync(join(folder, 'results-client.svg'), plot(compared, names))
  return [...written, 'bench/results-client.svg']
}

/**
 * @param {readonly ClientResult[]} results
 * @param {Circumstances} circumstances
 */
function documentOf(results, { machine, client, mountOptions, sizes, memory, command, peer, rounds }) {
  const peaks = memory.map(({ name, memoryMib }) => `${titles[name]} ${grouped(memoryMib)} MiB`)
  return [
    '# Through the real client',
    '',
    `Written by \`${command}\`; [README.md](README.md#through-the-real-client) says what is done and how to read it.`,
    '',
    `- ${rounds} rounds, in turns. Load average when it began: ${machine.load.toFixed(2)}.`,
    `- The tree has ${grouped(sizes.files)} files; npm installs ${grouped(sizes.installed)}.`,
    `- Mounted with \`${mountOptions}\`, both alike.`,
    `- Most resident memory: ${peaks.join(', ')}.`,
    '',
    ...(peer === 'none' ? [] : [`![Ratios Berth / ${titles[peer]}](results-client.svg)`, '']),
    markdownTable(columnsOf(peer), results),
    '',
    '## Machine',
    '',
    machineTable(machine, [['Client', client]]),
    '',
  ].join('\n')
}
