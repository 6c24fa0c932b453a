// Many clients, slow clients, clients that never read: whoever behaves must still be served.
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nfsPort } from '../servers/server.mjs'
import { Client, callMessage, framed, noAttributes, opaque, procedure, programs, words } from './rpc.mjs'

/** The longest a well-behaved client may wait for one answer meanwhile. Not a measure of speed: a sign of life. */
const patienceMs = 15_000
const memoryGrowthMaxMiB = 300

/** @param {import('../test-run.mjs').Context} context */
async function root(context) {
  const mount = await Client.connect(context.settings.flavour.mountPort)
  const handle = await mount.root(context.share)
  await mount.close()
  return handle
}

/** @template T @param {Promise<T>} answer @returns {Promise<T>} */
function soon(answer) {
  const late = sleep(patienceMs, undefined, { ref: false }).then(() => {
    throw new Error(`a well-behaved client waited for ${patienceMs} ms`)
  })
  return Promise.race([answer, late])
}

/** Makes, writes, reads and removes files. @param {Client} nfs @param {Buffer} directory @param {number} rounds */
async function work(nfs, directory, rounds) {
  for (let round = 0; round < rounds; round++) {
    const name = opaque(`work-${round}`)
    const made = await soon(nfs.nfs('create', opaque(directory), name, words(0), noAttributes))
    if (made.status !== 0) throw new Error(`CREATE answered ${made.status}`)
    const file = await soon(nfs.find(directory, `work-${round}`))
    const text = `text of round ${round}`
    const written = await soon(nfs.nfs('write', opaque(file), words(0, 0, text.length, 2), opaque(text)))
    if (written.status !== 0) throw new Error(`WRITE answered ${written.status}`)
    const { data } = await soon(nfs.read(file, 100))
    if (data.toString() !== text) throw new Error(`READ gave ${JSON.stringify(data.toString())}`)
    const removed = await soon(nfs.nfs('remove', opaque(directory), name))
    if (removed.status !== 0) throw new Error(`REMOVE answered ${removed.status}`)
  }
}

/** @param {number} count @returns {Promise<net.Socket[]>} */
async function openMany(count) {
  /** @type {net.Socket[]} */
  const sockets = []
  for (let index = 0; index < count; index++) {
    const socket = net.connect(nfsPort, '127.0.0.1')
    socket.on('error', () => {}) // Refused or reset: what counts is whether others are served.
    sockets.push(socket)
    if (index % 200 === 199) await sleep(20)
  }
  // A busy machine takes a while to accept them all.
  const deadline = Date.now() + patienceMs
  while (sockets.some((socket) => socket.connecting) && Date.now() < deadline) await sleep(100)
  await sleep(1000)
  return sockets
}

/** @param {import('../test-run.mjs').Context} context */
export async function idleConnections(context) {
  const share = await root(context)
  const nfs = await Client.connect(nfsPort)
  const sockets = await openMany(10_000)
  const alive = sockets.filter((socket) => socket.readyState === 'open').length
  context.note(
    `${alive} of ${sockets.length} idle connections are open, ${context.server.usage().residentMiB.toFixed()} MiB`,
  )
  if (alive < 9_900) throw new Error(`only ${alive} idle connections were accepted`)
  await work(nfs, share, 100)
  for (const socket of sockets) socket.destroy()
  await sleep(1000)
  const { sockets: left } = context.server.usage()
  if (left > 100) throw new Error(`${left} sockets are left after the idle clients went`)
  // New clients are welcome again.
  const late = await Client.connect(nfsPort)
  await work(late, share, 5)
  await Promise.all([nfs.close(), late.close()])
}

/** Asks for 4 GiB in all and takes nothing. @param {import('../test-run.mjs').Context} context */
export async function neverReads(context) {
  writeFileSync(path.join(context.directory, 'big'), Buffer.alloc(1 << 20, 'b'))
  const share = await root(context)
  const nfs = await Client.connect(nfsPort)
  const file = await nfs.find(share, 'big')
  const before = context.server.usage().residentMiB
  const request = framed(
    callMessage(7, programs.nfs, procedure.read, Buffer.concat([opaque(file), words(0, 0, 1 << 20)])),
  )
  const sockets = await openMany(8)
  for (const socket of sockets) {
    socket.pause()
    for (let index = 0; index < 512; index++) socket.write(request)
  }
  let most = 0
  for (let second = 0; second < (context.full ? 30 : 6); second++) {
    await Promise.all([work(nfs, share, 5), sleep(1000)])
    most = Math.max(most, context.server.usage().residentMiB)
  }
  context.note(`memory ${before.toFixed()} MiB before, ${most.toFixed()} MiB at most`)
  if (most - before > memoryGrowthMaxMiB) throw new Error(`memory grew by ${(most - before).toFixed()} MiB`)
  for (const socket of sockets) socket.destroy()
  await work(nfs, share, 5)
  await nfs.close()
}

/** Clients that send a byte a time, or half a record and then nothing. @param {import('../test-run.mjs').Context} context */
export async function slowSenders(context) {
  const share = await root(context)
  const nfs = await Client.connect(nfsPort)
  const message = framed(callMessage(7, programs.nfs, procedure.getattr, opaque(share)))
  const before = context.server.usage().residentMiB
  const dribbling = await openMany(300)
  const halfway = await openMany(300)
  // The header promises 64 KiB, of which half comes.
  for (const socket of halfway) socket.write(Buffer.concat([words(0x80000000 + 65536), Buffer.alloc(32768)]))
  let at = 0
  const end = Date.now() + (context.full ? 60_000 : 6_000)
  while (Date.now() < end) {
    for (const socket of dribbling) if (socket.writable) socket.write(message.subarray(at, at + 1))
    at = (at + 1) % message.length
    await Promise.all([work(nfs, share, 1), sleep(50)])
  }
  const growth = context.server.usage().residentMiB - before
  context.note(`memory grew by ${growth.toFixed()} MiB`)
  if (growth > memoryGrowthMaxMiB) throw new Error(`memory grew by ${growth.toFixed()} MiB`)
  for (const socket of [...dribbling, ...halfway]) socket.destroy()
  await nfs.close()
}
