import { afterEach, expect } from 'vitest'
import { RpcServer, type BugContext, type RpcLimits } from 'nfs-server-ts'
import { RawClient } from './raw-client.ts'
import { TestProgram } from './test-program.ts'

export interface Served {
  readonly server: RpcServer
  readonly test: TestProgram
  readonly bugs: BugContext[]
  readonly port: number
  readonly connect: () => Promise<RawClient>
}

const opened: { server: RpcServer; clients: RawClient[]; bugsExpected: number }[] = []

/** A server of the test program on a free port of 127.0.0.1. After the test it is closed, and its bugs are counted. */
export async function serve(limits: Partial<RpcLimits> = {}, { bugsExpected = 0 } = {}): Promise<Served> {
  const test = new TestProgram()
  const bugs: BugContext[] = []
  const server = new RpcServer({
    programs: [test.program],
    limits,
    onBug: (_, context) => bugs.push(context),
  })
  const clients: RawClient[] = []
  opened.push({ server, clients, bugsExpected })
  const { port } = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  const connect = async () => {
    const client = await RawClient.connect(port)
    clients.push(client)
    return client
  }
  return { server, test, bugs, port, connect }
}

afterEach(async () => {
  for (const { server, clients, bugsExpected } of opened.splice(0)) {
    for (const client of clients) client.close()
    await server.close()
    expect(server.statistics.bugs).toBe(bugsExpected)
    expect(server.statistics.connections).toBe(0)
  }
})
