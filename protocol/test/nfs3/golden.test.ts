import { describe, expect, it } from 'vitest'
import {
  createNfs3Program,
  type DirectoryCursor,
  Ftype3,
  type Nfs3Backend,
  Nfs3ProcedureNumber,
  Nfsstat3,
  XdrReader,
  XdrWriter,
} from 'nfs-server-ts'
import { type DirectoryPage, type ListedEntry, Nfs3Client } from 'nfs-server-ts/testing'
import { readGolden, ReplayTransport } from './golden.ts'

type Method = keyof Nfs3Backend

interface Golden {
  file: string
  method: Method
  /** What the backend must be asked, after the caller. */
  args: (handles: Buffer[]) => unknown[]
  /** The same, by the client. */
  call: (client: Nfs3Client, handles: Buffer[]) => Promise<{ status: number }>
}

const none = Buffer.alloc(0)
const bytes = (text: string) => Buffer.from(text)
const what = (dir: Buffer | undefined, name: string) => ({ dir, name: bytes(name) })
const times = {
  atime: { seconds: 1_000_000_000, nanoseconds: 123_456_000 },
  mtime: { seconds: 1_000_000_001, nanoseconds: 654_321_000 },
}
const fifo = { type: Ftype3.FIFO, attributes: { mode: 0o644 } } as const
const device = { type: Ftype3.CHR, attributes: { mode: 0o666 }, rdevMajor: 1, rdevMinor: 3 } as const
const unchecked = { mode: 'UNCHECKED', attributes: { mode: 0o640 } } as const
const listStart = { cookieHigh: 0, cookieLow: 0, cookieVerifier: Buffer.alloc(8) }

const goldens: Golden[] = [
  { file: 'getattr', method: 'getattr', args: ([h]) => [h], call: (c, [h = none]) => c.getattr(h) },
  {
    file: 'setattr-mode-or-size',
    method: 'setattr',
    args: ([h]) => [h, { size: 3 }, undefined],
    call: (c, [h = none]) => c.setattr(h, { size: 3 }),
  },
  {
    file: 'setattr-times',
    method: 'setattr',
    args: ([h]) => [h, times, undefined],
    call: (c, [h = none]) => c.setattr(h, times),
  },
  {
    file: 'lookup',
    method: 'lookup',
    args: ([h]) => [what(h, 'foo')],
    call: (c, [h = none]) => c.lookup(h, 'foo'),
  },
  { file: 'access', method: 'access', args: ([h]) => [h, 1], call: (c, [h = none]) => c.access(h, 1) },
  { file: 'readlink', method: 'readlink', args: ([h]) => [h], call: (c, [h = none]) => c.readlink(h) },
  {
    file: 'read',
    method: 'read',
    args: ([h]) => [h, 1, 10, expect.anything() as unknown],
    call: (c, [h = none]) => c.read(h, 1, 10),
  },
  {
    file: 'write',
    method: 'write',
    args: ([h]) => [h, 1, 0, bytes('hello')],
    call: (c, [h = none]) => c.write(h, 1, 'hello', 0),
  },
  {
    file: 'create',
    method: 'create',
    args: ([h]) => [what(h, 'foo'), unchecked],
    call: (c, [h = none]) => c.create(h, 'foo', unchecked),
  },
  {
    file: 'mkdir',
    method: 'mkdir',
    args: ([h]) => [what(h, 'dir'), { mode: 0o750 }],
    call: (c, [h = none]) => c.mkdir(h, 'dir', { mode: 0o750 }),
  },
  {
    file: 'symlink',
    method: 'symlink',
    args: ([h]) => [what(h, 'sym'), { mode: 0o777 }, bytes('../target')],
    call: (c, [h = none]) => c.symlink(h, 'sym', '../target', { mode: 0o777 }),
  },
  {
    file: 'mknod-fifo',
    method: 'mknod',
    args: ([h]) => [what(h, 'fifo'), fifo],
    call: (c, [h = none]) => c.mknod(h, 'fifo', fifo),
  },
  {
    file: 'mknod-device',
    method: 'mknod',
    args: ([h]) => [what(h, 'null'), device],
    call: (c, [h = none]) => c.mknod(h, 'null', device),
  },
  {
    file: 'remove',
    method: 'remove',
    args: ([h]) => [what(h, 'bazzz')],
    call: (c, [h = none]) => c.remove(h, 'bazzz'),
  },
  {
    file: 'remove-noent',
    method: 'remove',
    args: ([h]) => [what(h, 'nothing')],
    call: (c, [h = none]) => c.remove(h, 'nothing'),
  },
  {
    file: 'rmdir',
    method: 'rmdir',
    args: ([h]) => [what(h, 'dir')],
    call: (c, [h = none]) => c.rmdir(h, 'dir'),
  },
  {
    file: 'rmdir-notempty',
    method: 'rmdir',
    args: ([h]) => [what(h, 'dir')],
    call: (c, [h = none]) => c.rmdir(h, 'dir'),
  },
  {
    file: 'rename',
    method: 'rename',
    args: ([from, to]) => [what(from, 'bar'), what(to, 'bazzz')],
    call: (c, [from = none, to = none]) => c.rename(from, 'bar', to, 'bazzz'),
  },
  {
    file: 'link',
    method: 'link',
    args: ([file, dir]) => [file, what(dir, 'bar')],
    call: (c, [file = none, dir = none]) => c.link(file, dir, 'bar'),
  },
  {
    file: 'readdir',
    method: 'readdir',
    args: ([dir]) => [expect.objectContaining({ dir, ...listStart, count: 512 }) as unknown],
    call: (c, [h = none]) => c.readdir(h, 512),
  },
  {
    file: 'readdirplus',
    method: 'readdirplus',
    args: ([dir]) => [
      expect.objectContaining({ dir, ...listStart, dircount: 8192, maxcount: 8192 }) as unknown,
    ],
    call: (c, [h = none]) => c.readdirplus(h, 8192, 8192),
  },
  { file: 'fsstat', method: 'fsstat', args: ([h]) => [h], call: (c, [h = none]) => c.fsstat(h) },
  { file: 'fsinfo', method: 'fsinfo', args: ([h]) => [h], call: (c, [h = none]) => c.fsinfo(h) },
  { file: 'pathconf', method: 'pathconf', args: ([h]) => [h], call: (c, [h = none]) => c.pathconf(h) },
  { file: 'commit', method: 'commit', args: ([h]) => [h, 0, 0], call: (c, [h = none]) => c.commit(h) },
]

