// Boots user-mode-linux as an ordinary process, runs one script in it as root, and leaves nothing behind.
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const conformance = fileURLToPath(new URL('..', import.meta.url))

/** The host's end of the guest's network; the server under test is reached at it. */
export const hostAddress = '192.168.77.1'
const guestAddress = '192.168.77.2'
const tap = 'berth0'

/** The kernel's memory is a file: in /dev/shm, or, where that is small (containers), in the work folder. */
const memoryMiB = 1536

// The guest saves no AVX state (no-xstate.c), so nothing in it may use AVX. All of these are needed: without
// AVX_Fast_Unaligned_Load memcpy still does, and corrupts data. A cleaned environment must pass GLIBC_TUNABLES on.
const noAvx = [
  'GLIBC_TUNABLES=glibc.cpu.hwcaps=' +
    '-AVX2,-AVX,-AVX512F,-AVX512VL,-AVX512BW,-AVX_Fast_Unaligned_Load,-FMA,-FMA4,-ERMS,-FSRM',
  'OPENSSL_ia32cap=~0x1800000000000000:0',
]

/** Makes the tap device. Call once, in the harness's own network namespace, which takes it along when it goes. */
export function setUpNetwork() {
  const ip = (/** @type {string[]} */ ...words) => execFileSync('ip', words)
  ip('link', 'set', 'lo', 'up')
  ip('tuntap', 'add', 'dev', tap, 'mode', 'tap')
  ip('addr', 'add', `${hostAddress}/24`, 'dev', tap)
  ip('link', 'set', tap, 'up')
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

/** @param {string} work */
function memoryFolder(work) {
  const { bavail, bsize } = statfsSync('/dev/shm')
  return bavail * bsize > memoryMiB * 1.2 * 2 ** 20 ? '/dev/shm' : work
}

/**
 * @typedef {object} GuestRun
 * @property {string} script path in the guest, which has conformance/ as /run/conformance
 * @property {string} work existing scratch folder; `exchange/` below it is the guest's /run/exchange
 * @property {string} served the directory behind the server, the guest's /run/served
 * @property {Record<string, string>} environment for the script
 * @property {number} timeoutSec then the guest is killed and the status is 124
 * @property {string} kernelLog file that receives the guest kernel's messages
 * @property {(chunk: Buffer) => void} onOutput
 */

/**
 * Runs a script in a guest of its own.
 * @param {GuestRun} run
 * @returns {Promise<number>} the script's exit status; 124 after a timeout, 125 when the guest died
 */
export async function runInGuest(run) {
  const exchange = path.join(run.work, 'exchange')
  const statusFile = path.join(exchange, 'status')
  const state = path.join(run.work, 'uml')
  rmSync(statusFile, { force: true })
  rmSync(state, { recursive: true, force: true })
  mkdirSync(state)
  const variables = { ...run.environment, SERVER: hostAddress, GUEST_SCRIPT: run.script }
  writeFileSync(
    path.join(exchange, 'environment'),
    Object.entries(variables)
      .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
      .join(''),
  )
  const log = openSync(run.kernelLog, 'w')
  // Killing `unshare` kills PID 1 of its namespace, and so every process of the guest.
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child=KILL'],
      ...[path.join(run.work, 'exchange/programs/no-xstate'), 'linux.uml'],
      ...[`mem=${memoryMiB}M`, 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet'],
      ...[`init=${path.join(conformance, 'guest/init.sh')}`, `uml_dir=${state}/`, 'umid=guest'],
      // Without gro=1 large reads stall.
      `vec0:transport=tap,ifname=${tap},depth=64,gro=1,mac=52:54:00:77:00:02`,
      ...['con=null', 'con0=null,fd:2', 'con1=null', 'ssl=null', 'ssl0=null,fd:1'],
      ...[`GUEST_CONFORMANCE=${conformance}`, `GUEST_EXCHANGE=${exchange}`, `GUEST_SERVED=${run.served}`],
      ...[`GUEST_SERVER=${hostAddress}`, `GUEST_ADDRESS=${guestAddress}`, ...noAvx],
    ],
    // Its own session, so that a Ctrl-C meant for the harness does not reach it first.
    {
      stdio: ['ignore', 'pipe', log],
      detached: true,
      env: { ...process.env, TMPDIR: memoryFolder(run.work) },
    },
  )
  closeSync(log)
  child.stdout?.on('data', run.onOutput)
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    child.kill('SIGKILL')
  }, run.timeoutSec * 1000)
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(timer)
  rmSync(state, { recursive: true, force: true })
  if (timedOut) return 124
  const status = readStatus(statusFile)
  if (status === undefined) run.onOutput(Buffer.from(`guest died, see ${run.kernelLog}\n`))
  return status ?? 125
}

/** @param {string} file */
function readStatus(file) {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined
    throw error
  }
}
