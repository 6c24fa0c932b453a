import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { OperatorError } from '../config/error.ts'
import type { Flags } from '../config/load.ts'
import { ExitCode } from './exit-code.ts'
import { serve } from './serve.ts'

/** Runs one command line (without node and script) and sets the exit code. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has already printed its own errors, and help and version, which it throws too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.badConfig
  if (error instanceof OperatorError) {
    process.stderr.write(`berth: ${error.message}\n`)
    return error.exitCode
  }
  process.stderr.write(`berth: internal error: ${error instanceof Error ? error.stack : String(error)}\n`)
  return ExitCode.internal
}

function createProgram(): Command {
  const program = new Command('berth')
    .description('A userspace NFSv3 gateway for container data.')
    .version(version(), '--version')
    .configureOutput({
      // An error is one line; commander puts what it suggests on a second.
      outputError: (text, write) =>
        write(
          `berth: ${text
            .trimEnd()
            .replace(/^error: /, '')
            .replaceAll('\n', ' ')}\n`,
        ),
    })
    .exitOverride()
  program
    .command('serve')
    .description('serve shares to NFS version 3 clients')
    .option('--demo', 'try it out: serve ./berth-data/demo as /demo to this machine')
    .option('--config <file>', 'config file, YAML')
    .option('--data <dir>', 'data directory; must exist')
    .option('--listen <address>', 'address to serve NFS on (default: 127.0.0.1)')
    .option('--nfs-port <port>', 'port of NFS and MOUNT, 0 for any (default: 2049)')
    .option('--admin-port <port>', 'port of the admin API on 127.0.0.1, or off (default: 8049)')
    .option('--portmap <mode>', 'answer portmap on port 111: auto, on or off (default: auto)')
    .allowExcessArguments(false)
    .exitOverride()
    .action((flags: Flags) => serve(flags))
  return program
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
