// What is backed up: three shares of two applications, and who works in them and who backs them up.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Api, treeOf } from '../access/api.mjs'
import { Random } from '../random.mjs'
import { adminPort } from '../servers/server.mjs'
import { makeSourceTree } from '../workloads/source-tree.mjs'

/** @typedef {import('../test-run.mjs').Context} Context */

const list = fileURLToPath(new URL('list.sh', import.meta.url))

/** Each with its application, and what is in it. */
const places = [
  { path: '/finance/payroll/db', application: 'payroll', smallFiles: 200, largeFiles: 96 },
  { path: '/finance/payroll/Ablage für 東京', application: 'payroll', smallFiles: 800, largeFiles: 0 },
  { path: '/shop/web', application: 'shop', smallFiles: 2000, largeFiles: 0 },
]
const largeSize = 2 ** 20

/** Three shares with files in them, snapshots of which the guest asks for by day. */
export class Scene {
  #context
  /** @type {import('../access/api.mjs').Share[]} */
  shares = []
  /** @type {Record<string, string>} */
  environment = {}

  /** @param {Context} context @param {Api} api */
  constructor(context, api) {
    this.#context = context
    this.api = api
  }

  /** @param {Context} context */
  static async set(context) {
    const api = Api.of(context)
    const scene = new Scene(context, api)
    await api.makeStore(context)
    for (const name of ['payroll', 'shop']) {
      await api.call('POST', '/v1/applications', { name, owner: `team:${name}`, labels: { tier: name } })
      const content = `services: { ${name}: { image: example } }\n`
      await api.call('PUT', `/v1/applications/${name}/manifests/compose.yaml`, { content })
    }
    for (const [index, { path: where, application, ...files }] of places.entries()) {
      const share = await api.makeShare(where, { application, labels: { place: String(index) } })
      fill(share.directory, context, index, files)
      scene.shares.push(share)
    }
    await api.allow('app:worker', '/**', 'read')
    await api.allow('app:worker', '/**', 'write')
    await api.allow('app:backup', '/**', 'backup')
    scene.environment = {
      WORKER: (await api.makeToken('app:worker')).text,
      BACKUP: (await api.makeToken('app:backup')).text,
      SHARES: places.map((place) => place.path.slice(1)).join('\n'),
      DATA: String(scene.#dataSize()),
    }
    return scene
  }

  /** What guests of every test here ask for. */
  get answers() {
    return {
      /** Snapshots of all shares as of one instant. @param {string} name */
      take: (name = '') => this.take(name),
      /** Writes what the snapshots have, looked at on the host, to /run/exchange/truth-INDEX. @param {string} name */
      truth: (name = '') => this.#truth(name),
      /** Bytes that the server has sent to clients in all its life, and READ calls that it has answered. */
      sent: () => sent(),
    }
  }

  /** @param {string} name */
  async take(name) {
    const body = { shares: this.shares.map(({ id }) => id), name }
    const { items } = await this.api.call('POST', '/v1/snapshot-groups', body)
    return `driver ${items[0].driver}`
  }

  /** @param {string} name */
  async #truth(name) {
    for (const [index, share] of this.shares.entries()) {
      const { items } = await this.api.call('GET', `/v1/shares/${share.id}/snapshots`)
      const snapshot = items.find((/** @type {{ name: string }} */ item) => item.name === name)
      const tree = treeOf(this.#context, share, snapshot)
      const output = execFileSync('bash', [list, tree], { maxBuffer: 2 ** 26 })
      writeFileSync(path.join(this.#context.settings.work, 'exchange', `truth-${index}`), output)
    }
  }

  /** Bytes of all files: what a program that reads everything once reads. */
  #dataSize() {
    const sizes = this.shares.map(({ directory }) =>
      execFileSync('bash', ['-c', `find "$1" -type f -printf '%i %s\\n' | sort -u`, '-', directory]),
    )
    const lines = sizes.join('').trim().split('\n')
    return lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0)
  }
}

async function sent() {
  const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
  const value = (/** @type {RegExp} */ line) => {
    const samples = [...metrics.matchAll(line)]
    if (samples.length === 0) throw new Error(`the server does not tell ${line}`)
    return samples.reduce((sum, [, number]) => sum + Number(number), 0)
  }
  const bytes = value(/^berth_sent_bytes_total(?:\{[^}]*\})? (\S+)/gm)
  const reads = value(/^berth_nfs_calls_total\{procedure="READ",status="OK"\} (\S+)/gm)
  return `${bytes} ${reads}`
}

/**
 * Puts files into a share, as its administrator would.
 * @param {string} directory
 * @param {Context} context
 * @param {number} index of the share
 * @param {{ smallFiles: number, largeFiles: number }} files
 */
function fill(directory, context, index, { smallFiles, largeFiles }) {
  const made = path.join(context.settings.work, 'backup', String(index))
  makeSourceTree(made, smallFiles, context.seed + index)
  execFileSync('cp', ['-a', path.join(made, 'tree'), directory])
  const random = new Random(context.seed + index)
  const block = random.bytes(largeSize)
  for (let number = 0; number < largeFiles; number++) {
    block.writeUInt32LE(random.uint32(), 0)
    // Nothing of it is in another file: programs that find equal parts must not find any.
    for (let at = 4; at < largeSize; at += 4) block.writeInt32LE(block.readInt32LE(at) ^ (number + at), at)
    writeFileSync(path.join(directory, `large-${String(number).padStart(2, '0')}`), block)
  }
  fillOddly(directory)
}

/** One of each kind of thing that backups lose. @param {string} directory */
function fillOddly(directory) {
  const odd = path.join(directory, 'odd')
  mkdirSync(odd)
  const at = (/** @type {string} */ name) => path.join(odd, name)
  const secret = openSync(at('secret'), 'w', 0o600)
  writeSync(secret, 'for 1000 alone\n')
  closeSync(secret)
  chownSync(at('secret'), 1000, 2000)
  writeFileSync(at('sparse'), 'begin')
  truncateSync(at('sparse'), 4 * 2 ** 20)
  linkSync(at('secret'), at('same as secret'))
  symlinkSync('../nowhere/\n', at('broken link'))
  mkdirSync(at('shared'))
  chownSync(at('shared'), 0, 2000)
  chmodSync(at('shared'), 0o2775)
  writeFileSync(at('setuid'), '#!/bin/sh\n')
  chmodSync(at('setuid'), 0o4755)
  mkdirSync(at('empty'), 0o700)
  execFileSync('mkfifo', [at('fifo')])
  utimesSync(at('empty'), 981_173_106.5, 981_173_106.5)
}
