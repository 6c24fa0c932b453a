import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { anyPorts, main, runToEnd, startServer, type Ended, type RunningServer } from './server.ts'

/** Runs commands as somebody on the gateway's machine does, in the directory that holds its data directory. */
export class CommandLine {
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv

  constructor(directory: string, environment: NodeJS.ProcessEnv = {}) {
    this.directory = directory
    // Nothing of the machine that the tests run on.
    this.environment = { XDG_CONFIG_HOME: join(directory, 'etc'), TZ: 'UTC', ...environment }
  }

  run(...args: string[]): Promise<Ended> {
    return runToEnd(args, this.directory, this.environment)
  }

  /** What a command that succeeds prints. */
  async text(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args)
    expect(code, `berth ${args.join(' ')}: ${stderr}`).toBe(0)
    return stdout
  }

  async lines(...args: string[]): Promise<string[]> {
    return (await this.text(...args)).trimEnd().split('\n')
  }

  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.text(...args, '--json')) as T
  }

  /** The exit code and the one line of a command that fails. */
  async refusal(...args: string[]): Promise<{ code: number | null; line: string }> {
    const { code, stdout, stderr } = await this.run(...args)
    expect(stdout, `berth ${args.join(' ')}`).toBe('')
    expect(stderr, `berth ${args.join(' ')}`).toMatch(/^[^\n]+\n$/)
    return { code, line: stderr.trimEnd().replaceAll(this.directory, 'DIR') }
  }
}

/** The data directory that commands find by themselves. */
export const dataDirectory = 'berth-data'

export async function startGateway(directory: string): Promise<RunningServer> {
  mkdirSync(join(directory, dataDirectory), { recursive: true, mode: 0o700 })
  return startServer(['--data', dataDirectory, ...anyPorts], directory)
}

/** A gateway, and commands that find it without a setting. */
export async function startWithCommandLine(directory: string) {
  return { server: await startGateway(directory), cli: new CommandLine(directory) }
}

/** Whether script(1) of util-linux is there, which gives a program a terminal. */
export const hasTerminal = hasProgram('script')

export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0
}

export interface Typed {
  readonly text: string
  /** Milliseconds before it is typed: the program must have got there. */
  readonly afterMs: number
}

/** Runs a command on a terminal, and types. Resolves with all that the terminal showed, and the exit code. */
export function onTerminal(
  command: string,
  typed: readonly Typed[],
  { directory, environment }: Pick<CommandLine, 'directory' | 'environment'>,
): Promise<{ readonly code: number | null; readonly shown: string }> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: directory,
    env: { PATH: process.env.PATH, TERM: 'xterm', ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text))
  const type = async () => {
    for (const { text, afterMs } of typed) {
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      child.stdin.write(text)
    }
  }
  void type()
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, shown })))
}

/** A command line for {@link onTerminal}. */
export function berth(...args: string[]): string {
  return [process.execPath, main, ...args].join(' ')
}
