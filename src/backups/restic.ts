import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { ServiceError } from '../config/service-error.ts'
import { breathe } from '../service/breath.ts'
import { JsonObjects } from './json-objects.ts'

/** What restic needs to get at a repository. Nothing of it may be shown. */
export interface RepositoryAccess {
  /** For messages. */
  readonly name: string
  /** Variables with url, password and credentials. */
  readonly environment: Readonly<Record<string, string>>
  /** Options of every command. */
  readonly args: readonly string[]
  /** Values that messages must not have in them. */
  readonly secrets: readonly string[]
}

export interface ResticCommand {
  readonly args: readonly string[]
  /** The working directory, `/` by default. */
  readonly cwd?: string
  /** What it reads from its standard input. */
  readonly input?: string
  /** Ends it early. */
  readonly signal: AbortSignal
  /** Told of each JSON object that it writes. */
  readonly onObject?: (object: Readonly<Record<string, unknown>>) => void
  /** Told of its number once it runs. */
  readonly onStart?: (pid: number) => void
  /** Bytes of its output that are kept; default: none. */
  readonly outputSizeMax?: number
  /** Exit codes that are no failure, beside 0. */
  readonly goodCodes?: readonly number[]
}

export interface ResticEnd {
  readonly code: number
  /** What was kept of its output. */
  readonly output: Buffer
  /** The end of what it complained of, for people; often empty. */
  readonly complaint: string
}

/** The oldest version that is known to work: that of Debian 12. */
export const resticVersionMin = '0.14.0'
/** restic has made a snapshot, but could not read all. */
export const incompleteCode = 3

/** How long restic may take to let go of its locks before it is killed; and when the gateway stops, which waits for it. */
const endMsMax = 30_000
const stopMsMax = 5000
/** Bytes of its complaints that are kept: the last ones. */
const complaintSizeMax = 8 * 1024
const shownLengthMax = 600
/** Of the gateway's own environment: what names no secret, and programs and certificates of the machine. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'SSL_CERT_FILE', 'SSL_CERT_DIR'] as const

/** Runs the restic program. */
export class Restic {
  readonly #program: string
  readonly #cacheDirectory: string
  #version: string | undefined
  #canEndWithUs: Promise<boolean> | undefined

  /** @param program its name or absolute path */
  constructor(program: string, cacheDirectory: string) {
    this.#program = program
    this.#cacheDirectory = cacheDirectory
  }

  /** Such as `0.14.0`. @throws {ServiceError} `unavailable` without a restic that is new enough */
  async version(): Promise<string> {
    if (this.#version !== undefined) return this.#version
    const { output } = await this.#spawn(nowhere, {
      ...{ args: ['version'], outputSizeMax: 1024 },
      signal: AbortSignal.timeout(endMsMax),
    })
    const [, version] = /^restic (\d+\.\d+\.\d+)/.exec(output.toString()) ?? []
    if (version === undefined || isOlder(version, resticVersionMin))
      throw new ServiceError(
        'unavailable',
        `${this.#program} is no restic from ${resticVersionMin} on, but ${JSON.stringify(output.toString().slice(0, 80))}: ` +
          'install a newer one (backups.restic in the config file)',
      )
    return (this.#version = version)
  }

  /**
   * Runs a command to its end.
   * @throws {ServiceError} `unavailable` with what restic said; the reason of the signal
   */
  async run(access: RepositoryAccess, command: ResticCommand): Promise<ResticEnd> {
    await this.version()
    await mkdir(this.#cacheDirectory, { recursive: true, mode: 0o700 })
    return this.#spawn(access, command, await this.#launcher())
  }

  async #spawn(
    access: RepositoryAccess,
    command: ResticCommand,
    launcher: readonly string[] = [],
  ): Promise<ResticEnd> {
    const { args, cwd = '/', input, signal, onObject, onStart, outputSizeMax = 0, goodCodes = [] } = command
    signal.throwIfAborted()
    const [program = '', ...parameters] = [...launcher, this.#program, ...access.args, ...args]
    const child = spawn(program, parameters, {
      cwd,
      env: this.#environment(access),
      stdio: ['pipe', 'pipe', 'pipe'],
      // Of its own process group: a terminal's Ctrl-C is for the gateway, which ends it in order; its ssh ends with it.
      detached: true,
    })
    const ended = endOf(child)
    if (child.pid !== undefined) onStart?.(child.pid)
    const fault = new AbortController()
    const output = readOutput(child.stdout, outputSizeMax, onObject)
    output.catch((error: unknown) => fault.abort(error))
    const complaints = new Tail(child.stderr)
    // Who does not read its input has closed it.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
    const stop = AbortSignal.any([signal, fault.signal])
    const end = (): void => void endEarly(child, ended, stop.reason)
    if (stop.aborted) end()
    else stop.addEventListener('abort', end)
    try {
      const { code, by } = await ended.catch((error: unknown) => {
        throw this.#notRun(error as Error)
      })
      stop.throwIfAborted()
      const complaint = masked(complaints.text(), access.secrets)
      if (code !== 0 && (code === null || !goodCodes.includes(code)))
        throw new ServiceError(
          'unavailable',
          `restic ${args.find((arg) => !arg.startsWith('-')) ?? ''} failed in repository ${access.name}: ` +
            (complaint || (code === null ? `it was ended by ${by}` : `exit code ${code}`)),
        )
      return { code, output: await output, complaint }
    } finally {
      stop.removeEventListener('abort', end)
    }
  }

  /**
   * What has the kernel end it with a gateway that is killed: else it would write on into what the next start removes.
   * Without util-linux it is run alone.
   */
  async #launcher(): Promise<readonly string[]> {
    const launcher = ['setpriv', '--pdeathsig', 'INT', '--']
    this.#canEndWithUs ??= promisify(execFile)(launcher[0]!, [...launcher.slice(1), 'true']).then(
      () => true,
      () => false,
    )
    return (await this.#canEndWithUs) ? launcher : []
  }

