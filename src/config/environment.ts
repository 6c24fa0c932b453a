import type { TSchema } from 'typebox'
import { ConfigError } from './error.ts'
import { configSchema } from './schema.ts'
import { schemaAt, type SettingPath, type Source } from './source.ts'

const prefix = 'BERTH_'
/**
 * Read by the command line: no settings of the server, which is often started from a shell that has them. `BERTH_CONFIG`
 * names its config file, the others the gateway that commands talk to.
 */
const commandLineVariables: ReadonlySet<string> = new Set(
  ['CONFIG', 'CONTEXT', 'URL', 'TOKEN', 'TOKEN_FILE'].map((name) => prefix + name),
)

/**
 * The `BERTH_*` variables: `limits.callsInFlight` is `BERTH_LIMITS_CALLS_IN_FLIGHT`. An empty one counts as not set.
 * @throws {ConfigError} on a variable that is no setting.
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): Source {
  const settings: [SettingPath, string][] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || commandLineVariables.has(name) || isServiceLink(name, value)) continue
    const path = pathsByVariable.get(name)
    if (path === undefined) throw new ConfigError(`${name} is not a setting`)
    if (value !== undefined && value !== '') settings.push([path, value])
  }
  return fromTexts(settings, variableOf)
}

/** A source whose values were given as text. Text that does not read as the wanted type is left for the check to refuse. */
export function fromTexts(
  settings: Iterable<readonly [SettingPath, string]>,
  origin: (path: SettingPath) => string,
): Source {
  const values: Record<string, unknown> = {}
  for (const [path, text] of settings) {
    let section = values
    for (const key of path.slice(0, -1)) section = (section[key] ??= {}) as Record<string, unknown>
    section[path.at(-1) ?? ''] = typed(schemaAt(path), text)
  }
  return { values, origin }
}

function typed(schema: TSchema, text: string): string | number {
  const { type, anyOf = [] } = schema as { type?: string; anyOf?: { type?: string }[] }
  const isNumber = type === 'integer' || anyOf.some((variant) => variant.type === 'integer')
  return isNumber && /^\d{1,15}$/.test(text) ? Number(text) : text
}

/**
 * Kubernetes and Docker describe services to containers in variables named after them. A service called `berth` or
 * `berth-nfs` is not a mistake in our settings, although `BERTH_NFS_PORT=tcp://10.0.0.1:2049` looks like one.
 */
function isServiceLink(name: string, value = ''): boolean {
  return (
    /_SERVICE_(HOST|PORT(_\w+)?)$/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) ||
    /^(tcp|udp|sctp):\/\//.test(value)
  )
}

function variableOf(path: SettingPath): string {
  return prefix + path.map((key) => String(key).replace(/[A-Z]/g, '_$&').toUpperCase()).join('_')
}

/** Every setting that is a plain value. A list (the shares) does not fit a variable. */
function* plainPaths(schema: TSchema, path: SettingPath = []): Generator<SettingPath> {
  const { properties, type } = schema as { properties?: Record<string, TSchema>; type?: string }
  if (properties === undefined) {
    if (type !== 'array') yield path
    return
  }
  for (const [key, inner] of Object.entries(properties)) yield* plainPaths(inner, [...path, key])
}

const pathsByVariable: ReadonlyMap<string, SettingPath> = new Map(
  [...plainPaths(configSchema)].map((path) => [variableOf(path), path]),
)
