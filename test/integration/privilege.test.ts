import { once } from 'node:events'
import { chownSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { nfs3Program, Nfsstat3, portmapProgram } from 'nfs-server-ts'
import { TcpTransport } from 'nfs-server-ts/testing'
import { describe, expect, test } from 'vitest'
import { anyPorts, main, mountShare, runToEnd, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const isRoot = process.getuid?.() === 0
/** An address of this machine that nobody else uses, so that port 111 on it is free. */
const lonelyAddress = '127.0.111.111'
const tcpProtocol = 6

async function portOf(program: number, version: number): Promise<number> {
  const transport = await TcpTransport.connect(111, lonelyAddress)
  const args = Buffer.alloc(16)
  ;[program, version, tcpProtocol, 0].forEach((word, index) => args.writeUInt32BE(word, index * 4))
  // PMAPPROC_GETPORT, RFC 1833 §3.2.
  const reply = await transport.call({
    program: portmapProgram,
    version: 2,
    procedure: 3,
    credentials: { flavor: 'none' },
    args,
  })
  const port = reply.uint32()
  await transport.close()
  return port
}

/** Whether every user can get at a file: not so where the project lies in a closed home directory. */
function isReachable(path: string): boolean {
  const parent = dirname(path)
  return parent === path || ((statSync(path).mode & 0o005) === 0o005 && isReachable(parent))
}

// Without root neither another user nor port 111 can be had; what is left is the ordinary case of the other files.
describe.runIf(isRoot)('started by root', () => {
  const portmapOn = (mode: string) => [
    '--demo',
    '--nfs-port',
    '0',
    '--admin-port',
    '0',
    '--listen',
    lonelyAddress,
    '--portmap',
    mode,
  ]

  test.runIf(isReachable(dirname(main)))(
    'a plain user’s server serves everyone as that user, and says so',
    async () => {
      const user = 65534
      chownSync(workspace.path, user, user)
      const args = ['--demo', ...anyPorts, '--portmap', 'auto']
      const server = await startServer(args, workspace.path, { user })
      expect(server.stdout()).toContain(`every caller acts as user ${user}`)
      expect(server.stdout()).toMatch(/portmap +none: the ports stand in the mount line/)
      expect(server.stdout()).toContain('Port 111 needs root')

      const { nfs, root, transport } = await mountShare(server, '/demo')
      const mine = await nfs.create(root, 'mine', { mode: 'GUARDED', attributes: { mode: 0o600 } })
      expect(mine.status).toBe(Nfsstat3.OK)
      expect(statSync(join(workspace.path, 'berth-data/demo/mine'))).toMatchObject({ uid: user, gid: user })
      await transport.close()
      await stopServer(server)
    },
  )

  test('portmap tells the port of NFS, and is gone with the server', async () => {
    const server = await startServer(portmapOn('on'), workspace.path)
    expect(await portOf(nfs3Program, 3)).toBe(server.nfsPort)
    expect(await portOf(390_113, 1)).toBe(0)
    await stopServer(server)
    await expect(TcpTransport.connect(111, lonelyAddress)).rejects.toThrow('ECONNREFUSED')
  })

  test('where port 111 is taken, auto goes on and says so, on does not', async () => {
    const other = createServer().listen(111, lonelyAddress)
    await once(other, 'listening')
    const server = await startServer(portmapOn('auto'), workspace.path)
    expect(server.stdout()).toContain('Port 111 is taken, most likely by rpcbind')
    await stopServer(server)
    expect(await runToEnd(['serve', ...portmapOn('on')], workspace.path)).toMatchObject({
      code: 1,
      stderr: `berth: portmap port 111 on ${lonelyAddress} is taken by another program\n`,
    })
    other.close()
  })
})
