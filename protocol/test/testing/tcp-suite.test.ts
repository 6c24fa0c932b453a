import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNfs3Program, Nfsstat3, RpcServer } from 'nfs-server-ts'
import { MemoryBackend, Nfs3Client, nfs3BackendSuite, TcpTransport } from 'nfs-server-ts/testing'

async function serve() {
  const backend = new MemoryBackend()
  const server = new RpcServer({ programs: [createNfs3Program(backend)] })
  const { port } = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  const transport = await TcpTransport.connect(port)
  const close = async () => {
    await transport.close()
    await server.close()
    expect(server.statistics.bugs).toBe(0)
  }
  return { backend, root: backend.root, transport, close }
}

nfs3BackendSuite({ describe, it, beforeAll, afterAll }, { name: 'MemoryBackend over TCP', open: serve })

describe('Nfs3Client over TCP', () => {
  it('retransmits with a chosen xid, and is answered as the first time', async () => {
    const { root, transport, close } = await serve()
    const client = new Nfs3Client(transport)
    await client.mkdir(root, 'd', {})
    const first = await client.with({ xid: 4711 }).rmdir(root, 'd')
    expect(first.status).toBe(Nfsstat3.OK)
    expect(await client.with({ xid: 4711 }).rmdir(root, 'd')).toEqual(first)
    expect(await client.with({ xid: 4712 }).rmdir(root, 'd')).toMatchObject({ status: Nfsstat3.NOENT })
    await close()
  })

  it('rejects what waits when the connection ends', async () => {
    const { transport, close } = await serve()
    const reply = transport.awaitReply(1)
    // A record of more than any limit.
    transport.write(Buffer.from('ffffffff', 'hex'))
    await expect(reply).rejects.toThrow('closed')
    await transport.closed
    await close()
  })
})
