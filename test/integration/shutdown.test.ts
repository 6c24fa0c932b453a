import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { TcpTransport } from 'nfs-server-ts/testing'
import { describe, expect, test } from 'vitest'
import {
  anyPorts,
  configFile,
  mountShare,
  startServer,
  stopServer,
  useWorkspace,
  waitFor,
  type RunningServer,
} from './server.ts'

const workspace = useWorkspace()
const waitMs = 60_000

async function startDemo(...args: string[]) {
  const server = await startServer(['--demo', ...anyPorts, ...args], workspace.path)
  return { server, ...(await mountShare(server, '/demo')) }
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('with an idle connection ends it and exits 0', async () => {
    const { server, transport } = await startDemo()
    server.kill(signal)
    expect(await server.ended).toMatchObject({ code: 0, signal: null })
    await transport.closed
  })
})

test('writes in flight are answered and on the disk, or refused; never answered and lost', async () => {
  const { server, nfs, root } = await startDemo()
  const created = await nfs.create(root, 'file', { mode: 'UNCHECKED', attributes: { mode: 0o600 } })
  if (created.status !== Nfsstat3.OK || created.object === undefined) throw new Error('no file')
  const { object } = created
  const block = 64 * 1024
  const blockOf = (index: number) => Buffer.alloc(block, index + 1)
  const writes = Array.from({ length: 64 }, (_, index) =>
    nfs.write(object, index * block, blockOf(index), StableHow.FILE_SYNC).then(
      ({ status }) => status === Nfsstat3.OK,
      () => false,
    ),
  )
  await writes[0]
  server.kill('SIGTERM')
  const answered = await Promise.all(writes)
  expect(await server.ended).toMatchObject({ code: 0, signal: null })
  expect(answered[0]).toBe(true)
  const file = readFileSync(join(workspace.path, 'berth-data/demo/file'))
  answered.forEach((wasAnswered, index) => {
    if (wasAnswered)
      expect(file.subarray(index * block, (index + 1) * block).equals(blockOf(index))).toBe(true)
  })
})

test('a client that sent half a record does not hold the server up', async () => {
  const { server, transport } = await startDemo()
  // A fragment of 1000 bytes, of which four come.
  transport.write(Buffer.from('800003e800000001', 'hex'))
  server.kill('SIGTERM')
  // Had it waited for the rest, until it waits no longer, it would be 70.
  expect(await server.ended).toMatchObject({ code: 0 })
})

test('kill -9, start again: handles, numbers and data are the same', async () => {
  const first = await startDemo()
  const made = await first.nfs.create(first.root, 'file', { mode: 'UNCHECKED', attributes: { mode: 0o644 } })
  if (made.status !== Nfsstat3.OK || made.object === undefined) throw new Error('no file')
  await first.nfs.write(made.object, 0, 'kept')
  const before = await first.nfs.getattr(made.object)
  first.server.kill('SIGKILL')
  expect(await first.server.ended).toMatchObject({ signal: 'SIGKILL' })

  const server = await startServer(['--demo', ...anyPorts], workspace.path)
  const { nfs, root, transport } = await mountShare(server, '/demo')
  expect(root).toEqual(first.root)
  expect(await nfs.getattr(made.object)).toEqual(before)
  expect(await nfs.read(made.object, 0, 10)).toMatchObject({ status: Nfsstat3.OK, data: Buffer.from('kept') })
  await transport.close()
  await stopServer(server)
})

test('handles outlive a change of the share list, and are never those of another share', async () => {
  mkdirSync(join(workspace.path, 'data'))
  for (const name of ['a', 'b', 'c']) {
    mkdirSync(join(workspace.path, name))
    writeFileSync(join(workspace.path, name, `in-${name}`), '')
  }
  const serve = (...names: string[]) =>
    startServer(
      configFile(workspace.path, {
        data: 'data',
        shares: names.map((name) => ({ path: `/${name}`, directory: name })),
      }),
      workspace.path,
    )
  const first = await serve('a', 'b')
  const { root: rootA, transport: one } = await mountShare(first, '/a')
  const { root: rootB, transport: two } = await mountShare(first, '/b')
  await one.close()
  await two.close()
  await stopServer(first)

  const second = await serve('c', 'b')
  const { nfs, transport } = await mountShare(second, '/c')
  expect((await nfs.lookup(rootB, 'in-b')).status).toBe(Nfsstat3.OK)
  expect((await nfs.getattr(rootA)).status).toBe(Nfsstat3.STALE)
  await transport.close()
  await stopServer(second)
})

test('after the end the port is free for the next server at once', async () => {
  const { server, transport } = await startDemo()
  server.kill('SIGTERM')
  await server.ended
  await transport.closed
  const next = await startServer(
    ['--demo', '--nfs-port', String(server.nfsPort), '--admin-port', '0', '--portmap', 'off'],
    workspace.path,
  )
  await (await TcpTransport.connect(next.nfsPort)).close()
  await stopServer(next)
})

/** Runs code in a lane's thread of a server that serves. */
async function startWith(code: string): Promise<RunningServer> {
  const module = `
    import { workerData } from 'node:worker_threads'
    import { existsSync, writeFileSync } from 'node:fs'
    if (workerData?.lane === 0) setInterval(() => { if (existsSync("go")) { ${code} } }, 20)`
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(module)}`
  const server = await startServer(['--demo', ...anyPorts], workspace.path, { environment: { NODE_OPTIONS } })
  writeFileSync(join(workspace.path, 'go'), '')
  return server
}

describe('a lane', () => {
  const stuck = 'writeFileSync("stuck", ""); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'

  test('that dies takes the process with it: exit 70, and the log says of what', async () => {
    const server = await startWith('throw new Error("lane broken by a test")')
    const { code, stderr } = await server.ended
    expect(code).toBe(70)
    expect(stderr).toContain('lane broken by a test')
    expect(server.log()).toContainEqual(expect.objectContaining({ level: 60, msg: 'internal error' }))
  })

  test('that is stuck is waited for, but not longer than supervisors wait: exit 70', async () => {
    const server = await startWith(stuck)
    await waitFor(() => existsSync(join(workspace.path, 'stuck')), waitMs)
    server.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 70, signal: null })
  })

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('that is stuck is left at a second %s: exit %d', async (signal, code) => {
    const server = await startWith(stuck)
    await waitFor(() => existsSync(join(workspace.path, 'stuck')), waitMs)
    server.kill('SIGTERM')
    await waitFor(() => server.log().some(({ msg }) => msg.startsWith('draining')), waitMs)
    server.kill(signal)
    expect(await server.ended).toMatchObject({ code, signal: null })
  })
})
