import { describe, expect, it } from 'vitest'
import { createNfs3Program, Nfsstat3 } from 'nfs-server-ts'
import { DirectTransport, MemoryBackend, Nfs3Client } from 'nfs-server-ts/testing'

describe('MemoryBackend', () => {
  it('refuses data over its limit with NOSPC and tells so in FSSTAT', async () => {
    const backend = new MemoryBackend({ sizeMax: 64 * 1024 })
    const client = new Nfs3Client(new DirectTransport(createNfs3Program(backend)))
    const made = await client.create(backend.root, 'a', { mode: 'GUARDED', attributes: { mode: 0o644 } })
    if (made.status !== Nfsstat3.OK || made.object === undefined) throw new Error('not made')
    expect(await client.write(made.object, 0, Buffer.alloc(64 * 1024))).toMatchObject({ count: 65536 })
    expect(await client.write(made.object, 64 * 1024, 'x')).toMatchObject({ status: Nfsstat3.NOSPC })
    expect(await client.fsstat(backend.root)).toMatchObject({ tbytes: 65536, fbytes: 0, abytes: 0 })
    await client.setattr(made.object, { size: 0 })
    expect(await client.fsstat(backend.root)).toMatchObject({ fbytes: 65536 })
  })

  it('refuses objects over its limit with NOSPC', async () => {
    const backend = new MemoryBackend({ inodeCountMax: 2 })
    const client = new Nfs3Client(new DirectTransport(createNfs3Program(backend)))
    expect(await client.mkdir(backend.root, 'a', {})).toMatchObject({ status: Nfsstat3.OK })
    expect(await client.mkdir(backend.root, 'b', {})).toMatchObject({ status: Nfsstat3.NOSPC })
    await client.rmdir(backend.root, 'a')
    expect(await client.mkdir(backend.root, 'b', {})).toMatchObject({ status: Nfsstat3.OK })
  })

  it('changes its write verifier when told to', async () => {
    const backend = new MemoryBackend()
    const client = new Nfs3Client(new DirectTransport(createNfs3Program(backend)))
    const made = await client.create(backend.root, 'a', { mode: 'GUARDED', attributes: { mode: 0o644 } })
    if (made.status !== Nfsstat3.OK || made.object === undefined) throw new Error('not made')
    const before = await client.commit(made.object)
    backend.changeWriteVerifier()
    const after = await client.commit(made.object)
    if (before.status !== Nfsstat3.OK || after.status !== Nfsstat3.OK) throw new Error('not committed')
    expect(after.verifier).not.toEqual(before.verifier)
  })
})
