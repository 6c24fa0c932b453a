import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPortmapProgram, PortmapRegistry, portmapProgram, RpcServer } from 'nfs-server-ts'
import { call, hex, record, success, words } from '../rpc/hex.ts'
import { RawClient } from '../rpc/raw-client.ts'

const rpcinfo = '/usr/sbin/rpcinfo'

let registry: PortmapRegistry
let server: RpcServer
let port: number
let client: RawClient

beforeEach(async () => {
  registry = new PortmapRegistry()
  const program = createPortmapProgram(registry)
  server = new RpcServer({ programs: [program] })
  port = (await server.listenTcp({ host: '127.0.0.1', port: 0 })).port
  client = await RawClient.connect(port)
})

afterEach(async () => {
  client.close()
  await server.close()
  expect(server.statistics.bugs).toBe(0)
})

/** As Linux rpcbind has itself registered. */
function registerPortmap(): void {
  for (const netid of ['tcp', 'udp'] as const)
    for (const version of [4, 3, 2])
      registry.add({ program: 100000, version, netid, address: '0.0.0.0', port: 111, owner: 'superuser' })
}

async function ask(bytes: Buffer): Promise<Buffer> {
  client.send(record(bytes))
  return client.reply()
}

/** struct rpcb, RFC 1833 §2.1. */
function rpcb(program: number, version: number, netid: string, address = '', owner = ''): Buffer {
  const string = (text: string) =>
    Buffer.concat([words(text.length), Buffer.from(text), Buffer.alloc(-text.length & 3)])
  return Buffer.concat([words(program, version), string(netid), string(address), string(owner)])
}

const portmap = (version: number, procedure: number, args?: Buffer) =>
  call(1, { program: portmapProgram, version, procedure, ...(args && { args }) })

describe('portmap version 2', () => {
  it('dumps as rpcbind does', async () => {
    registerPortmap()
    // `rpcinfo -p` and the answer of rpcbind 1.2.6, both from the wire.
    const dump = hex(`
      604e63ab 00000000 00000002   # xid, CALL, RPC version 2
      000186a0 00000002 00000004   # portmap, version 2, DUMP
      00000000 00000000 00000000 00000000
    `)
    expect(await ask(dump)).toEqual(
      hex(`
        604e63ab 00000001 00000000 00000000 00000000 00000000
        00000001 000186a0 00000004 00000006 0000006f   # version 4, TCP, port 111
        00000001 000186a0 00000003 00000006 0000006f
        00000001 000186a0 00000002 00000006 0000006f
        00000001 000186a0 00000004 00000011 0000006f   # version 4, UDP
        00000001 000186a0 00000003 00000011 0000006f
        00000001 000186a0 00000002 00000011 0000006f
        00000000                                       # the end
      `),
    )
  })

  it('leaves transports it has no number for out of its dump', async () => {
    registry.add({ program: 7, version: 1, netid: 'tcp6', address: '::', port: 1, owner: '' })
    expect(await ask(portmap(2, 4))).toEqual(success(1, words(0)))
  })

  it.each([
    ['a version', words(100000, 2, 6, 0), 111],
    ['another version of the program, as rpcbind does', words(100000, 9, 6, 0), 111],
    ['an unknown program', words(100003, 3, 6, 0), 0],
    ['an unknown protocol', words(100000, 2, 132, 0), 0],
  ])('GETPORT of %s', async (_, args, expected) => {
    registerPortmap()
    expect(await ask(portmap(2, 3, args))).toEqual(success(1, words(expected)))
  })

  it('refuses SET and UNSET, and does not call others', async () => {
    registerPortmap()
    const { entries } = registry
    const before = [...entries]
    expect(await ask(portmap(2, 1, words(7, 1, 6, 99)))).toEqual(success(1, words(0)))
    expect(await ask(portmap(2, 2, words(100000, 2, 6, 111)))).toEqual(success(1, words(0)))
    expect(registry.entries).toEqual(before)
    expect((await ask(portmap(2, 5, words(100000, 2, 0, 0)))).readUInt32BE(20)).toBe(3) // PROC_UNAVAIL
  })
})

