import assert from 'node:assert/strict'
import { Ftype3, Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { alice, changedFrom, known, ok, refused, unchanged } from './context.ts'

const attributes = { mode: 0o640 }

export const nodeCases: SuiteGroup = {
  name: 'MKNOD',
  cases: [
    {
      name: 'makes a FIFO and a socket',
      async run(t) {
        for (const type of [Ftype3.FIFO, Ftype3.SOCK]) {
          const before = await t.attributes()
          const made = ok(await t.client.mknod(t.dir, `n${type}`, { type, attributes }))
          changedFrom(made.dirWcc, before)
          assert.equal(known(made.attributes).type, type)
          assert.equal(known(made.attributes).mode, 0o640)
          assert.deepEqual(known(made.object), await t.lookup(`n${type}`))
        }
      },
    },
    {
      name: 'makes device nodes and tells their numbers',
      needs: 'deviceNodes',
      async run(t) {
        for (const type of [Ftype3.CHR, Ftype3.BLK]) {
          const what = { type, attributes, rdevMajor: 240, rdevMinor: 70_000 }
          const made = known(ok(await t.client.mknod(t.dir, `n${type}`, what)).object)
          const { type: found, rdevMajor, rdevMinor } = await t.attributes(made)
          assert.deepEqual([found, rdevMajor, rdevMinor], [type, 240, 70_000])
        }
      },
    },
    {
      name: 'lets anyone make a FIFO and only root a device',
      needs: 'identity',
      async run(t) {
        const client = t.as(alice)
        ok(await client.mknod(t.dir, 'fifo', { type: Ftype3.FIFO, attributes }))
        const before = await t.attributes()
        const what = { type: Ftype3.CHR, attributes, rdevMajor: 1, rdevMinor: 3 } as const
        unchanged(refused(await client.mknod(t.dir, 'null', what), Nfsstat3.PERM).dirWcc, before)
      },
    },
    {
      name: 'says BADTYPE to files, directories and links, and EXIST to a name that is there',
      async run(t) {
        const before = await t.attributes()
        for (const type of [Ftype3.REG, Ftype3.DIR, Ftype3.LNK])
          unchanged(refused(await t.client.mknod(t.dir, 'n', { type }), Nfsstat3.BADTYPE).dirWcc, before)
        await t.file('a')
        const result = await t.client.mknod(t.dir, 'a', { type: Ftype3.FIFO, attributes })
        known(refused(result, Nfsstat3.EXIST).dirWcc.after)
      },
    },
  ],
}
