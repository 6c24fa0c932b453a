/**
 * `npm run bench:fairness [-- --seconds N --rounds N --mode MODE --rate N --flood-mode MODE --connections N --depth N
 * --scratch DIR --realtime]`: what a noisy client costs a polite one. The polite one sends 2,000 calls a second, however long replies
 * take, from 127.0.0.1; the flood has 32 connections with 64 calls each, from 127.0.0.2.
 *
 * Generators and gateway share the machine's processors, so the polite client is slower beside any load. How much of
 * that is the machine's shows a control: the flood goes to a second gateway, and that of the polite client has no other.
 * On a machine with other work, `--realtime` (root, chrt) puts gateways and generators before that work: for less than a
 * second at a time, as the kernel then makes such processes pause.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from './lib/c-program.mjs'
import { run } from './lib/process.mjs'
import { startBerth } from './lib/servers.mjs'
import { median } from './lib/statistics.mjs'
import { makeTree } from './lib/tree.mjs'

/** @import { Server } from './lib/servers.mjs' */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '0.5' },
    rounds: { type: 'string', default: '3' },
    mode: { type: 'string', default: 'getattr' },
    rate: { type: 'string', default: '2000' },
    'flood-mode': { type: 'string', default: 'getattr' },
    connections: { type: 'string', default: '32' },
    depth: { type: 'string', default: '64' },
    scratch: { type: 'string', default: '/var/tmp' },
    realtime: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
/** The polite client begins first: it looks up its files while nobody is in its way. */
const headStartSeconds = 0.45
const politeWarmupSeconds = 0.65
const floodWarmupSeconds = 0.1
/** So long the flood goes on after the polite client, so that it surely is there to the end. */
const overlapSeconds = 0.15
/** Real-time priorities: the polite client is before the flood, and gateways are not before it. */
const priority = { gateway: '5', flood: '5', polite: '6' }
/** Bytes of a connection's file, in MiB. */
const fileMib = 2
/** Between measurements: others get their time. */
const restMs = 500
/** Ports of the two gateways. */
const ports = [22_360, 22_370]
const politeLoad = ['--source', '127.0.0.1', '--mode', values.mode, '--depth', '4', '--rate', values.rate]
const floodLoad = [
  ...['--source', '127.0.0.2', '--mode', values['flood-mode']],
  ...['--conns', values.connections, '--depth', values.depth],
]

/**
 * @param {string} program
 * @param {Server} server
 * @param {string[]} load
 * @param {string} realtimePriority
 * @param {{ warmup: number, duration: number }} times  Seconds.
 */
async function measure(program, server, load, realtimePriority, { warmup, duration }) {
  const times = ['--seconds', `${duration}`, '--warmup', `${warmup}`]
  const given = ['--file-mb', `${fileMib}`, '--pid', `${server.pid}`, ...times]
  const command = [program, ...server.load, ...load, ...given]
  if (values.realtime) command.unshift('chrt', '-r', realtimePriority)
  const [first, ...args] = /** @type {[string, ...string[]]} */ (command)
  return JSON.parse(await run(first, args))
}

/** @param {Server} server  @param {boolean} isRealtime */
async function schedule({ pid }, isRealtime) {
  const policy = isRealtime ? ['-r', '-p', priority.gateway] : ['-o', '-p', '0']
  if (values.realtime) await run('chrt', ['-a', ...policy, `${pid}`])
}

/**
 * The polite client's measurement, and that of a flood around it, if there is one.
 * @param {string} program
 * @param {Server} server
 * @param {Server} [flooded]
 */
async function round(program, server, flooded) {
  const gateways = new Set([server, flooded ?? server])
  for (const gateway of gateways) await schedule(gateway, true)
  const polite = measure(program, server, politeLoad, priority.polite, {
    warmup: politeWarmupSeconds,
    duration: seconds,
  })
  const flood =
    flooded &&
    sleep(headStartSeconds * 1000).then(() =>
      measure(program, flooded, floodLoad, priority.flood, {
        warmup: floodWarmupSeconds,
        duration: seconds + overlapSeconds,
      }),
    )
  const [ofPolite, ofFlood] = await Promise.all([polite, flood])
  for (const gateway of gateways) await schedule(gateway, false)
  await sleep(restMs)
  return { polite: ofPolite, flood: ofFlood }
}

/** A file for each connection, as the modes that read and write want it. @param {string} directory */
function makeFiles(directory) {
  for (let i = 0; i < Number(values.connections); i++)
    writeFileSync(join(directory, 'data', `f${i}`), Buffer.alloc(fileMib * 2 ** 20, 1))
}

const folder = mkdtempSync(join(values.scratch, 'berth-fairness-'))
/** @type {Server[]} */
const servers = []
try {
  const program = await build(folder, 'berth-load', 'load')
  const directory = join(folder, 'tree')
  makeTree(directory, [1000])
  makeFiles(directory)
  for (const [i, port] of ports.entries())
    servers.push(await startBerth({ name: `berth${i}`, folder, directory, port }))
  const [server, other] = /** @type {[Server, Server]} */ (servers)
  const kinds = [
    { name: 'alone', flooded: undefined },
    { name: 'flood elsewhere', flooded: other },
    { name: 'flood here', flooded: server },
  ]
  /** @type {Map<string, { polite: any, flood?: any }[]>} */
  const measured = new Map(kinds.map(({ name }) => [name, []]))
  for (let i = 0; i < Number(values.rounds); i++)
    for (const { name, flooded } of kinds) measured.get(name)?.push(await round(program, server, flooded))
  console.log(
    `polite: ${values.mode}, ${values.rate} calls/s; flood: ${values['flood-mode']}, ${values.connections} connections with ` +
      `${values.depth} calls each; ${availableParallelism()} processors\n`,
  )
  console.log(
    `${''.padEnd(16)} calls/s   p50 µs   p95 µs   p99 µs   p99 / alone   flood calls/s   flood CPU µs/call`,
  )
  const of = (/** @type {string} */ name, /** @type {(row: any) => number} */ value) =>
    median((measured.get(name) ?? []).map(value))
  const p99Alone = of('alone', ({ polite }) => polite.p99Us)
  for (const { name, flooded } of kinds) {
    const p99 = of(name, ({ polite }) => polite.p99Us)
    const cells = [
      of(name, ({ polite }) => polite.calls / polite.seconds).toFixed(0),
      of(name, ({ polite }) => polite.p50Us).toFixed(0),
      of(name, ({ polite }) => polite.p95Us).toFixed(0),
      p99.toFixed(0),
      (p99 / p99Alone).toFixed(2),
    ]
    if (flooded !== undefined) {
      cells.push(of(name, ({ flood }) => flood.calls / flood.seconds).toFixed(0))
      const cpu = ({ flood }) => flood.serverUserSeconds + flood.serverSystemSeconds
      cells.push(of(name, (row) => (cpu(row) / row.flood.calls) * 1e6).toFixed(2))
    }
    const widths = [7, 8, 8, 8, 13, 15, 19]
    console.log(
      `${name.padEnd(16)} ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(' ')}`,
    )
  }
} finally {
  for (const server of servers) await server.stop()
  rmSync(folder, { recursive: true })
}
