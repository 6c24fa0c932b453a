import type { Argument, Command, Option } from 'commander'

/** What may stand in a place: one of a few words, something of the filesystem, or anything. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'directories' | 'anything' }

export interface OptionGrammar {
  /** `--quiet`, `-q`. */
  readonly names: readonly string[]
  readonly description: string
  /** Undefined: it takes no value. */
  readonly values: Values | undefined
}

/** What can be written after some words of a command line. */
export interface CommandGrammar {
  /** The words so far: `berth share list`. */
  readonly at: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly options: readonly OptionGrammar[]
  /** Of its arguments, all together: which one is asked for is not counted. */
  readonly values: Values
}

/** All command lines of a program, as commander knows them. Hidden ones are left out. */
export function grammarOf(program: Command): CommandGrammar[] {
  return [...walk(program, program.name())]
}

function* walk(command: Command, at: string): Generator<CommandGrammar> {
  const help = command.createHelp()
  const commands = help.visibleCommands(command)
  yield {
    at,
    commands: commands.flatMap((one) =>
      [one.name(), ...one.aliases()].map((name) => ({ name, description: one.description() })),
    ),
    options: help.visibleOptions(command).map(optionGrammar),
    values: argumentValues(command.registeredArguments),
  }
  for (const one of commands) {
    if (one.name() === 'help') yield helpGrammar(at, commands)
    else for (const name of [one.name(), ...one.aliases()]) yield* walk(one, `${at} ${name}`)
  }
}

/** `berth help` takes the commands beside it. */
function helpGrammar(at: string, commands: readonly Command[]): CommandGrammar {
  const words = commands.map((command) => command.name()).filter((name) => name !== 'help')
  return { at: `${at} help`, commands: [], options: [], values: { kind: 'words', words } }
}

function optionGrammar(option: Option): OptionGrammar {
  const { short, long, description } = option
  const names = [long, short].filter((name) => name !== undefined)
  const takesValue = option.required || option.optional
  return { names, description, values: takesValue ? valuesOf(option.flags, option.argChoices) : undefined }
}

function argumentValues(given: readonly Argument[]): Values {
  const all = given.map((argument) => valuesOf(`<${argument.name()}>`, argument.argChoices))
  return all.find(({ kind }) => kind !== 'anything') ?? { kind: 'anything' }
}

/** What a value is called says what it is: `<file>`, `<dir>`. */
function valuesOf(flags: string, choices: readonly string[] | undefined): Values {
  if (choices !== undefined) return { kind: 'words', words: choices }
  if (flags.includes('<file>')) return { kind: 'files' }
  return /<dir(ectory)?>/.test(flags) ? { kind: 'directories' } : { kind: 'anything' }
}
