import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createMountProgram,
  mountProgram,
  Mountstat3,
  RpcServer,
  type ExportEntry,
  type MountBackend,
  type MountEntry,
  type MountResult,
} from 'nfs-server-ts'
import { call, hex, record, success, words } from '../rpc/hex.ts'
import { RawClient } from '../rpc/raw-client.ts'

/** Writes down what it is asked; answers with what it is given. */
class RecordingBackend implements MountBackend {
  readonly asked: unknown[][] = []
  result: MountResult | Promise<MountResult> = { status: Mountstat3.NOENT }
  mounts: MountEntry[] = []
  exported: ExportEntry[] = []

  mount: MountBackend['mount'] = (client, credentials, path) => {
    this.asked.push(['mount', client.address, credentials.flavor, path.toString('latin1')])
    return this.result
  }
  unmount: MountBackend['unmount'] = (_client, path) => void this.asked.push(['unmount', path.toString()])
  unmountAll: MountBackend['unmountAll'] = async () => void this.asked.push(['unmountAll'])
  dump: MountBackend['dump'] = () => this.mounts
  exports: MountBackend['exports'] = async () => this.exported
}

let backend: RecordingBackend
let server: RpcServer
let client: RawClient

beforeEach(async () => {
  backend = new RecordingBackend()
  server = new RpcServer({ programs: [createMountProgram(backend)] })
  const { port } = await server.listenTcp({ host: '127.0.0.1', port: 0 })
  client = await RawClient.connect(port)
})

afterEach(async () => {
  client.close()
  await server.close()
  expect(server.statistics.bugs).toBe(0)
})

async function ask(bytes: Buffer): Promise<Buffer> {
  client.send(record(bytes))
  return client.reply()
}

let xid = 100
const mount = (procedure: number, args = Buffer.alloc(0), version = 3) =>
  call(++xid, { program: mountProgram, version, procedure, args })
const path = (text: string) =>
  Buffer.concat([words(text.length), Buffer.from(text), Buffer.alloc(-text.length & 3)])

describe('MNT', () => {
  it('answers with handle and flavors', async () => {
    backend.result = { status: Mountstat3.OK, handle: hex('0102030405'), authFlavors: [1, 0] }
    const bytes = hex(`
      0a0b0c0d 00000000 00000002
      000186a5 00000003 00000001                    # mountd, version 3, MNT
      00000001 00000014 00000000 00000000           # AUTH_SYS of root
      00000000 00000000 00000000
      00000000 00000000
      00000008 2f646174 612f6462                    # "/data/db"
    `)
    expect(await ask(bytes)).toEqual(
      hex(`
        0a0b0c0d 00000001 00000000 00000000 00000000 00000000
        00000000                       # MNT3_OK
        00000005 01020304 05 000000    # fhandle
        00000002 00000001 00000000     # AUTH_SYS, AUTH_NONE
      `),
    )
    expect(backend.asked).toEqual([['mount', '127.0.0.1', 'sys', '/data/db']])
  })

  it.each([
    ['NOENT', Mountstat3.NOENT],
    ['ACCES', Mountstat3.ACCES],
    ['SERVERFAULT', Mountstat3.SERVERFAULT],
  ] as const)('answers a refusal, %s, with its status alone', async (_, status) => {
    backend.result = Promise.resolve({ status })
    expect(await ask(mount(1, path('/x')))).toEqual(success(xid, words(status)))
  })

  it('takes a path of 1024 bytes, whatever they are, and none longer', async () => {
    const longest = '\xff'.repeat(1024)
    await ask(mount(1, Buffer.concat([words(1024), Buffer.from(longest, 'latin1')])))
    expect(backend.asked.at(-1)).toEqual(['mount', '127.0.0.1', 'none', longest])
    expect(await ask(mount(1, Buffer.concat([words(1025), Buffer.alloc(1028)])))).toEqual(
      words(xid, 1, 0, 0, 0, 4), // GARBAGE_ARGS
    )
    expect(backend.asked).toHaveLength(1)
  })

  it('is done once for a retransmission', async () => {
    const bytes = mount(1, path('/ticket'))
    const first = await ask(bytes)
    backend.result = { status: Mountstat3.ACCES }
    expect(await ask(bytes)).toEqual(first)
    expect(backend.asked).toHaveLength(1)
  })

  it('is not there in version 1, whose handles are too short', async () => {
    expect(await ask(mount(1, path('/x'), 1))).toEqual(words(xid, 1, 0, 0, 0, 3))
  })
})

describe.each([1, 3])('the lists and UMNT of version %i', (version) => {
  it('EXPORT answers showmount', async () => {
    backend.exported = [
      { path: Buffer.from('/data'), groups: [] },
      { path: Buffer.from('/finance'), groups: ['10.0.0.0/8', 'worker'] },
    ]
    // From `showmount -e` of nfs-utils 2.6.2, which showed "/data (everyone)" and "/finance 10.0.0.0/8,worker".
    const showmount = hex(`
      7aefa354 00000000 00000002
      000186a5 0000000${version} 00000005            # mountd, EXPORT
      00000001 0000001c 6b00d192 00000002 766d0000   # AUTH_SYS of root on "vm"
      00000000 00000000 00000001 00000000
      00000000 00000000
    `)
    expect(await ask(showmount)).toEqual(
      hex(`
        7aefa354 00000001 00000000 00000000 00000000 00000000
        00000001 00000005 2f646174 61000000              # "/data"
        00000000                                         # no groups
        00000001 00000008 2f66696e 616e6365              # "/finance"
        00000001 0000000a 31302e30 2e302e30 2f380000     # "10.0.0.0/8"
        00000001 00000006 776f726b 65720000              # "worker"
        00000000 00000000                                # no more groups, no more exports
      `),
    )
  })

  it('DUMP answers showmount', async () => {
    backend.mounts = [{ hostname: 'box.example', directory: Buffer.from('/data') }]
    expect(await ask(mount(2, undefined, version))).toEqual(
      success(
        xid,
        hex(`
          00000001
          0000000b 626f782e 6578616d 706c6500   # "box.example"
          00000005 2f646174 61000000            # "/data"
          00000000
        `),
      ),
    )
  })

  it('UMNT and UMNTALL answer with nothing, NULL too', async () => {
    expect(await ask(mount(3, path('/data'), version))).toEqual(success(xid))
    expect(await ask(mount(4, undefined, version))).toEqual(success(xid))
    expect(await ask(mount(0, undefined, version))).toEqual(success(xid))
    expect(backend.asked).toEqual([['unmount', '/data'], ['unmountAll']])
  })
})

describe('the MOUNT program', () => {
  it('refuses version 2 with 1..3', async () => {
    expect(await ask(mount(0, undefined, 2))).toEqual(words(xid, 1, 0, 0, 0, 2, 1, 3))
  })

  it('ends a list that is too long to send at a whole entry', async () => {
    backend.exported = Array.from({ length: 3000 }, () => ({ path: Buffer.alloc(1000, 'p'), groups: [] }))
    const reply = await ask(mount(5))
    const entrySize = 4 + 4 + 1000 + 4
    expect(reply).toHaveLength(24 + Math.floor((1024 * 1024) / entrySize) * entrySize + 4)
    expect(reply.readUInt32BE(reply.length - 4)).toBe(0)
  })

  it('answers any arguments, without a bug', async () => {
    const args = fc.uint8Array({ maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 3), fc.nat(7), args, async (version, procedure, bytes) => {
        expect((await ask(mount(procedure, Buffer.from(bytes), version))).readUInt32BE(8)).toBe(0)
      }),
    )
  })
})
