import { Ftype3, Mountstat3, Nfsstat3, type Nfs3Backend, type RpcClient } from 'nfs-server-ts'
import { beforeEach, describe, expect, test } from 'vitest'
import { ShareMountBackend } from '../../../src/lanes/mount-backend.ts'

type Lookup = Nfs3Backend['lookup']

const friend: RpcClient = { address: '10.0.0.1', port: 700, transport: 'tcp' }
const stranger: RpcClient = { address: '192.0.2.1', port: 700, transport: 'udp' }
const shares = [
  { id: 1, path: '/a', clients: ['10.0.0.0/8'] },
  { id: 2, path: '/a/inner', clients: ['10.0.0.0/8', '192.0.2.1'] },
]
/** Handles are the path below the share; this is all there is. */
const types: Record<string, number> = {
  'root1/dir': Ftype3.DIR,
  'root1/dir/sub': Ftype3.DIR,
  'root1/link': Ftype3.LNK,
}

let asked: string[]
let mounts: ShareMountBackend
beforeEach(() => {
  asked = []
  const lookup: Lookup = (_caller, { dir, name }) => {
    const path = `${dir.toString()}/${name.toString()}`
    asked.push(path)
    const type = types[path]
    if (type === undefined)
      return { status: path.endsWith('shut') ? Nfsstat3.ACCES : Nfsstat3.NOENT, dirAttributes: undefined }
    const attributes = { type } as never
    return { status: Nfsstat3.OK, object: Buffer.from(path), attributes, dirAttributes: undefined }
  }
  mounts = new ShareMountBackend({
    shares,
    backend: { lookup },
    rootHandle: (id) => Buffer.from(`root${id}`),
    allows: (id, client) => client === friend || id === 2,
    onMount: () => undefined,
  })
})

async function mount(path: string, client = friend): Promise<string | number> {
  const result = await mounts.mount(client, { flavor: 'none' }, Buffer.from(path))
  return result.status === Mountstat3.OK ? result.handle.toString() : result.status
}

describe('MNT', () => {
  test.each([
    ['/a', 'root1'],
    ['//a//', 'root1'],
    ['/a/dir', 'root1/dir'],
    ['/a/dir/sub/', 'root1/dir/sub'],
    ['/a/inner', 'root2'],
    ['/a/missing', Mountstat3.NOENT],
    ['/a/link', Mountstat3.NOTDIR],
    ['/a/shut', Mountstat3.ACCES],
    ['/', Mountstat3.NOENT],
    ['', Mountstat3.NOENT],
    ['a', Mountstat3.NOENT],
    ['/A', Mountstat3.NOENT],
    ['/ab', Mountstat3.NOENT],
    ['/a\0', Mountstat3.NOENT],
  ])('%j answers %j', async (path, answer) => expect(await mount(path)).toBe(answer))

  test('`..` never reaches the filesystem', async () => {
    for (const path of ['/a/..', '/a/../a', '/a/dir/../../etc', '/a/.']) {
      expect(await mount(path)).toBe(Mountstat3.NOENT)
    }
    expect(asked).toEqual([])
  })

  test('a client that is not on the list is refused before anything is looked up', async () => {
    expect(await mount('/a/dir', stranger)).toBe(Mountstat3.ACCES)
    expect(asked).toEqual([])
    expect(await mount('/a/inner', stranger)).toBe('root2')
  })

  test('names are bytes: what is not UTF-8 reaches the filesystem unchanged', async () => {
    let name: Buffer | undefined
    const lookup: Lookup = (_caller, what) => {
      name = Buffer.from(what.name)
      return { status: Nfsstat3.NOENT, dirAttributes: undefined }
    }
    const backend = new ShareMountBackend({
      shares,
      backend: { lookup },
      rootHandle: () => Buffer.alloc(1),
      allows: () => true,
      onMount: () => undefined,
    })
    await backend.mount(friend, { flavor: 'none' }, Buffer.from('/a/\xff\xc3', 'latin1'))
    expect(name).toEqual(Buffer.from([0xff, 0xc3]))
  })
})

describe('EXPORT', () => {
  test('tells a client of the shares that it may mount, and no others', () => {
    expect(mounts.exports(friend).map(({ path }) => path.toString())).toEqual(['/a', '/a/inner'])
    expect(mounts.exports(stranger)).toEqual([{ path: Buffer.from('/a/inner'), groups: shares[1]?.clients }])
  })
})

describe('DUMP', () => {
  const dumped = (client: RpcClient) =>
    mounts.dump(client).map(({ hostname, directory }) => `${hostname}:${directory.toString()}`)

  test('remembers a mount once, until it is undone', async () => {
    await mount('/a/dir')
    await mount('/a')
    await mount('/a/')
    await mount('/a/missing')
    expect(dumped(friend)).toEqual(['10.0.0.1:/a/dir', '10.0.0.1:/a/'])
    mounts.unmount(friend, Buffer.from('/a'))
    mounts.unmount(stranger, Buffer.from('/a/dir'))
    expect(dumped(friend)).toEqual(['10.0.0.1:/a/dir'])
  })

  test('a client undoes its own mounts only, and hears only of shares it may use', async () => {
    await mount('/a')
    await mount('/a/inner', stranger)
    expect(dumped(stranger)).toEqual(['192.0.2.1:/a/inner'])
    mounts.unmountAll(stranger)
    expect(dumped(friend)).toEqual(['10.0.0.1:/a'])
  })

  test('forgets the oldest over its limit', async () => {
    for (let port = 0; port < 5000; port++)
      await mount('/a/inner', { ...stranger, address: `192.0.2.${port}` })
    expect(mounts.dump(friend)).toHaveLength(4096)
    expect(dumped(friend)[0]).toBe('192.0.2.904:/a/inner')
  })
})
