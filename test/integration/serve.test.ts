import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuthFlavor, Mountstat3, Nfsstat3 } from 'nfs-server-ts'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { anyPorts, configFile, mountShare, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

/** The status and the rest of a result, for a test that goes on with the success arm. */
function ok<T extends { status: number }>(result: T): Extract<T, { status: typeof Nfsstat3.OK }> {
  expect(result.status).toBe(Nfsstat3.OK)
  return result as Extract<T, { status: typeof Nfsstat3.OK }>
}

test('serve --demo says how to mount, and serves what it says', async () => {
  const server = await startServer(['--demo', ...anyPorts], workspace.path)
  const port = server.nfsPort
  expect(server.stdout()).toContain(
    `mount -t nfs -o vers=3,proto=tcp,port=${port},mountproto=tcp,mountport=${port},nolock,nosuid,nodev 127.0.0.1:/demo /mnt`,
  )
  expect(server.stdout()).toContain(join(workspace.path, 'berth-data', 'demo'))
  expect(server.stdout()).toContain(server.adminUrl)
  // Not a terminal: plain text.
  expect(server.stdout()).not.toContain('\u001b')

  const { nfs, root, transport } = await mountShare(server, '/demo')
  const { object } = ok(await nfs.lookup(root, 'WELCOME.txt'))
  expect(ok(await nfs.read(object, 0, 1000)).data.toString()).toMatch(/^Welcome to Berth/)

  const { object: created } = ok(
    await nfs.create(root, 'new', { mode: 'GUARDED', attributes: { mode: 0o640 } }),
  )
  ok(await nfs.write(created as Buffer, 0, 'hello'))
  expect(readFileSync(join(workspace.path, 'berth-data/demo/new'), 'utf8')).toBe('hello')
  await transport.close()
  await stopServer(server)
})

test('MOUNT answers over UDP on the port of NFS', async () => {
  const server = await startServer(['--demo', ...anyPorts], workspace.path)
  const socket = createSocket('udp4')
  const call = Buffer.alloc(40)
  // xid 7, CALL, RPC 2, MOUNT 3, NULL, and two empty AUTH_NONE (RFC 5531 §9).
  ;[7, 0, 2, 100005, 3, 0].forEach((word, index) => call.writeUInt32BE(word, index * 4))
  socket.send(call, server.nfsPort, '127.0.0.1')
  const [reply] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  // xid 7, REPLY, accepted, an empty verifier, SUCCESS.
  expect(reply.toString('hex')).toBe('00000007' + '00000001' + '00000000'.repeat(4))
  await stopServer(server)
})

test('showmount lists the shares, MNT reaches directories below them, nothing else', async () => {
  mkdirSync(join(workspace.path, 'data'))
  mkdirSync(join(workspace.path, 'a/sub/deep'), { recursive: true })
  const args = configFile(workspace.path, {
    data: 'data',
    shares: [
      { path: '/a', directory: 'a' },
      { path: '/others', directory: 'a', clients: ['192.0.2.0/24'] },
    ],
  })
  const server = await startServer(args, workspace.path)
  const { nfs, root, transport } = await mountShare(server, '/a/sub')
  expect(ok(await nfs.lookup(root, 'deep')).attributes?.fileidLow).toBe(
    statSync(join(workspace.path, 'a/sub/deep')).ino,
  )

  const mounts = new Mount3Client(transport)
  expect(await mounts.mount('/a')).toMatchObject({ authFlavors: [AuthFlavor.sys] })
  expect((await mounts.exports()).map(({ path }) => path.toString())).toEqual(['/a'])
  expect((await mounts.exports())[0]!.groups.map(String)).toEqual(['127.0.0.0/8', '::1'])
  expect((await mounts.dump()).map(({ directory }) => directory.toString())).toEqual(['/a/sub', '/a'])
  for (const [path, status] of [
    ['/a/gone', Mountstat3.NOENT],
    ['/a/../a', Mountstat3.NOENT],
    ['/others', Mountstat3.ACCES],
    // What is not there and what may not be used look alike.
    ['/nothing', Mountstat3.ACCES],
  ] as const) {
    expect(await mounts.mount(path)).toEqual({ status })
  }
  await transport.close()
  await stopServer(server)
})

test('a handle alone opens nothing: it is refused to a client that is not on the list', async () => {
  mkdirSync(join(workspace.path, 'data'))
  mkdirSync(join(workspace.path, 'a'))
  const config = (clients: string[]) =>
    configFile(workspace.path, { data: 'data', shares: [{ path: '/a', directory: 'a', clients }] })
  const open = await startServer(config(['127.0.0.1']), workspace.path)
  const { root, transport } = await mountShare(open, '/a')
  await transport.close()
  await stopServer(open)

  const closed = await startServer(config(['127.0.0.2']), workspace.path)
  const stranger = await TcpTransport.connect(closed.nfsPort)
  const nfs = new Nfs3Client(stranger)
  expect((await nfs.getattr(root)).status).toBe(Nfsstat3.ACCES)
  expect((await nfs.create(root, 'x', { mode: 'UNCHECKED', attributes: {} })).status).toBe(Nfsstat3.ACCES)
  expect(existsSync(join(workspace.path, 'a/x'))).toBe(false)
  await stranger.close()
  await stopServer(closed)
})

test('the admin API: health, readiness, metrics that count', async () => {
  const server = await startServer(['--demo', ...anyPorts], workspace.path)
  const { nfs, root, transport } = await mountShare(server, '/demo')
  for (let i = 0; i < 3; i++) ok(await nfs.getattr(root))
  const get = async (path: string) => {
    const response = await fetch(server.adminUrl + path)
    return { status: response.status, text: await response.text() }
  }
  expect(await get('/healthz')).toEqual({ status: 200, text: '{"status":"ok"}' })
  expect(await get('/readyz')).toEqual({ status: 200, text: '{"status":"ready"}' })
  expect((await get('/nothing')).status).toBe(404)
  const { text } = await get('/metrics')
  expect(text).toContain('berth_nfs_calls_total{procedure="GETATTR",status="OK"} 3')
  expect(text).toContain('berth_mount_calls_total{procedure="MNT",status="OK"} 1')
  expect(text).toMatch(/^berth_connections 1$/m)
  expect(text).toMatch(/^berth_lane_up\{lane="0"\} 1$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
  // A second look must not count anything twice.
  expect((await get('/metrics')).text).toContain('procedure="GETATTR",status="OK"} 3')
  await transport.close()
  await stopServer(server)
})

test('the log is JSON where it is no terminal, and names mounts', async () => {
  const server = await startServer(['--demo', ...anyPorts], workspace.path)
  const { transport } = await mountShare(server, '/demo')
  await expect(mountShare(server, '/gone')).rejects.toThrow('status 13')
  await transport.close()
  const { stderr } = await stopServer(server)
  for (const line of stderr.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow()
  expect(server.log()).toContainEqual(
    expect.objectContaining({ level: 30, msg: 'mounted', client: '127.0.0.1', path: '/demo' }),
  )
  expect(server.log()).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'mount refused', path: '/gone', reason: 'no such path' }),
  )
})

test('a config file whose directories are relative to it', async () => {
  mkdirSync(join(workspace.path, 'etc/data'), { recursive: true })
  mkdirSync(join(workspace.path, 'etc/a'))
  writeFileSync(join(workspace.path, 'etc/a/file'), 'x')
  const args = configFile(join(workspace.path, 'etc'), {
    data: 'data',
    shares: [{ path: '/a', directory: 'a' }],
  })
  const server = await startServer(args, workspace.path)
  const { nfs, root, transport } = await mountShare(server, '/a')
  ok(await nfs.lookup(root, 'file'))
  await transport.close()
  await stopServer(server)
})
