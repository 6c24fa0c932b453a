import assert from 'node:assert/strict'
import { Ftype3, Nfsstat3, StableHow } from '../../nfs3/types.ts'
import type { SuiteGroup } from './case.ts'
import { changedFrom, known, ok, refused, unchanged } from './context.ts'

const { FBIG, INVAL, ISDIR } = Nfsstat3

export const dataCases: SuiteGroup = {
  name: 'READ, WRITE and COMMIT',
  cases: [
    {
      name: 'reads any part, and says where the file ends',
      async run(t) {
        const file = await t.file('a', { data: '0123456789' })
        for (const [offset, count, data, eof] of [
          [0, 10, '0123456789', true],
          [0, 100, '0123456789', true],
          [3, 4, '3456', false],
          [0, 0, '', false],
          [9, 1, '9', true],
          [10, 1, '', true],
          [1000, 5, '', true],
        ] as const) {
          const read = ok(await t.client.read(file, offset, count))
          assert.deepEqual([read.data.toString(), read.count, read.eof], [data, data.length, eof])
          assert.equal(known(read.attributes).size, 10)
        }
      },
    },
    {
      name: 'reads an empty file',
      async run(t) {
        const read = ok(await t.client.read(await t.file('a'), 0, 10))
        assert.deepEqual([read.count, read.eof, read.data.length], [0, true, 0])
      },
    },
    {
      name: 'pads data of every length with zeros',
      async run(t) {
        const file = await t.file('a', { data: 'x'.repeat(9) })
        // The client refuses padding of other bytes.
        for (let count = 0; count <= 9; count++)
          assert.equal(ok(await t.client.read(file, 0, count)).data.length, count)
      },
    },
    {
      name: 'reads and writes a mebibyte at once',
      async run(t) {
        const file = await t.file('a')
        const data = Buffer.alloc(1024 * 1024)
        for (let at = 0; at < data.length; at += 4) data.writeUInt32BE(at, at)
        const { wtmax, rtmax } = ok(await t.client.fsinfo(t.root))
        for (let at = 0; at < data.length; at += wtmax) {
          const part = data.subarray(at, at + wtmax)
          assert.equal(ok(await t.client.write(file, at, part)).count, part.length)
        }
        for (let at = 0; at < data.length; at += rtmax) {
          const read = ok(await t.client.read(file, at, rtmax))
          assert.ok(read.data.equals(data.subarray(at, at + rtmax)), `other data at ${at}`)
        }
      },
    },
    {
      name: 'writes into the middle, over the end and behind it',
      async run(t) {
        const file = await t.file('a', { data: 'hello' })
        const before = await t.attributes(file)
        const written = ok(await t.client.write(file, 1, 'EL'))
        assert.equal(changedFrom(written.wcc, before).size, 5)
        ok(await t.client.write(file, 4, 'O world'))
        ok(await t.client.write(file, 13, '!'))
        assert.equal(await t.contents(file), 'hELlO world\0\0!')
      },
    },
    {
      name: 'writes nothing without changing anything',
      async run(t) {
        const file = await t.file('a', { data: 'hello' })
        const before = await t.attributes(file)
        const written = ok(await t.client.write(file, 100, ''))
        assert.equal(written.count, 0)
        assert.equal(changedFrom(written.wcc, before).size, 5)
      },
    },
    {
      name: 'keeps holes beyond 4 GiB and a tebibyte',
      async run(t) {
        const file = await t.file('a')
        for (const offset of [2 ** 32 - 2, 2 ** 40]) {
          ok(await t.client.write(file, offset, 'far'))
          assert.equal((await t.attributes(file)).size, offset + 3)
          const read = ok(await t.client.read(file, offset - 2, 10))
          assert.deepEqual([read.data.toString(), read.eof], ['\0\0far', true])
        }
        assert.equal(ok(await t.client.read(file, 2 ** 33, 4)).data.toString(), '\0\0\0\0')
        assert.ok((await t.attributes(file)).used < 2 ** 30)
        ok(await t.client.setattr(file, { size: 0 }))
      },
    },
    {
      name: 'refuses to write beyond what a file can have, at any 64-bit offset',
      async run(t) {
        const file = await t.file('a', { data: 'x' })
        const before = await t.attributes(file)
        for (const offset of [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n])
          unchanged(refused(await t.client.write(file, offset, 'far'), FBIG, INVAL).wcc, before)
      },
    },
    {
      name: 'reads nothing at the far end of 64 bits',
      async run(t) {
        const file = await t.file('a', { data: 'x' })
        for (const offset of [2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]) {
          const result = await t.client.read(file, offset, 10)
          if (result.status === Nfsstat3.OK) assert.deepEqual([result.count, result.eof], [0, true])
          else known(refused(result, INVAL).attributes)
        }
      },
    },
    {
      name: 'is at least as stable as asked, with one verifier for all of it',
      async run(t) {
        const file = await t.file('a')
        const verifiers = new Set<string>()
        for (const stable of [StableHow.UNSTABLE, StableHow.DATA_SYNC, StableHow.FILE_SYNC]) {
          const written = ok(await t.client.write(file, stable, 'x', stable))
          assert.ok(written.committed >= stable && written.committed <= StableHow.FILE_SYNC)
          verifiers.add(written.verifier.toString('hex'))
        }
        for (const [offset, count] of [
          [0, 0],
          [1, 1],
          [2 ** 40, 5],
        ] as const) {
          const before = await t.attributes(file)
          const committed = ok(await t.client.commit(file, offset, count))
          assert.equal(changedFrom(committed.wcc, before).size, 3)
          verifiers.add(committed.verifier.toString('hex'))
        }
        assert.equal(verifiers.size, 1)
      },
    },
    {
      name: 'changes the mtime with a WRITE',
      async run(t) {
        const file = await t.file('a')
        ok(await t.client.setattr(file, { mtime: { seconds: 1, nanoseconds: 0 } }))
        const before = await t.attributes(file)
        const after = changedFrom(ok(await t.client.write(file, 0, 'x')).wcc, before)
        assert.ok(Math.abs(after.mtimeSeconds - Date.now() / 1000) < 60)
      },
    },
    {
      name: 'neither reads nor writes a directory, a link or a FIFO',
      async run(t) {
        known(refused(await t.client.read(t.dir, 0, 1), ISDIR, INVAL).attributes)
        known(refused(await t.client.write(t.dir, 0, 'x'), ISDIR, INVAL).wcc.after)
        refused(await t.client.commit(t.dir), ISDIR, INVAL)
        const link = known(ok(await t.client.symlink(t.dir, 'l', 'x')).object)
        const what = { type: Ftype3.FIFO, attributes: { mode: 0o666 } } as const
        const fifo = known(ok(await t.client.mknod(t.dir, 'f', what)).object)
        for (const object of [link, fifo]) {
          known(refused(await t.client.read(object, 0, 1), INVAL).attributes)
          known(refused(await t.client.write(object, 0, 'x'), INVAL).wcc.after)
          known(refused(await t.client.setattr(object, { size: 0 }), INVAL).wcc.after)
        }
      },
    },
  ],
}