  #environment(access: RepositoryAccess): NodeJS.ProcessEnv {
    return {
      ...Object.fromEntries<string | undefined>(inherited.map((name) => [name, process.env[name]])),
      LANG: 'C.UTF-8',
      // `--time` is read in the local time zone.
      TZ: 'UTC',
      RESTIC_CACHE_DIR: this.#cacheDirectory,
      RESTIC_PROGRESS_FPS: '2',
      ...access.environment,
    }
  }

  #notRun(cause: Error): ServiceError {
    return new ServiceError(
      'unavailable',
      `restic cannot be run (${cause.message}): install it, or name it by backups.restic in the config file`,
      { cause },
    )
  }
}

const nowhere: RepositoryAccess = { name: '', environment: {}, args: [], secrets: [] }

/**
 * Reads what a command writes, tells of the objects in it, and answers all of it, or nothing with a `sizeMax` of 0. It is
 * read no faster than others are let do something, too: restic lists 60,000 backups within a second.
 */
async function readOutput(
  stream: Readable,
  sizeMax: number,
  onObject: ResticCommand['onObject'],
): Promise<Buffer> {
  const objects = onObject && new JsonObjects(onObject)
  const breath = breathe()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    objects?.write(chunk)
    size += chunk.length
    if (sizeMax > 0 && size > sizeMax) throw new Error(`restic has written over ${sizeMax} bytes`)
    if (sizeMax > 0) chunks.push(chunk)
    await breath()
  }
  return Buffer.concat(chunks)
}

/** Reads all, so that nobody waits, and keeps the end. */
class Tail {
  #kept: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    stream.on('data', (chunk: Buffer) => {
      this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-complaintSizeMax)
    })
  }

  text(): string {
    const lines = this.#kept.toString().split('\n').map(plainText)
    const text = lines.filter((line) => line !== '').join('; ')
    return text.length > shownLengthMax ? `…${text.slice(-shownLengthMax)}` : text
  }
}

/** A line of complaints, which are objects with `--json`, and in newer versions of restic always. */
function plainText(line: string): string {
  const text = line.trim()
  if (!text.startsWith('{')) return text
  try {
    const { message, item, error } = JSON.parse(text) as {
      message?: string
      item?: string
      error?: { message?: string; Op?: string; Path?: string }
    }
    return [item, message ?? error?.message ?? error?.Op].filter((part) => part !== undefined).join(': ')
  } catch {
    // The first line that was kept may have lost its beginning.
    return text
  }
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '****'), text)
}

interface ChildEnd {
  readonly code: number | null
  readonly by: string
}

/** With all its output read. */
function endOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, by: signal ?? 'a signal' }))
  })
}

/** SIGINT has restic let go of its locks. */
async function endEarly(child: ChildProcess, ended: Promise<ChildEnd>, reason: unknown): Promise<void> {
  signalGroup(child, 'SIGINT')
  const isStopping = reason instanceof ServiceError && reason.code === 'unavailable'
  const isLate = sleep(isStopping ? stopMsMax : endMsMax, true, { ref: false })
  const hasEnded = ended.then(
    () => false,
    () => false,
  )
  if (await Promise.race([hasEnded, isLate])) signalGroup(child, 'SIGKILL')
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // None of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function isOlder(version: string, minimum: string): boolean {
  return version.localeCompare(minimum, 'en', { numeric: true }) < 0
}