describe('rpcbind versions 3 and 4', () => {
  it('answers GETADDR as rpcbind does', async () => {
    registerPortmap()
    // `rpcinfo -p` of libtirpc 1.3.3, and the answer of rpcbind 1.2.6, both from the wire.
    const getaddr = hex(`
      604e6b6a 00000000 00000002
      000186a0 00000004 00000003   # rpcbind, version 4, GETADDR
      00000000 00000000 00000000 00000000
      000186a0 00000002            # of portmap, version 2
      00000003 74637000            # netid "tcp"
      0000000f 3132372e 302e302e 312e302e 31313100   # where it asks: "127.0.0.1.0.111"
      00000008 6c696274 69727063   # owner "libtirpc"
    `)
    expect(await ask(getaddr)).toEqual(
      hex(`
        604e6b6a 00000001 00000000 00000000 00000000 00000000
        0000000f 3132372e 302e302e 312e302e 31313100   # "127.0.0.1.0.111"
      `),
    )
  })

  it('dumps as rpcbind does', async () => {
    registry.add({ program: 100000, version: 4, netid: 'tcp6', address: '::', port: 111, owner: 'superuser' })
    registry.add({
      program: 100000,
      version: 4,
      netid: 'tcp',
      address: '0.0.0.0',
      port: 111,
      owner: 'superuser',
    })
    // The first and a later entry of rpcbind 1.2.6, from the wire.
    const list = hex(`
      00000001 000186a0 00000004
      00000004 74637036                                   # "tcp6"
      00000008 3a3a2e30 2e313131                          # "::.0.111"
      00000009 73757065 72757365 72000000                 # "superuser"
      00000001 000186a0 00000004
      00000003 74637000                                   # "tcp"
      0000000d 302e302e 302e302e 302e3131 31000000        # "0.0.0.0.0.111"
      00000009 73757065 72757365 72000000
      00000000
    `)
    expect(await ask(portmap(3, 4))).toEqual(success(1, list))
    expect(await ask(portmap(4, 4))).toEqual(success(1, list))
  })

  const text = (reply: Buffer) => reply.subarray(28, 28 + reply.readUInt32BE(24)).toString()

  it('tells where a service really is, for each transport', async () => {
    const at = (netid: 'tcp' | 'udp' | 'tcp6' | 'udp6', address: string) =>
      registry.add({ program: 100003, version: 3, netid, address, port: 2049, owner: '' })
    at('tcp', '10.1.2.3')
    at('tcp6', 'fe80::1')
    at('udp6', '::')
    expect(text(await ask(portmap(3, 3, rpcb(100003, 3, 'tcp'))))).toBe('10.1.2.3.8.1')
    expect(text(await ask(portmap(3, 3, rpcb(100003, 3, 'tcp6'))))).toBe('fe80::1.8.1')
    expect(text(await ask(portmap(3, 3, rpcb(100003, 3, 'udp6'))))).toBe('::.8.1')
    expect(text(await ask(portmap(3, 3, rpcb(100003, 3, 'udp6', '2001:db8::5.0.111'))))).toBe(
      '2001:db8::5.8.1',
    )
    expect(text(await ask(portmap(3, 3, rpcb(100003, 3, 'udp'))))).toBe('')
    // A netid that is no name of ours: the transport of the question.
    expect(text(await ask(portmap(3, 3, rpcb(100003, 3, ''))))).toBe('10.1.2.3.8.1')
  })

  it('GETVERSADDR wants the very version, GETADDR takes any', async () => {
    registerPortmap()
    expect(text(await ask(portmap(4, 3, rpcb(100000, 9, 'tcp'))))).toBe('127.0.0.1.0.111')
    expect(text(await ask(portmap(4, 9, rpcb(100000, 9, 'tcp'))))).toBe('')
    expect(text(await ask(portmap(4, 9, rpcb(100000, 4, 'tcp'))))).toBe('127.0.0.1.0.111')
  })

  it('GETTIME tells the time', async () => {
    const before = Math.floor(Date.now() / 1000)
    const time = (await ask(portmap(4, 6))).readUInt32BE(24)
    expect(time).toBeGreaterThanOrEqual(before)
    expect(time).toBeLessThanOrEqual(Date.now() / 1000)
  })

  it('refuses SET and UNSET', async () => {
    for (const version of [3, 4])
      for (const procedure of [1, 2])
        expect(await ask(portmap(version, procedure, rpcb(7, 1, 'tcp', '0.0.0.0.0.99', 'me')))).toEqual(
          success(1, words(0)),
        )
    expect(registry.entries).toEqual([])
  })

  it('refuses a version it does not have with 2..4', async () => {
    expect(await ask(portmap(9, 0))).toEqual(words(1, 1, 0, 0, 0, 2, 2, 4))
  })

  it('answers any arguments, without a bug', async () => {
    registerPortmap()
    const args = fc.uint8Array({ maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.nat(12),
        args,
        async (version, procedure, bytes) => {
          const reply = await ask(portmap(version, procedure, Buffer.from(bytes)))
          expect(reply.readUInt32BE(8)).toBe(0)
        },
      ),
    )
  })
})

