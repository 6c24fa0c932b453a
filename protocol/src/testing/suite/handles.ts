import assert from 'node:assert/strict'
import type { Nfs3Result } from '../../nfs3/backend.ts'
import { type NfsFh3, Nfsstat3, nfs3FhSizeMax } from '../../nfs3/types.ts'
import { RpcCallError } from '../rpc-transport.ts'
import type { SuiteGroup } from './case.ts'
import { type CaseContext, ok, refused } from './context.ts'

const { BADHANDLE, STALE } = Nfsstat3
const how = { mode: 'UNCHECKED', attributes: {} } as const

/** Every call that takes a handle, with this one. */
function everyCall(
  { client, dir, root }: CaseContext,
  handle: NfsFh3,
): Promise<Nfs3Result<unknown, unknown>>[] {
  return [
    client.getattr(handle),
    client.setattr(handle, { mode: 0o777 }),
    client.lookup(handle, 'a'),
    client.access(handle, 1),
    client.readlink(handle),
    client.read(handle, 0, 1),
    client.write(handle, 0, 'x'),
    client.create(handle, 'x', how),
    client.mkdir(handle, 'x', {}),
    client.symlink(handle, 'x', 'y'),
    client.mknod(handle, 'x', { type: 7, attributes: {} }),
    client.remove(handle, 'a'),
    client.rmdir(handle, 'a'),
    client.rename(handle, 'a', dir, 'x'),
    client.rename(dir, 'stays', handle, 'x'),
    client.link(handle, root, 'x'),
    client.readdir(handle, 4096),
    client.readdirplus(handle, 4096, 4096),
    client.fsstat(handle),
    client.fsinfo(handle),
    client.pathconf(handle),
    client.commit(handle),
  ]
}

export const handleCases: SuiteGroup = {
  name: 'handles',
  cases: [
    {
      name: 'are 1 to 64 bytes and stay the same',
      async run(t) {
        const file = await t.file('a')
        assert.ok(file.length >= 1 && file.length <= nfs3FhSizeMax)
        assert.deepEqual(await t.lookup('a'), file)
        ok(await t.client.rename(t.dir, 'a', t.dir, 'b'))
        assert.deepEqual(await t.lookup('b'), file)
      },
    },
    {
      name: 'of a removed file are STALE in every call',
      async run(t) {
        await t.file('stays')
        const file = await t.file('a')
        ok(await t.client.remove(t.dir, 'a'))
        for (const result of await Promise.all(everyCall(t, file))) refused(result, STALE)
      },
    },
    {
      name: 'of a removed directory are STALE in every call',
      async run(t) {
        await t.file('stays')
        const dir = await t.mkdir('d')
        ok(await t.client.rmdir(t.dir, 'd'))
        for (const result of await Promise.all(everyCall(t, dir))) refused(result, STALE)
      },
    },
    {
      name: 'altered in any bit name nothing',
      async run(t) {
        const file = await t.file('a')
        for (let bit = 0; bit < file.length * 8; bit++) {
          const altered = Buffer.from(file)
          altered[bit >>> 3] = (altered[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
          refused(await t.client.getattr(altered), BADHANDLE, STALE)
        }
      },
    },
    {
      name: 'too short, too long for the server, or of random bytes name nothing, in every call',
      async run(t) {
        await t.file('stays')
        const file = await t.file('a')
        const longer = Buffer.concat([file, Buffer.alloc(nfs3FhSizeMax)]).subarray(0, nfs3FhSizeMax)
        const altered = [Buffer.alloc(0), file.subarray(0, 1), file.subarray(0, -1), Buffer.alloc(64, 0xff)]
        if (longer.length !== file.length) altered.push(longer)
        for (const handle of altered)
          for (const result of await Promise.all(everyCall(t, handle))) refused(result, BADHANDLE, STALE)
      },
    },
    {
      name: 'of more than 64 bytes are garbage',
      async run(t) {
        const garbage = (error: unknown) => error instanceof RpcCallError && error.failure === 'GARBAGE_ARGS'
        for (const call of everyCall(t, Buffer.alloc(68))) await assert.rejects(call, garbage)
      },
    },
  ],
}
