/** One run of the benchmark, as the first process of namespaces of its own; `run.mjs` starts it. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from './c-program.mjs'
import { describeMachine } from './machine.mjs'
import { measurementOf, memoryVerdict, rowResult } from './measurement.mjs'
import { memoryOf, resetMemoryPeak, run } from './process.mjs'
import { writeResults } from './results.mjs'
import { barOf, chooseRows, namesDefault } from './rows.mjs'
import { starters, startNullServer } from './servers.mjs'
import {
  detailColumns,
  grouped,
  groupsOf,
  memoryText,
  ratioText,
  shapeText,
  speedColumns,
  terminalTable,
} from './table.mjs'
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
const portFirst = 20_490
/** Ports of one server. */
const portsEach = 10
/** A cold file is read once, in this time at most. */
const coldSecondsMax = 60

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

/**
 * What is measured in turns: a server under load, or a loop of system calls, which has no `server`.
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} directory
 * @property {Server} [server]
 */

/**
 * @typedef {object} Bench
 * @property {SessionOptions} options
 * @property {string} mount  Of the image.
 * @property {string} load  Path of berth-load.
 * @property {string} loops  Path of the loops.
 */

/**
 * @param {Bench} bench
 * @param {Row} row
 * @param {Contender} contender
 * @returns {Promise<Measurement>}
 */
async function measure({ options, mount, load, loops }, row, { server, directory }) {
  // What the run before has left dirty is written now, not during this one.
  await run('sync', ['-f', mount])
  if (server === undefined) {
    const stdout = await run(loops, [String(row.floor), directory, `${options.seconds}`])
    return measurementOf(row, JSON.parse(stdout), { peakMib: 0, nowMib: 0 })
  }
  if (row.cold) await forget(join(directory, 'data', 'f0'))
  resetMemoryPeak(server.pid)
  const reach = row.strict ? server.strictLoad : server.load
  const lasting = row.cold
    ? ['--once', '--seconds', `${coldSecondsMax}`, '--warmup', '0']
    : ['--seconds', `${options.seconds}`, '--warmup', `${options.warmup}`]
  const stdout = await run(load, [
    ...(reach ?? server.load),
    ...row.load,
    ...['--depth', `${row.depth}`, '--conns', `${row.conns}`, '--pid', `${server.pid}`],
    ...lasting,
  ])
  return measurementOf(row, JSON.parse(stdout), memoryOf(server.pid))
}

/** Has the kernel drop a file's pages: posix_fadvise(2), POSIX_FADV_DONTNEED, as dd does it. @param {string} file */
async function forget(file) {
  await run('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
}

/**
 * Measures one row: rounds of all contenders, one after the other, who begins alternating.
 * @param {Bench} bench
 * @param {Row} row
 * @param {readonly Contender[]} contenders  The subject, and the peer if there is one.
 * @returns {Promise<RowResult>}
 */
async function measureRow(bench, row, contenders) {
  const { rounds } = bench.options
  /** @type {Map<Contender, Measurement[]>} */
  const measured = new Map(contenders.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const contender of order) {
      progress(`${row.title}, ${shapeText(row)}: round ${round + 1} of ${rounds}, ${contender.name}`)
      try {
        measured.get(contender)?.push(await measure(bench, row, contender))
      } catch (error) {
        return { row, failure: `${contender.name}: ${error instanceof Error ? error.message : error}` }
      }
    }
  }
  const [subject, peer] = contenders.map((contender) => measured.get(contender) ?? [])
  return rowResult(row, subject ?? [], peer ?? [])
}

/** @param {RowResult} result  @param {string} position */
function sayRow({ row, failure, subject, peer, speed }, position) {
  const title = `${position} ${`${row.title}, ${shapeText(row)}`.padEnd(50)}`
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
 * @param {Bench} bench
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
  // Taken first: the load average is that of the others.
  const machine = await describeMachine()
  await prepareNamespace()
  const { folder } = options
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

try {
  const options = /** @type {SessionOptions} */ (JSON.parse(process.argv[2] ?? ''))
  // This is process 1 of its namespace: when it ends, the kernel ends all others.
  process.exit(await main(options))
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
