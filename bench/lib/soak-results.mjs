/** What became of a soak: a table, `RESULTS-soak.md`, `results-soak.svg` and `results-soak.csv`. */

import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linePlot } from './line-plot.mjs'
import { machineTable } from './machine.mjs'
import { slopeOf } from './soak-samples.mjs'
import { median } from './statistics.mjs'
import { grouped, markdownTable, short, terminalTable } from './table.mjs'

/** @import { Machine } from './machine.mjs' */
/** @import { Sample } from './soak-samples.mjs' */
/** @import { Counts } from './soak-session.mjs' */
/** @import { Column } from './table.mjs' */

/**
 * @typedef {object} SoakOutcome
 * @property {readonly Sample[]} samples
 * @property {Counts} counts
 * @property {Machine} machine
 * @property {number} hours
 * @property {number} [rate]
 * @property {string} csv
 * @property {string} command
 */

/** @typedef {{ key: keyof Sample, title: string }} Measure */

/** @type {readonly Measure[]} */
const measures = [
  { key: 'residentMib', title: 'resident memory, MiB' },
  { key: 'mainHeapMib', title: 'heap of the main thread, MiB' },
  { key: 'laneHeapMib', title: 'heap of the lanes, MiB' },
  { key: 'externalMib', title: 'buffers of the main thread, MiB' },
  { key: 'descriptors', title: 'descriptors' },
  { key: 'threads', title: 'threads' },
  { key: 'openFiles', title: 'files kept open' },
  { key: 'inodes', title: 'inodes in memory' },
  { key: 'grants', title: 'grants' },
  { key: 'mainDelayMs', title: 'delay of the main thread, p99, ms' },
  { key: 'laneDelayMs', title: 'delay of the lanes, mean, ms' },
]

/** Samples of a tenth of the time: what a saw-tooth does in it is evened out by their median. */
const edge = 0.1

/** @param {readonly Sample[]} samples  @returns {Column<Measure>[]} */
function columnsOf(samples) {
  const count = Math.max(1, Math.floor(samples.length * edge))
  const middle = Math.floor(samples.length / 2)
  const over = (/** @type {readonly Sample[]} */ part, /** @type {keyof Sample} */ key) =>
    short(median(part.map((sample) => sample[key])))
  return [
    { title: '', left: true, cell: ({ title }) => title },
    { title: 'first tenth', cell: ({ key }) => over(samples.slice(0, count), key) },
    { title: 'middle', cell: ({ key }) => over(samples.slice(middle, middle + count), key) },
    { title: 'last tenth', cell: ({ key }) => over(samples.slice(-count), key) },
    { title: 'most', cell: ({ key }) => short(Math.max(...samples.map((sample) => sample[key]))) },
    { title: 'second half, per hour', cell: ({ key }) => slopePerHour(samples, key) },
  ]
}

/** @param {readonly Sample[]} samples  @param {keyof Sample} key */
function slopePerHour(samples, key) {
  const points = samples
    .slice(samples.length >> 1)
    .map((sample) => /** @type {const} */ ([sample.seconds, sample[key]]))
  if (points.length < 2) return ''
  const slope = slopeOf(points) * 3600
  return `${slope < 0 ? '−' : '+'}${short(Math.abs(slope))}`
}

/** @param {SoakOutcome} outcome  @param {boolean} coloured */
export function soakTable({ samples, counts }, coloured) {
  return `${terminalTable(columnsOf(samples), measures, coloured)}\n\n${doneText(samples, counts)}`
}

/** @param {readonly Sample[]} samples  @param {Counts} counts */
function doneText(samples, { loads, mounts, rotations, restores, snapshots }) {
  const { calls = 0, bugs = 0, seconds = 0 } = samples.at(-1) ?? {}
  return (
    `In ${(seconds / 60).toFixed(0)} minutes: ${grouped(calls)} calls in ${grouped(loads)} runs of the generator, ${grouped(mounts)} mounts, ` +
    `${rotations} rotations, ${restores} restores; ${snapshots} snapshots at the end; ${bugs} bugs.`
  )
}

/**
 * @param {SoakOutcome} outcome
 * @returns {string[]} The files written.
 */
export function writeSoakResults(outcome) {
  const folder = join(import.meta.dirname, '..')
  writeFileSync(join(folder, 'RESULTS-soak.md'), documentOf(outcome))
  writeFileSync(join(folder, 'results-soak.svg'), plotOf(outcome))
  copyFileSync(outcome.csv, join(folder, 'results-soak.csv'))
  return ['RESULTS-soak.md', 'results-soak.svg', 'results-soak.csv'].map((name) => `bench/${name}`)
}

/** @param {SoakOutcome} outcome */
function plotOf({ samples }) {
  const panel = (
    /** @type {string} */ title,
    /** @type {string} */ yTitle,
    /** @type {(keyof Sample)[]} */ keys,
  ) => ({
    ...{ title, yTitle, xTitle: 'minutes' },
    ...{ x: /** @type {const} */ ('linear'), y: /** @type {const} */ ('linear') },
    series: keys.map((key) => ({
      name: measures.find((measure) => measure.key === key)?.title ?? key,
      points: samples.map((sample) => /** @type {const} */ ([sample.seconds / 60, sample[key]])),
    })),
  })
  return linePlot('Soak', [
    panel('Memory', 'MiB', ['residentMib', 'mainHeapMib', 'laneHeapMib', 'externalMib']),
    panel('Descriptors, threads', 'number', ['descriptors', 'threads', 'grants']),
    panel('Kept by the lanes', 'number', ['openFiles', 'inodes']),
    panel('Delay', 'ms', ['mainDelayMs', 'laneDelayMs']),
  ])
}

/** @param {SoakOutcome} outcome */
function documentOf({ samples, counts, machine, rate, command }) {
  return [
    '# Soak',
    '',
    `Written by \`${command}\`; [README.md](README.md#soak) says what goes on in it.`,
    '',
    `- ${doneText(samples, counts)}`,
    `- The load: ${rate === undefined ? 'as fast as 8 connections with 4 calls each get answers' : `${grouped(rate)} calls a second`}.`,
    `- Resident memory over the second half: ${slopePerHour(samples, 'residentMib')} MiB per hour.`,
    `- Load average when it began: ${machine.load.toFixed(2)}. Each sample: [results-soak.csv](results-soak.csv).`,
    '',
    '![Memory, descriptors, threads and delays over time](results-soak.svg)',
    '',
    markdownTable(columnsOf(samples), measures),
    '',
    '## Machine',
    '',
    machineTable(machine),
    '',
  ].join('\n')
}
