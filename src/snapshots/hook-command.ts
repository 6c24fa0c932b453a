import { spawn } from 'node:child_process'
import { endGroup, endOf, gather, programPath } from '../service/child-process.ts'
import { HookFailure } from './hook-failure.ts'
import type { CommandHook, HookMessage } from './hooks.ts'

/** Bytes that are kept of what a command says. */
const outputSizeMax = 8 * 1024
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
  const output = gather([child.stdout, child.stderr], outputSizeMax)
  // Who does not read its input has closed it.
  child.stdin.on('error', () => {})
  child.stdin.end(`${JSON.stringify(message)}\n`)
  const tooLong = limitOf(hook, signal)
  try {
    const ended = endOf(child).catch((error: unknown) => {
      throw new HookFailure(`it cannot be run: ${(error as Error).message}`, { cause: error })
    })
    const fault = await Promise.race([ended.then(() => undefined), tooLong.reached])
    if (fault !== undefined) await endGroup(child, ended)
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
    PATH: programPath,
    LANG: 'C.UTF-8',
    BERTH_MOMENT: moment,
    BERTH_RESULT: result ?? '',
    BERTH_SNAPSHOT: snapshot,
    BERTH_SHARE: share?.path ?? '',
    BERTH_DIRECTORY: share?.directory ?? '',
    BERTH_APPLICATION: application ?? '',
  }
}

const shownLengthMax = 300

function failure(what: string, output: string): HookFailure {
  const end = output.length > shownLengthMax ? `…${output.slice(-shownLengthMax)}` : output
  return new HookFailure(end === '' ? what : `${what}: ${end}`)
}
