/** `bench/RESULTS.md` and `bench/results.svg`; with `-plain` and `-cost` for other servers compared. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineTable } from './machine.mjs'
import { comparedRows, plot } from './plot.mjs'
import { reasons } from './reasons.mjs'
import { detailColumns, labelOf, markdownTable, memoryText, speedColumns } from './table.mjs'

/** @import { Machine } from './machine.mjs' */
/** @import { MemoryVerdict, RowResult } from './measurement.mjs' */
/** @import { Group, Names } from './table.mjs' */

/**
 * @typedef {object} Outcome
 * @property {Names} names
 * @property {readonly Group[]} groups
 * @property {MemoryVerdict | undefined} memory
 * @property {Machine} machine
 * @property {number} seconds
 * @property {number} rounds
 * @property {string} command
 * @property {string} subject  Kind of server.
 * @property {string} peer
 * @property {boolean} isAwake  No processor slept.
 */

/**
 * @param {Outcome} outcome
 * @returns {string[]} The files written.
 */
export function writeResults(outcome) {
  const { names, groups } = outcome
  const results = groups.find((group) => group.names === names)?.results ?? []
  const suffix = suffixOf(outcome)
  const folder = join(import.meta.dirname, '..')
  const written = [`bench/RESULTS${suffix}.md`]
  writeFileSync(join(folder, `RESULTS${suffix}.md`), resultsText(outcome))
  if (names.peer !== undefined) {
    writeFileSync(
      join(folder, `results${suffix}.svg`),
      plot(comparedRows(results), { subject: names.subject, peer: names.peer }),
    )
    written.push(`bench/results${suffix}.svg`)
  }
  return written
}

/** @param {Group} group */
function tablesOf({ names, results }) {
  const against = names.peer === undefined ? '' : `, ${names.subject} and ${names.peer}`
  return [
    `## Speed and CPU time${against}`,
    '',
    markdownTable(speedColumns(names), results),
    '',
    `## Bytes, latency, memory${against}`,
    '',
    ...(names.peer !== undefined ? [`${names.subject} : ${names.peer}`, ''] : []),
    markdownTable(detailColumns(names), results),
    '',
  ]
}

/** @param {Outcome} outcome */
function suffixOf({ subject, peer, congestionControl, isAwake }) {
  if (isAwake) return '-awake'
  if (congestionControl !== undefined) return `-${congestionControl}`
  if (peer === 'plain') return '-cost'
  return subject === 'plain' ? '-plain' : ''
}

/** Rows that miss for one reason are in one line. @param {readonly RowResult[]} missed */
function reasonsText(missed) {
  /** @type {Map<string, string[]>} */
  const rowsOf = new Map()
  for (const { row } of missed) {
    const reason = reasons[row.name] ?? 'not explained yet.'
    const rows = rowsOf.get(reason) ?? []
    rows.push(`**${labelOf(row)}**`)
    rowsOf.set(reason, rows)
  }
  return [...rowsOf].map(([reason, rows]) => `- ${rows.join('; ')}: ${reason}`)
}

/** @param {Outcome} outcome */
function resultsText(outcome) {
  const { names, groups, memory, machine, seconds, rounds, command } = outcome
  const results = groups.flatMap((group) => group.results)
  const barred = results.filter((result) => result.verdict !== undefined)
  const reached = barred.filter((result) => result.verdict === 'reached')
  const failures = results.flatMap(({ row, failure }) => (failure ? [`- ${labelOf(row)}: ${failure}`] : []))
  const missed = barred.filter((result) => result.verdict === 'missed')
  const plotted =
    names.peer !== undefined
      ? [`![Ratios ${names.subject} / ${names.peer}](results${suffixOf(outcome)}.svg)`, '']
      : []
  return [
    '# Results',
    '',
    `Written by \`${command}\`; [README.md](README.md) says how to read it.`,
    '',
    `- Bars reached: ${reached.length} of ${barred.length} rows that have one.`,
    `- ${memoryText(names.subject, memory)}.`,
    `- ${rounds} rounds of ${seconds} s for each row and server. Load average when it began: ${machine.load.toFixed(2)}.`,
    ...(outcome.isAwake ? ['- No processor slept meanwhile.'] : []),
    '',
    ...plotted,
    ...groups.flatMap(tablesOf),
    ...(failures.length > 0 ? ['## Rows that failed', '', ...failures, ''] : []),
    ...(missed.length > 0 ? ['## Rows that miss their bar', '', ...reasonsText(missed), ''] : []),
    '## Machine',
    '',
    machineTable(machine),
    '',
  ].join('\n')
}
