import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Change } from '../../../../src/snapshots/comparison/change.ts'
import { openLinuxFixture } from '../../filesystem/fixture.ts'
import { steps, work } from './random-work.ts'
import { ServedWork } from './served-work.ts'
import { apply, ChangingTree, compare, compareWith, described, type Copied } from './trees.ts'

/** Of which name of a file another is told of as the link is as they are met. */
function told(changes: readonly Change[]): string[] {
  return changes
    .map(({ linkOf, path, from, ...rest }) =>
      JSON.stringify({
        path: path.toString(),
        from: from?.toString(),
        isLink: linkOf !== undefined,
        ...rest,
      }),
    )
    .sort()
}

test('what the journal leads to is all that is different, whatever clients have done', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, steps, async (before, first, second) => {
      const pieces: Uint8Array[] = []
      const fixture = openLinuxFixture([{}], { onChanges: (entries) => pieces.push(entries) })
      const trees = new ChangingTree(fixture.directory())
      const since = async (): Promise<Uint8Array[]> => {
        fixture.backend.tellChanges([1])
        await Promise.resolve()
        return pieces.splice(0)
      }
      try {
        const client = new ServedWork(fixture)
        for (const step of before) await work(client, step)
        fixture.backend.beginJournal(1)
        const a = await trees.copy()
        for (const step of first) await work(client, step)
        const ab = await since()
        const b = await trees.copy()
        for (const step of second) await work(client, step)
        const bc = await since()
        const c = await trees.copy()
        const expectSame = (older: Copied, newer: Copied, journal: Uint8Array[]): void => {
          const everything = compareWith(older, newer, {})
          const changes = compare(older, newer, { journal })
          expect(told(changes)).toEqual(told(everything.changes))
          const again = trees.again(older)
          apply(again, changes, newer.data)
          expect(described(again)).toEqual(described(newer.data))
          expect(told(compare(older, newer, { journal: [everything.found] }))).toEqual(told(changes))
        }
        expectSame(a, b, ab)
        expectSame(b, c, bc)
        expectSame(a, c, [...ab, ...bc])
        expectSame(c, a, [...ab, ...bc])
        const found = [compareWith(a, b, {}).found, compareWith(b, c, {}).found]
        expectSame(a, c, found)
      } finally {
        await fixture.close()
        trees.remove()
      }
    }),
    { numRuns: 60, endOnFailure: true },
  )
}, 300_000)

test('a directory that had the path of another in between is looked into, though nothing was told of it then', async () => {
  const trees = new ChangingTree()
  onTestFinished(() => trees.remove())
  const at = (path: string): string => join(trees.live, path)
  const move = (from: string, to: string): void => renameSync(at(from), at(to))

  mkdirSync(at('d/a'), { recursive: true })
  mkdirSync(at('p/a'), { recursive: true })
  const a = await trees.copy()
  // "d" and "p" change places, and what is in them has the same names.
  move('d/a', 'z')
  mkdirSync(at('d/a'))
  move('d', 'other')
  move('p', 'd')
  move('other', 'p')
  const b = await trees.copy()
  rmSync(at('d'), { recursive: true })
  move('p', 'z/d')
  const c = await trees.copy()

  const journal = [compareWith(a, b, {}).found, compareWith(b, c, {}).found]
  const changes = compare(a, c, { journal })
  expect(told(changes)).toEqual(told(compare(a, c)))
  expect(changes.filter(({ kind }) => kind === 'added').map(({ path }) => path.toString())).toEqual(['z/d/a'])
})