describe('portmap over UDP', () => {
  it('bounds a list, for the address of the question can be forged', async () => {
    for (let program = 1; program <= 200; program++)
      registry.add({ program, version: 1, netid: 'udp', address: '0.0.0.0', port: 1, owner: 'x' })
    const udp = await server.listenUdp({ host: '127.0.0.1', port: 0 })
    const socket = createSocket('udp4')
    for (const version of [2, 3]) {
      socket.send(portmap(version, 4), udp.port, '127.0.0.1')
      const [reply] = (await once(socket, 'message')) as [Buffer]
      expect(reply.length).toBeLessThanOrEqual(24 + 1024 + 4)
      expect(reply.readUInt32BE(reply.length - 4)).toBe(0) // The list has its end.
    }
    socket.close()
  })
})

describe('PortmapRegistry', () => {
  it('has one entry for a version and transport', () => {
    const entry = { program: 1, version: 1, netid: 'tcp', address: '0.0.0.0', port: 1, owner: '' } as const
    registry.add(entry)
    registry.add({ ...entry, port: 2 })
    expect(registry.entries).toEqual([{ ...entry, port: 2 }])
    registry.remove(1, 1, 'tcp')
    expect(registry.entries).toEqual([])
  })

  it('takes no address of another family', () => {
    const entry = { program: 1, version: 1, address: '::1', port: 1, owner: '' }
    expect(() => registry.add({ ...entry, netid: 'tcp' })).toThrow('::1 is no address for tcp')
    expect(() => registry.add({ ...entry, netid: 'tcp6', address: 'localhost' })).toThrow(
      'no address for tcp6',
    )
  })
})

describe.skipIf(!existsSync(rpcinfo))('rpcinfo', () => {
  const run = (...args: string[]) => promisify(execFile)(rpcinfo, args)

  it.each(['tcp', 'udp'])('calls us over %s', async (netid) => {
    const udp = await server.listenUdp({ host: '127.0.0.1', port: 0 })
    const at = netid === 'tcp' ? port : udp.port
    const address = `127.0.0.1.${at >>> 8}.${at & 0xff}`
    for (const version of ['2', '3', '4']) {
      const { stdout } = await run('-a', address, '-T', netid, '100000', version)
      expect(stdout).toBe(`program 100000 version ${version} ready and waiting\n`)
    }
    await expect(run('-a', address, '-T', netid, '100000', '7')).rejects.toThrow(
      'low version = 2, high version = 4',
    )
  })
})
