import { ServiceError } from '../config/service-error.ts'
import { maskTokens } from '../config/secrets.ts'
import { checkCount } from '../service/checks.ts'
import { shown } from '../service/shown.ts'
import type { Logger } from '../telemetry/log.ts'
import { runCommandHook } from './hook-command.ts'
import { HookFailure } from './hook-failure.ts'
import { isBelowPrefix, runHttpHook, type AllowedUrl } from './hook-http.ts'

interface HookContent {
  /** 1 to {@link hookTimeoutSecondsMax}. */
  readonly timeoutSeconds: number
  /** `abort`: no snapshot is made, or the one that was made is not kept. `warn`: the log and the result say so. */
  readonly onFailure: 'abort' | 'warn'
}

/** A program on the gateway's host. It runs as the gateway does, without a shell. */
export interface CommandHook extends HookContent {
  readonly kind: 'command'
  /** The absolute path of a program that the config file allows, and its arguments. */
  readonly argv: readonly string[]
}

/** A POST with the facts as JSON; any 2xx is success. */
export interface HttpHook extends HookContent {
  readonly kind: 'http'
  readonly url: string
}

export type Hook = CommandHook | HttpHook

/** What is done right before and right after the cut of a snapshot. */
export interface HookSet {
  readonly pre: readonly Hook[]
  /** Run whenever a hook of `pre` was begun, whatever came of it. */
  readonly post: readonly Hook[]
}

export const noHooks: HookSet = { pre: [], post: [] }

/** What a hook is told. */
export interface HookFacts {
  /** Of the snapshot. */
  readonly snapshot: string
  /** One or more; `directory`: absolute path of the live files on the gateway's host. */
  readonly shares: readonly { readonly id: number; readonly path: string; readonly directory: string }[]
  /** Name of the application that owns them all. */
  readonly application: string | null
}

/** The facts as hooks get them: as JSON in the body of a request or on the standard input of a command. */
export interface HookMessage extends HookFacts {
  readonly moment: 'pre' | 'post'
  /** After the cut: whether it was one. */
  readonly result?: 'cut' | 'failed'
}

/** What the config file allows. */
export interface HookPermissions {
  /** Absolute paths of programs. */
  readonly commands: readonly string[]
  readonly urls: readonly AllowedUrl[]
}

export interface HooksOptions {
  readonly permissions: HookPermissions
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** Clients wait no longer for a hook than they would for a slow server. */
export const hookTimeoutSecondsMax = 600
/** How long hooks after a cut may still run once it was aborted: the gateway may be on its way out. */
const postMsMax = 10_000
/** Hooks before, and hooks after. */
export const hookCountMax = 8
export const hookArgumentCountMax = 64
const argumentSizeMax = 4096
const urlLengthMax = 2000

/** Runs what operators want done around a cut, as far as the config file allows it. */
export class Hooks {
  readonly #permissions: HookPermissions
  readonly #log: HooksOptions['log']

  constructor({ permissions, log }: HooksOptions) {
    this.#permissions = permissions
    this.#log = log
  }

  /** @throws {ServiceError} `invalid`, or `forbidden` for what the config file does not allow. */
  check(hooks: HookSet): HookSet {
    for (const list of [hooks.pre, hooks.post]) {
      if (list.length > hookCountMax) throw invalid(`over ${hookCountMax} hooks`)
      for (const hook of list) {
        checkCount('hook.timeoutSeconds', hook.timeoutSeconds, 1, hookTimeoutSecondsMax)
        if (hook.kind === 'command') checkArguments(hook.argv)
        else checkUrl(hook.url)
        const refusal = this.#refusalOf(hook)
        if (refusal !== undefined) throw new ServiceError('forbidden', refusal)
      }
    }
    return hooks
  }

