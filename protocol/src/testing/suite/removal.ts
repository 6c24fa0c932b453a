import assert from 'node:assert/strict'
import { Ftype3, Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { alice, bob, changedFrom, known, ok, refused, unchanged } from './context.ts'

const { ACCES, EXIST, ISDIR, NOENT, NOTDIR, NOTEMPTY, PERM, STALE } = Nfsstat3

export const removalCases: SuiteGroup = {
  name: 'REMOVE and RMDIR',
  cases: [
    {
      name: 'REMOVE takes a name, with the change of the directory',
      async run(t) {
        await t.file('a')
        const before = await t.attributes()
        const after = changedFrom(ok(await t.client.remove(t.dir, 'a')).dirWcc, before)
        refused(await t.client.lookup(t.dir, 'a'), NOENT)
        unchanged(refused(await t.client.remove(t.dir, 'a'), NOENT).dirWcc, after)
      },
    },
    {
      name: 'REMOVE takes links and nodes, and never what a link points at',
      async run(t) {
        await t.file('a')
        ok(await t.client.symlink(t.dir, 'l', 'a'))
        ok(await t.client.mknod(t.dir, 'f', { type: Ftype3.FIFO, attributes: {} }))
        ok(await t.client.remove(t.dir, 'l'))
        ok(await t.client.remove(t.dir, 'f'))
        assert.deepEqual(await t.names(), ['a'])
      },
    },
    {
      name: 'REMOVE refuses a directory',
      async run(t) {
        await t.mkdir('d')
        const before = await t.attributes()
        unchanged(refused(await t.client.remove(t.dir, 'd'), ISDIR, PERM).dirWcc, before)
        assert.deepEqual(await t.names(), ['d'])
      },
    },
    {
      name: 'RMDIR takes an empty directory, with the change of its parent',
      async run(t) {
        const dir = await t.mkdir('d')
        const before = await t.attributes()
        changedFrom(ok(await t.client.rmdir(t.dir, 'd')).dirWcc, before)
        refused(await t.client.lookup(t.dir, 'd'), NOENT)
        refused(await t.client.getattr(dir), STALE)
        known(refused(await t.client.rmdir(t.dir, 'd'), NOENT).dirWcc.after)
      },
    },
    {
      name: 'RMDIR refuses what is not empty, and what is no directory',
      async run(t) {
        await t.file('a', { dir: await t.mkdir('d') })
        await t.file('b')
        ok(await t.client.symlink(t.dir, 'l', 'd'))
        const before = await t.attributes()
        unchanged(refused(await t.client.rmdir(t.dir, 'd'), NOTEMPTY, EXIST).dirWcc, before)
        unchanged(refused(await t.client.rmdir(t.dir, 'b'), NOTDIR).dirWcc, before)
        unchanged(refused(await t.client.rmdir(t.dir, 'l'), NOTDIR).dirWcc, before)
      },
    },
    {
      name: 'removes nothing below a file',
      async run(t) {
        const file = await t.file('a')
        refused(await t.client.remove(file, 'b'), NOTDIR)
        refused(await t.client.rmdir(file, 'b'), NOTDIR)
      },
    },
    {
      name: 'asks the directory for leave, not the file',
      needs: 'identity',
      async run(t) {
        const dir = await t.mkdir('d', { mode: 0o755 })
        await t.file('a', { dir, mode: 0o777 })
        refused(await t.as(alice).remove(dir, 'a'), ACCES)
        ok(await t.client.setattr(dir, { mode: 0o777 }))
        ok(await t.client.setattr(await t.lookup('a', dir), { mode: 0 }))
        ok(await t.as(alice).remove(dir, 'a'))
      },
    },
    {
      name: 'lets only its owner, the directory’s owner or root take a name from a sticky directory',
      needs: 'identity',
      async run(t) {
        ok(await t.client.setattr(t.dir, { mode: 0o1777 }))
        for (const name of ['a', 'b']) await t.file(name, { by: t.as(alice) })
        await t.mkdir('d', { by: t.as(alice) })
        await t.file('mine', { by: t.as(bob) })
        refused(await t.as(bob).remove(t.dir, 'a'), PERM, ACCES)
        refused(await t.as(bob).rmdir(t.dir, 'd'), PERM, ACCES)
        refused(await t.as(bob).rename(t.dir, 'a', t.dir, 'c'), PERM, ACCES)
        refused(await t.as(bob).rename(t.dir, 'mine', t.dir, 'a'), PERM, ACCES)
        ok(await t.as(alice).remove(t.dir, 'a'))
        ok(await t.client.remove(t.dir, 'b'))
        ok(await t.client.setattr(t.dir, { uid: bob.uid }))
        ok(await t.as(bob).rmdir(t.dir, 'd'))
      },
    },
  ],
}
