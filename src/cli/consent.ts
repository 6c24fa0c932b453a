import { createInterface } from 'node:readline/promises'
import { CommandError, usageError } from './command-error.ts'
import { ExitCode } from './exit-code.ts'

export interface ConsentFlags {
  /** Asks nobody. */
  readonly yes?: boolean
}

/**
 * Asks who sits at the terminal whether to go on with what cannot simply be taken back.
 * @throws {CommandError} if the answer is no, or nobody is there to give one.
 */
export async function requireConsent(what: string, { yes = false }: ConsentFlags): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError(`${what}: nobody is at the terminal to be asked; give --yes to do it`)
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(`${what}? [y/N] `)
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError(ExitCode.failed, 'nothing was changed')
  } finally {
    terminal.close()
  }
}