  /**
   * Runs the hooks of `pre` one after the other, then `work`, then those of `post`.
   * @param signal ends a hook of `pre` at once; those of `post`, which put back what was done, a little later.
   * @returns what came of the work, and what hooks that only warn have failed with.
   * @throws {ServiceError} `unavailable` where a hook failed that aborts; `work` was not begun, or has ended.
   */
  async around<T>(
    hooks: HookSet,
    facts: HookFacts,
    work: () => Promise<T>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<{ readonly value: T; readonly warnings: readonly string[] }> {
    const warnings: string[] = []
    let result: HookMessage['result'] = 'failed'
    try {
      await this.#runAll(hooks.pre, { ...facts, moment: 'pre' }, warnings, signal)
      const value = await work()
      result = 'cut'
      return { value, warnings }
    } finally {
      const later = abortedLater(signal, postMsMax)
      await this.#runAll(hooks.post, { ...facts, moment: 'post', result }, warnings, later.signal)
      later.forget()
    }
  }

  /** One that fails keeps those after it from being run only where they go before the cut. */
  async #runAll(
    hooks: readonly Hook[],
    message: HookMessage,
    warnings: string[],
    signal: AbortSignal,
  ): Promise<void> {
    let aborted: ServiceError | undefined
    for (const hook of hooks) {
      const failure = await this.#run(hook, message, signal)
      if (failure === undefined) continue
      if (hook.onFailure === 'warn') {
        warnings.push(failure.message)
        continue
      }
      aborted ??= new ServiceError('unavailable', failure.message, { cause: failure })
      if (message.moment === 'pre') break
    }
    // A cut that has failed is what the caller must hear of first.
    if (aborted !== undefined && message.result !== 'failed') throw aborted
  }

  async #run(hook: Hook, message: HookMessage, signal: AbortSignal): Promise<HookFailure | undefined> {
    const { snapshot, moment, shares } = message
    const fields = { hook: nameOf(hook), moment, snapshot, share: shares[0]?.path }
    const startedAt = performance.now()
    try {
      const refusal = this.#refusalOf(hook)
      if (refusal !== undefined) throw new HookFailure(refusal)
      const output = await this.#outputOf(hook, message, signal)
      const ms = Math.round(performance.now() - startedAt)
      this.#log.info({ ...fields, ms, output: maskTokens(output) }, 'snapshot hook')
      return undefined
    } catch (error) {
      if (!(error instanceof HookFailure)) throw error
      const failure = new HookFailure(maskTokens(`${moment} hook ${nameOf(hook)}: ${error.message}`), {
        cause: error.cause,
      })
      this.#log.warn({ ...fields, reason: failure.message }, 'snapshot hook failed')
      return failure
    }
  }

  #outputOf(hook: Hook, message: HookMessage, signal: AbortSignal): Promise<string> {
    if (hook.kind === 'command') return runCommandHook(hook, message, signal)
    const allowed = this.#permissions.urls.filter(({ prefix }) => isBelowPrefix(hook.url, prefix))
    // The longest says most about the URL.
    const [closest] = allowed.toSorted((a, b) => b.prefix.length - a.prefix.length)
    return runHttpHook(hook, message, closest?.headersFile, signal)
  }

  /** Why a hook may not be run; undefined: it may. */
  #refusalOf(hook: Hook): string | undefined {
    const { commands, urls } = this.#permissions
    if (hook.kind === 'command') {
      const [program = ''] = hook.argv
      if (commands.includes(program)) return undefined
      return `${shown(program)} is no program that hooks may run: hooks.commands of the config file has them`
    }
    if (urls.some(({ prefix }) => isBelowPrefix(hook.url, prefix))) return undefined
    return `${shown(hook.url)} is no URL that hooks may call: hooks.urls of the config file has them`
  }
}

/** A signal that follows another by a while. */
function abortedLater(signal: AbortSignal, ms: number) {
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = () => (timer = setTimeout(() => abort.abort(), ms))
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin)
  const forget = () => {
    signal.removeEventListener('abort', begin)
    clearTimeout(timer)
  }
  return { signal: abort.signal, forget }
}

function nameOf(hook: Hook): string {
  return hook.kind === 'command' ? (hook.argv[0] ?? '') : hook.url
}

function checkArguments(argv: readonly string[]): void {
  if (argv.length === 0 || argv.length > hookArgumentCountMax)
    throw invalid(`argv must have 1 to ${hookArgumentCountMax} texts, the first the path of a program`)
  for (const argument of argv)
    if (argument.includes('\0') || Buffer.byteLength(argument) > argumentSizeMax)
      throw invalid(`an argument has over ${argumentSizeMax} bytes, or a zero byte: ${shown(argument)}`)
}

function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isGood =
    text.length <= urlLengthMax &&
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password === ''
  if (!isGood) throw invalid(`${shown(text)} is no URL: http:// or https://, without a user`)
}

function invalid(message: string): ServiceError {
  return new ServiceError('invalid', `hook: ${message}`)
}
