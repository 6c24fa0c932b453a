// npm run bench:syscalls: how many system calls each procedure takes of a file that is open, counted by strace. Needs root
// and strace. A table on standard output.

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { startPlainBerth } from './lib/servers.mjs'

const callCount = 512
const inFlight = 16
/** Half a second after the files were made their handles are known. */
const settledMs = 500
const port = 24_400
const guarded = /** @type {const} */ ('GUARDED')

/** What a call may make of the filesystem. All else is of sockets and of other threads. */
const counted = [
  ...[
    'open_by_handle_at',
    'openat',
    'openat2',
    'close',
    'newfstatat',
    'statx',
    'faccessat2',
    'name_to_handle_at',
  ],
  ...['getdents64', 'lseek', 'preadv2', 'pread64', 'sendfile', 'pwrite64', 'readlinkat'],
  ...[
    'mkdirat',
    'unlinkat',
    'renameat',
    'renameat2',
    'fchmod',
    'fchown',
    'utimensat',
    'ftruncate',
    'fstatfs',
  ],
]

const folder = mkdtempSync(join(tmpdir(), 'berth-syscalls-'))
const directory = join(folder, 'tree')
mkdirSync(directory)
const names = Array.from({ length: callCount }, (_, k) => `file${k}`)
for (const name of names) writeFileSync(join(directory, name), Buffer.alloc(128 * 1024))

const server = await startPlainBerth({ name: 'berth', folder, directory, port })
try {
  await run()
} finally {
  await server.stop()
  rmSync(folder, { recursive: true })
}

async function run() {
  const path = /** @type {string} */ (server.load[server.load.indexOf('--export') + 1])
  const transport = await TcpTransport.connect(port)
  const mounted = await new Mount3Client(transport).mount(path)
  if (mounted.status !== 0) throw new Error(`mounting ${path}: status ${mounted.status}`)
  const root = mounted.handle
  const nfs = new Nfs3Client(transport)
  await sleep(settledMs)
  const find = async (/** @type {string} */ name) => {
    const found = await nfs.lookup(root, name)
    if (found.status !== 0) throw new Error(`LOOKUP ${name}: status ${found.status}`)
    return found.object
  }
  const files = await Promise.all(names.map(find))
  const data = Buffer.alloc(4096)
  /** @type {Record<string, (k: number) => Promise<{ status: number }>>} */
  const procedures = {
    GETATTR: (k) => nfs.getattr(files[k]),
    ACCESS: (k) => nfs.access(files[k], 1),
    LOOKUP: (k) => nfs.lookup(root, names[k]),
    'READ 4 KiB': (k) => nfs.read(files[k], 0, 4096),
    'READ 128 KiB': (k) => nfs.read(files[k], 0, 128 * 1024),
    'WRITE 4 KiB': (k) => nfs.write(files[k], 0, data, 0),
    CREATE: (k) => nfs.create(root, `new${k}`, { mode: guarded, attributes: { mode: 0o644 } }),
    RENAME: (k) => nfs.rename(root, `new${k}`, root, `other${k}`),
    REMOVE: (k) => nfs.remove(root, `other${k}`),
  }
  const rows = []
  for (const [name, call] of Object.entries(procedures)) {
    if (name !== 'CREATE' && name !== 'RENAME' && name !== 'REMOVE') await each(call)
    rows.push([name, await count(() => each(call))])
  }
  for (const [name, calls] of rows) process.stdout.write(`| ${name} | ${calls} |\n`)
}

/** Makes all calls of a row, some at a time. */
async function each(/** @type {(k: number) => Promise<{ status: number }>} */ call) {
  for (let first = 0; first < callCount; first += inFlight) {
    const answers = await Promise.all(Array.from({ length: inFlight }, (_, k) => call(first + k)))
    const refused = answers.find(({ status }) => status !== 0)
    if (refused !== undefined) throw new Error(`status ${refused.status}`)
  }
}

/** System calls a call, the most frequent first: `2 newfstatat, 1 statx`. */
async function count(/** @type {() => Promise<void>} */ work) {
  const args = ['-f', '-c', '-e', `trace=${counted.join(',')}`, '-p', `${server.pid}`]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  strace.stderr.setEncoding('utf8').on('data', (text) => (output += text))
  const ended = once(strace, 'close')
  while (!output.includes('attached')) {
    if (strace.exitCode !== null) throw new Error(`strace: ${output}`)
    await sleep(20)
  }
  await work()
  strace.kill('SIGINT')
  await ended
  const found = [...output.matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)]
    .map(
      ([, times, name]) => /** @type {const} */ ([Math.round((Number(times) / callCount) * 10) / 10, name]),
    )
    .filter(([times, name]) => times >= 0.1 && name !== 'total')
  return found
    .sort(([a], [b]) => b - a)
    .map(([times, name]) => `${times} ${name}`)
    .join(', ')
}
