import type { TSchema } from 'typebox'
import { Errors } from 'typebox/value'
import { ConfigError } from './error.ts'
import { configSchema, type Settings } from './schema.ts'

/** Where a setting stands: keys and list indexes from the top. */
export type SettingPath = readonly (string | number)[]

/** A place settings come from, not checked yet. */
export interface Source {
  readonly values: unknown
  /** Names a setting so that its author finds it: `berth.yaml:7: limits.connections`, `--nfs-port`. */
  origin(path: SettingPath): string
}

/** The settings of a source that has been checked. */
export interface CheckedSource extends Source {
  readonly values: Settings
}

/**
 * Checks a source.
 * @throws {ConfigError} on the first setting that is unknown or bad, naming it.
 */
export function checkSource(source: Source): CheckedSource {
  // An unknown key is also reported as a value that the schema `false` refuses; the first report says it better.
  const error = Errors(configSchema, source.values).find(({ keyword }) => keyword !== 'boolean')
  if (error === undefined) return { values: source.values as Settings, origin: (path) => source.origin(path) }
  const path = pathOf(error.instancePath)
  if (error.keyword === 'additionalProperties') {
    const [unknown = ''] = error.params.additionalProperties
    throw new ConfigError(`${source.origin([...path, unknown])} is not a setting`)
  }
  const value = path.reduce<unknown>(
    (inside, key) => (inside as Record<string | number, unknown>)[key],
    source.values,
  )
  const expected = (schemaAt(path) as { description?: string }).description ?? error.message
  throw new ConfigError(`${source.origin(path)} must be ${expected}, not ${shown(value)}`)
}

/** A JSON pointer (RFC 6901), as the checker reports it, in its parts. */
function pathOf(pointer: string): SettingPath {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

/** The schema of one setting. A choice between several kinds of value counts as one. */
export function schemaAt(path: SettingPath): TSchema {
  return path.reduce<TSchema>((schema, key) => {
    const { items, properties } = schema as { items?: TSchema; properties?: Record<string, TSchema> }
    return (typeof key === 'number' ? items : properties?.[key]) ?? schema
  }, configSchema)
}

const shownLengthMax = 60

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text
}