/** Lists what a client once read. */
class ListedCursor implements DirectoryCursor {
  readonly #entries: ListedEntry[]
  readonly eof: boolean
  #entry: ListedEntry | undefined

  constructor({ entries, eof }: DirectoryPage) {
    this.#entries = [...entries]
    this.eof = eof
  }
  next(): boolean {
    this.#entry = this.#entries.shift()
    return this.#entry !== undefined
  }
  get fileidHigh() {
    return Number((this.#entry?.fileid ?? 0n) >> 32n)
  }
  get fileidLow() {
    return Number((this.#entry?.fileid ?? 0n) & 0xffff_ffffn)
  }
  get cookieHigh() {
    return Number((this.#entry?.cookie ?? 0n) >> 32n)
  }
  get cookieLow() {
    return Number((this.#entry?.cookie ?? 0n) & 0xffff_ffffn)
  }
  get nameBuffer() {
    return this.#entry?.name ?? none
  }
  readonly nameStart = 0
  get nameEnd() {
    return this.nameBuffer.length
  }
  get attributes() {
    return this.#entry?.attributes
  }
  get handle() {
    return this.#entry?.handle
  }
}

/** A backend that has one answer for one method, and keeps what it was asked. */
function scripted(method: Method, answer: object): { backend: Nfs3Backend; asked: () => unknown[] } {
  let asked: unknown[] = []
  const result =
    'entries' in answer ? { ...answer, entries: new ListedCursor(answer as DirectoryPage) } : answer
  const backend = {
    [method]: (_caller: unknown, ...args: unknown[]) => {
      asked = args
      return result
    },
  }
  return { backend: backend as unknown as Nfs3Backend, asked: () => asked }
}

describe.each(goldens)('golden $file', ({ file, method, args, call }) => {
  const golden = readGolden(file)
  const procedure = Nfs3ProcedureNumber[method.toUpperCase() as keyof typeof Nfs3ProcedureNumber]

  it('is what the client sends', async () => {
    const transport = new ReplayTransport(golden.reply)
    await call(new Nfs3Client(transport), golden.handles)
    expect(transport.sent?.procedure).toBe(procedure)
    expect(transport.sent?.args.toString('hex')).toBe(golden.call.toString('hex'))
  })

  it('asks the backend for it and answers with its bytes', async () => {
    const answer = await call(new Nfs3Client(new ReplayTransport(golden.reply)), golden.handles)
    const { backend, asked } = scripted(method, answer)
    const limits = { rtmax: 0xffff_ffff, wtmax: 0xffff_ffff, dtmax: 0xffff_ffff }
    const [version] = createNfs3Program(backend, limits).versions
    const writer = new XdrWriter(Buffer.alloc(16, 0xa5))
    const reader = new XdrReader(golden.call)
    const credentials = { flavor: 'none' } as const
    const client = { address: '127.0.0.1', port: 1, transport: 'tcp' } as const
    expect(
      version?.procedures.at(procedure)?.run(reader, { xid: 1, client, credentials }, writer),
    ).toBeUndefined()
    reader.expectEnd()
    // READDIRPLUS and READ also get their room in the reply, which is not of the call.
    const wanted = args(golden.handles)
    expect(asked().slice(0, wanted.length)).toEqual(wanted)
    // Ganesha's maxfilesize is 2^63-1. The client reads it as 2^63: no number lies nearer.
    const [exact, rounded] = file === 'fsinfo' ? ['7fffffffffffffff', '8000000000000000'] : ['', '']
    const reply = golden.reply.toString('hex').replace(exact, rounded)
    expect(writer.bytes().toString('hex')).toBe(reply)
  })
})

describe('golden replies read by the client', () => {
  const read = (file: string) => {
    const golden = goldens.find((each) => each.file === file)
    const { reply, handles } = readGolden(file)
    return golden?.call(new Nfs3Client(new ReplayTransport(reply)), handles)
  }

  it('has each attribute in its place', async () => {
    // As tshark tells them in golden/getattr.txt and golden/setattr-times.txt.
    expect(await read('setattr-times')).toMatchObject({
      status: Nfsstat3.OK,
      wcc: {
        before: { size: 3 },
        after: {
          type: Ftype3.REG,
          mode: 0o640,
          nlink: 1,
          uid: 0,
          gid: 0,
          size: 3,
          used: 4096,
          rdevMajor: 0,
          rdevMinor: 0,
          fsidHigh: 0xb570fdab,
          fsidLow: 0x536cf2c3,
          fileidHigh: 0,
          atimeSeconds: 1_000_000_000,
          atimeNanoseconds: 123_456_000,
          mtimeSeconds: 1_000_000_001,
          mtimeNanoseconds: 654_321_000,
        },
      },
    })
    expect(await read('mknod-device')).toMatchObject({
      attributes: { type: Ftype3.CHR, mode: 0o666, rdevMajor: 1, rdevMinor: 3 },
      dirWcc: { before: { size: 4096 }, after: { type: Ftype3.DIR, mode: 0o750 } },
    })
  })

  it('has the data, the path and the names', async () => {
    expect(await read('read')).toMatchObject({ count: 5, eof: true, data: bytes('hello') })
    expect(await read('readlink')).toMatchObject({ path: bytes('../target') })
    const page = (await read('readdir')) as unknown as DirectoryPage
    expect(page.entries.map(({ name }) => name.toString())).toEqual(['.', '..', 'hello'])
    expect(page.entries[2]?.cookie).toBe(2232908316014189079n)
    expect(page.eof).toBe(true)
  })

  it('has the failure arms', async () => {
    expect(await read('remove-noent')).toMatchObject({
      status: Nfsstat3.NOENT,
      dirWcc: { after: { type: Ftype3.DIR } },
    })
    expect(await read('rmdir-notempty')).toMatchObject({
      status: Nfsstat3.NOTEMPTY,
      dirWcc: { after: { type: Ftype3.DIR } },
    })
  })

  it('has the numbers of the file system', async () => {
    expect(await read('pathconf')).toMatchObject({ linkmax: 8, nameMax: 1024, noTrunc: true })
    expect(await read('fsinfo')).toMatchObject({ status: Nfsstat3.OK, rtmult: 512, dtpref: 16384 })
  })
})
