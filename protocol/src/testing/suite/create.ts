import assert from 'node:assert/strict'
import { Ftype3, Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { alice, changedFrom, fileidOf, known, ok, refused, unchanged } from './context.ts'

const { EXIST, ISDIR, NOTDIR } = Nfsstat3
const verifier = Buffer.from('0123456789abcdef', 'hex')
const exclusive = { mode: 'EXCLUSIVE', verifier } as const
const attributes = { mode: 0o640 }

export const createCases: SuiteGroup = {
  name: 'CREATE, MKDIR and SYMLINK',
  cases: [
    {
      name: 'tells handle, attributes and the change of the directory',
      async run(t) {
        const before = await t.attributes()
        const made = ok(await t.client.create(t.dir, 'a', { mode: 'UNCHECKED', attributes }))
        const after = changedFrom(made.dirWcc, before)
        assert.deepEqual(after, await t.attributes())
        assert.equal(known(made.attributes).mode, 0o640)
        assert.deepEqual(known(made.object), await t.lookup('a'))
        assert.deepEqual(made.attributes, await t.attributes(known(made.object)))
      },
    },
    {
      name: 'UNCHECKED leaves data and mode of a file that is there',
      async run(t) {
        const file = await t.file('a', { data: 'hello', mode: 0o600 })
        const made = ok(await t.client.create(t.dir, 'a', { mode: 'UNCHECKED', attributes: { mode: 0o777 } }))
        assert.deepEqual(made.object, file)
        assert.equal(await t.contents(file), 'hello')
        assert.equal((await t.attributes(file)).mode, 0o600)
      },
    },
    {
      name: 'UNCHECKED with size 0 truncates a file that is there',
      async run(t) {
        const file = await t.file('a', { data: 'hello' })
        const how = { mode: 'UNCHECKED', attributes: { mode: 0o644, size: 0 } } as const
        const made = ok(await t.client.create(t.dir, 'a', how))
        assert.deepEqual(made.object, file)
        assert.equal(known(made.attributes).size, 0)
        assert.equal(await t.contents(file), '')
      },
    },
    {
      name: 'UNCHECKED does not make a file of a directory',
      async run(t) {
        await t.mkdir('d')
        const result = await t.client.create(t.dir, 'd', { mode: 'UNCHECKED', attributes })
        refused(result, EXIST, ISDIR)
        assert.equal((await t.attributes(await t.lookup('d'))).type, Ftype3.DIR)
      },
    },
    {
      name: 'UNCHECKED does not follow a symbolic link',
      async run(t) {
        ok(await t.client.symlink(t.dir, 'l', 'target'))
        await t.client.create(t.dir, 'l', { mode: 'UNCHECKED', attributes: { mode: 0o644, size: 0 } })
        assert.deepEqual(await t.names(), ['l'])
        assert.equal((await t.attributes(await t.lookup('l'))).type, Ftype3.LNK)
      },
    },
    {
      name: 'GUARDED refuses a name that is there',
      async run(t) {
        const file = await t.file('a', { data: 'hello' })
        const before = await t.attributes()
        const how = { mode: 'GUARDED', attributes: { size: 0 } } as const
        unchanged(refused(await t.client.create(t.dir, 'a', how), EXIST).dirWcc, before)
        assert.equal(await t.contents(file), 'hello')
      },
    },
    {
      name: 'EXCLUSIVE answers its retransmission alike, and another verifier with EXIST',
      async run(t) {
        const before = await t.attributes()
        const first = ok(await t.client.create(t.dir, 'a', exclusive))
        changedFrom(first.dirWcc, before)
        const again = ok(await t.client.create(t.dir, 'a', exclusive))
        assert.deepEqual(again.object, first.object)
        const other = { mode: 'EXCLUSIVE', verifier: Buffer.alloc(8, 1) } as const
        known(refused(await t.client.create(t.dir, 'a', other), EXIST).dirWcc.after)
        assert.deepEqual(await t.names(), ['a'])
      },
    },
    {
      name: 'EXCLUSIVE makes an empty file that its maker may then dress',
      async run(t) {
        const file = known(ok(await t.client.create(t.dir, 'a', exclusive)).object)
        ok(await t.client.setattr(file, { mode: 0o644, atime: 'server', mtime: 'server' }))
        const { mode, size, type, mtimeSeconds } = await t.attributes(file)
        assert.deepEqual([type, mode, size], [Ftype3.REG, 0o644, 0])
        assert.ok(Math.abs(mtimeSeconds - Date.now() / 1000) < 60)
      },
    },
    {
      name: 'EXCLUSIVE refuses a file made otherwise',
      async run(t) {
        await t.file('a', { data: 'hello' })
        refused(await t.client.create(t.dir, 'a', exclusive), EXIST)
      },
    },
    {
      name: 'gives a new object the mode, times and size asked for',
      async run(t) {
        const mtime = { seconds: 1_000_000_000, nanoseconds: 5 }
        const how = { mode: 'GUARDED', attributes: { mode: 0o604, size: 10, mtime } } as const
        const made = ok(await t.client.create(t.dir, 'a', how))
        const { mode, size, mtimeSeconds, mtimeNanoseconds } = await t.attributes(known(made.object))
        assert.deepEqual([mode, size, mtimeSeconds, mtimeNanoseconds], [0o604, 10, 1_000_000_000, 5])
      },
    },
    {
      name: 'gives it to the caller',
      needs: 'identity',
      async run(t) {
        const client = t.as(alice)
        const link = known(ok(await client.symlink(t.dir, 'l', 'x')).object)
        for (const object of [await t.file('a', { by: client }), await t.mkdir('d', { by: client }), link]) {
          const { uid, gid } = await t.attributes(object)
          assert.deepEqual({ uid, gid }, alice)
        }
      },
    },
    {
      name: 'lets root choose the owner',
      needs: 'identity',
      async run(t) {
        const owned = { mode: 0o640, uid: 1234, gid: 2345 }
        const file = ok(await t.client.create(t.dir, 'a', { mode: 'GUARDED', attributes: owned }))
        const dir = ok(await t.client.mkdir(t.dir, 'd', owned))
        for (const object of [file.object, dir.object]) {
          const { uid, gid, mode } = await t.attributes(known(object))
          assert.deepEqual({ mode, uid, gid }, owned)
        }
      },
    },
    {
      name: 'inherits group, and in directories the bit, from a setgid directory',
      needs: 'identity',
      async run(t) {
        ok(await t.client.setattr(t.dir, { gid: 2001 }))
        ok(await t.client.setattr(t.dir, { mode: 0o2777 }))
        const client = t.as(alice)
        const file = await t.attributes(await t.file('a', { by: client }))
        const dir = await t.attributes(await t.mkdir('d', { by: client, mode: 0o755 }))
        assert.deepEqual([file.uid, file.gid, file.mode], [alice.uid, 2001, 0o644])
        assert.deepEqual([dir.uid, dir.gid, dir.mode], [alice.uid, 2001, 0o2755])
      },
    },
    {
      name: 'MKDIR tells handle, attributes and the change of the directory, and refuses a name that is there',
      async run(t) {
        const before = await t.attributes()
        const made = ok(await t.client.mkdir(t.dir, 'd', { mode: 0o750 }))
        const after = changedFrom(made.dirWcc, before)
        assert.equal(known(made.attributes).type, Ftype3.DIR)
        assert.equal(known(made.attributes).mode, 0o750)
        assert.deepEqual(known(made.object), await t.lookup('d'))
        unchanged(refused(await t.client.mkdir(t.dir, 'd', {}), EXIST).dirWcc, after)
        await t.file('a')
        refused(await t.client.mkdir(t.dir, 'a', {}), EXIST)
      },
    },
    {
      name: 'SYMLINK keeps its text as bytes, to 1023 of them, whatever they say',
      async run(t) {
        // XFS stores 1024 bytes at most, ext4 with the smallest blocks 1023.
        const paths = ['a', '/etc/passwd', '../../..', 'x'.repeat(1023), Buffer.from([0xff, 0x80])]
        for (const [index, path] of paths.entries()) {
          const before = await t.attributes()
          const made = ok(await t.client.symlink(t.dir, `l${index}`, path))
          changedFrom(made.dirWcc, before)
          assert.equal(known(made.attributes).type, Ftype3.LNK)
          const read = ok(await t.client.readlink(known(made.object)))
          assert.deepEqual(read.path, Buffer.from(path))
          assert.equal(known(read.attributes).size, read.path.length)
        }
      },
    },
    {
      name: 'SYMLINK refuses text that is too long, empty or holds a NUL',
      async run(t) {
        const before = await t.attributes()
        const long = await t.client.symlink(t.dir, 'l', 'x'.repeat(4096))
        unchanged(refused(long, Nfsstat3.NAMETOOLONG, Nfsstat3.INVAL).dirWcc, before)
        refused(await t.client.symlink(t.dir, 'l', ''), Nfsstat3.INVAL, Nfsstat3.NOENT)
        refused(await t.client.symlink(t.dir, 'l', 'a\0b'), Nfsstat3.INVAL)
        ok(await t.client.symlink(t.dir, 'l', 'x'))
        known(refused(await t.client.symlink(t.dir, 'l', 'x'), EXIST).dirWcc.after)
      },
    },
    {
      name: 'READLINK refuses what is no link, with its attributes',
      async run(t) {
        known(refused(await t.client.readlink(await t.file('a')), Nfsstat3.INVAL).attributes)
        known(refused(await t.client.readlink(t.dir), Nfsstat3.INVAL).attributes)
      },
    },
    {
      name: 'makes nothing below a file',
      async run(t) {
        const file = await t.file('a')
        const how = { mode: 'UNCHECKED', attributes } as const
        refused(await t.client.create(file, 'b', how), NOTDIR)
        refused(await t.client.mkdir(file, 'b', {}), NOTDIR)
        refused(await t.client.symlink(file, 'b', 'x'), NOTDIR)
        refused(await t.client.mknod(file, 'b', { type: Ftype3.FIFO, attributes }), NOTDIR)
        refused(await t.client.link(file, file, 'b'), NOTDIR)
        assert.equal(fileidOf(await t.attributes(await t.lookup('a'))), fileidOf(await t.attributes(file)))
      },
    },
  ],
}
