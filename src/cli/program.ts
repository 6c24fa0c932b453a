import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { BerthApiError, BerthConnectionError } from '../client/index.ts'
import { OperatorError } from '../config/error.ts'
import type { Flags } from '../config/load.ts'
import { ServiceError } from '../config/service-error.ts'
import { maskTokens } from '../config/secrets.ts'
import { adminCommands } from './commands/admin.ts'
import { appCommands } from './commands/app.ts'
import { auditCommands } from './commands/audit.ts'
import { backupCommands } from './commands/backup.ts'
import { catalogCommands } from './commands/catalog.ts'
import { clientCommands } from './commands/client.ts'
import { completionCommand } from './commands/completion.ts'
import { contextCommands } from './commands/context.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { folderCommands } from './commands/folder.ts'
import { grantCommands } from './commands/grant.ts'
import { hostCommands } from './commands/host.ts'
import { importCommands } from './commands/import.ts'
import { linkCommands } from './commands/link.ts'
import { policyCommands } from './commands/policy.ts'
import { reportCommands } from './commands/report.ts'
import { repositoryCommands } from './commands/repository.ts'
import { restoreCommands } from './commands/restore.ts'
import { scheduleCommands } from './commands/schedule.ts'
import { shareCommands } from './commands/share.ts'
import { snapshotCommands } from './commands/snapshot.ts'
import { storeCommands } from './commands/store.ts'
import { ticketCommands } from './commands/ticket.ts'
import { tokenCommands } from './commands/token.ts'
import { ExitCode, exitCodeMeanings, exitCodeOfService, exitCodeOfStatus } from './exit-code.ts'

/** Runs one command line (without node and script) and sets the exit code. */
export async function run(args: readonly string[]): Promise<void> {
  process.stdout.on('error', endWithReader)
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

/** In the order in which they are asked. */
const tokenHint =
  'the one that was sent is that of --token-file, BERTH_TOKEN, BERTH_TOKEN_FILE, the context, or the data directory'

/** Who reads has seen enough (`| head`): so have we, as programs that SIGPIPE ends. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(ExitCode.ok)
}

function exitCodeOf(error: unknown): number {
  // Commander has already printed its own errors, and help and version, which it throws too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  if (error instanceof OperatorError) return told(error.message, error.exitCode)
  if (error instanceof BerthApiError) {
    const hint = error.status === 401 ? `; ${tokenHint}` : ''
    return told(error.message + hint, exitCodeOfStatus(error.status))
  }
  if (error instanceof BerthConnectionError) {
    const hint = 'is it running? berth doctor tells; --url or --context name another'
    return told(`${error.message}; ${hint}`, ExitCode.unreachable)
  }
  if (error instanceof ServiceError) return told(error.message, exitCodeOfService[error.code])
  if (isSystemError(error)) return told(error.message, ExitCode.failed)
  process.stderr.write(`berth: internal error: ${error instanceof Error ? error.stack : String(error)}\n`)
  return ExitCode.internal
}

/** A file that is not there, a disk that is full: what the operating system refused, with the path in its message. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'errno' in error
}

/** An error is one line, and shows no secret. */
function told(message: string, exitCode: number): number {
  process.stderr.write(`berth: ${maskTokens(message).replaceAll('\n', ' ')}\n`)
  return exitCode
}

/** All commands, with what they take: completion is made from it too. */
export function createProgram(): Command {
  const program = new Command('berth')
    .description('A userspace NFSv3 gateway for container data.')
    .version(version(), '--version')
    // After a command an option is the command's: it may have a --version too.
    .enablePositionalOptions()
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
  serveCommand(program)
  shareCommands(program)
  snapshotCommands(program)
  restoreCommands(program)
  importCommands(program)
  exportCommand(program)
  scheduleCommands(program)
  repositoryCommands(program)
  backupCommands(program)
  reportCommands(program)
  folderCommands(program)
  linkCommands(program)
  storeCommands(program)
  appCommands(program)
  tokenCommands(program)
  ticketCommands(program)
  hostCommands(program)
  policyCommands(program)
  adminCommands(program)
  clientCommands(program)
  grantCommands(program)
  auditCommands(program)
  catalogCommands(program)
  doctorCommand(program)
  contextCommands(program)
  completionCommand(program)
  helpTopics(program)
  return program
}

/** `berth help exit-codes`: what is worth knowing and is no command. */
function helpTopics(program: Command): void {
  program
    .helpCommand('help [command]', 'show help of a command, or exit-codes')
    .command('exit-codes', { hidden: true })
    .description('what the exit codes mean')
    .configureHelp({ formatHelp: () => exitCodesText })
    .action(() => {
      process.stdout.write(exitCodesText)
    })
}

const exitCodesText = exitCodeMeanings
  .map(([code, meaning]) => `${String(code).padStart(3)}  ${meaning}\n`)
  .join('')

function serveCommand(program: Command): void {
  program
    .command('serve')
    .description('serve shares to NFS version 3 clients')
    .option('--demo', 'try it out: serve ./berth-data/demo as /demo to this machine')
    .option('--config <file>', 'config file, YAML')
    .option('--data <dir>', 'data directory; must exist')
    .option('--listen <address>', 'address to serve NFS on (default: 127.0.0.1)')
    .option('--nfs-port <port>', 'port of NFS and MOUNT, 0 for any (default: 2049)')
    .option('--lanes <count>', 'threads that serve NFS (default: one a processor, less one)')
    .option('--admin-port <port>', 'port of the admin API, or off (default: 8049)')
    .option('--admin-listen <address>', 'address of the admin API (default: 127.0.0.1)')
    .option('--portmap <mode>', 'answer portmap on port 111: auto, on or off (default: auto)')
    .allowExcessArguments(false)
    .action(async (flags: Flags) => {
      // The server is large: commands that only ask one start without it.
      const { serve } = await import('./serve.ts')
      await serve(flags)
    })
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
