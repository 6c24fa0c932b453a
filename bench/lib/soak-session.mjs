/** One run of `soak.mjs`, as the first process of namespaces of its own. */

import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createBerthClient, dataOf } from 'berth/client'
import { Mount3Client, TcpTransport } from 'nfs-server-ts/testing'
import { build } from './c-program.mjs'
import { describeMachine } from './machine.mjs'
import { prepareNamespace, session } from './namespaces.mjs'
import { run } from './process.mjs'
import { startBerth } from './servers.mjs'
import { soakTable, writeSoakResults } from './soak-results.mjs'
import { sampleColumns, Sampler } from './soak-samples.mjs'
import { grouped } from './table.mjs'
import { isTerminal, progress, say } from './terminal.mjs'
import { makeTree, mountImage } from './tree.mjs'

/** @import { Schemas } from 'berth/client' */
/** @import { Sample } from './soak-samples.mjs' */

/**
 * @typedef {object} SoakOptions
 * @property {string} folder  Empty; the image, logs and state go there.
 * @property {number} hours
 * @property {number} [rate]  Calls a second; without it as many as it can.
 * @property {number} sampleSeconds
 * @property {boolean} writeResults
 * @property {string} command  As the user gave it.
 */

/**
 * What was done, besides the load.
 * @typedef {object} Counts
 * @property {number} loads  Runs of the generator, each with connections of its own.
 * @property {number} mounts
 * @property {number} rotations
 * @property {number} restores
 * @property {number} snapshots  That there were at the end.
 */

const port = 20_490
const share = '/soak'
const names = 1000
const loadSeconds = 20
const rotationMs = 60_000
const restoreMs = 120_000
/** From one batch of mounts to the next, and how many there are in one. */
const mountBatch = { everyMs: 1000, count: 10 }
const snapshotsKept = 5
const sayEverySeconds = 60

/** Everything that goes on at once. */
class Soak {
  /** @type {Counts} */
  counts = { loads: 0, mounts: 0, rotations: 0, restores: 0, snapshots: 0 }
  #options
  #client
  #endsAt
  #shareId = 0
  #directory = ''
  /** @type {Schemas['TokenWithText'] | undefined} */
  #token

  /** @param {SoakOptions} options  @param {{ url: string, token: string }} api */
  constructor(options, api) {
    this.#options = options
    this.#client = createBerthClient(api)
    this.#endsAt = Date.now() + options.hours * 3_600_000
  }

  get #held() {
    if (this.#token === undefined) throw new Error('there is no token yet')
    return this.#token
  }

