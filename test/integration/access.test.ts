import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ftype3, Mountstat3, Nfsstat3, StableHow } from 'nfs-server-ts'
import { Mount3Client, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'
import { beforeEach, expect, test } from 'vitest'
import { startServer, stopServer, useWorkspace, type RunningServer } from './server.ts'

const workspace = useWorkspace()
const anyPorts = ['--nfs-port', '0', '--admin-port', '0', '--portmap', 'off']

/** An administrator of the server, by its API. */
class Admin {
  readonly #url: string
  readonly #token: string

  constructor(server: RunningServer, data: string) {
    this.#url = server.adminUrl
    this.#token = readFileSync(join(data, 'admin.token'), 'utf8').trim()
  }

  async call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as Answer
  }

  async share(path: string, more: object = {}): Promise<number> {
    return (await this.call<{ id: number }>('POST', '/v1/shares', { path, ...more })).id
  }

  allow(subject: string, object: string, action: string): Promise<{ id: string }> {
    return this.call('POST', '/v1/rules', { kind: 'p', subject, object, action, effect: 'allow' })
  }

  async token(subject: string): Promise<{ id: string; text: string }> {
    const made = await this.call<{ token: { id: string }; text: string }>('POST', '/v1/tokens', {
      name: 'test',
      subject,
    })
    return { id: made.token.id, text: made.text }
  }
}

let data: string
beforeEach(() => {
  data = join(workspace.path, 'data')
  mkdirSync(data, { mode: 0o700 })
})

const start = () => startServer(['--data', data, ...anyPorts], workspace.path)

async function mount(transport: TcpTransport, path: string): Promise<Buffer> {
  const mounted = await new Mount3Client(transport).mount(path)
  if (mounted.status !== Mountstat3.OK) throw new Error(`mount: status ${mounted.status}`)
  return mounted.handle
}

const whole = { squash: 'all', uid: process.getuid!(), gid: process.getgid!(), gids: [] }

test('a revoked token stops a writer with its next call, and nobody else on the connection', async () => {
  const server = await start()
  const admin = new Admin(server, data)
  const id = await admin.share('/finance/db', { identity: whole })
  await admin.allow('app:payroll', '/finance/**', '*')
  const [one, two] = [await admin.token('app:payroll/a'), await admin.token('app:payroll/b')]
  const transport = await TcpTransport.connect(server.nfsPort)
  const nfs = new Nfs3Client(transport)
  const files = []
  for (const [name, { text }] of [['a', one] as const, ['b', two] as const]) {
    const root = await mount(transport, `/@${text}/finance/db`)
    const made = await nfs.create(root, name, { mode: 'GUARDED', attributes: {} })
    expect(made.status).toBe(Nfsstat3.OK)
    files.push((made as { object: Buffer }).object)
  }
  const [fileA, fileB] = files as [Buffer, Buffer]
  const block = Buffer.alloc(64 * 1024, 'x')
  let offset = 0
  const token = { isRevoked: false }
  let statusA: number = Nfsstat3.OK
  let callsAfter = 0
  const writer = (async () => {
    while (statusA === Nfsstat3.OK) {
      const beganAfter = token.isRevoked
      statusA = (await nfs.write(fileA, offset, block, StableHow.UNSTABLE)).status
      offset += block.length
      if (beganAfter && statusA === Nfsstat3.OK) callsAfter++
    }
  })()
  while (offset < 4 * 1024 * 1024) await new Promise((resolve) => setTimeout(resolve, 5))
  await admin.call('DELETE', `/v1/tokens/${one.id}`)
  token.isRevoked = true
  await writer
  expect([statusA, callsAfter]).toEqual([Nfsstat3.ACCES, 0])
  expect((await nfs.write(fileB, 0, block, StableHow.UNSTABLE)).status).toBe(Nfsstat3.OK)
  await admin.call('PATCH', `/v1/shares/${id}`, { readOnly: true })
  expect((await nfs.write(fileB, 0, block, StableHow.UNSTABLE)).status).toBe(Nfsstat3.ROFS)
  await transport.close()
  await stopServer(server)

  // Neither a restart nor a new token of the same workload brings the old handle back.
  const again = await start()
  const fresh = await new Admin(again, data).token('app:payroll/a')
  const other = await TcpTransport.connect(again.nfsPort)
  await mount(other, `/@${fresh.text}/finance/db`)
  expect((await new Nfs3Client(other).getattr(fileA)).status).toBe(Nfsstat3.ACCES)
  expect((await new Nfs3Client(other).getattr(fileB)).status).toBe(Nfsstat3.OK)
  await other.close()
  const { stderr } = await stopServer(again)
  expect(stderr).not.toContain(fresh.text)
})

