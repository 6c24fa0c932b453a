import assert from 'node:assert/strict'
import { Ftype3, Nfsstat3 } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { alice, bob, changedFrom, known, ok, refused, unchanged } from './context.ts'

const oldTime = { seconds: 1_000_000_000, nanoseconds: 123_456_789 }

export const attributeCases: SuiteGroup = {
  name: 'GETATTR and SETATTR',
  cases: [
    {
      name: 'tells what a file is',
      async run(t) {
        const attributes = await t.attributes(await t.file('a', { mode: 0o640, data: 'hello' }))
        assert.equal(attributes.type, Ftype3.REG)
        assert.equal(attributes.mode, 0o640)
        assert.equal(attributes.nlink, 1)
        assert.equal(attributes.size, 5)
      },
    },
    {
      name: 'tells what a directory is, and counts its subdirectories',
      async run(t) {
        const dir = await t.mkdir('d', { mode: 0o751 })
        const before = await t.attributes(dir)
        assert.equal(before.type, Ftype3.DIR)
        assert.equal(before.mode, 0o751)
        await t.mkdir('sub', { dir })
        const { nlink } = await t.attributes(dir)
        // btrfs does not count: 1 always.
        assert.ok(nlink === before.nlink + 1 || (nlink === 1 && before.nlink === 1), `nlink ${nlink}`)
      },
    },
    {
      name: 'keeps the fileid and gives each object its own',
      async run(t) {
        const [a, b] = [await t.file('a'), await t.file('b')]
        const first = await t.attributes(a)
        ok(await t.client.write(a, 0, 'x'))
        ok(await t.client.rename(t.dir, 'a', t.dir, 'c'))
        const { fileidHigh, fileidLow } = await t.attributes(a)
        assert.deepEqual([fileidHigh, fileidLow], [first.fileidHigh, first.fileidLow])
        const other = await t.attributes(b)
        assert.notDeepEqual([other.fileidHigh, other.fileidLow], [fileidHigh, fileidLow])
        assert.deepEqual([other.fsidHigh, other.fsidLow], [first.fsidHigh, first.fsidLow])
      },
    },
    {
      name: 'sets each mode bit, set-id and sticky included',
      async run(t) {
        const file = await t.file('a')
        for (const mode of [0, 0o111, 0o4755, 0o2755, 0o1644, 0o7777]) {
          const before = await t.attributes(file)
          const { wcc } = ok(await t.client.setattr(file, { mode }))
          assert.equal(changedFrom(wcc, before).mode, mode)
        }
      },
    },
    {
      name: 'changes the ctime with any attribute',
      async run(t) {
        const file = await t.file('a')
        const before = await t.attributes(file)
        // Kernels before 6.13 tell times of one tick alike.
        await new Promise((resolve) => setTimeout(resolve, 20))
        const after = changedFrom(ok(await t.client.setattr(file, { mode: 0o600 })).wcc, before)
        assert.notDeepEqual(
          [after.ctimeSeconds, after.ctimeNanoseconds],
          [before.ctimeSeconds, before.ctimeNanoseconds],
        )
      },
    },
    {
      name: 'sets the client’s times to the nanosecond, on a file, a directory and a symbolic link',
      async run(t) {
        const link = known(ok(await t.client.symlink(t.dir, 'l', 'nowhere')).object)
        for (const object of [await t.file('a'), await t.mkdir('d'), link]) {
          const mtime = { seconds: 4_000_000_000, nanoseconds: 1 }
          ok(await t.client.setattr(object, { atime: oldTime }))
          ok(await t.client.setattr(object, { mtime }))
          const after = await t.attributes(object)
          assert.deepEqual([after.atimeSeconds, after.atimeNanoseconds], [1_000_000_000, 123_456_789])
          // ext4 with small inodes ends in 2038.
          assert.deepEqual([after.mtimeSeconds, after.mtimeNanoseconds], [4_000_000_000, 1])
        }
      },
    },
    {
      name: 'sets the server’s time',
      async run(t) {
        const file = await t.file('a')
        ok(await t.client.setattr(file, { atime: oldTime, mtime: oldTime }))
        ok(await t.client.setattr(file, { atime: 'server', mtime: 'server' }))
        const after = await t.attributes(file)
        assert.ok(Math.abs(after.mtimeSeconds - Date.now() / 1000) < 60)
        assert.ok(Math.abs(after.atimeSeconds - Date.now() / 1000) < 60)
      },
    },
    {
      name: 'refuses a second of too many nanoseconds with INVAL',
      async run(t) {
        const file = await t.file('a')
        const before = await t.attributes(file)
        // UTIME_NOW and UTIME_OMIT of utimensat(2) are the two last.
        for (const nanoseconds of [1_000_000_000, 0x3fff_ffff, 0x3fff_fffe])
          refused(await t.client.setattr(file, { mtime: { seconds: 5, nanoseconds } }), Nfsstat3.INVAL)
        assert.deepEqual(await t.attributes(file), before)
      },
    },
    {
      name: 'truncates and extends with zeros',
      async run(t) {
        const file = await t.file('a', { data: 'hello world' })
        const before = await t.attributes(file)
        assert.equal(changedFrom(ok(await t.client.setattr(file, { size: 5 })).wcc, before).size, 5)
        ok(await t.client.setattr(file, { size: 8 }))
        assert.equal(await t.contents(file), 'hello\0\0\0')
        ok(await t.client.setattr(file, { size: 0 }))
        assert.equal(await t.contents(file), '')
      },
    },
    {
      name: 'extends past 4 GiB',
      async run(t) {
        const file = await t.file('a')
        const size = 5 * 2 ** 32 + 7
        ok(await t.client.setattr(file, { size }))
        assert.equal((await t.attributes(file)).size, size)
        ok(await t.client.setattr(file, { size: 0 }))
      },
    },
    {
      name: 'refuses a size beyond what a file can have',
      async run(t) {
        const file = await t.file('a', { data: 'x' })
        const failure = refused(
          await t.client.setattr(file, { size: 2 ** 63 }),
          Nfsstat3.FBIG,
          Nfsstat3.INVAL,
        )
        assert.equal(known(failure.wcc.after).size, 1)
      },
    },
    {
      name: 'refuses to set the size of a directory',
      async run(t) {
        const dir = await t.mkdir('d')
        const before = await t.attributes(dir)
        const result = await t.client.setattr(dir, { size: 0 })
        unchanged(refused(result, Nfsstat3.ISDIR, Nfsstat3.INVAL).wcc, before)
      },
    },
    {
      name: 'obeys the guard',
      async run(t) {
        const file = await t.file('a')
        const before = await t.attributes(file)
        const guard = { seconds: before.ctimeSeconds, nanoseconds: before.ctimeNanoseconds }
        const wrong = { ...guard, nanoseconds: (guard.nanoseconds + 1) % 1_000_000_000 }
        unchanged(
          refused(await t.client.setattr(file, { mode: 0o600 }, wrong), Nfsstat3.NOT_SYNC).wcc,
          before,
        )
        const after = changedFrom(ok(await t.client.setattr(file, { mode: 0o600 }, guard)).wcc, before)
        assert.equal(after.mode, 0o600)
      },
    },
    {
      name: 'sets nothing when nothing is to be set',
      async run(t) {
        const file = await t.file('a', { data: 'x' })
        const before = await t.attributes(file)
        const after = changedFrom(ok(await t.client.setattr(file, {})).wcc, before)
        assert.deepEqual([after.mode, after.size, after.uid], [before.mode, before.size, before.uid])
      },
    },
    {
      name: 'lets root give a file away, which takes its set-id bits',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a')
        ok(await t.client.setattr(file, { mode: 0o6755 }))
        ok(await t.client.setattr(file, { uid: alice.uid, gid: bob.gid }))
        const { uid, gid, mode } = await t.attributes(file)
        assert.deepEqual([uid, gid, mode], [alice.uid, bob.gid, 0o755])
      },
    },
    {
      name: 'lets the owner choose among his groups only, and never another owner',
      needs: 'identity',
      async run(t) {
        const client = t.as(alice, [2001])
        const file = await t.file('a', { by: client })
        const before = await t.attributes(file)
        unchanged(refused(await client.setattr(file, { uid: bob.uid }), Nfsstat3.PERM).wcc, before)
        unchanged(refused(await client.setattr(file, { gid: 2002 }), Nfsstat3.PERM).wcc, before)
        ok(await client.setattr(file, { uid: alice.uid, gid: 2001 }))
        assert.equal((await t.attributes(file)).gid, 2001)
      },
    },
    {
      name: 'refuses mode and times to who does not own the file',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a', { mode: 0o644, by: t.as(alice) })
        const client = t.as(bob)
        refused(await client.setattr(file, { mode: 0o777 }), Nfsstat3.PERM)
        refused(await client.setattr(file, { mtime: oldTime }), Nfsstat3.PERM, Nfsstat3.ACCES)
        // One time alone is a change only the owner may make: utimensat(2).
        refused(await client.setattr(file, { mtime: 'server' }), Nfsstat3.PERM, Nfsstat3.ACCES)
        refused(await client.setattr(file, { size: 0 }), Nfsstat3.ACCES)
      },
    },
    {
      name: 'lets who may write set both times to now, but to nothing else',
      needs: 'identity',
      async run(t) {
        const file = await t.file('a', { by: t.as(alice) })
        ok(await t.client.setattr(file, { mode: 0o666 }))
        const client = t.as(bob)
        ok(await client.setattr(file, { atime: 'server', mtime: 'server' }))
        refused(await client.setattr(file, { mtime: oldTime }), Nfsstat3.PERM, Nfsstat3.ACCES)
      },
    },
  ],
}
