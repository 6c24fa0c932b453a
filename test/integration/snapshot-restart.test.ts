import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3 } from 'nfs-server-ts'
import { Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { expect, test } from 'vitest'
import { configFile, mountShare, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

test('the first calls within .snapshot after a restart, and after kill -9, are answered; none is sent away', async () => {
  const [data, directory] = [join(workspace.path, 'data'), join(workspace.path, 'served')]
  mkdirSync(data, { mode: 0o700 })
  mkdirSync(join(directory, 'dir'), { recursive: true })
  writeFileSync(join(directory, 'dir/file'), 'content')
  const shares = [{ path: '/db', directory, clients: ['127.0.0.1'] }]
  const start = () => startServer(configFile(workspace.path, { data, shares }), workspace.path)

  let server = await start()
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const made = await fetch(`${server.adminUrl}/v1/shares/1/snapshots`, {
    ...{ method: 'POST', headers, body: JSON.stringify({ name: 'then' }) },
  })
  expect(made.status).toBe(201)
  const { transport, nfs, root } = await mountShare(server, '/db')
  const handles: Buffer[] = []
  for (const name of ['.snapshot', 'then', 'dir', 'file']) {
    const found = await nfs.lookup(handles.at(-1) ?? root, name)
    if (found.status !== Nfsstat3.OK) throw new Error(`${name}: ${found.status}`)
    handles.push(found.object)
  }
  const [, , dir, file] = handles as [Buffer, Buffer, Buffer, Buffer]
  await transport.close()

  for (const ending of ['SIGTERM', 'SIGKILL'] as const) {
    server.kill(ending)
    await server.ended
    server = await start()
    const again = await TcpTransport.connect(server.nfsPort, '127.0.0.1')
    const client = new Nfs3Client(again)
    const [read, listed, written] = await Promise.all([
      client.read(file, 0, 100),
      client.readdirplus(dir, 4096, 8192),
      client.write(file, 0, 'x'),
    ])
    expect(read).toMatchObject({ status: Nfsstat3.OK, data: Buffer.from('content') })
    const names = listed.status === Nfsstat3.OK ? listed.entries.map(({ name }) => name.toString()) : []
    expect(names.sort()).toEqual(['.', '..', 'file'])
    expect(written.status).toBe(Nfsstat3.ROFS)
    await again.close()
  }
  await stopServer(server)
})
