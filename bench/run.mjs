/**
 * `npm run bench`: Berth beside NFS-Ganesha on one XFS image, under one load. See README.md.
 *
 * This part checks the options and the machine, then runs `lib/session.mjs` in namespaces of its own: the ports are
 * free, the portmapper Ganesha insists on is private, and when it ends, however it ends, the kernel takes the servers,
 * the mount and the loop device away.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { run } from './lib/process.mjs'
import { chooseRows, rows } from './lib/rows.mjs'

/** @import { SessionOptions } from './lib/session.mjs' */

const usage = `usage: npm run bench -- [options]

  --quick             3 rounds of half a second: about 5 minutes, and noisier
  --rows a,b          only these: ${rows.map((row) => row.name).join(' ')}
  --seconds N         measured in each round of a row (1.5)
  --rounds N          of each row (3)
  --peer NAME         ganesha (default), plain or none
  --subject NAME      berth (default); plain: Berth without quota and audit, as Ganesha is; or ganesha
  --write-results     write bench/RESULTS.md and bench/results.svg: -plain when that is the subject, -cost
                      when it is the peer
  --scratch DIR       where the image and the logs go, up to 3 GiB (${tmpdir()})
  --keep              keep the logs
`

/** Options that cannot be meant; the message says what is wrong. */
class UsageError extends Error {}

/**
 * @param {string | undefined} text
 * @param {number} fallback
 * @param {string} name
 */
function positive(text, fallback, name) {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!(value > 0 && value < 1e6)) throw new UsageError(`--${name} wants a number above 0, not '${text}'`)
  return value
}

/**
 * @template {string} T
 * @param {string} text
 * @param {readonly T[]} known
 * @param {string} name
 * @returns {T}
 */
function oneOf(text, known, name) {
  const found = known.find((value) => value === text)
  if (found === undefined) throw new UsageError(`--${name} wants ${known.join(' or ')}, not '${text}'`)
  return found
}

function parseOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rows: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      peer: { type: 'string', default: 'ganesha' },
      subject: { type: 'string', default: 'berth' },
      'write-results': { type: 'boolean', default: false },
      scratch: { type: 'string', default: tmpdir() },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const rounds = positive(values.rounds, 3, 'rounds')
  if (!Number.isInteger(rounds)) throw new UsageError('--rounds wants a whole number')
  const subject = oneOf(values.subject, /** @type {const} */ (['berth', 'plain', 'ganesha']), 'subject')
  if (subject === 'ganesha' && values['write-results']) throw new UsageError('--write-results is for Berth')
  return {
    help: values.help,
    scratch: values.scratch,
    keep: values.keep,
    session: {
      // Only Berth itself is measured against the machine.
      rowNames: chooseRows(values.rows)
        .filter((row) => row.floor === undefined || (subject !== 'ganesha' && values.peer === 'ganesha'))
        .map((row) => row.name),
      seconds: positive(values.seconds, values.quick ? 0.5 : 1.5, 'seconds'),
      warmup: values.quick ? 0.2 : 0.5,
      rounds,
      peer: oneOf(values.peer, /** @type {const} */ (['ganesha', 'plain', 'none']), 'peer'),
      subject,
      writeResults: values['write-results'],
      command: ['npm run bench --', ...process.argv.slice(2)].join(' ').replace(/ --$/, ''),
    },
  }
}

/**
 * Runs the session to its end.
 * @param {SessionOptions} options
 * @returns {Promise<number>} Its exit status.
 */
function runSession(options) {
  const session = join(import.meta.dirname, 'lib', 'session.mjs')
  // Propagation "slave": what others unmount disappears here too. A private copy would hold on to their devices.
  const namespaces = '--net --mount --propagation slave --pid --fork --kill-child --mount-proc'.split(' ')
  const child = spawn('unshare', [...namespaces, process.execPath, session, JSON.stringify(options)], {
    stdio: 'inherit',
  })
  // unshare does not pass signals on, and needs not: with its own end comes that of everything inside.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
}

async function main() {
  const { help, scratch, keep, session } = parseOptions()
  if (help) {
    process.stdout.write(usage)
    return 0
  }
  if (process.getuid?.() !== 0) throw new UsageError('run as root: it mounts an image and starts NFS servers')
  await run(join(import.meta.dirname, 'install.sh'), [], { show: true })

  const folder = mkdtempSync(join(scratch, 'berth-bench-'))
  const status = await runSession({ ...session, folder })
  rmSync(join(folder, 'xfs.img'), { force: true })
  if (status === 0 && !keep) rmSync(folder, { recursive: true })
  else process.stderr.write(`logs: ${folder}\n`)
  return status
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error)
  process.stderr.write(
    isUsage ? `${error.message}\n\n${usage}` : `${error instanceof Error ? error.message : error}\n`,
  )
  process.exitCode = isUsage ? 2 : 1
}
