import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { Nfs3Client } from 'nfs-server-ts/testing'
import { expect, onTestFinished, test } from 'vitest'
import { dataDirectory } from './cli-fixture.ts'
import { adminCall, clientsByLane, connectionsByLane, rootOf } from './lanes-fixture.ts'
import { configFile, metric, runToEnd, startServer, stopServer, useWorkspace } from './server.ts'

// Several lanes are one gateway: what a client does through one of them holds for all.

const workspace = useWorkspace()
const laneCount = 3

async function start(settings: object = {}, share: object = {}) {
  fs.mkdirSync(join(workspace.path, dataDirectory), { mode: 0o700 })
  fs.mkdirSync(join(workspace.path, 'files'))
  const args = configFile(workspace.path, {
    data: dataDirectory,
    lanes: laneCount,
    shares: [{ path: '/s', directory: 'files', squash: 'none', ...share }],
    ...settings,
  })
  const server = await startServer(args, workspace.path)
  const clients = await clientsByLane(server, laneCount)
  return { server, clients, root: await rootOf(clients[0]!, '/s'), files: join(workspace.path, 'files') }
}

test('a call sent again to another lane is answered with the first reply, and not done twice', async () => {
  const { server, clients, root, files } = await start()
  const create = (lane: number, xid: number, name: string) =>
    new Nfs3Client(clients[lane]!.transport, { xid }).create(root, name, { mode: 'GUARDED', attributes: {} })
  const remove = (lane: number, xid: number, name: string) =>
    new Nfs3Client(clients[lane]!.transport, { xid }).remove(root, name)
  for (let round = 0; round < 20; round++) {
    const [first, second] = [round % laneCount, (round + 1) % laneCount]
    const created = await create(first, 10 + 2 * round, `file${round}`)
    expect(created.status).toBe(Nfsstat3.OK)
    // Every attribute and the handle are the first ones: nothing was looked at anew.
    expect(await create(second, 10 + 2 * round, `file${round}`)).toEqual(created)
    const removed = await remove(second, 11 + 2 * round, `file${round}`)
    expect(removed.status).toBe(Nfsstat3.OK)
    expect(await remove(first, 11 + 2 * round, `file${round}`)).toEqual(removed)
  }
  expect(fs.readdirSync(files)).toEqual([])
  expect(await metric(server, 'berth_reply_cache_hits_total')).toBe(40)
  await stopServer(server)
})

test('copies sent to all lanes at once are done once', async () => {
  const { server, clients, root } = await start({}, { durability: 'relaxed' })
  for (let round = 0; round < 100; round++) {
    const results = await Promise.all(
      clients.map(({ transport }) =>
        new Nfs3Client(transport, { xid: 1000 + round }).create(root, `name${round}`, {
          mode: 'GUARDED',
          attributes: {},
        }),
      ),
    )
    // One that was done anew would say EXIST.
    for (const result of results) expect(result).toEqual(results[0])
    expect(results[0]!.status).toBe(Nfsstat3.OK)
  }
  expect(await metric(server, 'berth_reply_cache_hits_total')).toBe(100 * (laneCount - 1))
  await stopServer(server)
})

test('the limit of connections is one of all lanes', async () => {
  const { server } = await start({ limits: { connections: 6 } })
  const sockets = Array.from({ length: 20 }, () => connect(server.nfsPort, '127.0.0.1').on('error', () => {}))
  while (
    (await metric(server, 'berth_connections_total'))! +
      (await metric(server, 'berth_connections_refused_total'))! <
    23
  );
  const counts = await connectionsByLane(server)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(6)
  expect(await metric(server, 'berth_connections_refused_total')).toBeGreaterThanOrEqual(17)
  for (const socket of sockets) socket.destroy()
  await stopServer(server)
})

test('a second gateway on the port of several lanes is refused', async () => {
  const { server } = await start()
  fs.mkdirSync(join(workspace.path, 'other'))
  const ended = await runToEnd(
    [
      'serve',
      '--data',
      'other',
      '--lanes',
      '3',
      '--nfs-port',
      `${server.nfsPort}`,
      '--admin-port',
      '0',
      '--portmap',
      'off',
    ],
    workspace.path,
  )
  expect(ended.stderr).toContain(`NFS port ${server.nfsPort} on 127.0.0.1 is taken by another program`)
  expect(ended.code).toBe(1)
  await stopServer(server)
})

type Client = Nfs3Client

async function made(nfs: Client, dir: Buffer, name: string): Promise<Buffer> {
  const result = await nfs.create(dir, name, { mode: 'UNCHECKED', attributes: { mode: 0o644 } })
  if (result.status !== Nfsstat3.OK || result.object === undefined)
    throw new Error(`CREATE: ${result.status}`)
  return result.object
}

