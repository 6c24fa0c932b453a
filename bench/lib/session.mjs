/** One run of the benchmark, as the first process of namespaces of its own; `run.mjs` starts it. */

import { join } from 'node:path'
import { build } from './c-program.mjs'
import { describeMachine } from './machine.mjs'
import { memoryVerdict } from './measurement.mjs'
import { keepAwake, prepareNamespace, session, setCongestionControl } from './namespaces.mjs'
import { writeResults } from './results.mjs'
import { measureRow, sayRow } from './rounds.mjs'
import { barOf, chooseRows, namesDefault } from './rows.mjs'
import { starters, startNullServer } from './servers.mjs'
import { detailColumns, groupsOf, memoryText, speedColumns, terminalTable } from './table.mjs'
import { isTerminal, progress, say } from './terminal.mjs'
import { makeTree, mountImage } from './tree.mjs'

/** @import { Row } from './rows.mjs' */
/** @import { Bench, Contender } from './rounds.mjs' */

/**
 * @typedef {object} SessionOptions
 * @property {string} folder  Empty; the image, logs and state go there.
 * @property {string[]} rowNames
 * @property {number} seconds
 * @property {number} warmup  Seconds before them that do not count.
 * @property {number} rounds
 * @property {'ganesha' | 'plain' | 'none'} peer
 * @property {'berth' | 'plain' | 'ganesha'} subject
 * @property {string} [congestionControl]  TCP's, in place of the system's.
 * @property {boolean} isAwake  No processor sleeps.
 * @property {boolean} writeResults
 * @property {string} command  As the user gave it.
 */

const titles = { berth: 'Berth', plain: 'Berth plain', ganesha: 'Ganesha' }
const portFirst = 20_490
/** Ports of one server. */
const portsEach = 10

/**
 * @param {SessionOptions} options
 * @param {string} mount
 * @param {readonly Row[]} rows
 * @returns {Promise<Contender[]>} The subject, and the peer if there is one.
 */
async function startServers(options, mount, rows) {
  const kinds = [options.subject, ...(options.peer === 'none' ? [] : [options.peer])]
  const nameCounts = [...new Set(rows.map((row) => row.names ?? namesDefault).concat(namesDefault))]
  const contenders = []
  for (const [i, kind] of kinds.entries()) {
    const name = `${kind}-${i + 1}`
    const directory = join(mount, name)
    const strictDirectory = join(mount, `${name}-strict`)
    progress(`making the files of ${name}`)
    makeTree(directory, nameCounts, Math.max(...rows.map(({ conns }) => conns)))
    makeTree(strictDirectory, [namesDefault], 1)
    progress(`starting ${name}`)
    const starter = /** @type {NonNullable<(typeof starters)[string]>} */ (starters[kind])
    const place = {
      name,
      folder: options.folder,
      directory,
      strictDirectory,
      port: portFirst + i * portsEach,
    }
    contenders.push({ name, directory, server: await starter(place) })
  }
  return contenders
}

/**
 * What a row without a server for a peer is measured against.
 * @param {Bench & { options: SessionOptions }} bench
 * @param {Row} row
 * @param {Contender} subject
 * @returns {Promise<Contender>}
 */
async function startFloor({ options, mount }, { floor }, { directory }) {
  if (floor !== 'null-server') return { name: String(floor), directory }
  const program = await build(options.folder, floor, `floor/${floor}.c`)
  const place = { name: floor, folder: options.folder, directory: mount, port: portFirst + 2 * portsEach }
  return { name: floor, directory: mount, server: await startNullServer(place, program) }
}

/** @param {SessionOptions} options */
function namesOf({ subject, peer }) {
  if (peer === 'none') return { subject: titles[subject], peer: undefined }
  if (subject === peer) return { subject: `${titles[subject]} 1`, peer: `${titles[peer]} 2` }
  return { subject: titles[subject], peer: titles[peer] }
}

/** @param {SessionOptions} options  @returns {Promise<number>} The exit status. */
async function main(options) {
  const chosen = chooseRows(options.rowNames.join(','))
  const rows = chosen.map((row) => ({ ...row, bar: barOf(row, options) }))
  const names = namesOf(options)
  if (options.congestionControl !== undefined) setCongestionControl(options.congestionControl)
  // Taken first: the load average is that of the others.
  const machine = await describeMachine()
  await prepareNamespace()
  const { folder } = options
  if (options.isAwake) keepAwake(await build(folder, 'awake', 'floor/awake.c'))
  const mount = await mountImage(folder)
  const bench = {
    ...{ options, mount },
    load: await build(folder, 'berth-load', 'load'),
    loops: await build(folder, 'loops', 'floor/loops.c'),
  }
  const contenders = await startServers(options, mount, rows)
  const [subject] = contenders
  if (subject === undefined) throw new Error('there is nothing to measure')

  const results = []
  for (const [i, row] of rows.entries()) {
    const floor = row.floor === undefined ? undefined : await startFloor(bench, row, subject)
    const result = await measureRow(bench, row, floor === undefined ? contenders : [subject, floor])
    await floor?.server?.stop()
    results.push(result)
    sayRow(result, `[${`${i + 1}`.padStart(2)}/${rows.length}]`)
  }
  for (const { server } of contenders) await server?.stop()

  const memory = memoryVerdict(results)
  const groups = groupsOf(results, names)
  for (const group of groups) {
    say(`\n${terminalTable(speedColumns(group.names), group.results, isTerminal)}\n`)
    if (group.names.peer !== undefined) say(`${group.names.subject} : ${group.names.peer}`)
    say(terminalTable(detailColumns(group.names), group.results, isTerminal))
  }
  if (options.subject !== 'ganesha') say(`\n${memoryText(names.subject, memory)}`)
  if (options.writeResults) {
    const written = writeResults({ ...options, names, groups, memory, machine })
    say(`written: ${written.join(', ')}`)
  }
  return results.some((result) => result.failure !== undefined) ? 1 : 0
}

await session(main)
