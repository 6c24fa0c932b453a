import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HardLinks, type HardLinksState } from '../../../src/usage/hard-links.ts'

/** Inodes by number, each with as many names as it says, met in any order. */
const names = fc.array(fc.integer({ min: 2, max: 5 }), { minLength: 1, maxLength: 12 }).chain((counts) => {
  const all = counts.flatMap((count, inode) => Array<string>(count).fill(String(inode)))
  return fc.tuple(fc.constant(counts), fc.shuffledSubarray(all, { minLength: all.length }))
})

describe('HardLinks', () => {
  test('counts each inode once, and keeps none', () => {
    fc.assert(
      fc.property(names, ([counts, order]) => {
        const links = new HardLinks()
        const met = new Set<string>()
        for (const inode of order) {
          expect(links.share(inode, counts[Number(inode)]!)).toBe(met.has(inode) ? 0 : 1)
          met.add(inode)
        }
        expect(links.state).toEqual({ isFull: false, open: [] })
      }),
    )
  })

  test('counts the same when there are too many, and when it is interrupted at any name', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 3 }), ([counts, order], room) => {
        let links = new HardLinks(undefined, room)
        let sum = 0
        for (const inode of order) {
          sum += links.share(inode, counts[Number(inode)]!)
          expect(links.state.open.length).toBeLessThanOrEqual(room)
          links = new HardLinks(JSON.parse(JSON.stringify(links.state)) as HardLinksState, room)
        }
        expect(sum).toBeCloseTo(counts.length)
      }),
    )
  })

  test('counts an inode once that has names elsewhere', () => {
    const links = new HardLinks()
    expect([links.share('7', 9), links.share('7', 9), links.share('7', 9)]).toEqual([1, 0, 0])
  })
})
