import assert from 'node:assert/strict'
import { Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { alice, bob, changedFrom, fileidOf, ok, refused, unchanged } from './context.ts'

const { ACCES, EXIST, INVAL, ISDIR, NOENT, NOTDIR, NOTEMPTY, STALE } = Nfsstat3

export const renameCases: SuiteGroup = {
  name: 'RENAME',
  cases: [
    {
      name: 'moves between directories, with the change of both',
      async run(t) {
        const file = await t.file('a', { data: 'hello' })
        const dir = await t.mkdir('d')
        const [fromBefore, toBefore] = [await t.attributes(), await t.attributes(dir)]
        const renamed = ok(await t.client.rename(t.dir, 'a', dir, 'b'))
        changedFrom(renamed.fromDirWcc, fromBefore)
        changedFrom(renamed.toDirWcc, toBefore)
        assert.deepEqual([await t.names(), await t.names(dir)], [['d'], ['b']])
        assert.equal(await t.contents(file), 'hello')
      },
    },
    {
      name: 'moves a directory with all in it, and its ".." follows',
      async run(t) {
        const [from, to] = [await t.mkdir('from'), await t.mkdir('to')]
        const moved = await t.mkdir('d', { dir: from })
        await t.file('a', { dir: moved })
        ok(await t.client.rename(from, 'd', to, 'e'))
        const parent = await t.attributes(await t.lookup('..', moved))
        assert.equal(fileidOf(parent), fileidOf(await t.attributes(to)))
        assert.deepEqual(await t.names(await t.lookup('e', to)), ['a'])
        ok(await t.client.rmdir(t.dir, 'from'))
      },
    },
    {
      name: 'replaces a file by a file, and the old one is gone',
      async run(t) {
        await t.file('a', { data: 'new' })
        const old = await t.file('b', { data: 'old' })
        ok(await t.client.rename(t.dir, 'a', t.dir, 'b'))
        assert.deepEqual(await t.names(), ['b'])
        assert.equal(await t.contents(await t.lookup('b')), 'new')
        refused(await t.client.getattr(old), STALE)
      },
    },
    {
      name: 'replaces an empty directory by a directory',
      async run(t) {
        await t.file('a', { dir: await t.mkdir('from') })
        const old = await t.mkdir('to')
        ok(await t.client.rename(t.dir, 'from', t.dir, 'to'))
        assert.deepEqual(await t.names(await t.lookup('to')), ['a'])
        refused(await t.client.getattr(old), STALE)
      },
    },
    {
      name: 'refuses to replace a directory that is not empty',
      async run(t) {
        await t.mkdir('from')
        await t.file('a', { dir: await t.mkdir('to') })
        const before = await t.attributes()
        const failure = refused(await t.client.rename(t.dir, 'from', t.dir, 'to'), NOTEMPTY, EXIST)
        unchanged(failure.fromDirWcc, before)
        unchanged(failure.toDirWcc, before)
        assert.deepEqual(await t.names(), ['from', 'to'])
      },
    },
    {
      name: 'refuses to replace one type by another',
      async run(t) {
        await t.mkdir('d')
        await t.file('a')
        refused(await t.client.rename(t.dir, 'a', t.dir, 'd'), ISDIR, EXIST)
        refused(await t.client.rename(t.dir, 'd', t.dir, 'a'), NOTDIR, EXIST)
        assert.deepEqual(await t.names(), ['a', 'd'])
      },
    },
    {
      name: 'refuses to move a directory into itself or below, or over what holds it',
      async run(t) {
        const dir = await t.mkdir('d')
        const sub = await t.mkdir('sub', { dir })
        refused(await t.client.rename(t.dir, 'd', dir, 'x'), INVAL)
        refused(await t.client.rename(t.dir, 'd', sub, 'x'), INVAL)
        refused(await t.client.rename(dir, 'sub', t.dir, 'd'), NOTEMPTY, EXIST)
        assert.deepEqual([await t.names(), await t.names(dir)], [['d'], ['sub']])
      },
    },
    {
      name: 'does nothing for one name, and nothing for two of one file',
      async run(t) {
        const file = await t.file('a')
        ok(await t.client.rename(t.dir, 'a', t.dir, 'a'))
        ok(await t.client.link(file, t.dir, 'b'))
        ok(await t.client.rename(t.dir, 'a', t.dir, 'b'))
        assert.deepEqual(await t.names(), ['a', 'b'])
        assert.equal((await t.attributes(file)).nlink, 2)
      },
    },
    {
      name: 'says NOENT for a name that is not there, NOTDIR for what is no directory',
      async run(t) {
        const file = await t.file('a')
        const before = await t.attributes()
        unchanged(refused(await t.client.rename(t.dir, 'x', t.dir, 'y'), NOENT).fromDirWcc, before)
        refused(await t.client.rename(file, 'x', t.dir, 'y'), NOTDIR)
        refused(await t.client.rename(t.dir, 'a', file, 'y'), NOTDIR)
      },
    },
    {
      name: 'moves a symbolic link itself',
      async run(t) {
        await t.mkdir('d')
        ok(await t.client.symlink(t.dir, 'l', 'd'))
        await t.file('a')
        ok(await t.client.rename(t.dir, 'l', t.dir, 'm'))
        ok(await t.client.rename(t.dir, 'a', t.dir, 'm'))
        assert.deepEqual(await t.names(), ['d', 'm'])
      },
    },
    {
      name: 'asks both directories for leave, and a directory that changes its parent',
      needs: 'identity',
      async run(t) {
        const closed = await t.mkdir('closed')
        await t.file('a')
        refused(await t.as(alice).rename(t.dir, 'a', closed, 'a'), ACCES)
        await t.file('b', { dir: closed })
        refused(await t.as(alice).rename(closed, 'b', t.dir, 'b'), ACCES)
        const open = await t.mkdir('open')
        ok(await t.client.setattr(open, { mode: 0o777 }))
        await t.mkdir('bobs', { by: t.as(bob) })
        refused(await t.as(alice).rename(t.dir, 'bobs', open, 'x'), ACCES)
        ok(await t.as(alice).rename(t.dir, 'bobs', t.dir, 'x'))
      },
    },
  ],
}
