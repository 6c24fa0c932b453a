import { describe, expect, test } from 'vitest'
import { checkSnapshotName, freeName, nameOfTime, snapshotNameSizeMax } from '../../../src/snapshots/names.ts'

describe('the name of a snapshot', () => {
  test.each(['a', '0', 'nightly', '2026-11-21T05:10:00Z', 'a.b_c+d@e-f', 'x'.repeat(snapshotNameSizeMax)])(
    '%s is one',
    (name) => expect(checkSnapshotName(name)).toBe(name),
  )

  test.each([
    ...['', '.', '..', '.making-1', '_a', '-a', '@a', 'a b', 'a/b', 'a\n', 'a\0', 'ä', 'a,b'],
    'x'.repeat(snapshotNameSizeMax + 1),
  ])('%j is none', (name) =>
    expect(() => checkSnapshotName(name)).toThrow(expect.objectContaining({ code: 'invalid' })),
  )

  test('is by default the time, which is a name', () => {
    const name = nameOfTime(Date.UTC(2026, 10, 21, 5, 10, 0, 999))
    expect(name).toBe('2026-11-21T05.10.00Z')
    expect(checkSnapshotName(name)).toBe(name)
  })

  test('is made free with a number', () => {
    const taken = new Set(['a', 'a-2', 'b'])
    expect(freeName('a', (name) => taken.has(name))).toBe('a-3')
    expect(freeName('c', (name) => taken.has(name))).toBe('c')
  })
})
