import assert from 'node:assert/strict'
import { Ftype3, Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { changedFrom, fileidOf, known, ok, refused, unchanged } from './context.ts'

const { EXIST, INVAL, ISDIR, PERM } = Nfsstat3

export const linkCases: SuiteGroup = {
  name: 'LINK',
  cases: [
    {
      name: 'gives a file a second name',
      async run(t) {
        const file = await t.file('a', { data: 'hello' })
        const dir = await t.mkdir('d')
        const before = await t.attributes(dir)
        const linked = ok(await t.client.link(file, dir, 'b'))
        changedFrom(linked.linkDirWcc, before)
        assert.equal(known(linked.attributes).nlink, 2)
        const other = await t.lookup('b', dir)
        assert.equal(fileidOf(await t.attributes(other)), fileidOf(await t.attributes(file)))
        ok(await t.client.write(other, 0, 'J'))
        assert.equal(await t.contents(file), 'Jello')
        ok(await t.client.remove(t.dir, 'a'))
        assert.equal((await t.attributes(other)).nlink, 1)
        assert.equal(await t.contents(other), 'Jello')
        assert.equal(await t.contents(file), 'Jello')
      },
    },
    {
      name: 'links what is no file, but no directory',
      async run(t) {
        const link = known(ok(await t.client.symlink(t.dir, 'l', 'x')).object)
        ok(await t.client.link(link, t.dir, 'l2'))
        assert.equal((await t.attributes(await t.lookup('l2'))).type, Ftype3.LNK)
        const dir = await t.mkdir('d')
        const before = await t.attributes()
        const failure = refused(await t.client.link(dir, t.dir, 'd2'), ISDIR, PERM, INVAL)
        unchanged(failure.linkDirWcc, before)
        known(failure.attributes)
      },
    },
    {
      name: 'refuses a name that is there, its own included',
      async run(t) {
        const file = await t.file('a')
        await t.file('b')
        for (const name of ['a', 'b']) {
          const before = await t.attributes()
          const failure = refused(await t.client.link(file, t.dir, name), EXIST)
          unchanged(failure.linkDirWcc, before)
          assert.equal(known(failure.attributes).nlink, 1)
        }
      },
    },
  ],
}
