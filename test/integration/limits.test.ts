import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { dataDirectory } from './cli-fixture.ts'
import { adminCall, clientsByLane, rootOf } from './lanes-fixture.ts'
import {
  configFile,
  mountShare,
  startServer,
  stopServer,
  useWorkspace,
  type RunningServer,
} from './server.ts'

// How much may be asked of a share, or by who has a token, in a second: counted over some seconds, by whichever lane.

const workspace = useWorkspace()
const blockSize = 64 * 1024

async function start(limit: object, settings: object = {}) {
  mkdirSync(join(workspace.path, dataDirectory), { mode: 0o700 })
  const shares = ['limited', 'free'].map((name) => {
    mkdirSync(join(workspace.path, name))
    writeFileSync(join(workspace.path, name, 'file'), Buffer.alloc(blockSize, 'x'))
    return { path: `/${name}`, directory: name, squash: 'none', ...(name === 'limited' ? limit : {}) }
  })
  return startServer(configFile(workspace.path, { data: dataDirectory, shares, ...settings }), workspace.path)
}

const admin = <Answer>(server: RunningServer, method: string, path: string, body?: object) =>
  adminCall<Answer>(server, join(workspace.path, dataDirectory), method, path, body)

/** Lets a subject do everything there. */
const allow = (server: RunningServer, subject: string, object: string) =>
  admin(server, 'POST', '/v1/rules', { kind: 'p', subject, object, action: '*', effect: 'allow' })

interface Counted {
  readonly count: number
  readonly seconds: number
}

/** How many calls are answered OK to who always has `depth` of them out. */
async function counted(call: () => Promise<{ status: number }>, seconds = 2.5, depth = 16): Promise<Counted> {
  let count = 0
  const begun = performance.now()
  const end = begun + seconds * 1000
  const caller = async () => {
    while (performance.now() < end) {
      expect((await call()).status).toBe(Nfsstat3.OK)
      count++
    }
  }
  await Promise.all(Array.from({ length: depth }, caller))
  return { count, seconds: (performance.now() - begun) / 1000 }
}

/** The burst, which is a second's worth, comes at once, and makes up for when this machine does something else. */
function expectLimit({ count, seconds }: Counted, limit: number): void {
  const allowed = limit * (seconds + 1) + 1
  expect(count).toBeLessThan(1.05 * allowed)
  expect(count).toBeGreaterThan(0.85 * allowed)
}

function expectNoLimit({ count, seconds }: Counted, lowest: number): void {
  expect(count / seconds).toBeGreaterThan(2 * lowest)
}

/** Until a bucket of which nobody takes anything allows a burst again. */
const burstAgain = () => delay(1500)