  /** As a client mounts it. */
  get #path() {
    return `/@${this.#held.text}${share}`
  }

  get isOver() {
    return Date.now() >= this.#endsAt
  }

  /** A share in a store, with files, a snapshot each minute, and a workload. @param {string} store  An empty directory. */
  async prepare(store) {
    const client = this.#client
    await client.POST('/v1/stores', { body: { name: 'soak', directory: store } })
    /** @type {Schemas['IdentityRule']} */
    const identity = { squash: 'none', uid: 65_534, gid: 65_534, gids: [] }
    const made = await dataOf(
      client.POST('/v1/shares', {
        body: {
          ...{ path: share, store: 'soak', identity, durability: 'relaxed', directoryMode: 0o777 },
          ...{ quotaBytes: 2 ** 40, quotaFiles: 2 ** 30, audit: 'changes' },
        },
      }),
    )
    this.#shareId = made.id
    this.#directory = made.directory
    makeTree(made.directory, [names], 8)
    await client.POST('/v1/schedules', {
      body: {
        name: 'soak',
        selector: { path: share },
        cron: '* * * * *',
        retention: { last: snapshotsKept },
      },
    })
    this.#token = await dataOf(client.POST('/v1/tokens', { body: { name: 'soak', subject: 'app:bench' } }))
  }

  /** The mixed load, by a new process with new connections again and again. @param {string} program */
  async load(program) {
    const { rate } = this.#options
    const shape =
      rate === undefined ? ['--conns', '8', '--depth', '4'] : ['--depth', '16', '--rate', `${rate}`]
    while (!this.isOver) {
      const reach = ['--nfs-port', `${port}`, '--export', this.#path]
      const times = ['--seconds', `${loadSeconds}`, '--warmup', '0']
      await run(program, [...reach, '--mode', 'mixed', '--random', ...shape, ...times])
      this.counts.loads += 1
    }
  }

  async mount() {
    while (!this.isOver) {
      const transport = await TcpTransport.connect(port)
      const client = new Mount3Client(transport)
      const path = `${this.#path}/names-${names}`
      for (let i = 0; i < mountBatch.count; i++) {
        const { status } = await client.mount(path)
        if (status !== 0) throw new Error(`MNT: status ${status}`)
        await client.unmount(path)
        this.counts.mounts += 1
      }
      await transport.close()
      await sleep(mountBatch.everyMs)
    }
  }

  /** The old token goes on until a load that has it is over. */
  async rotate() {
    const body = { overlapSeconds: 2 * loadSeconds }
    while (await this.#rest(rotationMs)) {
      const params = { path: { id: this.#held.token.id } }
      this.#token = await dataOf(this.#client.POST('/v1/tokens/{id}/rotate', { params, body }))
      this.counts.rotations += 1
    }
  }

  /** A directory of the newest snapshot comes back beside itself, where nothing is. */
  async restore() {
    while (await this.#rest(restoreMs)) {
      const { items } = await this.#snapshots()
      const newest = items.at(-1)
      if (newest === undefined) throw new Error('the schedule has made no snapshot')
      rmSync(join(this.#directory, 'restored'), { recursive: true, force: true })
      await this.#client.POST('/v1/snapshots/{id}/restore', {
        params: { path: { id: newest.id } },
        body: { path: `names-${names}`, to: 'restored' },
      })
      this.counts.restores += 1
    }
    this.counts.snapshots = (await this.#snapshots()).items.length
  }

  #snapshots() {
    const params = { path: { id: this.#shareId } }
    return dataOf(this.#client.GET('/v1/shares/{id}/snapshots', { params }))
  }

  /** @param {number} ms  @returns {Promise<boolean>} Whether it goes on. */
  async #rest(ms) {
    await sleep(Math.min(ms, Math.max(0, this.#endsAt - Date.now())))
    return !this.isOver
  }
}

/**
 * Samples until the soak is over, into a CSV file too.
 * @param {Soak} soak
 * @param {Sampler} sampler
 * @param {SoakOptions} options
 * @param {string} csv
 */
async function sampleAll(soak, sampler, { sampleSeconds }, csv) {
  /** @type {Sample[]} */
  const samples = []
  let saidAt = -Infinity
  writeFileSync(csv, `${sampleColumns.join(',')}\n`)
  while (!soak.isOver) {
    const sample = await sampler.take()
    samples.push(sample)
    appendFileSync(csv, `${sampleColumns.map((column) => Number(sample[column].toFixed(3))).join(',')}\n`)
    const text =
      `${(sample.seconds / 60).toFixed(1).padStart(6)} min  ${sample.residentMib.toFixed(0).padStart(4)} MiB  ` +
      `${sample.descriptors} descriptors  ${sample.threads} threads  ${grouped(sample.calls)} calls`
    progress(text)
    if (sample.seconds - saidAt >= sayEverySeconds) {
      say(text)
      saidAt = sample.seconds
    }
    await sleep(sampleSeconds * 1000)
  }
  return samples
}

/** @param {SoakOptions} options  @returns {Promise<number>} The exit status. */
async function main(options) {
  const { folder } = options
  const machine = await describeMachine()
  await prepareNamespace()
  const mount = await mountImage(folder)
  const program = await build(folder, 'berth-load', 'load')
  const [store, idle] = [join(mount, 'store'), join(mount, 'idle')]
  for (const directory of [store, idle]) mkdirSync(directory)
  const server = await startBerth({ name: 'berth', folder, directory: idle, port })
  if (server.api === undefined) throw new Error('Berth has no API')
  const soak = new Soak(options, server.api)
  await soak.prepare(store)
  const csv = join(folder, 'soak.csv')
  const sampler = new Sampler(server.pid, server.api.url)
  const [samples] = await Promise.all([
    sampleAll(soak, sampler, options, csv),
    ...[soak.load(program), soak.mount(), soak.rotate(), soak.restore()],
  ])
  await server.stop()

  const outcome = { ...options, machine, samples, counts: soak.counts, csv }
  say(`\n${soakTable(outcome, isTerminal)}`)
  if (options.writeResults) say(`written: ${writeSoakResults(outcome).join(', ')}`)
  return samples.some(({ bugs }) => bugs > 0) ? 1 : 0
}

await session(main)
