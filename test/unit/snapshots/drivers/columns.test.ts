import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Column, Index, Texts } from '../../../../src/snapshots/drivers/columns.ts'

const rows = 40_000

describe('a column', () => {
  test('keeps what was set, over the bounds of chunks', () => {
    const column = new Column(Float64Array)
    for (let row = 0; row < rows; row++) column.set(row, row * 1.5)
    column.set(7, -1)
    expect(column.get(7)).toBe(-1)
    for (let row = 8; row < rows; row++) if (column.get(row) !== row * 1.5) expect.fail(`row ${row}`)
  })
})

describe('texts', () => {
  test('are kept byte by byte, whatever their lengths', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 255 }), { maxLength: 4000, size: 'max' }), (all) => {
        const texts = new Texts()
        const numbers = all.map((bytes) => texts.add(Buffer.from(bytes)))
        numbers.forEach((number, at) => expect(texts.get(number).equals(all[at]!)).toBe(true))
      }),
      { numRuns: 20 },
    )
  })

  test('are refused when they are too long for a name', () => {
    expect(() => new Texts().add(Buffer.alloc(256))).toThrow(RangeError)
  })
})

describe('an index', () => {
  function filled(numberOf: (row: number) => readonly [high: number, low: number]): Index {
    const [high, low] = [new Column(Uint32Array), new Column(Uint32Array)]
    const index = new Index(high, low)
    for (let row = 0; row < rows; row++) {
      const [rowHigh, rowLow] = numberOf(row)
      high.set(row, rowHigh)
      low.set(row, rowLow)
      index.add(row)
    }
    return index
  }

  const numbers: readonly [string, (row: number) => readonly [high: number, low: number]][] = [
    ['ascending', (row) => [0, row]],
    ['that differ in their upper half alone', (row) => [row, 7]],
    ['far apart', (row) => [row >>> 3, Math.imul(row, 0x10000) >>> 0]],
  ]
  test.each(numbers)('finds each of many numbers %s', (_, numberOf) => {
    const index = filled(numberOf)
    for (let row = 0; row < rows; row++) {
      const [high, low] = numberOf(row)
      const found = numberOf(index.find(high, low, () => true))
      if (found[0] !== high || found[1] !== low) expect.fail(`row ${row}`)
    }
    expect(index.find(0xffffffff, 1, () => true)).toBe(-1)
  })

  test('finds of several rows of one number that which is asked for', () => {
    const index = filled((row) => [0, row >>> 1])
    for (const row of [0, 1, 4000, 4001, rows - 1])
      expect(index.find(0, row >>> 1, (candidate) => candidate === row)).toBe(row)
    expect(index.find(0, 3, () => false)).toBe(-1)
  })
})
