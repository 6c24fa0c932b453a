/** Child processes, and what /proc tells of them. */

import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** @import { ChildProcess } from 'node:child_process' */

const startTimeoutMs = 30_000
const stopTimeoutMs = 15_000

/**
 * Runs a command to its end and returns its stdout.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ show?: boolean, cwd?: string }} [options]  show: stdout and stderr go to the terminal.
 * @returns {Promise<string>}
 */
export function run(command, args, { show = false, cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk) => (stdout += chunk))
    child.stderr?.on('data', (chunk) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', (status, signal) => {
      if (status === 0) return resolve(stdout)
      reject(new Error(`${command} ended with ${signal ?? `status ${status}`}: ${stderr.trim()}`))
    })
  })
}

/**
 * Waits until something accepts connections on the port of 127.0.0.1.
 * @param {ChildProcess} child  Its end ends the waiting, too.
 * @param {number} port
 * @param {string} log  Where its messages are, for the error.
 */
export async function portOpen(child, port, log) {
  const deadline = Date.now() + startTimeoutMs
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`pid ${child.pid} ended before it listened; see ${log}`)
    if (await accepts(port)) return
    await sleep(50)
  }
  throw new Error(`nothing on port ${port} after ${startTimeoutMs / 1000} s; see ${log}`)
}

/** @param {number} port */
function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const answer = (/** @type {boolean} */ open) => {
      socket.destroy()
      resolve(open)
    }
    socket.on('connect', () => answer(true))
    socket.on('error', () => answer(false))
  })
}

/** @param {ChildProcess} child */
export function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null
}

/**
 * Ends a child: SIGTERM, and SIGKILL when that does not do.
 * @param {ChildProcess} child
 */
export async function stop(child) {
  if (hasEnded(child)) return
  const ended = new Promise((resolve) => child.on('exit', resolve))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(killer)
}

/**
 * User and system time of a process with all its threads, those that ended too, in seconds: proc(5), /proc/PID/stat,
 * fields 14 and 15, in hundredths of a second.
 * @param {number} pid
 */
export function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/**
 * Starts the peak of resident memory anew: proc(5), /proc/PID/clear_refs, value 5.
 * @param {number} pid
 */
export function resetMemoryPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/**
 * Resident memory now and at most since {@link resetMemoryPeak}, in MiB.
 * @param {number} pid
 */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  const mib = (/** @type {string} */ key) => {
    const found = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)
    if (!found) throw new Error(`/proc/${pid}/status has no ${key}`)
    return Number(found[1]) / 1024
  }
  return { peakMib: mib('VmHWM'), nowMib: mib('VmRSS') }
}
