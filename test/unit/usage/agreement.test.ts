import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { NfsError, Nfsstat3, StableHow, type Nfs3Caller } from 'nfs-server-ts'
import { expect, test } from 'vitest'
import { ShareWalk } from '../../../src/usage/walk.ts'
import { client, openLinuxFixture, type LinuxFixture } from '../filesystem/fixture.ts'

const own = { flavor: 'sys', machineName: 'test', uid: process.getuid!(), gid: 0, gids: [] } as const
const caller: Nfs3Caller = { client, credentials: own }

type Call = (fixture: LinuxFixture) => Promise<unknown>

/** A name in the root, or in the directory "d" where there is one. */
const place = fc.constantFrom('a', 'b', 'c', 'd', 'd/a', 'd/b')
const size = fc.integer({ min: 0, max: 40_000 })

async function find(fixture: LinuxFixture, path: string): Promise<Buffer | undefined> {
  let handle = fixture.root
  for (const name of path.split('/').filter((each) => each !== '')) {
    const found = await fixture.backend.lookup(caller, { dir: handle, name: Buffer.from(name) })
    if (found.status !== Nfsstat3.OK) return undefined
    handle = Buffer.from(found.object)
  }
  return handle
}

async function at(fixture: LinuxFixture, path: string) {
  const cut = path.lastIndexOf('/')
  return {
    dir: (await find(fixture, path.slice(0, Math.max(0, cut)))) ?? fixture.root,
    name: Buffer.from(path.slice(cut + 1)),
  }
}

const writes = (offsets: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  fc.tuple(place, offsets, size).map(([path, offset, count]): Call => async (fixture) => {
    const where = await at(fixture, path)
    const made = await fixture.backend.create(caller, where, { mode: 'UNCHECKED', attributes: {} })
    if (made.status !== Nfsstat3.OK || made.object === undefined) return
    const file = Buffer.from(made.object)
    await fixture.backend.write(caller, file, offset, StableHow.UNSTABLE, Buffer.alloc(count, 1))
  })

const truncations = (sizes: fc.Arbitrary<number>): fc.Arbitrary<Call> =>
  fc.tuple(place, sizes).map(([path, bytes]): Call => async (fixture) => {
    const file = await find(fixture, path)
    return file && fixture.backend.setattr(caller, file, { size: bytes }, undefined)
  })

const nameCalls: fc.Arbitrary<Call> = fc.oneof(
  fc.constant<Call>(async (fixture) => fixture.backend.mkdir(caller, await at(fixture, 'd'), {})),
  fc.constant<Call>(async (fixture) => fixture.backend.rmdir(caller, await at(fixture, 'd'))),
  place.map(
    (path): Call =>
      async (fixture) =>
        fixture.backend.symlink(caller, await at(fixture, path), {}, Buffer.from('a')),
  ),
  fc.tuple(place, place).map(([from, to]): Call => async (fixture) => {
    const file = await find(fixture, from)
    return file && fixture.backend.link(caller, file, await at(fixture, to))
  }),
  fc.tuple(place, place).map(
    ([from, to]): Call =>
      async (fixture) =>
        fixture.backend.rename(caller, await at(fixture, from), await at(fixture, to)),
  ),
  place.map(
    (path): Call =>
      async (fixture) =>
        fixture.backend.remove(caller, await at(fixture, path)),
  ),
)

/** Many of these calls are refused: that is no matter here. */
async function tryCall(call: Call, fixture: LinuxFixture): Promise<void> {
  try {
    await call(fixture)
  } catch (error) {
    if (!(error instanceof NfsError)) throw error
  }
}

/**
 * A filesystem that takes blocks when it is written to. Others place them later, and may then need one more for the map of
 * a file with holes: no call has counted that, and the next walk finds it.
 */
const memory = '/dev/shm'
const none = fc.constant(0)

test.each([
  { files: 'with holes', directory: memory, offsets: size, sizes: size },
  { files: 'without holes', directory: tmpdir(), offsets: none, sizes: none },
])('what calls have counted is what a walk finds, whatever they did to files $files', async (given) => {
  const calls = fc.oneof(
    { arbitrary: writes(given.offsets), weight: 5 },
    { arbitrary: truncations(given.sizes), weight: 1 },
    { arbitrary: nameCalls, weight: 6 },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(calls, { maxLength: 60, size: 'max' }), async (list) => {
      const directory = mkdtempSync(join(given.directory, 'berth-usage-'))
      const fixture = openLinuxFixture([{ directory }])
      try {
        for (const call of list) await tryCall(call, fixture)
        const walk = new ShareWalk(directory)
        for (const step of walk.steps()) expect(step).toMatch(/place|within/)
        const { bytes, files } = walk.position
        walk.close()
        expect(fixture.shareTable.used(1)).toEqual({ bytes, files })
      } finally {
        await fixture.close()
        rmSync(directory, { recursive: true })
      }
    }),
    { numRuns: 60 },
  )
})
