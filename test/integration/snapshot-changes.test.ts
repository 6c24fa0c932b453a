import * as fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TemporaryApi } from './admin-fixture.ts'
import { startWithCommandLine } from './cli-fixture.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

let api: TemporaryApi
let shareId: number
beforeEach(async () => {
  api = await TemporaryApi.open()
  shareId = await made('/v1/shares', { path: '/a' })
})
afterEach(() => api.close())

async function made(url: string, body: object): Promise<number> {
  return (JSON.parse((await api.done('POST', url, body)).text) as { id: number }).id
}

const snapshot = (): Promise<number> => made(`/v1/shares/${shareId}/snapshots`, {})

function at(name: string): string {
  const { shares } = api.services.namespace
  return join(shares.directoryOf(shares.get(shareId)), name)
}

const get = (id: number, since: number, more = '') =>
  api.ask('GET', `/v1/snapshots/${id}/changes?since=${since}${more}`, { token: api.tokens.owner })

test('what changed is sent in lines, or as paths', async () => {
  fs.writeFileSync(at('kept'), '1')
  fs.writeFileSync(at('gone'), '1')
  const since = await snapshot()
  fs.renameSync(at('kept'), at('moved'))
  fs.unlinkSync(at('gone'))
  fs.mkdirSync(at('new'))
  const id = await snapshot()
  const lines = await get(id, since)
  expect(lines).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-ndjson' } })
  expect(
    lines.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { kind: 'renamed', path: 'moved', from: 'kept', type: 'file' },
    { kind: 'deleted', path: 'gone', type: 'file' },
    { kind: 'added', path: 'new', type: 'directory' },
  ])
  expect((await get(id, since, '&format=nul')).text).toBe('moved\0new\0')
  // The other way round.
  expect((await get(since, id, '&format=nul')).text).toBe('kept\0gone\0')
  expect((await get(id, id)).text).toBe('')
})

test('snapshots of two shares, and what is not there, are refused', async () => {
  const since = await snapshot()
  shareId = await made('/v1/shares', { path: '/b' })
  const id = await snapshot()
  expect(await get(id, since)).toMatchObject({ status: 400 })
  expect(await get(id, 4)).toMatchObject({ status: 404 })
})

/** What threads that go on are known by. */
function portCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
}

test('neither is removed while they are compared; who goes away ends that', async () => {
  for (let i = 0; i < 3000; i++) fs.writeFileSync(at(`f${i}`), '')
  const since = await snapshot()
  for (let i = 0; i < 3000; i++) fs.rmSync(at(`f${i}`))
  const id = await snapshot()
  const { comparisons, snapshots } = api.services
  const ports = portCount()
  const [one, other] = [
    (await comparisons.changes(id, since, 'nul')).stream,
    (await comparisons.changes(since, id, 'nul')).stream,
  ]
  await expect(comparisons.changes(id, since, 'nul')).rejects.toMatchObject({ code: 'limit' })
  await expect(snapshots.deletions.delete(since)).rejects.toThrow('is being compared')
  for (const stream of [one, other]) {
    stream.destroy()
    await new Promise((resolve) => stream.once('close', resolve))
  }
  await snapshots.deletions.delete(since)
  expect(portCount()).toBe(ports)
})

test('it goes no further than it is taken, and ends when the gateway stops', async () => {
  const since = await snapshot()
  for (let i = 0; i < 3000; i++) fs.writeFileSync(at(`f${i}`), '')
  const { comparisons } = api.services
  const { stream } = await comparisons.changes(await snapshot(), since, 'nul')
  const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
  const first = await new Promise<Buffer>((resolve) =>
    stream.once('readable', () => resolve(stream.read() as Buffer)),
  )
  expect(first.toString().split('\0').length).toBeLessThanOrEqual(1001)
  await comparisons.close()
  expect((await failed).message).toBe('the gateway is stopping')
})

test('berth snapshot diff', async () => {
  const { server, cli } = await startWithCommandLine(workspace.path)
  const { directory } = await cli.json<{ directory: string }>('share', 'create', '/a')
  fs.writeFileSync(join(directory, 'kept'), '1')
  await cli.text('snapshot', 'create', '/a', '--name', 'one')
  fs.renameSync(join(directory, 'kept'), join(directory, 'two\nlines'))
  fs.mkdirSync(join(directory, 'new'))
  await cli.text('snapshot', 'create', '/a', '--name', 'two')
  const diff = (...options: string[]) =>
    cli.text('snapshot', 'diff', '/a@one', '/a@two', '--exhaustive', ...options)
  expect(await diff()).toBe('R "two\\nlines" (was kept)\n+ new/\n')
  expect(await diff('-0')).toBe('two\nlines\0new\0')
  expect(JSON.parse((await diff('--json')).split('\n')[1]!)).toEqual({
    kind: 'added',
    path: 'new',
    type: 'directory',
  })
  await stopServer(server)
})
