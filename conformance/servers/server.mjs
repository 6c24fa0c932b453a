// The server under test as a process: started, stopped, frozen, killed and started again on the same port and data.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The harness has a network namespace to itself, so the ports are free. */
export const nfsPort = 2049
export const adminPort = 8049

/**
 * @typedef {object} Share
 * @property {string} path as a client mounts it
 * @property {string} directory absolute, on the host
 * @property {'none' | 'root' | 'all'} [squash] default none
 * @property {boolean} [readOnly] default false
 * @property {string[]} [clients] addresses that may mount; default the harness's own networks
 */

/**
 * @typedef {object} Flavour a program that can be put under test
 * @property {(work: string, shares: Share[]) => string} config text of its configuration file
 * @property {(configFile: string, work: string) => string[]} command
 * @property {number} mountPort port of its MOUNT program
 * @property {number[]} ports it listens on when it has started
 * @property {boolean} countsBugs whether it exposes `berth_bugs_total`
 * @property {boolean} hasApi whether it has this project's admin API
 */

const startTimeoutMs = 30_000

export class Server {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process
  #flavour
  #work
  #logFile
  #configFile

  /**
   * @param {Flavour} flavour
   * @param {string} work scratch folder of this test; the data folder is below it and survives a restart
   * @param {Share[]} shares
   * @param {string} logFile what it prints is added to this file
   */
  constructor(flavour, work, shares, logFile) {
    this.#flavour = flavour
    this.#work = work
    this.#logFile = logFile
    this.#configFile = path.join(work, 'server.conf')
    mkdirSync(path.join(work, 'data'), { mode: 0o700 })
    writeFileSync(this.#configFile, flavour.config(work, shares))
  }

  /** Resolves when it accepts connections. */
  async start() {
    const [program, ...words] = this.#flavour.command(this.#configFile, this.#work)
    const log = openSync(this.#logFile, 'a')
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', /** @type {string} */ (program), ...words], {
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    this.#process = child
    const deadline = Date.now() + startTimeoutMs
    while (!(await Promise.all(this.#flavour.ports.map(accepts))).every(Boolean)) {
      if (child.exitCode !== null) throw new Error(`server ended: ${this.#lastWords()}`)
      if (Date.now() > deadline) throw new Error(`server does not listen, see ${this.#logFile}`)
      await sleep(50)
    }
  }

  /** Its log, which is lines of JSON. @returns {Record<string, unknown>[]} */
  log() {
    const lines = readFileSync(this.#logFile, 'utf8').trimEnd().split('\n')
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  }

  /** The last line of its log. */
  #lastWords() {
    return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').at(-1)
  }

  /** Whether the process started last is still there. */
  get isRunning() {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** @param {NodeJS.Signals} signal */
  signal(signal) {
    if (!this.#process?.kill(signal)) throw new Error(`server is gone, cannot send ${signal}`)
  }

  /** Kills it without a chance to write anything, and waits until it is gone. */
  async kill() {
    await this.#end('SIGKILL')
  }

  /** Asks it to end; kills it after ten seconds. Nothing happens when it is not running. */
  async stop() {
    if (!this.isRunning) return
    const timer = setTimeout(() => this.#process?.kill('SIGKILL'), 10_000)
    await this.#end('SIGTERM')
    clearTimeout(timer)
  }

  /** Memory in RAM, time on a processor since its start, open descriptors and the sockets among them, from /proc. */
  usage() {
    const pid = this.#process?.pid
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const residentKiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
    // proc(5): utime and stime in ticks of 10 ms, counted from the end of the name, which may have spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    const processorMs = (Number(fields[11]) + Number(fields[12])) * 10
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => descriptorTarget(`/proc/${pid}/fd/${fd}`))
    const sockets = open.filter((target) => target.startsWith('socket:')).length
    return { residentMiB: residentKiB / 1024, processorMs, descriptors: open.length, sockets }
  }

  /**
   * How often the server found a bug in itself. 0 for a server that does not count.
   * @returns {Promise<number>}
   */
  async bugs() {
    if (!this.#flavour.countsBugs) return 0
    const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`)
    const samples = (await response.text()).matchAll(/^berth_bugs_total(?:\{[^}]*\})? (\S+)/gm)
    const values = [...samples].map((sample) => Number(sample[1]))
    if (values.length === 0) throw new Error('the server exposes no berth_bugs_total')
    return values.reduce((sum, value) => sum + value)
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    if (!this.isRunning || !this.#process) throw new Error('server is not running')
    const gone = once(this.#process, 'exit')
    this.#process.kill(signal)
    await gone
  }
}

/** What a descriptor is, empty when it was closed meanwhile. @param {string} link */
function descriptorTarget(link) {
  try {
    return readlinkSync(link)
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return ''
    throw error
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