test('what several lanes write into one file at once counts once, and no change of another is in between', async () => {
  // Where a file has the blocks of its data and no others: those that ext4 takes for itself as it writes back are nobody's call.
  const directory = fs.mkdtempSync('/dev/shm/berth-lanes-')
  onTestFinished(() => fs.rmSync(directory, { recursive: true }))
  const quota = { quotaBytes: 64 * 1024 * 1024, quotaFiles: 1000, durability: 'relaxed' }
  const { server, clients, root } = await start({}, { ...quota, directory })
  const file = await made(clients[0]!.nfs, root, 'file')
  const block = Buffer.alloc(16 * 1024, 'x')
  const ends: { before: number; after: number }[] = []
  const write = async (lane: number): Promise<void> => {
    for (let index = lane; index < 600; index += laneCount) {
      const result = await clients[lane]!.nfs.write(file, index * block.length, block, StableHow.UNSTABLE)
      expect(result.status).toBe(Nfsstat3.OK)
      const { before, after } = (result as { wcc: { before?: { size: number }; after?: { size: number } } })
        .wcc
      ends.push({ before: before!.size, after: after!.size })
    }
  }
  const make = async (lane: number): Promise<void> => {
    for (let index = 0; index < 100; index++) await made(clients[lane]!.nfs, root, `file${lane}.${index}`)
  }
  await Promise.all([0, 1, 2].flatMap((lane) => [write(lane), make(lane)]))
  // Each write that made the file longer begins where the one before it ended.
  const grown = ends.filter(({ before, after }) => after > before).sort((a, b) => a.after - b.after)
  for (const [index, { before }] of grown.entries())
    expect(before).toBe(index === 0 ? 0 : grown[index - 1]!.after)
  const { blocks, size } = fs.statSync(join(directory, 'file'))
  expect(size).toBe(600 * block.length)
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text()
  expect(Number(/^berth_share_used_bytes\{.*\} (\d+)$/m.exec(text)?.[1])).toBe(Math.min(blocks * 512, size))
  expect(Number(/^berth_share_used_files\{.*\} (\d+)$/m.exec(text)?.[1])).toBe(301)
  await stopServer(server)
})

test('a file that one lane removes gives its space back although others have it open', async () => {
  const { server, clients, root } = await start()
  const kept = () =>
    fs
      .readdirSync(`/proc/${server.pid}/fd`)
      .filter((fd) => spawnSync('readlink', [`/proc/${server.pid}/fd/${fd}`]).stdout.includes('(deleted)'))
      .length
  const before = kept()
  for (const name of ['one', 'two']) {
    const file = await made(clients[0]!.nfs, root, name)
    for (const { nfs } of clients) expect((await nfs.read(file, 0, 10)).status).toBe(Nfsstat3.OK)
    expect((await clients[1]!.nfs.remove(root, name)).status).toBe(Nfsstat3.OK)
    while (kept() > before) await new Promise((resolve) => setTimeout(resolve, 50))
    for (const { nfs } of clients) expect((await nfs.getattr(file)).status).toBe(Nfsstat3.STALE)
  }
  await stopServer(server)
})

test('what is revoked, disconnected or made read-only is so through every lane', async () => {
  const { server, clients } = await start()
  const call = <Answer = unknown>(method: string, path: string, body?: object) =>
    adminCall<Answer>(server, join(workspace.path, dataDirectory), method, path, body)
  const identity = { squash: 'all', uid: process.getuid!(), gid: process.getgid!(), gids: [] }
  const { id } = await call<{ id: number }>('POST', '/v1/shares', { path: '/t', identity })
  const rule = { kind: 'p', subject: 'app:a', object: '/t', action: '*', effect: 'allow' }
  await call('POST', '/v1/rules', rule)
  const mounted = async (name: string) => {
    const asked = { name, subject: 'app:a' }
    const { token, text } = await call<{ token: { id: string }; text: string }>('POST', '/v1/tokens', asked)
    const root = await rootOf(clients[0]!, `/@${text}/t`)
    const file = await made(clients[0]!.nfs, root, name)
    const statuses = () =>
      Promise.all(clients.map(async ({ nfs }) => (await nfs.write(file, 0, 'x', StableHow.UNSTABLE)).status))
    return { token: token.id, statuses }
  }
  const [one, two] = [await mounted('one'), await mounted('two')]
  const through = (status: number) => Array.from({ length: laneCount }, () => status)
  expect(await one.statuses()).toEqual(through(Nfsstat3.OK))
  await call('DELETE', `/v1/tokens/${one.token}`)
  expect(await one.statuses()).toEqual(through(Nfsstat3.ACCES))
  expect(await two.statuses()).toEqual(through(Nfsstat3.OK))
  await call('PATCH', `/v1/shares/${id}`, { readOnly: true })
  expect(await two.statuses()).toEqual(through(Nfsstat3.ROFS))
  expect(await connectionsByLane(server)).toEqual(through(1))
  const { items } = await call<{ items: { connections: number }[] }>('GET', '/v1/clients')
  expect(items).toMatchObject([{ address: '127.0.0.1', connections: laneCount }])
  await call('DELETE', '/v1/clients/127.0.0.1')
  await Promise.all(clients.map(({ transport }) => transport.closed))
  expect(await connectionsByLane(server)).toEqual(through(0))
  await stopServer(server)
})

test('on the way out every lane answers what it has begun', async () => {
  const { server, clients, root } = await start()
  const dirs = await Promise.all(
    clients.map(async ({ nfs }, lane) => {
      const result = await nfs.mkdir(root, `dir${lane}`, {})
      return (result as { object: Buffer }).object
    }),
  )
  const results = Array.from({ length: 60 }, (_, index) => {
    const lane = index % laneCount
    return clients[lane]!.nfs.create(dirs[lane]!, `f${index}`, { mode: 'GUARDED', attributes: {} })
  })
  await results[0]
  const ended = await stopServer(server)
  const settled = await Promise.allSettled(results)
  for (const result of settled)
    if (result.status === 'fulfilled') expect(result.value.status).toBe(Nfsstat3.OK)
  const answered = settled.filter(({ status }) => status === 'fulfilled').length
  const there = [0, 1, 2].flatMap((lane) =>
    fs.readdirSync(join(workspace.path, 'files', `dir${lane}`)),
  ).length
  // Nothing was done that was not answered.
  expect(there).toBe(answered)
  expect(ended.code).toBe(0)
})
