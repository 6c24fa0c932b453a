import { describe, expect, it } from 'vitest'
import {
  createNfs3Program,
  type Fattr3,
  type Nfs3Backend,
  type Nfs3Limits,
  Nfs3ProcedureNumber,
  NfsError,
  NfsPutOff,
  Nfsstat3,
  RpcServer,
  StableHow,
  XdrWriter,
} from 'nfs-server-ts'
import { DirectTransport, MemoryBackend, Nfs3Client, TcpTransport } from 'nfs-server-ts/testing'

const handle = Buffer.from('handle')
const noWcc = { before: undefined, after: undefined }
const anyAttributes: Fattr3 = {
  type: 1,
  mode: 0o644,
  nlink: 1,
  uid: 0,
  gid: 0,
  size: 5,
  used: 5,
  rdevMajor: 0,
  rdevMinor: 0,
  fsidHigh: 0,
  fsidLow: 1,
  fileidHigh: 0,
  fileidLow: 2,
  atimeSeconds: 0,
  atimeNanoseconds: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  ctimeSeconds: 0,
  ctimeNanoseconds: 0,
}

function clientOf(backend: Partial<Nfs3Backend>, limits?: Partial<Nfs3Limits>): Nfs3Client {
  return new Nfs3Client(new DirectTransport(createNfs3Program(backend as Nfs3Backend, limits)))
}

/** Arguments in XDR: a number is a 4-byte word, a buffer a variable-length opaque. */
function xdr(...parts: (number | Buffer)[]): Buffer {
  const writer = new XdrWriter()
  for (const part of parts)
    if (typeof part === 'number') writer.uint32(part)
    else writer.opaque(part)
  return writer.bytes()
}

describe('the procedure table', () => {
  it('caches the replies of what must not be done twice, and of nothing else', () => {
    const [version] = createNfs3Program(new MemoryBackend()).versions
    const procedures = version?.procedures ?? []
    expect(procedures.map((each) => each?.name)).toEqual(Object.keys(Nfs3ProcedureNumber))
    expect(procedures.filter((each) => each?.replyCached).map((each) => each?.name)).toEqual([
      'SETATTR',
      'CREATE',
      'MKDIR',
      'SYMLINK',
      'MKNOD',
      'REMOVE',
      'RMDIR',
      'RENAME',
      'LINK',
    ])
  })

  it('answers a thrown NfsError with the failure arm, and a rejected one too', async () => {
    const fail = (): never => {
      throw new NfsError(Nfsstat3.JUKEBOX)
    }
    const later = async (): Promise<never> => fail()
    for (const refuse of [fail, later]) {
      const client = clientOf({
        getattr: refuse,
        setattr: refuse,
        lookup: refuse,
        rename: refuse,
        link: refuse,
      })
      expect(await client.getattr(handle)).toEqual({ status: Nfsstat3.JUKEBOX })
      expect(await client.setattr(handle, {})).toEqual({ status: Nfsstat3.JUKEBOX, wcc: noWcc })
      expect(await client.lookup(handle, 'a')).toEqual({ status: Nfsstat3.JUKEBOX, dirAttributes: undefined })
      expect(await client.rename(handle, 'a', handle, 'b')).toEqual({
        status: Nfsstat3.JUKEBOX,
        fromDirWcc: noWcc,
        toDirWcc: noWcc,
      })
      expect(await client.link(handle, handle, 'b')).toEqual({
        status: Nfsstat3.JUKEBOX,
        attributes: undefined,
        linkDirWcc: noWcc,
      })
    }
  })

  it('leaves any other error to the server, which counts it', async () => {
    const bug = () => {
      throw new TypeError('ours')
    }
    await expect(clientOf({ getattr: bug }).getattr(handle)).rejects.toThrow('ours')
    await expect(clientOf({ getattr: async () => bug() }).getattr(handle)).rejects.toThrow('ours')
  })

  it('calls values that no enumeration has garbage', async () => {
    const client = clientOf(new MemoryBackend())
    const garbage = { failure: 'GARBAGE_ARGS' }
    const name = Buffer.from('a')
    // createmode3 3
    const create = xdr(handle, name, 3)
    await expect(client.raw(Nfs3ProcedureNumber.CREATE, create)).rejects.toMatchObject(garbage)
    // time_how 3
    const mkdir = xdr(handle, name, 0, 0, 0, 0, 3, 0)
    await expect(client.raw(Nfs3ProcedureNumber.MKDIR, mkdir)).rejects.toMatchObject(garbage)
    // stable_how 3
    const write = xdr(handle, 0, 0, 0, 3, 0)
    await expect(client.raw(Nfs3ProcedureNumber.WRITE, write)).rejects.toMatchObject(garbage)
  })

  it('says BADTYPE to a type that nobody knows, as RFC 1813 §3.3.11 does', async () => {
    const client = clientOf(new MemoryBackend())
    for (const type of [0, 8, 0xffff_ffff]) {
      const args = xdr(handle, Buffer.from('a'), type)
      const reply = await client.raw(Nfs3ProcedureNumber.MKNOD, args)
      // NFS3ERR_BADTYPE, no attributes before, none after
      expect(reply.toString('hex')).toBe('00002717' + '00000000' + '00000000')
    }
  })

  it('ignores bytes after the arguments', async () => {
    const backend = new MemoryBackend()
    const args = xdr(backend.root, 7)
    const reply = await clientOf(backend).raw(Nfs3ProcedureNumber.GETATTR, args)
    expect(reply.readUInt32BE(0)).toBe(Nfsstat3.OK)
  })
})

