import { beforeEach, describe, expect, test } from 'vitest'
import { changesIn } from '../../../src/filesystem/change-list.ts'
import { changeCountMax, changedPieceCountMax, ChangeNotes } from '../../../src/filesystem/change-notes.ts'
import { StatField, statFieldCount, statRows } from '../../../src/native/index.ts'

const slot = 0
const pieceSize = 32 * 4096
let notes: ChangeNotes
beforeEach(() => {
  notes = new ChangeNotes()
})

/** The slot describes an object with this number from now on. */
function meet(low: number, high = 0): void {
  statRows[slot * statFieldCount + StatField.INO_LOW] = low
  statRows[slot * statFieldCount + StatField.INO_HIGH] = high
}

const noted = () => [...changesIn(notes.list!)].map(({ inode, ranges }) => [inode, ranges && [...ranges]])

describe('what changes in a share', () => {
  test('is noted of each object: attributes, ranges, or anything', () => {
    meet(1)
    notes.attributes(slot)
    meet(2, 1)
    notes.written(slot, 5000, 10)
    notes.attributes(slot)
    notes.writtenFrom(slot, 70_000)
    meet(3)
    notes.written(slot, 0, 1)
    notes.anything(slot)
    notes.written(slot, 0, 1)
    notes.attributes(slot)
    expect(noted()).toEqual([
      [1, []],
      [2 ** 32 + 2, [4096, 8192, 70_000, Infinity]],
      [3, undefined],
    ])
  })

  test('of a file in ever larger blocks, where there are too many', () => {
    meet(1)
    for (let at = 0; at <= changedPieceCountMax; at++) notes.written(slot, at * pieceSize, 1)
    const [[, ranges]] = noted() as [[number, number[]]]
    expect(ranges).toHaveLength(2 * (changedPieceCountMax + 1))
    expect(ranges.slice(0, 4)).toEqual([0, 8 * 4096, pieceSize, pieceSize + 8 * 4096])
  })

  test('of many files, in the end of each as a whole', () => {
    const [fileCount, pieceCount] = [400, 200]
    for (let inode = 1; inode <= fileCount; inode++) {
      meet(inode)
      for (let at = 0; at < pieceCount; at++) notes.written(slot, at * 1000 * pieceSize, 1)
    }
    const all = noted() as [number, number[] | undefined][]
    expect(all).toHaveLength(fileCount)
    const count = all.reduce((sum, [, ranges]) => sum + (ranges?.length ?? 0) / 2, 0)
    // A piece may have several.
    expect(count).toBeLessThan(2 * changedPieceCountMax)
    expect(all.some(([, ranges]) => ranges === undefined)).toBe(true)
    for (const [, ranges] of all)
      for (let at = 0; ranges !== undefined && at < pieceCount; at++)
        expect(
          ranges.some(
            (_, i) =>
              i % 2 === 0 && ranges[i]! <= at * 1000 * pieceSize && at * 1000 * pieceSize < ranges[i + 1]!,
          ),
        ).toBe(true)
  })

  test('of more objects than are noted, or of one whose number is too large, is not known', () => {
    for (let inode = 0; inode <= changeCountMax; inode++) {
      meet(inode)
      notes.attributes(slot)
    }
    expect(notes.list).toBeUndefined()
    notes = new ChangeNotes()
    meet(1, 0x20_0000)
    notes.written(slot, 0, 1)
    expect(notes.list).toBeUndefined()
  })
})
