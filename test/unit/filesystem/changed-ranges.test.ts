import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anything, changedWholly, changesIn, joinedChanges } from '../../../src/filesystem/change-list.ts'
import { blockSizeMin, ChangedRanges } from '../../../src/filesystem/changed-ranges.ts'

const mib = 1024 * 1024
const writes = fc.array(
  fc.record({ offset: fc.nat(8 * mib), count: fc.oneof(fc.nat(10_000), fc.nat(mib)) }),
  { maxLength: 30 },
)

/** Whether each range begins after the one before ends. */
function expectOrdered(ranges: readonly number[]): void {
  expect(ranges.length % 2).toBe(0)
  for (let at = 1; at < ranges.length; at++) expect(ranges[at]).toBeGreaterThan(ranges[at - 1]!)
}

function covers(ranges: readonly number[], from: number, to: number): boolean {
  for (let at = 0; at < ranges.length; at += 2) if (ranges[at]! <= from && to <= ranges[at + 1]!) return true
  return from === to
}

describe('ranges of a file that changed', () => {
  test('are the blocks that were written to, and no others', () => {
    fc.assert(
      fc.property(writes, (all) => {
        const ranges = new ChangedRanges()
        const blocks = new Set<number>()
        for (const { offset, count } of all) {
          ranges.add(offset, count)
          for (let at = Math.floor(offset / blockSizeMin); at * blockSizeMin < offset + count; at++)
            if (count > 0) blocks.add(at)
        }
        const found = ranges.ranges()
        expectOrdered(found)
        const told = new Set<number>()
        for (let at = 0; at < found.length; at += 2)
          for (let block = found[at]! / blockSizeMin; block * blockSizeMin < found[at + 1]!; block++)
            told.add(block)
        expect([...told].sort()).toEqual([...blocks].sort())
      }),
    )
  })

  test('in larger blocks are fewer, and have all that they had', () => {
    fc.assert(
      fc.property(writes, writes, fc.option(fc.nat(10 * mib)), (before, after, cutAt) => {
        const ranges = new ChangedRanges()
        for (const { offset, count } of before) ranges.add(offset, count)
        const pieces = ranges.pieceCount
        ranges.coarsen()
        expect(ranges.blockSize).toBe(8 * blockSizeMin)
        expect(ranges.pieceCount).toBeLessThanOrEqual(pieces)
        for (const { offset, count } of after) ranges.add(offset, count)
        if (cutAt !== null) ranges.addFrom(cutAt)
        const found = ranges.ranges()
        expectOrdered(found)
        for (const { offset, count } of [...before, ...after])
          expect(covers(found, offset, offset + count)).toBe(true)
        if (cutAt !== null) expect(found.at(-1)).toBe(Infinity)
      }),
    )
  })

  test('reach from where it was cut off to its end', () => {
    const ranges = new ChangedRanges()
    ranges.add(0, 1)
    ranges.add(40 * mib, mib)
    ranges.addFrom(50_000)
    ranges.addFrom(60_000)
    expect(ranges.ranges()).toEqual([0, blockSizeMin, 50_000, Infinity])
  })

  test('at the end of the largest file that there can be', () => {
    const ranges = new ChangedRanges()
    const end = 2 ** 53 - blockSizeMin
    ranges.add(end - 1, 1)
    expect(ranges.ranges()).toEqual([end - blockSizeMin, end])
  })
})

test('a list of changes is read as it was made, and joined', () => {
  const one = Float64Array.from([7, 2, 0, Infinity, 9, anything])
  const both = joinedChanges([one, changedWholly([11]), Float64Array.from([7, 0])])!
  expect([...changesIn(both)]).toEqual([
    { inode: 7, ranges: Float64Array.from([0, Infinity]) },
    { inode: 9, ranges: undefined },
    { inode: 11, ranges: undefined },
    { inode: 7, ranges: Float64Array.from([]) },
  ])
  expect(joinedChanges([one, undefined])).toBeUndefined()
})
