import { describe, expect, test } from 'vitest'
import { paintFor, plain } from '../../../src/cli/output/colours.ts'
import { fieldLines, tableLines } from '../../../src/cli/output/table.ts'
import { columnsOf, printable } from '../../../src/cli/output/text.ts'
import { formatBytes, formatTime, formatUse } from '../../../src/cli/output/values.ts'

describe('text of others', () => {
  test.each([
    ['plain ä 日本', 'plain ä 日本'],
    ['\u001b[31mred\u0007', '\\x1b[31mred\\x07'],
    ['two\nlines\r\t', 'two\\x0alines\\x0d\\x09'],
    ['\u009b31m', '\\x9b31m'],
    ['a\u202egnp.exe', 'a\\u202egnp.exe'],
  ])('%j is shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test.each([
    ['abc', 3],
    ['äöü', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['🙂', 2],
  ])('%s takes %i columns', (text, columns) => {
    expect(columnsOf(text)).toBe(columns)
  })
})

describe('tables', () => {
  const items = [
    { name: '日本', size: 5, note: '' },
    { name: 'a', size: 1234, note: null },
  ]
  const columns = [
    { title: 'NAME', of: ({ name }: (typeof items)[0]) => name },
    { title: 'SIZE', of: ({ size }: (typeof items)[0]) => size, align: 'right' as const },
    { title: 'NOTE', of: ({ note }: (typeof items)[0]) => note },
  ]

  test('columns line up, numbers at the right, nothing is a dash', () => {
    expect(tableLines(items, columns)).toEqual(['NAME  SIZE  NOTE', '日本     5  -', 'a     1234  -'])
  })

  test('fields without a value are left out', () => {
    expect(
      fieldLines([
        ['a', 1],
        ['long', 'x\ny'],
        ['b', ''],
        ['c', null],
        ['d', undefined],
      ]),
    ).toEqual(['a     1', 'long  x\\x0ay'])
  })

  test('colours are for terminals of people who want them', () => {
    expect(paintFor({ isTTY: true }, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m')
    expect(paintFor({ isTTY: true }, { NO_COLOR: '' })('red', 'x')).toContain('\u001b')
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }])
      expect(paintFor({ isTTY: true }, environment)).toBe(plain)
    expect(paintFor({}, {})).toBe(plain)
  })
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [10 * 1024 ** 3, '10 GiB'],
  [1024 ** 4 * 1.25, '1.3 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('times and use', () => {
  expect(formatTime('2026-03-01T00:00:59.999Z')).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d$/)
  expect(formatTime('2026-03-01T00:00:59.999Z', 'seconds')).toMatch(/:59$/)
  expect(formatTime(null)).toBeUndefined()
  expect(formatUse(1024, 4096, formatBytes)).toBe('1 KiB of 4 KiB (25 %)')
  expect(formatUse(7, null, String)).toBe('7')
})
