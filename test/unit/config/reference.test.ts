import { readFileSync } from 'node:fs'
import type { TSchema } from 'typebox'
import { expect, test } from 'vitest'
import { exitCodeMeanings } from '../../../src/cli/exit-code.ts'
import { configDefaults, shareDefaults } from '../../../src/config/config.ts'
import { readEnvironment } from '../../../src/config/environment.ts'
import { configSchema } from '../../../src/config/schema.ts'

// What people read of the settings, beside what the program takes.

const reference = readDocument('docs/guide/configuration.md')

/** What no variable can hold. */
const lists: ReadonlySet<string> = new Set([
  'shares',
  'hooks.commands',
  'hooks.urls',
  'backups.sshArguments',
  'imports.directories',
])

test('every setting is in the reference, with its variable, and nothing else', () => {
  const documented = rowsOf(reference, 'file').map(([key]) => key)
  expect(documented.filter((key) => key !== '').sort()).toEqual([...settings(configSchema)].sort())
})

test('the variables of the reference are those that are read', () => {
  const variables = rowsOf(reference, 'file').map(([, variable]) => variable)
  for (const variable of variables)
    if (variable !== '') expect(() => readEnvironment({ [variable!]: '1' }), variable).not.toThrow()
  const plain = [...settings(configSchema)].filter((key) => !lists.has(key))
  expect(variables.filter((variable) => variable !== '' && variable !== 'BERTH_CONFIG')).toHaveLength(
    plain.length,
  )
})

test('the defaults of the reference are those of the program', () => {
  const documented = new Map(rowsOf(reference, 'file').map(([key, , , value]) => [key, value]))
  for (const [key, value] of leaves(configDefaults)) expect(documented.get(key), key).toBe(String(value))
})

test('every key of a share is in the reference, with its default', () => {
  const rows = new Map(rowsOf(reference, 'key').map(([key, value]) => [key, value]))
  const { shares } = propertiesOf(configSchema)
  const { items } = shares as { items: TSchema }
  expect([...rows.keys()].sort()).toEqual(Object.keys(propertiesOf(items)).sort())
  for (const [key, value] of Object.entries(shareDefaults))
    if (!Array.isArray(value)) expect(rows.get(key), key).toBe(value === null ? 'none' : String(value))
})

test('every key of a URL that hooks may call is in the reference', () => {
  const { hooks } = propertiesOf(configSchema)
  const { urls } = propertiesOf(hooks!)
  const { items } = urls as unknown as { items: TSchema }
  expect(rowsOf(reference, 'URL key').map(([key]) => key)).toEqual(Object.keys(propertiesOf(items)))
})

test('the exit codes of the README are those of the program', () => {
  const documented = rowsOf(readDocument('README.md'), 'code').map(([code, meaning]) => [
    Number(code),
    meaning,
  ])
  expect(documented).toEqual(exitCodeMeanings)
})

function readDocument(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
}

/** Cells of the table whose first column is called this, without backquotes. */
function rowsOf(text: string, title: string): string[][] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => cellsOf(line)[0] === title)
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'))
  expect(start, `the table of ${title}`).toBeGreaterThanOrEqual(0)
  return lines.slice(start + 2, end).map(cellsOf)
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''))
}

function propertiesOf(schema: TSchema): Readonly<Record<string, TSchema>> {
  return (schema as { properties: Record<string, TSchema> }).properties
}

/** `limits.inodes`, and each section that is a list as one. */
function* settings(schema: TSchema, prefix = ''): Generator<string> {
  for (const [key, inner] of Object.entries(propertiesOf(schema))) {
    if ('properties' in inner) yield* settings(inner, `${prefix}${key}.`)
    else yield prefix + key
  }
}

function* leaves(values: object, prefix = ''): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'object' && value !== null) yield* leaves(value as object, `${prefix}${key}.`)
    else yield [prefix + key, value]
  }
}
