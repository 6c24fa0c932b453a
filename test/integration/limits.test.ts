import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** How often a second a call is answered OK by a server that always has `depth` of them. */
async function rateOf(call: () => Promise<{ status: number }>, depth = 16, seconds = 2.5): Promise<number> {
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
  return (count / (performance.now() - begun)) * 1000
}

function expectAbout(rate: number, limit: number): void {
  expect(rate).toBeGreaterThan(0.85 * limit)
  expect(rate).toBeLessThan(1.15 * limit)
}

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
  const server = await start({ callsPerSecond: 400, burstSeconds: 0 }, { lanes: 2 })
  const clients = await clientsByLane(server, 2)
  const root = await rootOf(clients[0]!, '/limited')
  const rates = await Promise.all(clients.map(({ nfs }) => rateOf(() => nfs.getattr(root))))
  expectAbout(rates[0]! + rates[1]!, 400)
  expect(await samples(server, 'berth_share_delayed_calls_total')).toEqual([
    expect.stringContaining('{share="/limited"}'),
  ])
  await stopServer(server)
})

test('a share has as many bytes a second as its limit, read or written, and other calls besides', async () => {
  const limit = 100
  const server = await start({ bytesPerSecond: limit * blockSize, burstSeconds: 0 })
  const { nfs, root } = await mountShare(server, '/limited')
  const file = await handleOf(nfs, root, 'file')
  const block = Buffer.alloc(blockSize, 'y')
  expectAbout(await rateOf(() => nfs.read(file, 0, blockSize)), limit)
  expectAbout(await rateOf(() => nfs.write(file, 0, block, StableHow.UNSTABLE)), limit)
  let others = 0
  const isOver = rateOf(() => nfs.read(file, 0, blockSize), 16, 1).then(() => true)
  while (!(await Promise.race([isOver, nfs.getattr(root).then(() => false)]))) others++
  expect(others).toBeGreaterThan(2 * limit)
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
  const subject = 'host:127.0.0.1'
  await admin(server, 'POST', '/v1/rules', {
    kind: 'p',
    subject,
    object: '/made',
    action: '*',
    effect: 'allow',
  })
  const { nfs, root } = await mountShare(server, '/made')
  const rate = (seconds: number) => rateOf(() => nfs.getattr(root), 16, seconds)
  const unlimited = await rate(0.5)
  expect(unlimited).toBeGreaterThan(400)
  expect(await change({ callsPerSecond: 200, burstSeconds: 0 })).toMatchObject({ callsPerSecond: 200 })
  expectAbout(await rate(2), 200)
  await change({ callsPerSecond: 50 })
  expectAbout(await rate(2), 50)
  await change({ callsPerSecond: null })
  expect(await rate(0.5)).toBeGreaterThan(400)
  await stopServer(server)
})

test('each grant made with a token has the limit of the token for itself', async () => {
  const server = await start({})
  await admin(server, 'POST', '/v1/shares', { path: '/made' })
  const subject = 'app:shop'
  await admin(server, 'POST', '/v1/rules', {
    kind: 'p',
    subject,
    object: '/**',
    action: '*',
    effect: 'allow',
  })
  const token = (limit: object) =>
    admin<{ token: { id: string }; text: string }>(server, 'POST', '/v1/tokens', {
      ...{ name: 'test', subject, burstSeconds: 0 },
      ...limit,
    })
  const tokens = [await token({ callsPerSecond: 60 }), await token({ callsPerSecond: 120 }), await token({})]
  const mounted: Awaited<ReturnType<typeof mountShare>>[] = []
  for (const { text } of tokens) mounted.push(await mountShare(server, `/@${text}/made`))
  const rates = () => Promise.all(mounted.map(({ nfs, root }) => rateOf(() => nfs.getattr(root), 8, 2)))
  const [one, two, three] = await rates()
  expectAbout(one!, 60)
  expectAbout(two!, 120)
  expect(three).toBeGreaterThan(240)
  await admin(server, 'PATCH', `/v1/tokens/${tokens[0]!.token.id}`, { callsPerSecond: null })
  await admin(server, 'PATCH', `/v1/tokens/${tokens[2]!.token.id}`, { callsPerSecond: 60 })
  const [changed, same, limited] = await rates()
  expect(changed).toBeGreaterThan(240)
  expectAbout(same!, 120)
  expectAbout(limited!, 60)
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
