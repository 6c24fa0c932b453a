/** One run of `growth.mjs`, as the first process of namespaces of its own. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './c-program.mjs'
import { findAmong, growths } from './growth-rows.mjs'
import { growthTable, writeGrowthResults } from './growth-results.mjs'
import { describeMachine } from './machine.mjs'
import { prepareNamespace, session } from './namespaces.mjs'
import { measureRow, sayRow } from './rounds.mjs'
import { starters } from './servers.mjs'
import { filesPerDirectory, makeTree as makeManyFiles } from './share-tree.mjs'
import { grouped } from './table.mjs'
import { isTerminal, progress, say } from './terminal.mjs'
import { makeTree, mountImage } from './tree.mjs'

/** @import { Growth } from './growth-rows.mjs' */
/** @import { GrowthResult } from './growth-results.mjs' */
/** @import { Bench, Contender } from './rounds.mjs' */
/** @import { Row } from './rows.mjs' */
/** @import { Place } from './servers.mjs' */

/**
 * @typedef {object} GrowthOptions
 * @property {string} folder  Empty; the image, logs and state go there.
 * @property {string[]} sectionNames
 * @property {boolean} isQuick  Without the largest sizes.
 * @property {number} seconds
 * @property {number} warmup  Seconds before them that do not count.
 * @property {number} rounds
 * @property {'ganesha' | 'plain' | 'none'} peer
 * @property {boolean} writeResults
 * @property {string} command  As the user gave it.
 */

/** @typedef {Bench & { options: GrowthOptions }} GrowthBench */

const portFirst = 20_490
/** Ports of one server. */
const portsEach = 10
/** Connections share these. */
const dataFiles = 8
const walkConnections = 1000

/**
 * Starts the subject, and the peer if there is one, on the same files.
 * @param {GrowthBench} bench
 * @param {Pick<Place, 'directory' | 'directories'>} served
 * @param {string} suffix  Of their names in this run.
 * @returns {Promise<Contender[]>}
 */
async function startServers({ options: { folder, peer } }, served, suffix) {
  const contenders = []
  for (const [i, kind] of ['berth', ...(peer === 'none' ? [] : [peer])].entries()) {
    const name = `${kind}${suffix}`
    progress(`starting ${name}`)
    const starter = /** @type {NonNullable<(typeof starters)[string]>} */ (starters[kind])
    const place = { name, folder, ...served, port: portFirst + i * portsEach }
    try {
      contenders.push({ name, directory: served.directory, server: await starter(place) })
    } catch (error) {
      if (kind === 'berth') throw error
      // Some size is too large for it: Berth goes on alone.
      say(`${name} did not start: ${error instanceof Error ? error.message : error}`)
    }
  }
  return contenders
}

/** @param {readonly Contender[]} contenders */
async function stopServers(contenders) {
  for (const { server } of contenders) await server?.stop()
}

/**
 * One size after the other on the servers that are there.
 * @param {GrowthBench} bench
 * @param {Growth} growth
 * @param {readonly number[]} sizes
 * @param {(size: number) => Promise<Contender[]>} contendersOf
 * @returns {Promise<GrowthResult[]>}
 */
async function grow(bench, growth, sizes, contendersOf) {
  say(`${growth.title}:`)
  const results = []
  for (const size of sizes) {
    const contenders = await contendersOf(size)
    for (const row of growth.rows(size)) {
      const result = await measureRow(bench, row, contenders)
      sayRow(result, `${grouped(size).padStart(9)} ${growth.unit}`)
      results.push({ growth, size, result })
    }
  }
  return results
}

/**
 * Makes n directories of one file each, and serves the first so many of them: for each size with servers of its own, as a
 * share costs memory whether it is used or not.
 * @param {GrowthBench} bench
 * @param {Growth} growth
 * @param {readonly number[]} sizes
 */
async function growShares(bench, growth, sizes) {
  const parent = join(bench.mount, 'shares')
  const directories = Array.from({ length: Math.max(...sizes) }, (_, i) => join(parent, `s${i}`))
  for (const directory of directories) {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'f0'), '')
  }
  /** @type {Contender[]} */
  let running = []
  const results = await grow(bench, growth, sizes, async (size) => {
    await stopServers(running)
    const served = { directory: parent, directories: directories.slice(0, size) }
    running = await startServers(bench, served, `-${size}`)
    return running
  })
  await stopServers(running)
  return results
}

/**
 * Every file of the tree is looked up once by a thousand connections: the memory that this leaves has a bar.
 * @param {GrowthBench} bench
 * @param {number} files
 * @param {readonly Contender[]} contenders
 */
async function walk(bench, files, contenders) {
  /** @type {Row} */
  const row = {
    ...{ name: 'walk', title: `LOOKUP+GETATTR of ${grouped(files)} files, each once`, unit: 'calls' },
    ...{ load: ['--mode', ...findAmong(files)], conns: walkConnections, depth: 1, once: true },
  }
  const options = { ...bench.options, rounds: 1 }
  const result = await measureRow({ ...bench, options }, row, contenders)
  sayRow(result, ''.padStart(9))
  return result
}

/** @param {GrowthOptions} options  @returns {Promise<number>} The exit status. */
async function main(options) {
  const sections = growths.filter(({ name }) => options.sectionNames.includes(name))
  const sizesOf = (/** @type {Growth} */ { sizes }) => (options.isQuick ? sizes.slice(0, -1) : sizes)
  const largest = (/** @type {string} */ name) =>
    Math.max(0, ...sections.filter((one) => one.name === name).flatMap(sizesOf))
  // Taken first: the load average is that of the others.
  const machine = await describeMachine()
  await prepareNamespace()
  const mount = await mountImage(options.folder)
  const load = await build(options.folder, 'berth-load', 'load')
  const bench = { options, mount, load, loops: '' }

  const directory = join(mount, 'tree')
  const names = sections.filter(({ name }) => name === 'directory').flatMap(sizesOf)
  const files = largest('files')
  say(`making ${grouped(names.reduce((sum, count) => sum + count, 0) + files)} files`)
  makeTree(directory, [...new Set([1000, ...names])], dataFiles)
  makeManyFiles(directory, files / filesPerDirectory)
  const contenders = await startServers(bench, { directory }, '')

  const results = []
  let walked
  for (const growth of sections.filter(({ name }) => name !== 'shares')) {
    results.push(...(await grow(bench, growth, sizesOf(growth), async () => contenders)))
    if (growth.name === 'files') walked = await walk(bench, files, contenders)
  }
  await stopServers(contenders)
  for (const growth of sections.filter(({ name }) => name === 'shares'))
    results.push(...(await growShares(bench, growth, sizesOf(growth))))

  const outcome = { ...options, machine, results, walked }
  say(`\n${growthTable(outcome, isTerminal)}`)
  if (options.writeResults) say(`written: ${writeGrowthResults(outcome).join(', ')}`)
  return results.some(({ result }) => result.failure !== undefined) ? 1 : 0
}

await session(main)