/** A backend that puts off `count` times what it is asked, and then does it. */
function puttingOff(backend: Nfs3Backend, count: number): Nfs3Backend {
  const refused = new Map<keyof Nfs3Backend, number>()
  return new Proxy(backend, {
    get(target, name: keyof Nfs3Backend) {
      return (...call: never[]) => {
        const times = refused.get(name) ?? 0
        refused.set(name, times < count ? times + 1 : 0)
        if (times < count) throw new NfsPutOff(new Promise((resolve) => setTimeout(resolve, 5)))
        return (target[name] as (...call: never[]) => unknown).apply(target, call)
      }
    },
  })
}

describe('a call that is put off', () => {
  const create = { mode: 'GUARDED', attributes: { mode: 0o644 } } as const

  it('is done when it can be, with its arguments as they were, and once', async () => {
    const backend = new MemoryBackend()
    const server = new RpcServer({ programs: [createNfs3Program(puttingOff(backend, 1))] })
    const { port } = await server.listenTcp({ host: '127.0.0.1', port: 0 })
    const transport = await TcpTransport.connect(port, '127.0.0.1')
    try {
      const direct = new DirectTransport(createNfs3Program(puttingOff(backend, 1)))
      for (const [name, client] of [
        ['tcp', new Nfs3Client(transport)],
        ['direct', new Nfs3Client(direct)],
      ] as const) {
        const made = await client.create(backend.root, name, create)
        const file = made.status === Nfsstat3.OK ? made.object! : handle
        expect(await client.write(file, 0, 'hello')).toMatchObject({ status: Nfsstat3.OK, count: 5 })
        expect(await client.read(file, 1, 100)).toMatchObject({ data: Buffer.from('ello') })
        const [page, attributes] = await Promise.all([
          client.readdirplus(backend.root, 4096, 8192),
          client.getattr(file),
        ])
        const names = page.status === Nfsstat3.OK ? page.entries.map((entry) => entry.name.toString()) : page
        expect(names).toEqual(['.', '..', name])
        expect(attributes).toMatchObject({ status: Nfsstat3.OK, attributes: { size: 5 } })
        expect(await client.remove(backend.root, name)).toMatchObject({ status: Nfsstat3.OK })
        expect(await client.lookup(backend.root, name)).toMatchObject({ status: Nfsstat3.NOENT })
      }
    } finally {
      await transport.close()
      await server.close()
    }
    expect(server.statistics.bugs).toBe(0)
  })

  it('is told to come again where it is put off a second time, or is a large one', async () => {
    const backend = new MemoryBackend()
    const made = await clientOf(backend).create(backend.root, 'a', create)
    const file = made.status === Nfsstat3.OK ? made.object! : handle
    const jukebox = { status: Nfsstat3.JUKEBOX }
    expect(await clientOf(puttingOff(backend, 2)).getattr(file)).toEqual(jukebox)
    const write = clientOf(puttingOff(backend, 1)).write(file, 0, Buffer.alloc(5000), StableHow.UNSTABLE)
    expect(await write).toMatchObject(jukebox)
    expect(await clientOf(backend).read(file, 0, 100)).toMatchObject({ count: 0 })
  })
})

describe('READ', () => {
  const data = Buffer.from('hello')
  const into: Nfs3Backend['read'] = (_caller, _file, _offset, count, target) => {
    const size = data.copy(target.buffer, target.offset, 0, count)
    return { status: Nfsstat3.OK, attributes: undefined, count: size, eof: true }
  }

  it('moves the data to its place where the backend tells no attributes', async () => {
    const read = await clientOf({ read: into }).read(handle, 0, 100)
    expect(read).toEqual({ status: Nfsstat3.OK, attributes: undefined, count: 5, eof: true, data })
  })

  it('takes data that the backend has elsewhere', async () => {
    const attributes = anyAttributes
    const read = () => ({ status: Nfsstat3.OK, attributes, count: 5, eof: true, data })
    expect(await clientOf({ read }).read(handle, 0, 100)).toMatchObject({ count: 5, data, attributes })
    expect(await clientOf({ read: async () => read() }).read(handle, 0, 100)).toMatchObject({
      count: 5,
      data,
    })
  })

  it('asks the backend for rtmax at most', async () => {
    const asked: number[] = []
    const read: Nfs3Backend['read'] = (caller, file, offset, count, target) => {
      asked.push(count)
      return into(caller, file, offset, count, target)
    }
    const client = clientOf({ read }, { rtmax: 4 })
    expect(await client.read(handle, 0, 0xffff_ffff)).toMatchObject({ count: 4, data: Buffer.from('hell') })
    expect(asked).toEqual([4])
  })

  it('refuses to send what the backend did not read', async () => {
    const attributes = undefined
    const long = () => ({ status: Nfsstat3.OK, attributes, count: 101, eof: true })
    await expect(clientOf({ read: long }).read(handle, 0, 100)).rejects.toThrow('answered with 101')
    const empty = async () => ({ status: Nfsstat3.OK, attributes, count: 5, eof: true })
    await expect(clientOf({ read: empty }).read(handle, 0, 100)).rejects.toThrow('without data')
    const short = () => ({ status: Nfsstat3.OK, attributes, count: 4, eof: true, data })
    await expect(clientOf({ read: short }).read(handle, 0, 100)).rejects.toThrow('5 bytes of data')
  })
})

