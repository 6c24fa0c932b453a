/**
 * A run has network, mount and process namespaces of its own: the ports are free, the portmapper Ganesha insists on is
 * private, and when it ends, however it ends, the kernel takes the servers, the mounts and the loop devices away.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from './options.mjs'
import { run } from './process.mjs'
import { say } from './terminal.mjs'

const portmapStartMs = 300

/**
 * Installs what is missing, makes a run folder, and runs a session of `lib/` in namespaces of its own.
 * @param {string} session  Name of its file; it hands its work to {@link session}.
 * @param {object} options  It finds them, and `folder`, in its first argument.
 * @param {{ scratch: string, keep: boolean }} place  Parent of the run folder; whether the logs are kept.
 * @returns {Promise<number>} Its exit status.
 */
export async function isolated(session, options, { scratch, keep }) {
  if (process.getuid?.() !== 0) throw new UsageError('run as root: it mounts an image and starts NFS servers')
  await run(join(import.meta.dirname, '..', 'install.sh'), [], { show: true })
  const folder = mkdtempSync(join(scratch, 'berth-bench-'))
  const status = await inNamespaces(join(import.meta.dirname, session), { ...options, folder })
  // The large part of it; what is left are logs.
  for (const name of ['xfs.img', 'exchange']) rmSync(join(folder, name), { recursive: true, force: true })
  if (status === 0 && !keep) rmSync(folder, { recursive: true })
  else process.stderr.write(`logs: ${folder}\n`)
  return status
}

/**
 * @param {string} script
 * @param {object} options
 * @returns {Promise<number>} Its exit status.
 */
function inNamespaces(script, options) {
  // Propagation "slave": what others unmount disappears here too. A private copy would hold on to their devices.
  const namespaces = '--net --mount --propagation slave --pid --fork --kill-child --mount-proc'.split(' ')
  const inside = ['unshare', ...namespaces, process.execPath, script, JSON.stringify(options)]
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inside], { stdio: 'inherit' })
  // unshare does not pass signals on, and needs not: with its own end comes that of everything inside.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
}

/** A loopback interface and a portmapper: Ganesha ends when it cannot register. */
export async function prepareNamespace() {
  await run('ip', ['link', 'set', 'lo', 'up'])
  await run('mount', ['-t', 'tmpfs', 'tmpfs', '/run'])
  spawn('rpcbind', ['-f', '-w'], { stdio: 'ignore' }).on('error', (error) => {
    throw error
  })
  await sleep(portmapStartMs)
}

/** Until the namespace ends; if it cannot, so does the run. @param {string} program  Built from floor/awake.c. */
export function keepAwake(program) {
  const child = spawn(program, { stdio: ['ignore', 'ignore', 'inherit'] })
  child.on('error', (error) => {
    throw error
  })
  child.on('exit', (status) => {
    throw new Error(`${program} has ended with ${status}: processors may sleep`)
  })
}

/** @param {string} name  Of TCP's congestion control: that of connections which choose none. */
export function setCongestionControl(name) {
  try {
    writeFileSync('/proc/sys/net/ipv4/tcp_congestion_control', name)
  } catch (cause) {
    const allowed = readFileSync('/proc/sys/net/ipv4/tcp_allowed_congestion_control', 'utf8').trim()
    throw new Error(`a network namespace may have one of ${allowed} here, not ${name}`, { cause })
  }
}

/**
 * The inner end of {@link isolated}: takes the options and ends the process with a status.
 * @template T
 * @param {(options: T) => Promise<number>} main
 */
export async function session(main) {
  try {
    // This is process 1 of its namespace: when it ends, the kernel ends all others.
    process.exit(await main(/** @type {T} */ (JSON.parse(process.argv[2] ?? ''))))
  } catch (error) {
    say(`bench: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
