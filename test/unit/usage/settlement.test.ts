import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settle, type Counting } from '../../../src/usage/settlement.ts'

const mib = 1024 * 1024
const quiet: Counting = {
  found: { bytes: 500 * mib, files: 70_000 },
  isIncomplete: false,
  changed: { bytes: 0, files: 0 },
  used: { bytes: 3, files: 4 },
}

describe('settle', () => {
  test('takes what was found when nothing changed', () => {
    expect(settle(quiet)).toEqual({ use: quiet.found, isInexact: false })
    expect(settle({ ...quiet, used: { bytes: 2 ** 50, files: 2 ** 30 } }).use).toEqual(quiet.found)
  })

  test('leaves numbers alone that the changes made meanwhile explain', () => {
    const changed = { bytes: mib, files: -20 }
    const used = { bytes: 500 * mib + 4096, files: 70_000 - 7 }
    expect(settle({ ...quiet, changed, used })).toEqual({ use: used, isInexact: false })
  })

  test('whatever the walk met, right numbers stay right', () => {
    const change = fc.record({ bytes: fc.integer({ min: 0, max: 1000 }), isBeforeWalk: fc.boolean() })
    fc.assert(
      fc.property(fc.nat(1000), fc.array(change), fc.constantFrom(1, -1), (start, changes, sign) => {
        const sum = (list: typeof changes) => list.reduce((total, { bytes }) => total + sign * bytes, 0)
        const before = sign < 0 ? start - sum(changes) : start
        const used = before + sum(changes)
        const found = before + sum(changes.filter(({ isBeforeWalk }) => isBeforeWalk))
        const [zero, files] = [{ bytes: 0, files: 0 }, 0]
        const { use } = settle({
          ...{ found: { bytes: found, files }, isIncomplete: false },
          ...{ changed: { bytes: sum(changes), files }, used: { ...zero, bytes: used } },
        })
        expect(use.bytes).toBe(used)
      }),
    )
  })

  test('an incomplete count raises numbers and lowers none', () => {
    const incomplete = { ...quiet, isIncomplete: true }
    expect(settle(incomplete).use).toEqual(quiet.found)
    const more = { bytes: 501 * mib, files: 70_001 }
    expect(settle({ ...incomplete, used: more }).use).toEqual(more)
  })

  test('never falls below zero, and counts whole bytes', () => {
    const counting = {
      ...{ found: { bytes: 99.99999, files: 2.0000001 }, isIncomplete: false },
      ...{ changed: { bytes: -4096, files: -3 }, used: { bytes: 0, files: 0 } },
    }
    expect(settle(counting).use).toEqual({ bytes: 0, files: 0 })
    expect(settle({ ...counting, changed: { bytes: 0, files: 0 } }).use).toEqual({ bytes: 100, files: 2 })
  })

  test.each([
    ['a little', { bytes: 15 * mib, files: 100 }, false],
    ['under one part in a hundred', { bytes: -16 * mib, files: -690 }, false],
    ['more bytes', { bytes: 30 * mib, files: 0 }, true],
    ['more files', { bytes: 0, files: 800 }, true],
    ['files given back', { bytes: 0, files: -800 }, true],
  ])('%s changed meanwhile', (_, changed, isInexact) => {
    expect(settle({ ...quiet, changed }).isInexact).toBe(isInexact)
  })
})
