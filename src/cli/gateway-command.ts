import { Option, type Command } from 'commander'
import { createBerthClient, type BerthClient } from '../client/index.ts'
import { findConnection, type Connection, type ConnectionFlags } from './connection.ts'
import { Output, type OutputFlags } from './output/output.ts'

/** The flags of every command that talks to a gateway. */
export interface GatewayFlags extends ConnectionFlags, OutputFlags {}

/** What such a command works with. */
export interface Session {
  readonly api: BerthClient
  readonly out: Output
  readonly connection: Connection
}

/** A group of commands: `share`. */
export function group(parent: Command, name: string, description: string): Command {
  return parent.command(name).description(description)
}

/** A command that talks to a gateway, with the flags that all of them have. */
export function gatewayCommand(parent: Command, usage: string, description: string): Command {
  return withConnection(withOutput(parent.command(usage).description(description)))
}

export function withOutput(command: Command): Command {
  return command
    .option('--json', 'print the JSON of the API')
    .option('-q, --quiet', 'print names or numbers only')
}

export function withConnection(command: Command): Command {
  const options = [
    ['--context <name>', 'context of the gateway to talk to'],
    ['--url <url>', 'its admin API: http://127.0.0.1:8049'],
    ['--token-file <file>', 'file that holds the token to come with'],
    ['--data <dir>', 'data directory of a gateway on this machine, whose token is taken'],
  ] as const
  for (const [flags, text] of options) command.addOption(new Option(flags, text).helpGroup('Gateway:'))
  return command
}

/** @param timeoutMs of one answer, for those that take long. */
export function openSession(flags: GatewayFlags, timeoutMs?: number): Session {
  const connection = findConnection(flags, process.env)
  const { url, token } = connection
  return { api: createBerthClient({ url, token, timeoutMs }), out: new Output(flags), connection }
}
