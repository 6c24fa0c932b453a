import { paintFor, type Paint } from './colours.ts'
import { fieldLines, tableLines, type Column, type Field } from './table.ts'

export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

/**
 * What a command has to say, in the form that was asked for: tables and sentences for people, the API's own JSON for
 * scripts (`--json`), or identifiers alone, one a line (`--quiet`).
 */
export class Output {
  readonly paint: Paint
  readonly isJson: boolean
  readonly isQuiet: boolean

  constructor({ json = false, quiet = false }: OutputFlags) {
    this.paint = paintFor(process.stdout, process.env)
    this.isJson = json
    this.isQuiet = quiet
  }

  /** Many of a kind. The first column is the name by which commands take one of them. */
  list<T>(
    items: readonly T[],
    columns: readonly [Column<T>, ...Column<T>[]],
    { empty, json = { items } }: { readonly empty: string; readonly json?: unknown },
  ): void {
    if (this.isJson) this.#json(json)
    else if (this.isQuiet) this.lines(items.map((item) => String(columns[0].of(item) ?? '')))
    else if (items.length === 0) this.note(empty)
    else this.lines(tableLines(items, columns, this.paint))
  }

  /** One thing, with what stands below it. */
  show(thing: object, fields: readonly Field[], below: readonly string[] = []): void {
    if (this.isJson) this.#json(thing)
    else this.lines([...fieldLines(fields, this.paint), ...below])
  }

  /** Something was done. `id` is what `--quiet` prints. */
  done(result: object | undefined, sentence: string, id?: string | number): void {
    if (this.isJson) {
      if (result !== undefined) this.#json(result)
    } else if (!this.isQuiet) this.lines([sentence])
    else if (id !== undefined) this.lines([String(id)])
  }

  /** For people only, beside the result: on standard error, so that it is in nobody's pipe. */
  note(text: string): void {
    if (!this.isJson && !this.isQuiet) process.stderr.write(`${text}\n`)
  }

  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.text(`${lines.join('\n')}\n`)
  }

  /** As it is. */
  text(text: string): void {
    process.stdout.write(text)
  }

  #json(value: unknown): void {
    this.text(`${JSON.stringify(value, null, 2)}\n`)
  }
}
