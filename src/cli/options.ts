import { Option, type Command } from 'commander'
import { collectLabel } from './inputs.ts'

// Options that several commands have.

/** Of what takes something away. */
export interface DeletionFlags {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export function withDeletion(command: Command): Command {
  return command.option('-y, --yes', 'do not ask').option('-n, --dry-run', 'only say what would be done')
}

export interface DescriptionFlags {
  readonly description?: string
  readonly label?: Record<string, string>
}

export function withDescription(command: Command): Command {
  return command
    .option('--description <text>', 'what it is for')
    .option('--label <key=value>', 'a label; may be repeated', collectLabel)
}

/** An option that takes one of a few words. */
export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices)
}

/** The condition that a thing is still as it was when it was read. */
export function ifVersion({ version }: { readonly version: number }) {
  return { 'if-match': `"${version}"` }
}
