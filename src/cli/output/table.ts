import { plain, type Colour, type Paint } from './colours.ts'
import { columnsOf, printable } from './text.ts'

export interface Column<T> {
  readonly title: string
  readonly of: (item: T) => string | number | null | undefined
  /** Numbers line up at their last digit. */
  readonly align?: 'right'
  readonly colour?: (item: T) => Colour
}

/** A header and one line an item, in columns as wide as they need to be. What is not there is a dash. */
export function tableLines<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  paint: Paint = plain,
): string[] {
  const rows = items.map((item) => columns.map(({ of }) => cellOf(of(item))))
  const header = columns.map(({ title }) => title)
  const widths = columns.map((_, index) =>
    [header, ...rows].reduce((widest, row) => Math.max(widest, columnsOf(row[index] ?? '')), 0),
  )
  const line = (cells: readonly string[], item?: T) =>
    cells
      .map((cell, index) => {
        const { align, colour } = columns[index] ?? {}
        const room = ' '.repeat((widths[index] ?? 0) - columnsOf(cell))
        const text = colour === undefined || item === undefined ? cell : paint(colour(item), cell)
        return align === 'right' ? room + text : text + room
      })
      .join('  ')
      .trimEnd()
  return [paint('dim', line(header)), ...rows.map((row, index) => line(row, items[index]))]
}

function cellOf(value: string | number | null | undefined): string {
  const text = printable(String(value ?? ''))
  return text === '' ? '-' : text
}

export type Field = readonly [title: string, value: string | number | null | undefined]

/** One thing: a title and a value a line. What is not there is left out. */
export function fieldLines(fields: readonly Field[], paint: Paint = plain): string[] {
  const known = fields.filter(([, value]) => value !== undefined && value !== null && value !== '')
  const width = known.reduce((widest, [title]) => Math.max(widest, columnsOf(title)), 0)
  return known.map(
    ([title, value]) =>
      `${paint('dim', title + ' '.repeat(width - columnsOf(title)))}  ${printable(String(value))}`,
  )
}
