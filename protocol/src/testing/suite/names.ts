import assert from 'node:assert/strict'
import { Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { fileidOf, known, ok, refused, unchanged } from './context.ts'

const { ACCES, EXIST, INVAL, ISDIR, NAMETOOLONG, NOENT, NOTDIR, NOTEMPTY, PERM } = Nfsstat3
const attributes = { mode: 0o644 }
const unchecked = { mode: 'UNCHECKED', attributes } as const

export const nameCases: SuiteGroup = {
  name: 'LOOKUP and names',
  cases: [
    {
      name: 'finds by name, with the attributes of both',
      async run(t) {
        const file = await t.file('a')
        const found = ok(await t.client.lookup(t.dir, 'a'))
        assert.deepEqual(found.object, file)
        assert.deepEqual(found.attributes, await t.attributes(file))
        assert.equal(fileidOf(known(found.dirAttributes)), fileidOf(await t.attributes()))
      },
    },
    {
      name: 'says NOENT with the attributes of the directory',
      async run(t) {
        const { dirAttributes } = refused(await t.client.lookup(t.dir, 'nothing'), NOENT)
        assert.equal(fileidOf(known(dirAttributes)), fileidOf(await t.attributes()))
      },
    },
    {
      name: 'says NOTDIR below a file and below a symbolic link',
      async run(t) {
        refused(await t.client.lookup(await t.file('a'), 'b'), NOTDIR)
        const link = known(ok(await t.client.symlink(t.dir, 'l', '.')).object)
        refused(await t.client.lookup(link, 'a'), NOTDIR)
      },
    },
    {
      name: 'does not follow a symbolic link',
      async run(t) {
        await t.file('a')
        const link = known(ok(await t.client.symlink(t.dir, 'l', 'a')).object)
        assert.equal(fileidOf(await t.attributes(await t.lookup('l'))), fileidOf(await t.attributes(link)))
      },
    },
    {
      name: 'finds "." and ".."',
      async run(t) {
        const sub = await t.mkdir('sub')
        const id = async (name: string, dir: Buffer) =>
          fileidOf(await t.attributes(await t.lookup(name, dir)))
        assert.equal(await id('.', sub), fileidOf(await t.attributes(sub)))
        assert.equal(await id('..', sub), fileidOf(await t.attributes(t.dir)))
      },
    },
    {
      name: 'stays at the root with ".."',
      async run(t) {
        const root = fileidOf(await t.attributes(t.root))
        assert.equal(fileidOf(await t.attributes(await t.lookup('..', t.root))), root)
        assert.equal(fileidOf(await t.attributes(await t.lookup('..', t.dir))), root)
      },
    },
    {
      name: 'takes names as bytes: what is no UTF-8 comes back the same',
      async run(t) {
        const names = [
          Buffer.from([0xff]),
          Buffer.from([0xc3, 0x28]),
          Buffer.from('ä'),
          Buffer.from('a\u0308'),
        ]
        const low = Buffer.from(
          Array.from({ length: 255 }, (_, byte) => byte + 1).filter((byte) => byte !== 0x2f),
        )
        for (const name of [...names, low]) {
          const file = await t.file(name)
          assert.equal(fileidOf(await t.attributes(await t.lookup(name))), fileidOf(await t.attributes(file)))
        }
        assert.deepEqual(await t.names(), [...names, low].map((name) => name.toString('latin1')).sort())
        for (const name of [...names, low]) ok(await t.client.remove(t.dir, name))
        assert.deepEqual(await t.names(), [])
      },
    },
    {
      name: 'takes a name of 255 bytes in every call',
      async run(t) {
        const [name, other] = ['n'.repeat(255), 'o'.repeat(255)]
        await t.file(name)
        ok(await t.client.link(await t.lookup(name), t.dir, other))
        ok(await t.client.remove(t.dir, other))
        ok(await t.client.rename(t.dir, name, t.dir, other))
        ok(await t.client.remove(t.dir, other))
        ok(await t.client.mkdir(t.dir, name, {}))
        ok(await t.client.rmdir(t.dir, name))
        ok(await t.client.symlink(t.dir, name, 'x'))
      },
    },
    {
      name: 'says NAMETOOLONG to 256 bytes in every call, with its attributes',
      async run(t) {
        const name = 'n'.repeat(256)
        const file = await t.file('a')
        const before = await t.attributes()
        known(refused(await t.client.lookup(t.dir, name), NAMETOOLONG).dirAttributes)
        unchanged(refused(await t.client.create(t.dir, name, unchecked), NAMETOOLONG).dirWcc, before)
        unchanged(refused(await t.client.mkdir(t.dir, name, {}), NAMETOOLONG).dirWcc, before)
        unchanged(refused(await t.client.symlink(t.dir, name, 'x'), NAMETOOLONG).dirWcc, before)
        const fifo = { type: 7, attributes } as const
        unchanged(refused(await t.client.mknod(t.dir, name, fifo), NAMETOOLONG).dirWcc, before)
        unchanged(refused(await t.client.remove(t.dir, name), NAMETOOLONG).dirWcc, before)
        unchanged(refused(await t.client.rmdir(t.dir, name), NAMETOOLONG).dirWcc, before)
        unchanged(refused(await t.client.link(file, t.dir, name), NAMETOOLONG).linkDirWcc, before)
        const moved = refused(await t.client.rename(t.dir, 'a', t.dir, name), NAMETOOLONG)
        unchanged(moved.fromDirWcc, before)
        unchanged(moved.toDirWcc, before)
        refused(await t.client.rename(t.dir, name, t.dir, 'b'), NAMETOOLONG)
      },
    },
    {
      name: 'refuses an empty name, "/" and NUL in every call',
      async run(t) {
        const file = await t.file('a')
        await t.file('b', { dir: await t.mkdir('d') })
        for (const name of ['', '/', 'd/b', '/a', '\0', 'a\0', 'a\0b', '../x']) {
          refused(await t.client.lookup(t.dir, name), INVAL, ACCES, NOENT)
          refused(await t.client.create(t.dir, name, unchecked), INVAL, ACCES, NOENT)
          refused(await t.client.mkdir(t.dir, name, {}), INVAL, ACCES, NOENT)
          refused(await t.client.symlink(t.dir, name, 'x'), INVAL, ACCES, NOENT)
          refused(await t.client.mknod(t.dir, name, { type: 7, attributes }), INVAL, ACCES, NOENT)
          refused(await t.client.remove(t.dir, name), INVAL, ACCES, NOENT)
          refused(await t.client.rmdir(t.dir, name), INVAL, ACCES, NOENT)
          refused(await t.client.link(file, t.dir, name), INVAL, ACCES, NOENT)
          refused(await t.client.rename(t.dir, 'a', t.dir, name), INVAL, ACCES, NOENT)
          refused(await t.client.rename(t.dir, name, t.dir, 'c'), INVAL, ACCES, NOENT)
        }
        assert.deepEqual(await t.names(), ['a', 'd'])
      },
    },
    {
      name: 'makes, removes and moves neither "." nor ".."',
      async run(t) {
        const dir = await t.mkdir('d')
        const file = await t.file('a', { dir })
        for (const name of ['.', '..']) {
          refused(await t.client.create(dir, name, unchecked), EXIST, INVAL, ISDIR, ACCES)
          refused(await t.client.mkdir(dir, name, {}), EXIST, INVAL, ACCES)
          refused(await t.client.symlink(dir, name, 'x'), EXIST, INVAL, ACCES)
          refused(await t.client.mknod(dir, name, { type: 7, attributes }), EXIST, INVAL, ACCES)
          refused(await t.client.link(file, dir, name), EXIST, INVAL, ACCES)
          refused(await t.client.remove(dir, name), EXIST, INVAL, ISDIR, ACCES, PERM)
          refused(await t.client.rename(dir, name, dir, 'b'), INVAL, EXIST, ACCES, PERM)
          refused(await t.client.rename(dir, 'a', dir, name), INVAL, EXIST, ACCES, PERM, ISDIR)
        }
        refused(await t.client.rmdir(dir, '.'), INVAL)
        refused(await t.client.rmdir(dir, '..'), EXIST, NOTEMPTY, INVAL)
        assert.deepEqual(await t.names(dir), ['a'])
      },
    },
  ],
}