describe('WRITE', () => {
  it('is garbage where count and data disagree', async () => {
    const args = xdr(handle, 0, 0, 4, 2, Buffer.from('hello'))
    const call = clientOf(new MemoryBackend()).raw(Nfs3ProcedureNumber.WRITE, args)
    await expect(call).rejects.toMatchObject({ failure: 'GARBAGE_ARGS' })
  })

  it('writes wtmax bytes at most', async () => {
    const backend = new MemoryBackend()
    const client = clientOf(backend, { wtmax: 4 })
    const made = await client.create(backend.root, 'a', { mode: 'GUARDED', attributes: { mode: 0o644 } })
    const file = made.status === Nfsstat3.OK ? made.object : undefined
    expect(await client.write(file ?? handle, 0, 'hello')).toMatchObject({ count: 4 })
    expect(await client.read(file ?? handle, 0, 100)).toMatchObject({ data: Buffer.from('hell') })
  })
})

describe('FSINFO', () => {
  it('promises no more than the limits', async () => {
    const backend = new MemoryBackend()
    const limits = { rtmax: 4096, wtmax: 8192, dtmax: 16384 }
    expect(await clientOf(backend, limits).fsinfo(backend.root)).toMatchObject({
      rtmax: 4096,
      rtpref: 4096,
      wtmax: 8192,
      wtpref: 8192,
      dtpref: 16384,
    })
  })
})

describe('READDIR', () => {
  it('stays within dtmax whatever the client asks for, and tells the backend how many can fit', async () => {
    const backend = new MemoryBackend()
    const asked: number[] = []
    const client = clientOf(
      {
        readdir(caller, args) {
          asked.push(args.entryCountMax)
          return backend.readdir(caller, args)
        },
        readdirplus: (caller, args) => backend.readdirplus(caller, args),
        mkdir: (caller, where, attributes) => backend.mkdir(caller, where, attributes),
      },
      { dtmax: 512 },
    )
    for (let index = 0; index < 50; index++) await client.mkdir(backend.root, `d${index}`, {})
    const page = await client.readdir(backend.root, 0xffff_ffff)
    if (page.status !== Nfsstat3.OK) throw new Error('not listed')
    expect(page.size).toBeLessThanOrEqual(512)
    expect(page.eof).toBe(false)
    expect(asked).toEqual([17])
    expect(page.entries.length).toBeLessThanOrEqual(17)
    const plus = await client.readdirplus(backend.root, 0xffff_ffff, 0xffff_ffff)
    if (plus.status !== Nfsstat3.OK) throw new Error('not listed')
    expect(plus.size).toBeLessThanOrEqual(512)
  })

  it('fills a page to its last byte', async () => {
    const backend = new MemoryBackend()
    const client = clientOf(backend)
    // 88 attributes, 8 verifier, 28 for each of ".", ".." and "a", 8 for the end
    const size = 88 + 8 + 3 * 28 + 8
    await client.mkdir(backend.root, 'a', {})
    expect(await client.readdir(backend.root, size)).toMatchObject({ size, eof: true })
    expect(await client.readdir(backend.root, size - 1)).toMatchObject({ size: size - 28, eof: false })
  })

  it('calls a cursor that neither lists nor ends a bug', async () => {
    const entries = { next: () => false, eof: false } as never
    const readdir = () => ({
      status: Nfsstat3.OK,
      dirAttributes: undefined,
      cookieVerifier: Buffer.alloc(8),
      entries,
    })
    await expect(clientOf({ readdir }).readdir(handle, 4096)).rejects.toThrow('for ever')
  })

  it('drops a page whose listing failed half-way', async () => {
    const backend = new MemoryBackend()
    let left = 2
    const entries = {
      eof: true,
      fileidHigh: 0,
      fileidLow: 1,
      cookieHigh: 0,
      cookieLow: 1,
      nameBuffer: Buffer.from('a'),
      nameStart: 0,
      nameEnd: 1,
      attributes: undefined,
      handle: undefined,
      next() {
        if (left-- === 0) throw new NfsError(Nfsstat3.IO)
        return true
      },
    }
    const readdir = () => ({
      status: Nfsstat3.OK,
      dirAttributes: undefined,
      cookieVerifier: Buffer.alloc(8),
      entries,
    })
    expect(await clientOf({ readdir }).readdir(backend.root, 4096)).toEqual({
      status: Nfsstat3.IO,
      dirAttributes: undefined,
    })
  })
})
