import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Nfsstat3, StableHow } from 'nfs-server-ts'
import { expect, test } from 'vitest'
import { copyFileBy, copyRangesBy } from '../../../../src/snapshots/drivers/contents.ts'
import { TreeCopy } from '../../../../src/snapshots/drivers/tree-copy.ts'
import { caller, openLinuxFixture, type LinuxFixture } from '../../filesystem/fixture.ts'
import { steps, work } from '../comparison/random-work.ts'
import { ServedWork } from '../comparison/served-work.ts'
import { described } from '../comparison/trees.ts'

// What lanes note of changes is all that a copy needs to be equal at the cut: calls of clients, told as lanes tell them.

const mib = 1024 * 1024

/** A copy of share 1 of a fixture, in a directory that is removed with it. */
class Copying {
  readonly #work = mkdtempSync(join(tmpdir(), 'berth-told-'))
  readonly #fixture: LinuxFixture
  readonly copy: TreeCopy
  readonly data = join(this.#work, 'data')
  bytes = 0

  /** `meanwhile` is called for each piece of data that is copied. */
  constructor(fixture: LinuxFixture, meanwhile: () => void = () => {}) {
    this.#fixture = fixture
    fixture.backend.watch(1)
    const onPiece = (bytes: number): void => {
      this.bytes += bytes
      meanwhile()
    }
    this.copy = new TreeCopy({
      ...{ source: fixture.directory(), directory: this.#work, breath: () => {} },
      ...{ copyFile: copyFileBy(onPiece), copyRanges: copyRangesBy(onPiece) },
    })
  }

  catchUp(): void {
    this.copy.catchUp(this.#fixture.backend.takeChanges(1))
  }

  /** Answers how many bytes were copied in it. */
  cut(): number {
    const before = this.bytes
    this.copy.cut(this.#fixture.backend.changesOf(1))
    return this.bytes - before
  }

  async end(): Promise<void> {
    this.copy.close()
    await this.#fixture.close()
    rmSync(this.#work, { recursive: true })
  }
}

test('whatever clients do while it is copied, caught up with and cut, the copy is equal', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, steps, steps, async (before, first, second, third) => {
      const fixture = openLinuxFixture()
      const client = new ServedWork(fixture)
      for (const step of before) await work(client, step)
      const copying = new Copying(fixture)
      try {
        copying.copy.prepare()
        for (const step of first) await work(client, step)
        copying.catchUp()
        for (const step of second) await work(client, step)
        copying.catchUp()
        for (const step of third) await work(client, step)
        copying.cut()
        await copying.copy.finish()
        expect(described(copying.data)).toEqual(described(fixture.directory()))
      } finally {
        await copying.end()
      }
    }),
    { numRuns: 30, endOnFailure: true },
  )
})

const contentOf = (directory: string): Buffer => readFileSync(join(directory, 'large'))

/** Calls on one file, which are carried out at once. */
type FileStep = readonly [kind: number, offset: number, size: number]
const fileSteps = fc.array(fc.tuple(fc.nat(9), fc.nat(14 * mib), fc.nat(64 * 1024)), { maxLength: 60 })

function doStep(fixture: LinuxFixture, file: Buffer, [kind, offset, size]: FileStep): void {
  const { backend } = fixture
  // Some far behind the end, so that there are holes; few that cut off.
  const result =
    kind === 0
      ? backend.setattr(caller, file, { size: offset }, undefined)
      : backend.write(caller, file, offset, StableHow.UNSTABLE, Buffer.alloc(size, String(kind)))
  if ('status' in result) expect(result.status).toBe(Nfsstat3.OK)
}

test('a large file that is written, cut off and made longer in the middle of its copying is equal', async () => {
  await fc.assert(
    fc.asyncProperty(fileSteps, fileSteps, fileSteps, async (first, second, third) => {
      const fixture = openLinuxFixture()
      writeFileSync(join(fixture.directory(), 'large'), Buffer.alloc(12 * mib, 'o'))
      const file = await fixture.lookup(fixture.root, 'large')
      const left = [...first]
      const copying = new Copying(fixture, () => {
        for (const step of left.splice(0, 20)) doStep(fixture, file, step)
      })
      try {
        copying.copy.prepare()
        for (const step of second) doStep(fixture, file, step)
        copying.catchUp()
        for (const step of [...left.splice(0), ...third]) doStep(fixture, file, step)
        copying.cut()
        expect(contentOf(copying.data).equals(contentOf(fixture.directory()))).toBe(true)
        expect(statSync(join(copying.data, 'large')).mtimeMs).toBe(
          statSync(join(fixture.directory(), 'large')).mtimeMs,
        )
      } finally {
        await copying.end()
      }
    }),
    { numRuns: 10, endOnFailure: true },
  )
})

test('of a file that is always written to, the cut copies what was written since it was caught up with', async () => {
  const fixture = openLinuxFixture()
  writeFileSync(join(fixture.directory(), 'large'), Buffer.alloc(32 * mib, 'o'))
  const file = await fixture.lookup(fixture.root, 'large')
  const write = (block: number): void => doStep(fixture, file, [1, block * 4096, 4096])
  let block = 0
  let isWriting = true
  const copying = new Copying(fixture, () => {
    if (isWriting) write((block += 97))
  })
  copying.copy.prepare()
  copying.catchUp()
  isWriting = false
  for (let at = 0; at < 10; at++) write(at * 100)
  expect(copying.cut()).toBeLessThan(100 * 4096)
  // Attributes alone: none of its data.
  fixture.backend.watch(1)
  await fixture.backend.setattr(caller, file, { mode: 0o600 }, undefined)
  expect(copying.cut()).toBe(0)
  await copying.copy.finish()
  expect(contentOf(copying.data).equals(contentOf(fixture.directory()))).toBe(true)
  expect(statSync(join(copying.data, 'large')).mode & 0o777).toBe(0o600)
  await copying.end()
})
