/**
 * `npm run bench:changes [-- --files N --changes N --scratch DIR]`: what it takes to tell what has changed between two
 * snapshots of a share of a million files, by the journal of what clients changed, and by a comparison of everything. The
 * changes are made through the gateway, spread over the whole tree; the filesystem of the folder decides how snapshots are
 * taken.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { startPlainBerth } from './lib/servers.mjs'
import { filesPerDirectory, makeTree } from './lib/share-tree.mjs'
import { grouped } from './lib/table.mjs'

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '1000000' },
    changes: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    scratch: { type: 'string', default: '/var/tmp' },
  },
})
const directoryCount = Math.ceil(Number(values.files) / filesPerDirectory)
const changeCount = Number(values.changes)
const port = 22_369

/** A share that is a subvolume where it can be one: then its snapshots are the filesystem's own. */
function makeShare(/** @type {string} */ directory) {
  const { status } = spawnSync('btrfs', ['subvolume', 'create', directory], { stdio: 'ignore' })
  // Another filesystem, or no such program.
  if (status !== 0) mkdirSync(directory)
}

/**
 * Changes files that lie as far apart as they can: writes most, and makes, renames and removes some.
 * @param {Nfs3Client} nfs
 * @param {Buffer} root
 */
async function change(nfs, root) {
  const step = Math.floor((directoryCount * filesPerDirectory) / changeCount)
  for (let i = 0; i < changeCount; i++) {
    const at = i * step
    const directory = await handleOf(nfs, root, `d${Math.floor(at / filesPerDirectory)}`)
    const name = `f${(at + i) % filesPerDirectory}`
    if (i % 20 === 0) done(await nfs.remove(directory, name))
    else if (i % 20 === 1) done(await nfs.rename(directory, name, directory, `${name}-renamed`))
    else if (i % 20 === 2)
      done(await nfs.create(directory, `${name}-new`, { mode: 'GUARDED', attributes: {} }))
    else done(await nfs.write(await handleOf(nfs, directory, name), 0, 'changed'))
  }
}

/** @returns {Promise<Buffer>} @param {Nfs3Client} nfs @param {Buffer} directory @param {string} name */
async function handleOf(nfs, directory, name) {
  const found = await nfs.lookup(directory, name)
  if (found.status !== 0) throw new Error(`LOOKUP ${name}: status ${found.status}`)
  return found.object
}

function done(/** @type {{ readonly status: number }} */ { status }) {
  if (status !== 0) throw new Error(`a change was answered with status ${status}`)
}

/** @param {string} path @param {string} token @param {RequestInit} [init] */
async function ask(path, token, init = {}) {
  const type = init.body === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { authorization: `Bearer ${token}`, ...type }
  const response = await fetch(`http://127.0.0.1:${port + 1}/v1${path}`, { ...init, headers })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response
}

/** @returns {Promise<number>} its number @param {string} token */
async function take(token) {
  const begun = performance.now()
  const answer = await ask('/shares/1/snapshots', token, { method: 'POST', body: '{}' })
  const { id, driver } = /** @type {{ id: number, driver: string }} */ (await answer.json())
  console.log(`snapshot by ${driver}: ${((performance.now() - begun) / 1000).toFixed(2)} s`)
  return id
}

/** @param {string} path @param {string} token */
async function tell(path, token) {
  const begun = performance.now()
  const response = await ask(path, token)
  const count = (await response.text()).split('\n').length - 1
  const by = String(response.headers.get('berth-changes-by'))
  const seconds = ((performance.now() - begun) / 1000).toFixed(2)
  console.log(`${by.padEnd(10)} ${grouped(count).padStart(6)} changes ${seconds.padStart(7)} s`)
}

/** @param {import('./lib/servers.mjs').Server} server */
async function measure(server) {
  const token = readFileSync(join(folder, 'berth-data', 'admin.token'), 'utf8').trim()
  const transport = await TcpTransport.connect(port)
  const mounted = await new Mount3Client(transport).mount(String(server.load.at(-1)))
  if (mounted.status !== 0) throw new Error(`MNT: status ${mounted.status}`)
  const taken = [await take(token)]
  try {
    await change(new Nfs3Client(transport), mounted.handle)
    taken.push(await take(token))
    const path = `/snapshots/${taken[1]}/changes?since=${taken[0]}`
    for (let round = 0; round < Number(values.rounds); round++) {
      await tell(path, token)
      await tell(`${path}&exhaustive=true`, token)
    }
  } finally {
    // What is read-only cannot be removed as other directories are.
    for (const id of taken) await ask(`/snapshots/${id}?last=true`, token, { method: 'DELETE' })
    await transport.close()
  }
}

const folder = mkdtempSync(join(values.scratch, 'berth-changes-'))
try {
  const directory = join(folder, 'tree')
  console.log(`making ${grouped(directoryCount * filesPerDirectory)} files`)
  makeShare(directory)
  makeTree(directory, directoryCount)
  const server = await startPlainBerth({ name: 'berth', folder, directory, port })
  try {
    await measure(server)
  } finally {
    await server.stop()
  }
} finally {
  rmSync(folder, { recursive: true })
}
