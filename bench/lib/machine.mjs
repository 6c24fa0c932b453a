/** What the numbers were measured on. */

import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { run } from './process.mjs'

const root = join(import.meta.dirname, '..', '..')

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {number} memoryGib
 * @property {number} load  Its load average over the last minute: what ran beside the benchmark.
 * @property {string} kernel
 * @property {string} congestionControl  TCP's, of connections which choose none.
 * @property {string} node
 * @property {string} ganesha
 * @property {string} commit  With "+ changes" when the checkout has any that are not committed.
 */

/** @returns {Promise<Machine>} */
export async function describeMachine() {
  const git = (/** @type {string[]} */ ...args) =>
    run('git', ['-C', root, '-c', `safe.directory=${root}`, ...args])
  // The results themselves do not count as a change.
  const changes = await git('status', '--porcelain', '--', '.', ':!bench/RESULTS*.md', ':!bench/results*.svg')
  const commit = (await git('rev-parse', '--short=12', 'HEAD')).trim()
  const ganesha = await run('dpkg-query', ['-W', '-f', '${Version}', 'nfs-ganesha'])
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? NaN,
    kernel: release(),
    congestionControl: readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim(),
    node: process.version,
    ganesha,
    commit: changes === '' ? commit : `${commit} + changes`,
  }
}

/**
 * @param {Machine} machine
 * @param {readonly (readonly [string, string])[]} [more]  Rows at its end.
 * @returns {string} In Markdown.
 */
export function machineTable(machine, more = []) {
  const rows = [
    ['CPU', `${machine.cores} × ${machine.cpu}`],
    ['memory', `${machine.memoryGib} GiB`],
    ['Linux', machine.kernel],
    ['TCP congestion control', machine.congestionControl],
    ['Node', machine.node],
    ['NFS-Ganesha', machine.ganesha],
    ['Berth', `commit ${machine.commit}`],
    ...more,
  ]
  return ['| | |', '| :--- | :--- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n')
}
