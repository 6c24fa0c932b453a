import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dataOf, type BerthClient, type Schemas } from '../../client/index.ts'
import { BerthApiError, BerthConnectionError, createBerthClient } from '../../client/index.ts'
import { configDefaults, type Config } from '../../config/config.ts'
import { OperatorError } from '../../config/error.ts'
import { loadConfig } from '../../config/load.ts'
import { dataDirectories, findConnection, isLoopback, type Connection } from '../connection.ts'
import type { GatewayFlags } from '../gateway-command.ts'
import { given } from '../given.ts'
import { allPages } from '../pages.ts'
import { checkDataDirectory } from './data-directory.ts'
import { fail, ok, warn, type Finding } from './finding.ts'
import { checkNfs, checkPortmap } from './network.ts'
import { checkPortFree } from './ports.ts'
import { checkCapabilities, checkOpenFiles, rightsOf } from './process-rights.ts'
import { checkStore, type StoreDirectory } from './stores.ts'
import { checkClientSide, checkClock, checkKernel } from './system.ts'

export interface DoctorFlags extends GatewayFlags {
  readonly config?: string
  readonly nfsPort?: string
  readonly adminPort?: string
  readonly listen?: string
}

/** Looks at this machine, and at the gateway on it or elsewhere. */
export async function examine(flags: DoctorFlags, environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const isElsewhere = flags.context !== undefined || (flags.url !== undefined && !isLoopback(flags.url))
  const settings = isElsewhere ? { findings: [] } : readSettings(flags, environment)
  const data = settings.config?.data
  const directory = data === undefined ? undefined : checkDataDirectory(data)
  const gateway = await askGateway(flags, environment, settings.config)
  const isHere = !isElsewhere && directory?.holder !== undefined
  const isRunning = isHere || gateway.api !== undefined
  return [
    ...settings.findings,
    ...(directory?.findings ?? []),
    ...(isRunning || isElsewhere || directory === undefined ? gateway.findings : []),
    ...(await checkPorts(settings.config, gateway, isRunning || isElsewhere)),
    ...(isElsewhere ? [] : checkRights(directory?.holder, settings.config)),
    ...(isElsewhere ? [] : storesOf(settings.config, gateway.stores).flatMap(checkStore)),
    await checkClock(directory?.isUsable === true ? data : undefined),
    ...(isElsewhere ? [] : [checkKernel()]),
    ...checkClientSide(),
  ]
}

interface SettingsReport {
  readonly findings: Finding[]
  readonly config?: Config
}

/** What the gateway of this machine runs on, or would. */
function readSettings(flags: DoctorFlags, environment: NodeJS.ProcessEnv): SettingsReport {
  const { config, nfsPort, adminPort, listen } = flags
  const isNamed = config !== undefined || isSet(environment.BERTH_CONFIG) || isSet(environment.BERTH_DATA)
  const found = isNamed ? undefined : dataDirectories.find((path) => existsSync(path))
  const data = flags.data ?? found
  try {
    const inputs = { flags: given({ config, data, nfsPort, adminPort, listen }), environment }
    const settings = loadConfig({ ...inputs, workingDirectory: process.cwd() })
    return {
      findings: config === undefined ? [] : [ok('settings', `${config} can be used`)],
      config: settings,
    }
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    if (data === undefined && !isNamed)
      return {
        findings: [
          warn(
            'settings',
            'no data directory and no config file here: only this machine is looked at',
            'give --data DIR or --config FILE, or --context NAME for a gateway elsewhere',
          ),
        ],
      }
    return { findings: [fail('settings', error.message, 'mend the setting that it names')] }
  }
}

/** An empty variable counts as not set. */
function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== ''
}

interface GatewayReport {
  readonly findings: Finding[]
  readonly connection?: Connection
  readonly api?: BerthClient
  readonly facts?: Schemas['Gateway']
  readonly stores: readonly StoreDirectory[]
}

const askTimeoutMs = 5000

