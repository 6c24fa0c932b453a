import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { HookFailure } from './hook-failure.ts'
import type { CommandHook, HookMessage } from './hooks.ts'

/** Bytes that are kept of what a command says. */
const outputSizeMax = 8 * 1024
/** How long a command that was told to end may take for it. */
const endMsMax = 5000
/** How long the output of a command that has ended is waited for: what it started may still hold it. */
const outputMsMax = 500

/** Runs a command. @returns what it said, on both outputs. @throws {HookFailure} */
export async function runCommandHook(
  hook: CommandHook,
  message: HookMessage,
  signal: AbortSignal,
): Promise<string> {
  if (signal.aborted) throw new HookFailure(abortedText)
  const [program = '', ...args] = hook.argv
  // Of its own process group, so that all it started can be ended with it.
  const child = spawn(program, args, {
    cwd: '/',
    env: environmentOf(message),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const output = gather([child.stdout, child.stderr])
  // Who does not read its input has closed it.
  child.stdin.on('error', () => {})
  child.stdin.end(`${JSON.stringify(message)}\n`)
  const tooLong = limitOf(hook, signal)
  try {
    const ended = endOf(child)
    const fault = await Promise.race([ended.then(() => undefined), tooLong.reached])
    if (fault !== undefined) await kill(child, ended)
    const { code, by } = await ended
    const text = await output.text()
    if (fault !== undefined) throw failure(fault, text)
    if (code !== 0) throw failure(code === null ? `it was ended by ${by}` : `exit code ${code}`, text)
    return text
  } finally {
    tooLong.forget()
    output.close()
  }
}

const abortedText = 'the snapshot was aborted'

/** Resolves to why a command may go on no longer, once that is so. */
function limitOf({ timeoutSeconds }: CommandHook, signal: AbortSignal) {
  let forget = () => {}
  const reached = new Promise<string>((resolve) => {
    const abort = () => resolve(abortedText)
    const timer = setTimeout(
      () => resolve(`it did not end within ${timeoutSeconds} s`),
      timeoutSeconds * 1000,
    )
    signal.addEventListener('abort', abort)
    forget = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  })
  return { reached, forget }
}

/** Nothing of the gateway's own environment, which may have secrets. */
function environmentOf({ moment, result, snapshot, shares, application }: HookMessage): NodeJS.ProcessEnv {
  const [share] = shares
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    BERTH_MOMENT: moment,
    BERTH_RESULT: result ?? '',
    BERTH_SNAPSHOT: snapshot,
    BERTH_SHARE: share?.path ?? '',
    BERTH_DIRECTORY: share?.directory ?? '',
    BERTH_APPLICATION: application ?? '',
  }
}

interface End {
  readonly code: number | null
  /** The signal that ended it. */
  readonly by: string
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new HookFailure(`it cannot be run: ${error.message}`, { cause: error })),
    )
    child.once('exit', (code, signal) => resolve({ code, by: signal ?? 'a signal' }))
  })
}

/** Asks the command and all it started to end, then ends them. */
async function kill(child: ChildProcess, ended: Promise<End>): Promise<void> {
  signalGroup(child, 'SIGTERM')
  await Promise.race([ended, sleep(endMsMax, undefined, { ref: false })])
  signalGroup(child, 'SIGKILL')
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // None of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Reads all, so that nobody waits, and keeps the beginning. */
function gather(streams: readonly Readable[]) {
  const chunks: Buffer[] = []
  let size = 0
  for (const stream of streams)
    stream.on('data', (chunk: Buffer) => {
      if (size < outputSizeMax) chunks.push(chunk.subarray(0, outputSizeMax - size))
      size += chunk.length
    })
  const closed = Promise.all(streams.map((stream) => once(stream, 'close')))
  return {
    async text(): Promise<string> {
      await Promise.race([closed, sleep(outputMsMax, undefined, { ref: false })])
      const text = Buffer.concat(chunks).toString().trim()
      return size > outputSizeMax ? `${text}… (${size} bytes)` : text
    },
    close: () => streams.forEach((stream) => stream.destroy()),
  }
}

const shownLengthMax = 300

function failure(what: string, output: string): HookFailure {
  const end = output.length > shownLengthMax ? `…${output.slice(-shownLengthMax)}` : output
  return new HookFailure(end === '' ? what : `${what}: ${end}`)
}
