import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { mountProgram, nfs3Program, RpcServer, type RpcProgram } from 'nfs-server-ts'
import { afterEach, expect, test } from 'vitest'
import { checkNfs } from '../../../../src/cli/doctor/network.ts'
import { probe } from '../../../../src/cli/doctor/rpc-probe.ts'

const host = '127.0.0.1'
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

/** A program that can do nothing, in these versions. */
function programOf(program: number, ...versions: number[]): RpcProgram {
  const nothing = { name: 'NULL', replyCached: false, run: () => {} }
  return { name: 'p', program, versions: versions.map((version) => ({ version, procedures: [nothing] })) }
}

async function serve(programs: RpcProgram[], onUdp: boolean): Promise<number> {
  const server = new RpcServer({ programs, onBug: (error) => expect.unreachable(String(error)) })
  undo.push(() => server.close())
  const { port } = await server.listenTcp({ host, port: 0 })
  if (onUdp) await server.listenUdp({ host, port })
  return port
}

async function statuses(port: number): Promise<Record<string, string>> {
  const findings = await checkNfs({ host, port })
  for (const { status, fix } of findings) expect(fix === undefined).toBe(status === 'ok')
  return Object.fromEntries(findings.map(({ check, status }) => [check, status]))
}

test('a server of NFS version 3 and nothing else is as it should be', async () => {
  const port = await serve([programOf(nfs3Program, 3), programOf(mountProgram, 1, 3)], true)
  expect(await statuses(port)).toEqual({
    nfs: 'ok',
    'mount tcp': 'ok',
    'mount udp': 'ok',
    'nfs4 fallback': 'ok',
  })
})

test('one of versions 3 and 4, without MOUNT over UDP, is another server', async () => {
  const port = await serve([programOf(nfs3Program, 3, 4), programOf(mountProgram, 3)], false)
  expect(await statuses(port)).toEqual({
    nfs: 'ok',
    'mount tcp': 'ok',
    'mount udp': 'warn',
    'nfs4 fallback': 'fail',
  })
})

test('no NFS, another version, no RPC, nobody: each is told', async () => {
  const told = async (port: number) => (await checkNfs({ host, port })).map(({ detail }) => detail)
  const none = await serve([programOf(mountProgram, 3)], false)
  expect(await told(none)).toEqual([`at ${host} port ${none} is no NFS version 3: PROG_UNAVAIL`])
  const four = await serve([programOf(nfs3Program, 4)], false)
  expect(await told(four)).toEqual([`at ${host} port ${four} is no NFS version 3: it has versions 4 to 4`])

  const http = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    host,
  )
  undo.push(() => http.close())
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  expect(await told(port)).toEqual([`nothing answers at ${host} port ${port}: no RPC answers`])
  http.close()
  await once(http, 'close')
  expect(await told(port)).toEqual([`nothing answers at ${host} port ${port}: ECONNREFUSED`])
})

test('a reply to another call is none', async () => {
  const server = createServer((socket) =>
    socket.once('data', () => socket.end(Buffer.from('8000000400000007', 'hex'))),
  )
  server.listen(0, host)
  undo.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await probe({ host, port, transport: 'tcp', program: nfs3Program, version: 3 })).toMatchObject({
    kind: 'refused',
  })
})
