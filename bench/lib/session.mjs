/** One run of the benchmark, as the first process of namespaces of its own; `run.mjs` starts it. */

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeMachine } from './machine.mjs'
import { measurementOf, memoryVerdict, rowResult } from './measurement.mjs'
import { memoryOf, resetMemoryPeak, run } from './process.mjs'
import { writeResults } from './results.mjs'
import { barOf, chooseRows, namesDefault } from './rows.mjs'
import { starters } from './servers.mjs'
import { detailColumns, grouped, memoryText, ratioText, speedColumns, terminalTable } from './table.mjs'
import { makeTree, mountImage } from './tree.mjs'

/** @import { Measurement, RowResult } from './measurement.mjs' */
/** @import { Row } from './rows.mjs' */
/** @import { Server } from './servers.mjs' */

/**
 * @typedef {object} SessionOptions
 * @property {string} folder  Empty; the image, logs and state go there.
 * @property {string[]} rowNames
 * @property {number} seconds
 * @property {number} warmup  Seconds before them that do not count.
 * @property {number} rounds
 * @property {'ganesha' | 'plain' | 'none'} peer
 * @property {'berth' | 'plain' | 'ganesha'} subject
 * @property {boolean} writeResults
 * @property {string} command  As the user gave it.
 */

const titles = { berth: 'Berth', plain: 'Berth plain', ganesha: 'Ganesha' }
const portmapStartMs = 300

const isTerminal = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined

/** @param {string} text  A line that later text replaces; only on a terminal. */
function progress(text) {
  if (isTerminal) process.stdout.write(`\r\x1b[K${text}`)
}

/** @param {string} text */
function say(text) {
  progress('')
  process.stdout.write(`${text}\n`)
}

/** A loopback interface and a portmapper: Ganesha ends when it cannot register. */
async function prepareNamespace() {
  await run('ip', ['link', 'set', 'lo', 'up'])
  await run('mount', ['-t', 'tmpfs', 'tmpfs', '/run'])
  spawn('rpcbind', ['-f', '-w'], { stdio: 'ignore' }).on('error', (error) => {
    throw error
  })
  await sleep(portmapStartMs)
}

/** @param {string} folder  @returns {Promise<string>} The path of berth-load. */
async function buildLoad(folder) {
  const source = join(import.meta.dirname, '..', 'load')
  const program = join(folder, 'berth-load')
  const files = readdirSync(source).filter((name) => name.endsWith('.c'))
  const flags = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program]
  await run('cc', [...flags, ...files.map((name) => join(source, name))])
  return program
}

/**
 * @param {SessionOptions} options
 * @param {string} program
 * @param {string} mount
 * @param {Row} row
 * @param {Server} server
 * @returns {Promise<Measurement>}
 */
async function measure(options, program, mount, row, server) {
  // What the run before has left dirty is written now, not during this one.
  await run('sync', ['-f', mount])
  resetMemoryPeak(server.pid)
  const stdout = await run(program, [
    ...server.load,
    ...row.load,
    ...['--depth', `${row.depth}`, '--pid', `${server.pid}`],
    ...['--seconds', `${options.seconds}`, '--warmup', `${options.warmup}`],
  ])
  return measurementOf(row, JSON.parse(stdout), memoryOf(server.pid))
}

/**
 * Measures one row: rounds of all servers, one after the other, who begins alternating.
 * @param {SessionOptions} options
 * @param {string} program
 * @param {string} mount
 * @param {Row} row
 * @param {readonly Server[]} servers  The subject, and the peer if there is one.
 * @returns {Promise<RowResult>}
 */
async function measureRow(options, program, mount, row, servers) {
  /** @type {Map<Server, Measurement[]>} */
  const measured = new Map(servers.map((server) => [server, []]))
  for (let round = 0; round < options.rounds; round++) {
    const order = round % 2 === 0 ? servers : servers.toReversed()
    for (const server of order) {
      progress(`${row.title}, depth ${row.depth}: round ${round + 1} of ${options.rounds}, ${server.name}`)
      try {
        measured.get(server)?.push(await measure(options, program, mount, row, server))
      } catch (error) {
        return { row, failure: `${server.name}: ${error instanceof Error ? error.message : error}` }
      }
    }
  }
  const [subject, peer] = servers.map((server) => measured.get(server) ?? [])
  return rowResult(row, subject ?? [], peer ?? [])
}

/** @param {RowResult} result  @param {string} position */
function sayRow({ row, failure, subject, peer, speed }, position) {
  const title = `${position} ${`${row.title}, depth ${row.depth}`.padEnd(30)}`
  if (failure !== undefined || !subject) return say(`${title} failed: ${failure}`)
  const rates = [subject, peer].flatMap((summary) =>
    summary ? [grouped(summary.median.unitsPerSecond)] : [],
  )
  say(`${title} ${rates.map((rate) => rate.padStart(10)).join(' : ')} ${row.unit}/s  ${ratioText(speed)}`)
}

/**
 * @param {SessionOptions} options
 * @param {string} mount
 * @param {readonly Row[]} rows
 * @returns {Promise<Server[]>}
 */
async function startServers(options, mount, rows) {
  const kinds = [options.subject, ...(options.peer === 'none' ? [] : [options.peer])]
  const nameCounts = [...new Set(rows.map((row) => row.names ?? namesDefault).concat(namesDefault))]
  const servers = []
  for (const [i, kind] of kinds.entries()) {
    const name = `${kind}-${i + 1}`
    const directory = join(mount, name)
    progress(`making the files of ${name}`)
    makeTree(directory, nameCounts)
    progress(`starting ${name}`)
    const starter = /** @type {NonNullable<(typeof starters)[string]>} */ (starters[kind])
    servers.push(await starter({ name, folder: options.folder, directory, port: 20_490 + i * 10 }))
  }
  return servers
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
  // Taken first: the load average is that of the others.
  const machine = await describeMachine()
  await prepareNamespace()
  const program = await buildLoad(options.folder)
  const mount = await mountImage(options.folder)
  const servers = await startServers(options, mount, rows)

  const results = []
  for (const [i, row] of rows.entries()) {
    const result = await measureRow(options, program, mount, row, servers)
    results.push(result)
    sayRow(result, `[${`${i + 1}`.padStart(2)}/${rows.length}]`)
  }
  for (const server of servers) await server.stop()

  const memory = memoryVerdict(results)
  say('')
  say(`${terminalTable(speedColumns(names), results, isTerminal)}\n`)
  if (names.peer !== undefined) say(`${names.subject} : ${names.peer}`)
  say(`${terminalTable(detailColumns(names), results, isTerminal)}\n`)
  if (options.subject !== 'ganesha') say(memoryText(names.subject, memory))
  if (options.writeResults) {
    const written = writeResults({ ...options, names, results, memory, machine })
    say(`written: ${written.join(', ')}`)
  }
  return results.some((result) => result.failure !== undefined) ? 1 : 0
}

try {
  const options = /** @type {SessionOptions} */ (JSON.parse(process.argv[2] ?? ''))
  // This is process 1 of its namespace: when it ends, the kernel ends all others.
  process.exit(await main(options))
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