async function askGateway(
  flags: DoctorFlags,
  environment: NodeJS.ProcessEnv,
  config: Config | undefined,
): Promise<GatewayReport> {
  let connection: Connection
  try {
    const { context, url, tokenFile } = flags
    // What is looked at is the gateway of this data directory, unless another was named.
    const data = context === undefined ? config?.data : undefined
    const wanted = given({ context, url, tokenFile, data })
    connection = findConnection(wanted, environment)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return {
      findings: [warn('admin api', error.message, 'without a token less can be looked at')],
      stores: [],
    }
  }
  const api = createBerthClient({ ...connection, timeoutMs: askTimeoutMs })
  try {
    const facts = await dataOf(api.GET('/v1/gateway'))
    const stores = await allPages((query) => dataOf(api.GET('/v1/stores', { params: { query } })))
    const state = facts.isReady ? 'ready' : 'not ready'
    const findings = [ok('admin api', `${connection.url} answers: gateway ${facts.id} is ${state}`)]
    return { findings, connection, api, facts, stores }
  } catch (error) {
    return { findings: [refusal(connection, error)], connection, stores: [] }
  }
}

/** @throws what is neither a refusal nor silence. */
function refusal({ url, origin }: Connection, error: unknown): Finding {
  if (error instanceof BerthConnectionError)
    return fail('admin api', error.message, 'start the gateway, or give its --url; adminPort must not be off')
  if (error instanceof BerthApiError)
    return fail('admin api', `${url} refuses: ${error.message}`, `see the token of ${origin}`)
  throw error
}

async function checkPorts(
  config: Config | undefined,
  { facts, connection }: GatewayReport,
  isRunning: boolean,
): Promise<Finding[]> {
  if (!isRunning) {
    if (config === undefined) return []
    const { listen, nfsPort, adminPort, adminListen } = config
    const findings = [await checkPortFree('NFS', listen, nfsPort)]
    if (adminPort !== 'off') findings.push(await checkPortFree('admin', adminListen, adminPort))
    return findings
  }
  const address = nfsAddress(config, facts, connection)
  return [...(await checkNfs(address)), await checkPortmap(address)]
}

/** The gateway itself knows best; a gateway here is asked where it listens, not by the name that others use. */
function nfsAddress(
  config: Config | undefined,
  facts: Schemas['Gateway'] | undefined,
  connection: Connection | undefined,
) {
  const port = facts?.nfsPort ?? config?.nfsPort ?? configDefaults.nfsPort
  if (config !== undefined) {
    const { listen } = config
    return { host: listen === '0.0.0.0' ? '127.0.0.1' : listen === '::' ? '::1' : listen, port }
  }
  const url = connection && new URL(connection.url).hostname.replace(/^\[|\]$/g, '')
  return { host: facts?.nfsHosts[0] ?? url ?? '127.0.0.1', port }
}

/** Descriptors of a connection or a process, beside the files kept open. */
const fileCountFactor = 4 / 3

function checkRights(holder: number | undefined, config: Config | undefined): Finding[] {
  const rights = rightsOf(holder ?? 'self')
  if (rights === undefined)
    return [
      warn(
        'capabilities',
        `process ${holder ?? ''} of the gateway cannot be looked at`,
        'run this where the gateway runs: in its container, or on its host',
      ),
    ]
  const wanted = Math.ceil((config?.limits ?? configDefaults.limits).openFiles * fileCountFactor)
  return [...checkCapabilities(rights), checkOpenFiles(rights, wanted)]
}

/** Of the gateway, or what can be seen without it: its default store, and the shares of the config file. */
function storesOf(config: Config | undefined, known: readonly StoreDirectory[]): readonly StoreDirectory[] {
  if (config === undefined) return known
  const standard = { name: 'default', directory: resolve(join(config.data, 'stores/default')) }
  const stores = known.length > 0 ? known : existsSync(standard.directory) ? [standard] : []
  return [...stores, ...config.shares.map(({ path, directory }) => ({ name: path, directory }))]
}
