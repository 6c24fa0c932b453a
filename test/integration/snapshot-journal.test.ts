import * as fs from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import type { Nfs3Client } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { CommandLine, dataDirectory } from './cli-fixture.ts'
import {
  configFile,
  mountShare,
  startServer,
  stopServer,
  useWorkspace,
  type RunningServer,
} from './server.ts'

const workspace = useWorkspace()

const data = (...names: string[]): string => join(workspace.path, dataDirectory, ...names)
const shared = (...names: string[]): string => join(workspace.path, 'shared', ...names)

/** A gateway with one share, `/a`. */
async function start(): Promise<{ server: RunningServer; cli: CommandLine }> {
  fs.mkdirSync(data(), { recursive: true, mode: 0o700 })
  fs.mkdirSync(shared(), { recursive: true })
  const share = { path: '/a', directory: shared(), squash: 'none', durability: 'relaxed' }
  const args = configFile(workspace.path, { data: dataDirectory, shares: [share] })
  return { server: await startServer(args, workspace.path), cli: new CommandLine(workspace.path) }
}

/** What a client does: files with their content. */
async function write(server: RunningServer, ...names: string[]): Promise<void> {
  const { nfs, root, transport } = await mountShare(server, '/a')
  for (const name of names) {
    const file = await made(nfs, root, name)
    const { status } = await nfs.write(file, 0, name, StableHow.FILE_SYNC)
    expect(status).toBe(Nfsstat3.OK)
  }
  await transport.close()
}

async function made(nfs: Nfs3Client, dir: Buffer, name: string): Promise<Buffer> {
  const answer = await nfs.create(dir, Buffer.from(name), { mode: 'UNCHECKED', attributes: { mode: 0o644 } })
  if (answer.status !== Nfsstat3.OK || answer.object === undefined)
    throw new Error(`CREATE: ${answer.status}`)
  return answer.object
}

const take = (cli: CommandLine, name: string): Promise<string> =>
  cli.text('snapshot', 'create', '/a', '--name', name)

const diff = async (cli: CommandLine, from: string, to: string, ...more: string[]): Promise<string[]> =>
  (await cli.text('snapshot', 'diff', `/a@${from}`, `/a@${to}`, '-q', ...more))
    .split('\n')
    .filter(Boolean)
    .sort()

test('what clients have changed is in the journal: over stops, and when snapshots between are removed', async () => {
  const first = await start()
  await take(first.cli, 'one')
  await write(first.server, 'x')
  // Past the gateway: this shows what is found by the journal, and what by comparing everything.
  fs.writeFileSync(shared('past'), '')
  await take(first.cli, 'two')
  await write(first.server, 'y')
  await stopServer(first.server)

  const { server, cli } = await start()
  await write(server, 'z')
  await take(cli, 'three')
  expect(await diff(cli, 'one', 'two')).toEqual(['x'])
  expect(await diff(cli, 'two', 'three')).toEqual(['y', 'z'])
  expect(await diff(cli, 'one', 'three')).toEqual(['x', 'y', 'z'])
  expect(await diff(cli, 'three', 'one')).toEqual(['x', 'y', 'z'])
  expect(await diff(cli, 'one', 'three', '--exhaustive')).toEqual(['past', 'x', 'y', 'z'])
  await cli.text('snapshot', 'delete', '/a@two', '--yes')
  expect(await diff(cli, 'one', 'three')).toEqual(['x', 'y', 'z'])

  // The newest goes: what has changed since is told of with what changed before it.
  await write(server, 'w')
  await cli.text('snapshot', 'delete', '/a@three', '--yes')
  await take(cli, 'four')
  expect(await diff(cli, 'one', 'four')).toEqual(['w', 'x', 'y', 'z'])
  await stopServer(server)
})

test('after a crash the trees are compared once, and what was found is kept', async () => {
  const first = await start()
  await take(first.cli, 'one')
  await write(first.server, 'x')
  first.server.kill('SIGKILL')
  await first.server.ended

  const { server, cli } = await start()
  fs.writeFileSync(shared('past'), '')
  await write(server, 'y')
  await take(cli, 'two')
  await write(server, 'z')
  await take(cli, 'three')
  expect(await diff(cli, 'two', 'three')).toEqual(['z'])
  const changes = data('snapshots', '1', 'two', 'changes')
  expect(fs.existsSync(changes)).toBe(false)
  expect(await diff(cli, 'one', 'two')).toEqual(['past', 'x', 'y'])
  expect(fs.existsSync(changes)).toBe(true)
  expect(await diff(cli, 'one', 'three')).toEqual(['past', 'x', 'y', 'z'])
  await stopServer(server)
})

test('a journal that is damaged or lost is none', async () => {
  const first = await start()
  await take(first.cli, 'one')
  await write(first.server, 'x')
  await stopServer(first.server)
  fs.appendFileSync(data('journals', '1'), 'more')
  const { server, cli } = await start()
  fs.writeFileSync(shared('past'), '')
  await take(cli, 'two')
  expect(await diff(cli, 'one', 'two')).toEqual(['past', 'x'])
  // With the last snapshot it ends.
  await write(server, 'y')
  for (const name of ['one', 'two'])
    await cli.text('snapshot', 'delete', `/a@${name}`, '--yes', ...(name === 'two' ? ['--last'] : []))
  expect(fs.readdirSync(data('journals'))).toEqual([])
  await stopServer(server)
})

test('what a restore changes in place is found', async () => {
  const { server, cli } = await start()
  await write(server, 'x', 'y')
  await take(cli, 'one')
  fs.unlinkSync(shared('x'))
  await cli.text('restore', '/a@one', '--in-place', '--yes')
  await take(cli, 'two')
  expect(await diff(cli, 'one', 'two')).toEqual(['x'])
  await stopServer(server)
})
