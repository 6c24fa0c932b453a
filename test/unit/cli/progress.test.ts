import { expect, test } from 'vitest'
import { bar } from '../../../src/cli/progress.ts'
import { tableLines } from '../../../src/cli/output/table.ts'

test.each([
  [0, '░░░░░░░░░░░░░░░░░░░░ 0 %'],
  [0.25, '█████░░░░░░░░░░░░░░░ 25 %'],
  [0.999, '████████████████████ 99 %'],
  [1, '████████████████████ 100 %'],
  // restic finds more while it reads.
  [1.2, '████████████████████ 100 %'],
])('a bar of %d', (part, text) => {
  expect(bar(part)).toBe(text)
})

test('a colour takes no room in a table, and a header has none', () => {
  const columns = [{ title: 'A', of: (item: string) => item, colour: () => 'red' as const }] as const
  const lines = tableLines(
    ['x', 'long'],
    [...columns, { title: 'B', of: () => 'b' }],
    (colour, text) => `<${colour}>${text}`,
  )
  expect(lines).toEqual(['<dim>A     B', '<red>x     b', '<red>long  b'])
})
