import assert from 'node:assert/strict'
import { Access3, Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { alice, bob, known, ok, refused } from './context.ts'

const { ACCES } = Nfsstat3
const { READ, LOOKUP, MODIFY, EXTEND, DELETE, EXECUTE } = Access3
const all = READ | LOOKUP | MODIFY | EXTEND | DELETE | EXECUTE
const ofFile = READ | MODIFY | EXTEND | EXECUTE
const ofDirectory = READ | LOOKUP | MODIFY | EXTEND | DELETE
const nobodySpecial = { uid: 1003, gid: 1003 }

export const permissionCases: SuiteGroup = {
  name: 'ACCESS and permissions',
  cases: [
    {
      name: 'answers ACCESS with attributes and no bit that was not asked',
      async run(t) {
        const file = await t.file('a', { mode: 0o644 })
        for (const asked of [0, READ, MODIFY, READ | EXECUTE]) {
          const { access, attributes } = ok(await t.client.access(file, asked))
          assert.equal(access & ~asked, 0)
          known(attributes)
        }
        assert.equal(ok(await t.client.access(file, READ)).access, READ)
      },
    },
    {
      name: 'grants a file’s bits by owner, group, supplementary group and others',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a', { by: t.as(alice) })
        ok(await t.client.setattr(file, { gid: 2001 }))
        const who = {
          owner: t.as(alice),
          group: t.as({ uid: bob.uid, gid: 2001 }),
          supplementary: t.as(bob, [7, 2001]),
          other: t.as(nobodySpecial),
        }
        const bits = [0, EXECUTE, MODIFY | EXTEND, MODIFY | EXTEND | EXECUTE, READ] as const
        for (const [mode, owner, group, other] of [
          [0o421, bits[4], bits[2], bits[1]],
          [0o124, bits[1], bits[2], bits[4]],
          [0o300, bits[3], 0, 0],
          [0o007, 0, 0, ofFile],
          [0o777, ofFile, ofFile, ofFile],
        ] as const) {
          ok(await t.client.setattr(file, { mode }))
          const granted = async (name: keyof typeof who) =>
            // Whether data may also be read by who may execute is the server's choice, and so is DELETE of a file.
            ok(await who[name].access(file, ofFile)).access
          assert.equal(await granted('owner'), owner, `owner of ${mode.toString(8)}`)
          assert.equal(await granted('group'), group, `group of ${mode.toString(8)}`)
          assert.equal(await granted('supplementary'), group, `supplementary group of ${mode.toString(8)}`)
          assert.equal(await granted('other'), other, `others of ${mode.toString(8)}`)
        }
      },
    },
    {
      name: 'grants a directory’s bits',
      needs: 'identity',
      async run(t) {
        const dir = await t.mkdir('d', { by: t.as(alice) })
        for (const [mode, granted] of [
          [0o700, ofDirectory],
          [0o500, READ | LOOKUP],
          [0o400, READ],
          [0o100, LOOKUP],
          [0o300, LOOKUP | MODIFY | EXTEND | DELETE],
        ] as const) {
          ok(await t.client.setattr(dir, { mode }))
          assert.equal(ok(await t.as(alice).access(dir, ofDirectory)).access, granted, mode.toString(8))
          assert.equal(ok(await t.as(bob).access(dir, ofDirectory)).access, 0)
        }
      },
    },
    {
      name: 'grants root all but the execution of what nobody may execute',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a', { mode: 0, by: t.as(alice) })
        const dir = await t.mkdir('d', { mode: 0, by: t.as(alice) })
        ok(await t.client.setattr(file, { mode: 0 }))
        ok(await t.client.setattr(dir, { mode: 0 }))
        assert.equal(ok(await t.client.access(file, ofFile)).access, READ | MODIFY | EXTEND)
        assert.equal(ok(await t.client.access(dir, ofDirectory)).access, ofDirectory)
        ok(await t.client.setattr(file, { mode: 0o001 }))
        assert.equal(ok(await t.client.access(file, all)).access & EXECUTE, EXECUTE)
      },
    },
    {
      name: 'refuses data by mode, with the attributes of the file',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a', { mode: 0o600, data: 'x', by: t.as(alice) })
        known(refused(await t.as(bob).read(file, 0, 1), ACCES).attributes)
        known(refused(await t.as(bob).write(file, 0, 'y'), ACCES).wcc.after)
        ok(await t.client.setattr(file, { mode: 0o640, gid: 2001 }))
        assert.equal(ok(await t.as(bob, [2001]).read(file, 0, 1)).data.toString(), 'x')
        refused(await t.as(bob, [2001]).write(file, 0, 'y'), ACCES)
        ok(await t.client.setattr(file, { mode: 0o602 }))
        ok(await t.as(nobodySpecial).write(file, 0, 'z'))
        assert.equal(await t.contents(file), 'z')
      },
    },
    {
      name: 'lets the owner use a file whatever its mode',
      needs: 'ownerOverride',
      async run(t) {
        const file = await t.file('a', { mode: 0o444, data: 'x', by: t.as(alice) })
        // open(O_CREAT, 0444) gave the client a descriptor to write with; NFS knows nothing of it.
        ok(await t.as(alice).write(file, 0, 'y'))
        ok(await t.as(alice).setattr(file, { mode: 0 }))
        assert.equal(ok(await t.as(alice).read(file, 0, 1)).data.toString(), 'y')
        ok(await t.as(alice).setattr(file, { size: 0 }))
      },
    },
    {
      name: 'lets who may execute a file read it',
      needs: 'ownerOverride',
      async run(t) {
        const file = await t.file('a', { mode: 0o711, data: 'x', by: t.as(alice) })
        assert.equal(ok(await t.as(bob).read(file, 0, 1)).data.toString(), 'x')
      },
    },
    {
      name: 'searches and changes directories by their mode',
      needs: 'identity',
      async run(t) {
        const dir = await t.mkdir('d', { mode: 0o744 })
        const file = await t.file('a', { dir })
        known(refused(await t.as(alice).lookup(dir, 'a'), ACCES).dirAttributes)
        ok(await t.client.setattr(dir, { mode: 0o755 }))
        ok(await t.as(alice).lookup(dir, 'a'))
        const how = { mode: 'UNCHECKED', attributes: {} } as const
        known(refused(await t.as(alice).create(dir, 'b', how), ACCES).dirWcc.after)
        known(refused(await t.as(alice).mkdir(dir, 'b', {}), ACCES).dirWcc.after)
        known(refused(await t.as(alice).symlink(dir, 'b', 'x'), ACCES).dirWcc.after)
        known(refused(await t.as(alice).remove(dir, 'a'), ACCES).dirWcc.after)
        const own = await t.file('own', { by: t.as(alice) })
        known(refused(await t.as(alice).link(own, dir, 'b'), ACCES).linkDirWcc.after)
        ok(await t.as(alice).lookup(t.dir, 'own'))
        ok(await t.client.getattr(file))
      },
    },
    {
      name: 'clears set-id bits when another writes',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a', { by: t.as(alice) })
        ok(await t.client.setattr(file, { mode: 0o6777 }))
        ok(await t.as(bob).write(file, 0, 'x'))
        assert.equal((await t.attributes(file)).mode, 0o777)
      },
    },
  ],
}
