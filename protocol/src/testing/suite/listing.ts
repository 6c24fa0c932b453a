import assert from 'node:assert/strict'
import { type NfsFh3, Nfsstat3 } from '../../nfs3/types.ts'
import type { ListFrom } from '../nfs3-client.ts'
import type { SuiteGroup } from './case.ts'
import { alice, type CaseContext, fileidOf, known, ok, refused } from './context.ts'

/** Bytes of a READDIR3resok with attributes and one entry of a name of up to four bytes: 88 + 8 + 28 + 8. */
const oneEntrySize = 132
const manyCount = 20_000

async function fill(t: CaseContext, count: number, prefix = 'entry-'): Promise<string[]> {
  const names = Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  for (const name of names) await t.file(name)
  return names
}

async function listNames(t: CaseContext, dir: NfsFh3, options?: Parameters<CaseContext['list']>[1]) {
  const entries = await t.list(dir, options)
  const names = entries.map(({ name }) => name.toString())
  assert.equal(new Set(names).size, names.length, 'a name was listed twice')
  return names
}

export const listingCases: SuiteGroup = {
  name: 'READDIR and READDIRPLUS',
  cases: [
    {
      name: 'lists an empty directory with "." and ".."',
      async run(t) {
        const entries = await t.list(t.dir)
        const ids = new Map(entries.map(({ name, fileid }) => [name.toString(), fileid]))
        assert.deepEqual([...ids.keys()].sort(), ['.', '..'])
        assert.equal(ids.get('.'), fileidOf(await t.attributes(t.dir)))
        assert.equal(ids.get('..'), fileidOf(await t.attributes(t.root)))
      },
    },
    {
      name: 'lists nothing above the root',
      async run(t) {
        const root = await t.attributes(t.root)
        const parent = known((await t.list(t.root)).find(({ name }) => name.toString() === '..'))
        assert.equal(parent.fileid, fileidOf(root))
      },
    },
    {
      name: 'lists the fileids that GETATTR tells, and attributes of the directory',
      async run(t) {
        const file = await t.file('a')
        const page = ok(await t.client.readdir(t.dir, 4096))
        const entry = known(page.entries.find(({ name }) => name.toString() === 'a'))
        assert.equal(entry.fileid, fileidOf(await t.attributes(file)))
        assert.equal(fileidOf(known(page.dirAttributes)), fileidOf(await t.attributes()))
      },
    },
    {
      name: 'lists with READDIRPLUS the handles and attributes that LOOKUP tells',
      async run(t) {
        await t.file('a', { data: 'hello' })
        await t.mkdir('d')
        ok(await t.client.symlink(t.dir, 'l', 'x'))
        for (const { name, attributes, handle, fileid } of await t.list(t.dir, { plus: true })) {
          const found = ok(await t.client.lookup(t.dir, name))
          if (handle !== undefined) assert.deepEqual(handle, found.object)
          if (attributes !== undefined) {
            assert.deepEqual(attributes, found.attributes)
            assert.equal(fileidOf(attributes), fileid)
          }
          const isOwn = name.toString() !== '.' && name.toString() !== '..'
          if (isOwn) assert.ok(handle !== undefined && attributes !== undefined)
        }
      },
    },
    {
      name: 'pages by any count, one entry at a time',
      async run(t) {
        const names = await fill(t, 9, 'n')
        const wanted = ['.', '..', ...names].sort()
        for (const count of [oneEntrySize, 160, 200, 300, 1000])
          assert.deepEqual((await listNames(t, t.dir, { count })).sort(), wanted)
        for (const count of [300, 512, 1000])
          assert.deepEqual((await listNames(t, t.dir, { count, plus: true })).sort(), wanted)
      },
    },
    {
      name: 'says TOOSMALL where not one entry fits, with the attributes of the directory',
      async run(t) {
        await t.file('a')
        for (const count of [0, 1, 100, oneEntrySize - 4])
          known(refused(await t.client.readdir(t.dir, count), Nfsstat3.TOOSMALL).dirAttributes)
        known(refused(await t.client.readdirplus(t.dir, 4096, 130), Nfsstat3.TOOSMALL).dirAttributes)
      },
    },
    {
      name: 'bounds the names of READDIRPLUS by dircount',
      async run(t) {
        await fill(t, 20, 'n')
        const page = ok(await t.client.readdirplus(t.dir, 100, 65536))
        // 24 bytes each with a name of up to four bytes.
        assert.ok(page.entries.length > 0 && page.entries.length <= 4)
        assert.equal(page.eof, false)
      },
    },
    {
      name: `lists ${manyCount} names, each once`,
      async run(t) {
        const names = await fill(t, manyCount)
        const wanted = ['.', '..', ...names].sort()
        assert.deepEqual((await listNames(t, t.dir, { count: 32768 })).sort(), wanted)
        assert.deepEqual((await listNames(t, t.dir, { count: 32768, plus: true })).sort(), wanted)
      },
    },
    {
      name: 'lists what stays exactly once while other names come and go',
      async run(t) {
        const staying = await fill(t, 200, 'stay-')
        await fill(t, 200, 'go-')
        let round = 0
        const names = await listNames(t, t.dir, {
          count: 1024,
          async between() {
            round++
            for (const at of [0, 1, 2, 3, 4]) await t.client.remove(t.dir, `go-${(round * 5 + at) % 200}`)
            await t.file(`come-${round}`)
          },
        })
        const found = names.filter((name) => name.startsWith('stay-'))
        assert.deepEqual(found.sort(), staying.sort())
        assert.ok(round > 5)
      },
    },
    {
      name: 'goes on from a cookie whose name has been removed, so that rm -r ends',
      async run(t) {
        await fill(t, 300)
        let removed = 0
        for (let from: ListFrom | undefined; ;) {
          const page = ok(await t.client.readdir(t.dir, 1024, from))
          for (const { name } of page.entries) {
            if (name.toString() === '.' || name.toString() === '..') continue
            ok(await t.client.remove(t.dir, name))
            removed++
          }
          if (page.eof) break
          from = { cookie: known(page.entries.at(-1)).cookie, cookieVerifier: page.cookieVerifier }
        }
        assert.equal(removed, 300)
        assert.deepEqual(await t.names(), [])
      },
    },
    {
      name: 'goes on from any cookie of a page, and from it again',
      async run(t) {
        await fill(t, 30)
        const { entries, cookieVerifier } = ok(await t.client.readdir(t.dir, 8192))
        for (const [index, { cookie }] of entries.entries()) {
          assert.notEqual(cookie, 0n)
          const rest = ok(await t.client.readdir(t.dir, 8192, { cookie, cookieVerifier }))
          assert.deepEqual(
            rest.entries.map(({ name }) => name.toString()),
            entries.slice(index + 1).map(({ name }) => name.toString()),
          )
          assert.equal(rest.eof, true)
        }
      },
    },
    {
      name: 'lists no file, with its attributes',
      async run(t) {
        const file = await t.file('a')
        known(refused(await t.client.readdir(file, 4096), Nfsstat3.NOTDIR).dirAttributes)
        known(refused(await t.client.readdirplus(file, 4096, 4096), Nfsstat3.NOTDIR).dirAttributes)
      },
    },
    {
      name: 'lists for who may read',
      needs: 'identity',
      async run(t) {
        const dir = await t.mkdir('d', { mode: 0o711 })
        refused(await t.as(alice).readdir(dir, 4096), Nfsstat3.ACCES)
        refused(await t.as(alice).readdirplus(dir, 4096, 4096), Nfsstat3.ACCES)
        ok(await t.client.setattr(dir, { mode: 0o744 }))
        ok(await t.as(alice).readdir(dir, 4096))
      },
    },
  ],
}
