/** One row measured in rounds: the contenders take turns, and who begins alternates. */

import { join } from 'node:path'
import { measurementOf, rowResult } from './measurement.mjs'
import { memoryOf, resetMemoryPeak, run } from './process.mjs'
import { grouped, ratioText, shapeText } from './table.mjs'
import { progress, say } from './terminal.mjs'

/** @import { Measurement, RowResult } from './measurement.mjs' */
/** @import { Row } from './rows.mjs' */
/** @import { Server } from './servers.mjs' */

/** What is gone through once is that in this time at most. */
const onceSecondsMax = 120

/**
 * What is measured in turns: a server under load, or a loop of system calls, which has no `server`.
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} directory
 * @property {Server} [server]
 */

/**
 * How long a measurement is.
 * @typedef {object} Times
 * @property {number} seconds
 * @property {number} warmup  Seconds before them that do not count.
 * @property {number} rounds
 */

/**
 * @typedef {object} Bench
 * @property {Times} options
 * @property {string} mount  Of the image.
 * @property {string} load  Path of berth-load.
 * @property {string} loops  Path of the loops.
 */

/**
 * @param {Bench} bench
 * @param {Row} row
 * @param {Contender} contender
 * @returns {Promise<Measurement>}
 */
async function measure({ options, mount, load, loops }, row, { server, directory }) {
  // What the run before has left dirty is written now, not during this one.
  await run('sync', ['-f', mount])
  if (server === undefined) {
    const stdout = await run(loops, [String(row.floor), directory, `${options.seconds}`])
    return measurementOf(row, JSON.parse(stdout), { peakMib: 0, nowMib: 0 })
  }
  if (row.cold) await forget(join(directory, 'data', 'f0'))
  resetMemoryPeak(server.pid)
  const reach = row.strict ? server.strictLoad : server.load
  const lasting =
    row.cold || row.once
      ? ['--once', '--seconds', `${onceSecondsMax}`, '--warmup', '0']
      : ['--seconds', `${options.seconds}`, '--warmup', `${options.warmup}`]
  const stdout = await run(load, [
    ...(reach ?? server.load),
    ...row.load,
    ...['--depth', `${row.depth}`, '--conns', `${row.conns}`, '--pid', `${server.pid}`],
    ...lasting,
  ])
  return measurementOf(row, JSON.parse(stdout), memoryOf(server.pid))
}

/** Has the kernel drop a file's pages: posix_fadvise(2), POSIX_FADV_DONTNEED, as dd does it. @param {string} file */
async function forget(file) {
  await run('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
}

/**
 * Measures one row: rounds of all contenders, one after the other, who begins alternating.
 * @param {Bench} bench
 * @param {Row} row
 * @param {readonly Contender[]} contenders  The subject, and the peer if there is one.
 * @returns {Promise<RowResult>}
 */
export async function measureRow(bench, row, contenders) {
  const { rounds } = bench.options
  /** @type {Map<Contender, Measurement[]>} */
  const measured = new Map(contenders.map((contender) => [contender, []]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const contender of order) {
      progress(`${row.title}, ${shapeText(row)}: round ${round + 1} of ${rounds}, ${contender.name}`)
      try {
        measured.get(contender)?.push(await measure(bench, row, contender))
      } catch (error) {
        return { row, failure: `${contender.name}: ${error instanceof Error ? error.message : error}` }
      }
    }
  }
  const [subject, peer] = contenders.map((contender) => measured.get(contender) ?? [])
  return rowResult(row, subject ?? [], peer ?? [])
}

/** @param {RowResult} result  @param {string} position */
export function sayRow({ row, failure, subject, peer, speed }, position) {
  const title = `${position} ${`${row.title}, ${shapeText(row)}`.padEnd(50)}`
  if (failure !== undefined || !subject) return say(`${title} failed: ${failure}`)
  const rates = [subject, peer].flatMap((summary) =>
    summary ? [grouped(summary.median.unitsPerSecond)] : [],
  )
  say(`${title} ${rates.map((rate) => rate.padStart(10)).join(' : ')} ${row.unit}/s  ${ratioText(speed)}`)
}
