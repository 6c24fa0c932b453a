// Broken RPC messages by the hundred thousand: valid calls of every procedure, damaged by a seed, over many connections.
import { symlinkSync, writeFileSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { Random } from '../random.mjs'
import { nfsPort } from '../servers/server.mjs'
import { Client, callMessage, framed, noAttributes, opaque, procedure, programs, words } from './rpc.mjs'

const connectionsMax = 16
/** Well-framed messages between two checks that the connection still answers. */
const batchSize = 20
/** Bytes before the arguments in what callMessage makes. */
const headerSize = callMessage(1, programs.nfs, 0, Buffer.alloc(0)).length
const replyTimeoutMs = 20_000
const memoryGrowthMaxMiB = 300
/** Of connections: none may be left, but one may be in the making. */
const socketGrowthMax = 4
/** Of all: a server may keep some hundred files open. */
const descriptorGrowthMax = 1000

/** @param {import('../test-run.mjs').Context} context */
export async function fuzz(context) {
  const total = context.full ? 1_000_000 : 100_000
  mkdirSync(path.join(context.directory, 'directory'))
  writeFileSync(path.join(context.directory, 'file'), 'x'.repeat(100_000))
  symlinkSync('file', path.join(context.directory, 'link'))
  const mount = await Client.connect(context.settings.flavour.mountPort)
  const nfs = await Client.connect(nfsPort)
  const root = await mount.root(context.share)
  const calls = validCalls(context.share, {
    root,
    directory: await nfs.find(root, 'directory'),
    file: await nfs.find(root, 'file'),
    link: await nfs.find(root, 'link'),
  })
  await Promise.all([mount.close(), nfs.close()])
  context.note(`seed ${context.seed}, ${total} messages`)

  // Caches fill first; what grows afterwards is a leak.
  await flood(context, calls, total / 10, context.seed)
  const before = context.server.usage()
  await flood(context, calls, total - total / 10, context.seed + 1)
  const after = await settled(context, before)
  context.note(
    `memory ${before.residentMiB.toFixed()} to ${after.residentMiB.toFixed()} MiB, ` +
      `descriptors ${before.descriptors} to ${after.descriptors}, sockets ${before.sockets} to ${after.sockets}`,
  )
  if (after.residentMiB - before.residentMiB > memoryGrowthMaxMiB) throw new Error('the server’s memory grew')
  if (after.sockets - before.sockets > socketGrowthMax) throw new Error('connections are left over')
  if (after.descriptors - before.descriptors > descriptorGrowthMax)
    throw new Error('the server’s descriptors grew')

  const again = await Client.connect(nfsPort)
  const { status, reader } = await again.nfs('getattr', opaque(root))
  if (status !== 0 || reader.attributes().type !== 2)
    throw new Error('GETATTR of the root is wrong afterwards')
  await again.close()
}

/** Usage once closed connections are forgotten. @param {import('../test-run.mjs').Context} context @param {{ sockets: number }} before */
async function settled(context, before) {
  let usage = context.server.usage()
  for (let wait = 0; wait < 20 && usage.sockets > before.sockets; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    usage = context.server.usage()
  }
  return usage
}

/**
 * Sends `total` messages over several connections at a time.
 * @param {import('../test-run.mjs').Context} context @param {Buffer[]} calls @param {number} total @param {number} seed
 */
async function flood(context, calls, total, seed) {
  let sent = 0
  let answered = 0
  const worker = async (/** @type {number} */ index) => {
    const random = new Random(seed * 1000 + index)
    while (sent < total) {
      const counts = await oneConnection(calls, random, Math.min(20 * batchSize, total - sent))
      sent += counts.sent
      answered += counts.answered
      if (!context.server.isRunning) throw new Error(`the server died after about ${sent} messages`)
    }
  }
  await Promise.all(Array.from({ length: connectionsMax }, (_, index) => worker(index)))
  context.note(`${sent} messages, ${answered} answered`)
}

/**
 * Sends messages until the count is reached or the server closes; the last is damaged in its framing.
 * @param {Buffer[]} calls @param {Random} random @param {number} count
 * @returns {Promise<{ sent: number, answered: number }>}
 */
async function oneConnection(calls, random, count) {
  const client = await Client.connect(nfsPort)
  let open = true
  const ended = client.closed.then(() => (open = false))
  let sent = 0
  while (open && sent < count) {
    const messages = Array.from({ length: batchSize }, () => framed(damaged(random.pick(calls), random)))
    sent += messages.length
    writeInPieces(client, Buffer.concat(messages), random)
    // The answer to a sound call says that all before it were dealt with. The server may close instead.
    const sound = client.call(programs.nfs, procedure.null, Buffer.alloc(0)).catch(() => undefined)
    await withTimeout(Promise.race([sound, ended]), 'neither an answer nor an end')
  }
  if (open) {
    client.socket.write(brokenFraming(damaged(random.pick(calls), random), random))
    // Half of the time a quiet end, else a reset.
    if (random.oneIn(2)) client.socket.destroySoon()
    else client.socket.resetAndDestroy()
  }
  await ended
  return { sent, answered: client.replyCount }
}

/** @template T @param {Promise<T>} promise @param {string} message @returns {Promise<T>} */
function withTimeout(promise, message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${replyTimeoutMs} ms`)), replyTimeoutMs)
  })
  return /** @type {Promise<T>} */ (Promise.race([promise, late]).finally(() => clearTimeout(timer)))
}

/** Now and then the stream is cut into small pieces at random places. @param {Client} client @param {Buffer} bytes @param {Random} random */
function writeInPieces(client, bytes, random) {
  if (!random.oneIn(4)) {
    client.socket.write(bytes)
    return
  }
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(random.pick([3, 100, 5000]))
    client.socket.write(bytes.subarray(at, at + size))
    at += size
  }
}

/** @param {Buffer} message @param {Random} random */
function brokenFraming(message, random) {
  const ways = [
    () => words(0xffffffff), // a fragment of 2 GiB
    () => words(0x7fffffff),
    () => Buffer.concat([words(0x80000000 + message.length + 1000), message]), // more promised than sent
    () => Buffer.concat(Array.from({ length: 5000 }, () => words(0))), // empty fragments without end
    () => Buffer.concat(Array.from(message, (byte) => Buffer.concat([words(1), Buffer.of(byte)]))), // one byte each
    () => Buffer.concat([words(0x80000000), framed(message)]), // an empty record
    () => random.bytes(200),
  ]
  return random.pick(ways)()
}

/** Ways to damage some bytes, 4 or more. @type {((bytes: Buffer, random: Random) => Buffer)[]} */
const damages = [
  (bytes, random) => {
    for (let flips = 1 + random.below(8); flips > 0; flips--) {
      const at = random.below(bytes.length)
      bytes[at] = /** @type {number} */ (bytes[at]) ^ (1 << random.below(8))
    }
    return bytes
  },
  (bytes, random) => {
    const odd = [
      0,
      1,
      0x7fffffff,
      0x80000000,
      0xffffffff,
      0xfffffffc,
      64,
      65,
      255,
      256,
      1 << 20,
      random.uint32(),
    ]
    bytes.writeUInt32BE(random.pick(odd) >>> 0, random.below(bytes.length >> 2) * 4)
    return bytes
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => Buffer.concat([bytes, random.bytes(random.below(200))]),
  (bytes, random) => {
    const from = random.below(bytes.length)
    bytes.copy(bytes, random.below(bytes.length), from, from + random.below(64))
    return bytes
  },
  (_, random) => random.bytes(random.below(300)),
  (bytes) => bytes, // Sound calls change what the damaged ones find.
]

/**
 * Damages the arguments; now and then the RPC header as well, which a server may answer by closing the connection.
 * @param {Buffer} call @param {Random} random
 */
function damaged(call, random) {
  const header = Buffer.from(call.subarray(0, headerSize))
  /** @type {Buffer} */
  let args = Buffer.from(call.subarray(headerSize))
  // An xid of its own, or the reply cache answers.
  header.writeUInt32BE((random.uint32() | 0x80000000) >>> 0, 0)
  for (let count = 1 + random.below(2); count > 0 && args.length >= 4; count--)
    args = random.pick(damages)(args, random)
  if (!random.oneIn(40)) return Buffer.concat([header, args])
  return random.pick(damages)(Buffer.concat([header, args]), random)
}

/**
 * One or more sound calls of every procedure of both programs.
 * @param {string} share
 * @param {{ root: Buffer, directory: Buffer, file: Buffer, link: Buffer }} handles
 */
function validCalls(share, { root, directory, file, link }) {
  const at = (/** @type {string} */ name) => Buffer.concat([opaque(directory), opaque(name)])
  const someAttributes = words(1, 0o640, 0, 0, 1, 0, 10, 1, 2, 5, 6)
  /** @type {[keyof typeof procedure, Buffer[]][]} */
  const nfs = [
    ['null', []],
    ['getattr', [opaque(file)]],
    ['setattr', [opaque(file), someAttributes, words(0)]],
    ['lookup', [at('a')]],
    ['lookup', [opaque(root), opaque('file')]],
    ['access', [opaque(directory), words(0x3f)]],
    ['readlink', [opaque(link)]],
    ['read', [opaque(file), words(0, 100, 4096)]],
    ['write', [opaque(file), words(0, 5, 8, 0), opaque('12345678')]],
    ['write', [opaque(file), words(0, 5, 8, 2), opaque('12345678')]],
    ['create', [at('a'), words(0), someAttributes]],
    ['create', [at('b'), words(2, 7, 8)]],
    ['mkdir', [at('d'), noAttributes]],
    ['symlink', [at('s'), noAttributes, opaque('target')]],
    ['mknod', [at('p'), words(7), noAttributes]],
    ['mknod', [at('c'), words(4), noAttributes, words(1, 3)]],
    ['remove', [at('a')]],
    ['rmdir', [at('d')]],
    ['rename', [at('b'), at('a')]],
    ['link', [opaque(file), at('l')]],
    ['readdir', [opaque(directory), words(0, 0, 0, 0, 4096)]],
    ['readdirplus', [opaque(directory), words(0, 0, 0, 0, 1024, 8192)]],
    ['fsstat', [opaque(root)]],
    ['fsinfo', [opaque(root)]],
    ['pathconf', [opaque(root)]],
    ['commit', [opaque(file), words(0, 0, 0)]],
  ]
  const mount = [[], [opaque(share)], [], [opaque(share)], [], []]
  return [
    ...nfs.map(([name, args]) => callMessage(1, programs.nfs, procedure[name], Buffer.concat(args))),
    ...mount.map((args, number) => callMessage(1, programs.mount, number, Buffer.concat(args))),
  ]
}
