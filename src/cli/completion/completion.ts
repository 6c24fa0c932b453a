import type { Command } from 'commander'
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { grammarOf } from './grammar.ts'
import { zshScript } from './zsh.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

const writers = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** A script with which a shell completes the command lines of a program, without asking the program again. */
export function completionScript(program: Command, shell: Shell): string {
  return writers[shell](grammarOf(program))
}
