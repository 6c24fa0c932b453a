import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { configDefaults } from '../config/config.ts'
import { adminTokenFile, adminUrlFile } from '../state/admin-files.ts'
import { CommandError, usageError } from './command-error.ts'
import { contextCalled, contextsPath, readContexts, readPrivate, type Context } from './contexts.ts'
import { ExitCode } from './exit-code.ts'

export interface ConnectionFlags {
  readonly context?: string
  readonly url?: string
  readonly tokenFile?: string
  readonly data?: string
}

/** Where commands find the gateway, and as whom they come. */
export interface Connection {
  readonly url: string
  readonly token: string | undefined
  /** What decided it, for people: `context home`, `data directory /var/lib/berth`. */
  readonly origin: string
}

const localUrl = `http://127.0.0.1:${configDefaults.adminPort}`
/** Where a gateway on this machine keeps its data, if nobody says otherwise. */
export const dataDirectories: readonly string[] = ['berth-data', '/var/lib/berth']

/**
 * The gateway to talk to: that of the flags, else of the environment, else of the current context, else the one on this
 * machine whose data directory can be read.
 * @throws {CommandError} if there is none, or its token cannot be read.
 */
export function findConnection(flags: ConnectionFlags, environment: NodeJS.ProcessEnv): Connection {
  const variable = (name: string) => (environment[name] === '' ? undefined : environment[name])
  const tokenFile = flags.tokenFile ?? variable('BERTH_TOKEN_FILE')
  const given =
    flags.tokenFile === undefined ? (variable('BERTH_TOKEN') ?? fileToken(tokenFile)) : fileToken(tokenFile)

  if (flags.data !== undefined && flags.context === undefined) {
    return atData(flags.data, flags.url ?? variable('BERTH_URL'), given)
  }
  const url = flags.url ?? (flags.context === undefined ? variable('BERTH_URL') : undefined)
  if (url !== undefined)
    return atUrl(url, given, flags.url === undefined ? 'BERTH_URL' : '--url', environment)
  const contexts = readContexts(contextsPath(environment))
  const name = flags.context ?? variable('BERTH_CONTEXT') ?? contexts.current
  if (name !== undefined) {
    const context = contextCalled(contexts, name)
    return { url: context.url, token: given ?? tokenOf(context, name), origin: `context ${name}` }
  }
  if (given === undefined) return local(environment)
  return { url: localUrlOf(environment), token: given, origin: 'this machine' }
}

/** The token of a context. @throws {CommandError} if its file cannot be read. */
function tokenOf({ token, tokenFile }: Context, name: string): string {
  const text = token ?? fileToken(tokenFile)
  if (text !== undefined) return text
  throw usageError(`context ${name} has no token: give one with berth context add ${name} --token-file FILE`)
}

function fileToken(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const text = readPrivate(path)
  if (text === undefined) throw new CommandError(ExitCode.notFound, `token file ${path} is not there`)
  return text.trim()
}

function atUrl(
  url: string,
  token: string | undefined,
  origin: string,
  environment: NodeJS.ProcessEnv,
): Connection {
  checkUrl(url)
  // The token of this machine's gateway is for this machine's gateway.
  const found = token ?? (isLoopback(url) ? localGateway(environment)?.token : undefined)
  return { url, token: found, origin }
}

function atData(directory: string, url: string | undefined, token: string | undefined): Connection {
  const found = readLocal(directory)
  const text = token ?? found?.token
  if (text === undefined) {
    throw new CommandError(
      ExitCode.notFound,
      `${join(directory, adminTokenFile)} is not there: is it the data directory of a gateway that has been started?`,
    )
  }
  const origin = `data directory ${resolve(directory)}`
  return { url: url === undefined ? (found?.url ?? localUrl) : checkUrl(url), token: text, origin }
}

function local(environment: NodeJS.ProcessEnv): Connection {
  const found = localGateway(environment)
  if (found !== undefined) return found
  throw usageError(
    'no gateway to talk to: name one with berth context add NAME --url URL --token-file FILE, ' +
      'or its data directory on this machine with --data DIR',
  )
}

function localGateway(environment: NodeJS.ProcessEnv): Connection | undefined {
  for (const directory of directoriesHere(environment)) {
    const found = readLocal(directory)
    if (found !== undefined) return found
  }
  return undefined
}

/** Who brings a token may have one because the data directory is closed to them. */
function localUrlOf(environment: NodeJS.ProcessEnv): string {
  try {
    return localGateway(environment)?.url ?? localUrl
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return localUrl
  }
}

function directoriesHere({ BERTH_DATA = '' }: NodeJS.ProcessEnv): readonly string[] {
  return BERTH_DATA === '' ? dataDirectories : [BERTH_DATA]
}

/** What a gateway on this machine has left in its data directory; undefined if there is none. */
function readLocal(directory: string): Connection | undefined {
  const path = resolve(directory)
  const token = readPrivate(join(path, adminTokenFile))?.trim()
  if (token === undefined) return undefined
  const url = readPrivate(join(path, adminUrlFile))?.trim() ?? localUrl
  return { url, token, origin: `data directory ${path}` }
}

/** @throws {CommandError} for what is no URL of a gateway. */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isUsable =
    url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === ''
  if (isUsable) return text.replace(/\/+$/, '')
  throw usageError(`'${text}' is no URL of a gateway: it is such as http://127.0.0.1:8049`)
}

export function isLoopback(text: string): boolean {
  const host = new URL(text).hostname
  return host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
}
