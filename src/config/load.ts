import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { configDefaults, laneCountMax, type Config, type HooksConfig } from './config.ts'
import { fromTexts, readEnvironment } from './environment.ts'
import { ConfigError } from './error.ts'
import { readConfigFile } from './file.ts'
import type { Settings } from './schema.ts'
import { demoShare, finishShares } from './shares.ts'
import { checkSource } from './source.ts'

/** What the command line says, as text; a flag that was not given is absent. */
export interface Flags {
  readonly config?: string
  readonly demo?: boolean
  readonly data?: string
  readonly listen?: string
  readonly nfsPort?: string
  readonly lanes?: string
  readonly adminPort?: string
  readonly adminListen?: string
  readonly portmap?: string
}

export interface ConfigInputs {
  readonly flags: Flags
  readonly environment: NodeJS.ProcessEnv
  /** Relative paths of flags and variables start here; those of a file start at the file. */
  readonly workingDirectory: string
}

const demoDataDirectory = 'berth-data'

/**
 * Flags over environment over file over defaults, as one frozen object.
 * @throws {ConfigError} naming the first setting that cannot be used and where it was made.
 */
export function loadConfig({ flags, environment, workingDirectory }: ConfigInputs): Config {
  const variablePath = environment.BERTH_CONFIG === '' ? undefined : environment.BERTH_CONFIG
  // The flag --demo wins over the variable, as any flag does.
  const filePath = flags.config ?? (flags.demo ? undefined : variablePath)
  if (flags.demo && filePath !== undefined) {
    throw new ConfigError(`--demo brings its own share: leave out the config file ${filePath}`)
  }
  const fromFlags = checkSource(readFlags(flags))
  const fromEnvironment = checkSource(readEnvironment(environment))
  const fromFile =
    filePath === undefined ? undefined : checkSource(readConfigFile(resolve(workingDirectory, filePath)))
  const [flag, variable, file] = [fromFlags.values, fromEnvironment.values, fromFile?.values ?? {}]

  const fileDirectory =
    filePath === undefined ? workingDirectory : dirname(resolve(workingDirectory, filePath))
  const settings = { ...configDefaults, ...file, ...variable, ...flag }
  const here = flag.data ?? variable.data ?? (flags.demo ? demoDataDirectory : undefined)
  const data =
    here === undefined ? file.data && resolve(fileDirectory, file.data) : resolve(workingDirectory, here)
  if (data === undefined) {
    throw new ConfigError('no data directory: give --data DIR, or --demo to try Berth out')
  }
  return deepFreeze({
    demo: flags.demo ?? false,
    data,
    listen: settings.listen,
    clientHost: settings.clientHost,
    nfsPort: settings.nfsPort,
    lanes: settings.lanes ?? laneCountDefault(),
    adminPort: settings.adminPort,
    adminListen: settings.adminListen,
    adminTls: tlsOf(
      fileIn(fileDirectory, file.adminTlsCertificate, workingDirectory, variable.adminTlsCertificate),
      fileIn(fileDirectory, file.adminTlsKey, workingDirectory, variable.adminTlsKey),
    ),
    portmap: settings.portmap,
    shares: flags.demo
      ? [demoShare(data)]
      : fromFile === undefined
        ? []
        : finishShares(fromFile, fileDirectory, data),
    limits: { ...configDefaults.limits, ...file.limits, ...variable.limits },
    network: { ...configDefaults.network, ...file.network, ...variable.network },
    hooks: hooksOf(file.hooks, fileDirectory),
    backups: {
      restic: configDefaults.backups.restic,
      host: undefined,
      sshArguments: [],
      ...file.backups,
      ...variable.backups,
      secrets: fileIn(fileDirectory, file.backups?.secrets, workingDirectory, variable.backups?.secrets),
    },
    protection: { ...configDefaults.protection, ...file.protection, ...variable.protection },
    imports: { ...configDefaults.imports, ...file.imports, ...variable.imports },
    log: { ...configDefaults.log, ...file.log, ...variable.log },
  })
}

/** A path of the environment, which starts at the working directory, or one of the file, which starts at the file. */
function fileIn(
  fileDirectory: string,
  inFile: string | undefined,
  workingDirectory: string,
  inEnvironment: string | undefined,
): string | undefined {
  if (inEnvironment !== undefined) return resolve(workingDirectory, inEnvironment)
  return inFile === undefined ? undefined : resolve(fileDirectory, inFile)
}

function tlsOf(certificate: string | undefined, key: string | undefined): Config['adminTls'] {
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined)
    throw new ConfigError('adminTlsCertificate and adminTlsKey belong together: one of them is missing')
  return { certificate, key }
}

/** @throws {ConfigError} for a URL without a prefix. */
function hooksOf({ commands = [], urls = [] }: Settings['hooks'] = {}, fileDirectory: string): HooksConfig {
  return {
    commands,
    urls: urls.map(({ prefix, headersFile }, index) => {
      if (prefix === undefined) throw new ConfigError(`hooks.urls[${index}].prefix is missing`)
      return { prefix, headersFile: headersFile && resolve(fileDirectory, headersFile) }
    }),
  }
}

function readFlags(flags: Flags) {
  const settings = (
    ['data', 'listen', 'nfsPort', 'lanes', 'adminPort', 'adminListen', 'portmap'] as const
  ).flatMap((key) => {
    const text = flags[key]
    return text === undefined ? [] : [[[key], text] as const]
  })
  return fromTexts(settings, ([key]) => `--${String(key).replace(/[A-Z]/g, '-$&').toLowerCase()}`)
}

/** One processor is left for the control plane and all that works beside the lanes. */
function laneCountDefault(): number {
  return Math.min(Math.max(1, availableParallelism() - 1), laneCountMax)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}
