import { mkdirSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Nfsstat3 } from 'nfs-server-ts'
import { Nfs3Client } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { clientsByLane, connectionsByLane, rootOf } from './lanes-fixture.ts'
import { configFile, metric, runToEnd, startServer, stopServer, useWorkspace } from './server.ts'

// Several lanes are one gateway: what a client does through one of them holds for all.

const workspace = useWorkspace()
const laneCount = 3

async function start(settings: object = {}, share: object = {}) {
  mkdirSync(join(workspace.path, 'data'))
  mkdirSync(join(workspace.path, 'files'))
  const args = configFile(workspace.path, {
    data: 'data',
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
  expect(readdirSync(files)).toEqual([])
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
  const ended = await runToEnd(
    [
      'serve',
      '--demo',
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