async function handleOf(nfs: Nfs3Client, dir: Buffer, name: string): Promise<Buffer> {
  const found = await nfs.lookup(dir, name)
  if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP of ${name}: status ${found.status}`)
  return found.object
}

async function samples(server: RunningServer, name: string): Promise<string[]> {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text()
  return text.split('\n').filter((line) => line.startsWith(name))
}

test('a share has as many calls a second as its limit, by all lanes together', async () => {
  const server = await start({ callsPerSecond: 120 }, { lanes: 2 })
  const clients = await clientsByLane(server, 2)
  const root = await rootOf(clients[0]!, '/limited')
  const [one, two] = await Promise.all(clients.map(({ nfs }) => counted(() => nfs.getattr(root))))
  expectLimit({ count: one!.count + two!.count, seconds: Math.max(one!.seconds, two!.seconds) }, 120)
  expect(await samples(server, 'berth_share_delayed_calls_total')).toEqual([
    expect.stringContaining('{share="/limited"}'),
  ])
  await stopServer(server)
})

test('a share has as many bytes a second as its limit, read or written, and other calls besides', async () => {
  const limit = 30
  const server = await start({ bytesPerSecond: limit * blockSize })
  const { nfs, root } = await mountShare(server, '/limited')
  const file = await handleOf(nfs, root, 'file')
  const block = Buffer.alloc(blockSize, 'y')
  expectLimit(await counted(() => nfs.read(file, 0, blockSize)), limit)
  await burstAgain()
  expectLimit(await counted(() => nfs.write(file, 0, block, StableHow.UNSTABLE)), limit)
  const reader = { isOver: false }
  const reading = counted(() => nfs.read(file, 0, blockSize), 1).finally(() => (reader.isOver = true))
  const begun = performance.now()
  let count = 0
  for (; !reader.isOver; count++) await nfs.getattr(root)
  await reading
  expectNoLimit({ count, seconds: (performance.now() - begun) / 1000 }, limit)
  await stopServer(server)
})

test('others on the same connection go on while calls wait, and what is more than may wait is put off', async () => {
  const server = await start({ callsPerSecond: 10, burstSeconds: 0 })
  const limited = await mountShare(server, '/limited')
  const free = await mountShare(server, '/free')
  const onSame = new Nfs3Client(limited.transport)
  let answeredCount = 0
  const statuses: number[] = []
  const waiting = Array.from({ length: 300 }, async () => {
    statuses.push((await limited.nfs.getattr(limited.root)).status)
    answeredCount++
  })
  for (let round = 0; round < 300; round++)
    expect(await onSame.getattr(free.root)).toMatchObject({ status: Nfsstat3.OK })
  expect(answeredCount).toBeLessThan(300)
  await Promise.all(waiting)
  const doneCount = statuses.filter((status) => status === Nfsstat3.OK).length
  // Those of five seconds wait, and no more than a connection may let wait.
  expect(doneCount).toBeGreaterThan(45)
  expect(doneCount).toBeLessThan(65)
  expect(statuses.filter((status) => status === Nfsstat3.JUKEBOX).length).toBe(300 - doneCount)
  expect(await samples(server, 'berth_share_put_off_calls_total')).toEqual([
    `berth_share_put_off_calls_total{share="/limited"} ${300 - doneCount}`,
  ])
  await stopServer(server)
})

test('a limit is changed and taken away while calls come', async () => {
  const server = await start({}, { lanes: 2 })
  const share = await admin<{ id: number }>(server, 'POST', '/v1/shares', { path: '/made' })
  const change = (limit: object) => admin(server, 'PATCH', `/v1/shares/${share.id}`, limit)
  await allow(server, 'host:127.0.0.1', '/made')
  const { nfs, root } = await mountShare(server, '/made')
  const some = (seconds: number) => counted(() => nfs.getattr(root), seconds)
  expectNoLimit(await some(0.5), 60)
  expect(await change({ callsPerSecond: 60 })).toMatchObject({ callsPerSecond: 60, burstSeconds: 1 })
  expectLimit(await some(2), 60)
  await change({ callsPerSecond: 30 })
  expectLimit(await some(2), 30)
  await change({ callsPerSecond: null })
  expectNoLimit(await some(0.5), 60)
  await stopServer(server)
})

test('each grant made with a token has the limit of the token for itself', async () => {
  const server = await start({})
  await admin(server, 'POST', '/v1/shares', { path: '/made' })
  const subject = 'app:shop'
  await allow(server, subject, '/**')
  const token = (limit: object) =>
    admin<{ token: { id: string }; text: string }>(server, 'POST', '/v1/tokens', {
      ...{ name: 'test', subject },
      ...limit,
    })
  const tokens = [await token({ callsPerSecond: 30 }), await token({ callsPerSecond: 60 }), await token({})]
  const mounted: Awaited<ReturnType<typeof mountShare>>[] = []
  for (const { text } of tokens) mounted.push(await mountShare(server, `/@${text}/made`))
  const each = () => Promise.all(mounted.map(({ nfs, root }) => counted(() => nfs.getattr(root), 2, 8)))
  const [one, two, three] = await each()
  expectLimit(one!, 30)
  expectLimit(two!, 60)
  expectNoLimit(three!, 60)
  await admin(server, 'PATCH', `/v1/tokens/${tokens[0]!.token.id}`, { callsPerSecond: null })
  await admin(server, 'PATCH', `/v1/tokens/${tokens[2]!.token.id}`, { callsPerSecond: 30 })
  await burstAgain()
  const [changed, same, limited] = await each()
  expectNoLimit(changed!, 60)
  expectLimit(same!, 60)
  expectLimit(limited!, 30)
  await stopServer(server)
})

test('what is sent again while it waits is booked and done once', async () => {
  const server = await start({ callsPerSecond: 1, burstSeconds: 0 })
  const { nfs, root, transport } = await mountShare(server, '/limited')
  const file = await handleOf(nfs, root, 'file')
  const again = await TcpTransport.connect(server.nfsPort)
  const copies = (xid: number) => [transport, again].map((each) => new Nfs3Client(each, { xid }))
  const create = copies(1).map((each) => each.create(root, 'new', { mode: 'GUARDED', attributes: {} }))
  const write = copies(2).map((each) => each.write(file, 0, Buffer.from('once'), StableHow.FILE_SYNC))
  for (const pair of [create, write]) {
    const [first, second] = await Promise.all<{ status: number }>(pair)
    expect(first).toMatchObject({ status: Nfsstat3.OK })
    expect(second).toEqual(first)
  }
  expect(readdirSync(join(workspace.path, 'limited')).sort()).toEqual(['file', 'new'])
  const delayed = await samples(server, 'berth_share_delayed_calls_total')
  expect(delayed).toEqual(['berth_share_delayed_calls_total{share="/limited"} 2'])
  await stopServer(server)
})

test('a WRITE whose connection is lost while it waits is done, and joined by its copy on the next', async () => {
  const server = await start({ callsPerSecond: 1, burstSeconds: 0 })
  const { nfs, root, transport } = await mountShare(server, '/limited')
  const file = await handleOf(nfs, root, 'file')
  const write = (on: TcpTransport) =>
    new Nfs3Client(on, { xid: 7 }).write(file, 0, Buffer.from('once'), StableHow.FILE_SYNC)
  const lost = write(transport).catch(() => 'lost')
  // Its reply tells that the server has taken the call before.
  await new Nfs3Client(transport).null()
  await transport.close()
  const again = await TcpTransport.connect(server.nfsPort)
  expect(await write(again)).toMatchObject({ status: Nfsstat3.OK })
  expect(await lost).toBe('lost')
  const delayed = await samples(server, 'berth_share_delayed_calls_total')
  expect(delayed).toEqual(['berth_share_delayed_calls_total{share="/limited"} 1'])
  await stopServer(server)
})

test('calls that wait are answered when the gateway ends', async () => {
  const server = await start({ callsPerSecond: 1, burstSeconds: 0 })
  const { nfs, root } = await mountShare(server, '/limited')
  const waiting = Array.from({ length: 5 }, () => nfs.getattr(root))
  await nfs.null()
  await stopServer(server)
  for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(Nfsstat3.OK)
})
