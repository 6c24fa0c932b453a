// The server killed, frozen, out of space, read-only, behind a bad network; a hard mount must ride it out.
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { guestTest } from '../guest-test.mjs'
import { Image } from '../images/images.mjs'
import { makeSourceTree } from '../workloads/source-tree.mjs'

/** @typedef {import('../test-run.mjs').Context} Context */

const recordSize = 64

/** Text of record `number`, as markers.c writes it. @param {number} number */
function record(number) {
  const mark = BigInt.asUintN(64, BigInt(number) * 0x9e3779b97f4a7c15n)
  return `${String(number).padStart(10, '0')} ${String(mark).padStart(52, '0')}\n`
}

/**
 * Every record up to the last the client was told is safe must be on the server.
 * @param {Context} context
 */
function checkMarkers(context) {
  const said = [...readFileSync(context.logFile, 'latin1').matchAll(/^safe (\d+)\r?$/gm)]
  const last = Number(said.at(-1)?.[1] ?? -1)
  if (last < 0) return
  const found = Buffer.alloc((last + 1) * recordSize)
  const file = openSync(path.join(context.directory, 'markers'), 'r')
  const size = readSync(file, found, 0, found.length, 0)
  closeSync(file)
  if (size < found.length)
    throw new Error(`record ${last} was safe, the server has ${size / recordSize} records`)
  for (let number = 0; number <= last; number++) {
    const text = found.toString('latin1', number * recordSize, (number + 1) * recordSize)
    if (text !== record(number))
      throw new Error(`record ${number} was safe, the server has ${JSON.stringify(text)}`)
  }
  context.note(`${last + 1} safe records are on the server`)
}

/**
 * Runs `disturb` again and again until the guest's work ends.
 * @param {Promise<void>} work
 * @param {() => Promise<void>} disturb
 */
async function whileRunning(work, disturb) {
  let running = true
  const ended = work.finally(() => (running = false))
  // Reported below, by `await ended`.
  ended.catch(() => {})
  while (running) await disturb()
  await ended
}

/** Kills the server after some seconds, checks what it leaves, starts it again. @param {Context} context */
async function killOnce(context) {
  await sleep(2500 + ((context.seed * 997 + Date.now()) % 1500))
  await context.server.kill()
  checkMarkers(context)
  await sleep(500)
  await context.server.start()
}

/** @param {Context} context */
async function killDuringWrites(context) {
  const seconds = context.full ? 90 : 15
  const work = context.guest('faults/verified-writes.sh', { SECONDS_LONG: String(seconds) })
  await whileRunning(work, () => killOnce(context))
  checkMarkers(context)
}

/** @param {Context} context */
async function killDuringUntar(context) {
  makeSourceTree(path.join(context.settings.work, 'exchange/small'), context.full ? 2_000 : 500, context.seed)
  const work = context.guest('faults/untar.sh', { SECONDS_LONG: String(context.full ? 90 : 12) })
  await whileRunning(work, () => killOnce(context))
}

/** @param {Context} context */
async function freeze(context) {
  const frozenSec = context.full ? 60 : 15
  const work = context.guest('faults/verified-writes.sh', { SECONDS_LONG: String(frozenSec + 10) })
  work.catch(() => {}) // Awaited below.
  await sleep(6000)
  context.server.signal('SIGSTOP')
  context.note(`frozen for ${frozenSec} s`)
  await sleep(frozenSec * 1000)
  context.server.signal('SIGCONT')
  await work
  checkMarkers(context)
}

/** Turns the image read-only and back when the guest asks. @param {Context} context */
async function readOnly(context) {
  const exchange = path.join(context.settings.work, 'exchange')
  const work = context.guest('faults/read-only.sh')
  await whileRunning(work, async () => {
    await sleep(100)
    const ask = path.join(exchange, 'ask')
    if (!existsSync(ask)) return
    const mode = readFileSync(ask, 'utf8').trim()
    if (mode !== 'ro' && mode !== 'rw') return
    rmSync(ask)
    await remount(context, mode)
    writeFileSync(path.join(exchange, 'answer'), '')
  })
}

/**
 * The kernel refuses while a file is open for writing; a server may keep one for a while. Failing that, it is restarted,
 * as an administrator would.
 * @param {Context} context
 * @param {'ro' | 'rw'} mode
 */
async function remount(context, mode) {
  const { image } = context
  if (!(image instanceof Image)) throw new Error(`${image.directory} is no loop image`)
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      image.remount(mode)
      context.note(`remounted ${mode} below the running server`)
      return
    } catch (error) {
      if (!/busy/.test(String(error))) throw error
      await sleep(500)
    }
  }
  await context.server.stop()
  image.remount(mode)
  await context.server.start()
  context.note(`remounted ${mode} while the server was restarted: it kept files open for writing`)
}

/** @type {import('../test-run.mjs').Test[]} */
export const faults = [
  {
    name: 'fault/kill-writes',
    about: 'kill -9 every few seconds under synced records and verified fio: nothing acknowledged is lost',
    cut: 'once',
    timeoutSec: 400,
    run: killDuringWrites,
  },
  {
    name: 'fault/kill-untar',
    about: 'kill -9 every few seconds while trees are unpacked and compared',
    cut: 'never',
    timeoutSec: 600,
    run: killDuringUntar,
  },
  {
    name: 'fault/freeze',
    about: 'the server stopped for 60 s (15 in the cut) under synced records and verified fio',
    cut: 'once',
    timeoutSec: 300,
    run: freeze,
  },
  {
    ...guestTest(
      'fault/full-disk',
      'ENOSPC reaches write, fsync and close; freed space can be used; synced data is intact',
      'faults/full-disk.sh',
      { timeoutSec: 300, cut: 'everywhere' },
    ),
    smallImage: true,
  },
  {
    name: 'fault/read-only',
    about: 'the filesystem turns read-only below the share: EROFS for each change, reads go on',
    cut: 'once',
    timeoutSec: 120,
    smallImage: true,
    run: readOnly,
  },
  guestTest(
    'fault/network',
    'both directions lose, delay, duplicate and reorder packets: no call happens twice',
    'faults/network.sh',
    {
      timeoutSec: 600,
    },
  ),
]