test('a client walks folders, sees what its token may, and enters shares as filesystems of their own', async () => {
  const server = await start()
  const admin = new Admin(server, data)
  const db = await admin.share('/finance/payroll/db')
  await admin.share('/finance/secret')
  const logs = await admin.share('/logs')
  await admin.allow('app:payroll', '/finance/payroll/**', 'read')
  await admin.allow('app:payroll', '/logs', 'read')
  const { text } = await admin.token('app:payroll')
  const transport = await TcpTransport.connect(server.nfsPort)
  const nfs = new Nfs3Client(transport)
  const root = await mount(transport, `/@${text}/`)
  const names = async (dir: Buffer) => {
    const listed = await nfs.readdirplus(dir, 4096, 32_768)
    if (listed.status !== Nfsstat3.OK) throw new Error(`READDIRPLUS: ${listed.status}`)
    return listed.entries.map(({ name }) => name.toString()).sort()
  }
  const enter = async (dir: Buffer, name: string) => {
    const found = await nfs.lookup(dir, name)
    if (found.status !== Nfsstat3.OK) throw new Error(`LOOKUP ${name}: ${found.status}`)
    return found
  }
  expect(await names(root)).toEqual(['.', '..', 'finance', 'logs'])
  const finance = await enter(root, 'finance')
  expect(await names(finance.object)).toEqual(['.', '..', 'payroll'])
  expect((await nfs.lookup(finance.object, 'secret')).status).toBe(Nfsstat3.NOENT)
  const payroll = await enter(finance.object, 'payroll')
  const share = await enter(payroll.object, 'db')
  expect(finance.attributes).toMatchObject({ type: Ftype3.DIR, mode: 0o555, fsidHigh: 1 })
  expect(share.attributes).toMatchObject({ type: Ftype3.DIR, fsidHigh: 0, fsidLow: db })
  expect((await enter(root, 'logs')).attributes).toMatchObject({ fsidLow: logs })
  expect((await enter(payroll.object, '..')).object).toEqual(finance.object)
  expect((await nfs.mkdir(finance.object, 'new', {})).status).toBe(Nfsstat3.ROFS)
  expect((await nfs.remove(payroll.object, 'db')).status).toBe(Nfsstat3.ROFS)
  expect((await nfs.rename(share.object, 'x', finance.object, 'x')).status).toBe(Nfsstat3.XDEV)
  // The folder was mounted by this client alone.
  expect((await nfs.getattr(Buffer.from(root.toReversed()))).status).toBe(Nfsstat3.BADHANDLE)

  // A folder that moves keeps its handle, and shows under its new parent.
  await admin.allow('app:payroll', '/payroll/**', 'read')
  const place = await admin.call<{ node: { id: number } }>('GET', '/v1/namespace?path=/finance/payroll')
  await admin.call('POST', `/v1/folders/${place.node.id}/move`, { to: '/payroll' })
  expect(await names(payroll.object)).toEqual(['.', '..', 'db'])
  await transport.close()
  await stopServer(server)
})

test('a quota stops a writer and shows as the size of the filesystem', async () => {
  const server = await start()
  const admin = new Admin(server, data)
  const quotaBytes = 1024 * 1024
  const id = await admin.share('/small', { quotaBytes, identity: whole })
  await admin.allow('app:a', '/small', '*')
  const { text } = await admin.token('app:a')
  const transport = await TcpTransport.connect(server.nfsPort)
  const nfs = new Nfs3Client(transport)
  const root = await mount(transport, `/@${text}/small`)
  const made = await nfs.create(root, 'file', { mode: 'GUARDED', attributes: {} })
  const file = (made as { object: Buffer }).object
  const block = Buffer.alloc(32 * 1024, 'x')
  let [status, written]: [number, number] = [Nfsstat3.OK, 0]
  while (status === Nfsstat3.OK && written < 2 * quotaBytes) {
    status = (await nfs.write(file, written, block, StableHow.UNSTABLE)).status
    if (status === Nfsstat3.OK) written += block.length
  }
  expect([status, written]).toEqual([Nfsstat3.DQUOT, quotaBytes])
  expect(await nfs.fsstat(root)).toMatchObject({ tbytes: quotaBytes, abytes: 0 })
  await admin.call('PATCH', `/v1/shares/${id}`, { quotaBytes: 2 * quotaBytes })
  expect((await nfs.write(file, written, block, StableHow.UNSTABLE)).status).toBe(Nfsstat3.OK)
  expect((await nfs.remove(root, 'file')).status).toBe(Nfsstat3.OK)
  expect(await nfs.fsstat(root)).toMatchObject({ tbytes: 2 * quotaBytes, abytes: 2 * quotaBytes })
  await transport.close()
  await stopServer(server)
})
