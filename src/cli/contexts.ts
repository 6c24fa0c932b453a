import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { ifThere, writeDurably } from '../state/durable-file.ts'
import { CommandError, usageError } from './command-error.ts'
import { ExitCode } from './exit-code.ts'
import { yamlIn, yamlOf } from './yaml.ts'

/** A gateway, and as whom to talk to it. */
export interface Context {
  readonly url: string
  /** The token itself, or a file that holds it. */
  readonly token?: string
  readonly tokenFile?: string
}

export interface Contexts {
  /** The context that commands use when none is named. */
  readonly current?: string
  readonly contexts: Readonly<Record<string, Context>>
}

const contextNameShape = /^[A-Za-z0-9][-A-Za-z0-9._]{0,62}$/

/** Where contexts are kept: `berth/config.yaml` below XDG_CONFIG_HOME (XDG Base Directory Specification). */
export function contextsPath(environment: NodeJS.ProcessEnv): string {
  const { XDG_CONFIG_HOME = '' } = environment
  // The specification has relative paths ignored.
  const base = isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), '.config')
  return join(base, 'berth', 'config.yaml')
}

/** @throws {CommandError} if the file cannot be read, is open to others, or is none of ours. */
export function readContexts(path: string): Contexts {
  const text = readPrivate(path)
  if (text === undefined) return { contexts: {} }
  const content = yamlIn(text, path)
  const fault = faultOf(content)
  if (fault !== undefined) throw usageError(`${path}: ${fault}`)
  return content as Contexts
}

/** What is wrong with the file, if anything. By hand: a schema would cost every command more time than the command. */
function faultOf(content: unknown): string | undefined {
  if (!isMapping(content)) return 'it is no mapping with contexts'
  const { current, contexts, ...others } = content
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `${unknown} is not known`
  if (current !== undefined && typeof current !== 'string') return 'current is no name'
  if (!isMapping(contexts)) return 'contexts is no mapping'
  for (const [name, context] of Object.entries(contexts)) {
    if (!isMapping(context)) return `contexts.${name} is no mapping`
    for (const [key, value] of Object.entries(context))
      if (!['url', 'token', 'tokenFile'].includes(key) || typeof value !== 'string')
        return `contexts.${name}.${key} is not known, or no text`
    if (context.url === undefined) return `contexts.${name} has no url`
  }
  return undefined
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** On the disk, mode 0600, when this returns. */
export function writeContexts(path: string, contexts: Contexts): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeDurably(path, yamlOf(contexts))
}

/** @throws {CommandError} for a name that a shell or a file would not like. */
export function checkContextName(name: string): string {
  if (contextNameShape.test(name)) return name
  throw usageError(`a context cannot be called '${name}': letters, digits, '.', '-' and '_', at most 63`)
}

/** @throws {CommandError} if there is no such context. */
export function contextCalled(contexts: Contexts, name: string): Context {
  const context = Object.hasOwn(contexts.contexts, name) ? contexts.contexts[name] : undefined
  if (context !== undefined) return context
  throw new CommandError(
    ExitCode.notFound,
    `there is no context ${name}: berth context list shows what there is`,
  )
}

/**
 * A file with a secret in it, or undefined if there is none.
 * @throws {CommandError} if others can read it too, or we cannot.
 */
export function readPrivate(path: string): string | undefined {
  try {
    const stat = ifThere(() => statSync(path))
    if (stat === undefined) return undefined
    // What is not a file (a pipe of a shell, /dev/stdin) has modes that mean something else.
    if (stat.isFile() && (stat.mode & 0o077) !== 0) {
      throw usageError(`${path} holds a secret and is open to others: run chmod 600 ${path}`)
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EACCES' && code !== 'EISDIR' && code !== 'ENOTDIR') throw error
    throw new CommandError(ExitCode.refused, `${path} cannot be read: ${code}`, { cause: error })
  }
}
