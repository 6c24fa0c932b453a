import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { Nfsstat3, type RpcServer } from 'nfs-server-ts'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'

const folder = mkdtempSync(join(tmpdir(), 'nfs-server-ts-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('serves a memory tree with the example of the README', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```ts\n([^`]*RpcServer.*?)```/s.exec(readme)?.[1]
  const file = join(folder, 'example.ts')
  writeFileSync(file, `${example}\nexport { server }\n`)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const { server } = (await import(file)) as { server: RpcServer }
  const printed = String(log.mock.calls[0]?.[0])
  log.mockRestore()

  const port = Number(/,port=(\d+),mountport=\1,/.exec(printed)?.[1])
  const transport = await TcpTransport.connect(port)
  const mounted = await new Mount3Client(transport).mount('/')
  if (mounted.status !== Nfsstat3.OK) throw new Error('not mounted')
  const client = new Nfs3Client(transport)
  const how = { mode: 'GUARDED', attributes: { mode: 0o644 } } as const
  const made = await client.create(mounted.handle, 'hello', how)
  if (made.status !== Nfsstat3.OK || made.object === undefined) throw new Error('not made')
  await client.write(made.object, 0, 'hello world')
  const read = await client.read(made.object, 0, 100)
  expect(read).toMatchObject({ data: Buffer.from('hello world'), eof: true })
  await transport.close()
  expect(server.statistics.bugs).toBe(0)
  await server.close()
})
