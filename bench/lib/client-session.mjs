/** One run of `client.mjs`, as the first process of namespaces of its own. */

import { cpSync, createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { answering } from '../../conformance/guest/conversation.mjs'
import { hostAddress, runInGuest, setUpNetwork } from '../../conformance/guest/guest.mjs'
import { buildPrograms } from '../../conformance/programs.mjs'
import { installedCount, makeInputs, npmProgram } from './client-inputs.mjs'
import { build } from './c-program.mjs'
import { clientResult, clientTable, writeClientResults } from './client-results.mjs'
import { describeMachine } from './machine.mjs'
import { prepareNamespace, session } from './namespaces.mjs'
import { cpuSecondsOf, memoryOf, run } from './process.mjs'
import { namesDefault } from './rows.mjs'
import { starters } from './servers.mjs'
import { isTerminal, progress, say } from './terminal.mjs'
import { makeTree, mountImage } from './tree.mjs'
import { chosenWorkloads } from './workloads.mjs'

/** @import { Server } from './servers.mjs' */
/** @import { Timing } from './client-results.mjs' */
/** @import { Workload } from './workloads.mjs' */

/**
 * @typedef {object} ClientOptions
 * @property {string} folder  Empty; the image, logs and state go there.
 * @property {string[]} workloadNames
 * @property {number} rounds
 * @property {boolean} isQuick
 * @property {'ganesha' | 'plain' | 'none'} peer
 * @property {boolean} writeResults
 * @property {string} command  As the user gave it.
 */

const portFirst = 20_490
/** Ports of one server. */
const portsEach = 10
const fileCount = { full: 2000, quick: 500 }
/** What a server is warmed up with: a mode of berth-load, and more arguments. */
const warmUpModes = [['mixed'], ['write', '--stable'], ['commit'], ['read', '--size', '1048576']]
/** Of the whole guest: a hanging mount ends the run. */
const timeoutSec = 3600

/**
 * @param {ClientOptions} options
 * @param {string} mount  Of the image.
 * @returns {Promise<Map<string, Server>>} By name, Berth first.
 */
async function startServers({ peer, folder }, mount) {
  /** @type {Map<string, Server>} */
  const servers = new Map()
  for (const [i, name] of ['berth', ...(peer === 'none' ? [] : [peer])].entries()) {
    const directory = join(mount, name)
    mkdirSync(directory)
    const starter = /** @type {NonNullable<(typeof starters)[string]>} */ (starters[name])
    const place = { name, folder, directory, port: portFirst + i * portsEach, address: hostAddress }
    servers.set(name, await starter(place))
  }
  return servers
}

/**
 * Each server has had as many calls as one that has run for an hour: the workloads are no test of how a server starts.
 * @param {Map<string, Server>} servers
 * @param {string} mount
 * @param {string} folder
 */
async function warmUp(servers, mount, folder) {
  const program = await build(folder, 'berth-load', 'load')
  for (const [name, { load }] of servers) {
    const directory = join(mount, name)
    makeTree(directory, [namesDefault], 1)
    for (const mode of warmUpModes) {
      progress(`warming up: ${name}, ${mode.join(' ')}`)
      const reach = [...load, '--host', hostAddress]
      await run(program, [...reach, '--seconds', '3', '--warmup', '0', '--depth', '4', '--mode', ...mode])
    }
    for (const entry of ['create', 'data', `names-${namesDefault}`])
      rmSync(join(directory, entry), { recursive: true })
  }
}

/** As the script takes them. @param {Map<string, Server>} servers */
function reachOf(servers) {
  return [...servers].map(([name, server]) => {
    if (server.export === undefined) throw new Error(`${name} exports nothing`)
    const { port, mountPort, path } = server.export
    return `${name}=${port}:${mountPort}:${path}`
  })
}

/**
 * What the guest tells and asks; the timings are added to.
 * @param {Map<string, Server>} servers
 * @param {string} mount
 * @param {readonly Workload[]} workloads
 * @param {{ timings: Timing[], mountOptions: string }} outcome
 */
function answersOf(servers, mount, workloads, outcome) {
  let cpuBefore = 0
  const cpuOf = (/** @type {string} */ name) => {
    const server = servers.get(name)
    return server === undefined ? 0 : cpuSecondsOf(server.pid)
  }
  const titleOf = (/** @type {string} */ name) => workloads.find((one) => one.name === name)?.title ?? name
  return {
    /** @param {string[]} words */
    note: (...words) => say(words.join(' ')),
    /** @param {string} text */
    mounted(text) {
      const isOfOne = /^(mount)?(addr|port)=/
      outcome.mountOptions = text
        .split(',')
        .filter((option) => !isOfOne.test(option))
        .join(',')
    },
    /** @param {string} workload @param {string} name */
    async begin(workload, name) {
      progress(`${titleOf(workload)}: ${name}`)
      // What the run before has left dirty is written now, not during this one.
      await run('sync', ['-f', mount])
      cpuBefore = cpuOf(name)
    },
    /** @param {string} workload @param {string} name @param {string} seconds @param {string} calls */
    end(workload, name, seconds, calls) {
      const cpuSeconds = cpuOf(name) - cpuBefore
      outcome.timings.push({ workload, name, seconds: Number(seconds), cpuSeconds, calls: Number(calls) })
      say(
        `${titleOf(workload).padEnd(40)} ${name.padEnd(8)} ${Number(seconds).toFixed(2).padStart(8)} s  ${calls.padStart(7)} calls`,
      )
    },
  }
}

/** Linux of the guest, and the programs it runs: the host's. */
async function clientVersions() {
  const version = async (/** @type {string} */ name, /** @type {string} */ program) =>
    `${name} ${/\d+[\d.]*/.exec(await run(program, ['--version']))?.[0] ?? '?'}`
  return [
    `Linux ${(await run('ls', ['/usr/lib/uml/modules'])).trim()} (user-mode)`,
    ...(await Promise.all(['tar', 'git', 'npm', 'sqlite3', 'fio'].map((name) => version(name, name)))),
  ].join(', ')
}

/** @param {ClientOptions} options  @returns {Promise<number>} The exit status. */
async function main(options) {
  const { folder, rounds, isQuick, peer } = options
  const workloads = chosenWorkloads(options.workloadNames)
  // Taken first: the load average is that of the others.
  const machine = await describeMachine()
  await prepareNamespace()
  const exchange = join(folder, 'exchange')
  mkdirSync(join(exchange, 'programs'), { recursive: true })
  cpSync(join(import.meta.dirname, '..', 'client'), join(exchange, 'client'), { recursive: true })
  progress('building, and making what the workloads work on')
  buildPrograms(join(exchange, 'programs'))
  const inputs = join(exchange, 'inputs')
  await makeInputs(inputs, isQuick ? fileCount.quick : fileCount.full)
  const mount = await mountImage(folder)
  setUpNetwork()
  const servers = await startServers(options, mount)
  await warmUp(servers, mount, folder)

  const outcome = { timings: /** @type {Timing[]} */ ([]), mountOptions: '' }
  const log = createWriteStream(join(folder, 'guest.log'))
  const status = await answering(
    exchange,
    async () =>
      runInGuest({
        script: '/run/exchange/client/client.sh',
        work: folder,
        served: mount,
        environment: {
          SERVERS: reachOf(servers).join(' '),
          ROUNDS: `${rounds}`,
          WORKLOADS: workloads.map(({ name }) => name).join(' '),
          QUICK: isQuick ? '1' : '0',
          NPM: await npmProgram(),
        },
        timeoutSec,
        kernelLog: join(folder, 'kernel.log'),
        onOutput: (chunk) => log.write(chunk),
      }),
    answersOf(servers, mount, workloads, outcome),
  )
  if (status !== 0) throw new Error(`the guest ended with ${status}: see guest.log and kernel.log`)
  const memory = [...servers].map(([name, { pid }]) => ({ name, memoryMib: memoryOf(pid).peakMib }))
  for (const server of servers.values()) await server.stop()

  const results = workloads.map((workload) => clientResult(workload, outcome.timings, ['berth', peer]))
  say(`\n${clientTable(results, peer, isTerminal)}`)
  if (!options.writeResults) return 0
  const written = writeClientResults(results, {
    ...options,
    ...{ machine, memory, mountOptions: outcome.mountOptions, client: await clientVersions() },
    sizes: { files: fileCount[isQuick ? 'quick' : 'full'], installed: installedCount(inputs) },
  })
  say(`written: ${written.join(', ')}`)
  return 0
}

await session(main)
