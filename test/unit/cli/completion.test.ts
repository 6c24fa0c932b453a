import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { grammarOf } from '../../../src/cli/completion/grammar.ts'
import { createProgram } from '../../../src/cli/program.ts'

test('all commands, aliases, options and choices are known, hidden ones are not', () => {
  const program = createProgram()
  const grammar = new Map(grammarOf(program).map((one) => [one.at, one]))
  const check = (command: Command, at: string) => {
    const known = grammar.get(at)
    expect(known, at).toBeDefined()
    for (const { long, mandatory } of command.options)
      expect(
        known?.options.flatMap(({ names }) => names),
        `${at} ${String(mandatory)}`,
      ).toContain(long)
    for (const one of command.commands)
      if (one.name() !== 'exit-codes')
        for (const name of [one.name(), ...one.aliases()]) check(one, `${at} ${name}`)
  }
  check(program, 'berth')
  expect(grammar.get('berth')?.commands.map(({ name }) => name)).not.toContain('exit-codes')
  expect(grammar.get('berth completion')?.values).toEqual({ kind: 'words', words: ['bash', 'zsh', 'fish'] })
  const durability = grammar
    .get('berth share create')
    ?.options.find(({ names }) => names[0] === '--durability')
  expect(durability?.values).toEqual({ kind: 'words', words: ['strict', 'relaxed'] })
  expect(grammar.get('berth catalog import')?.values).toEqual({ kind: 'files' })
})

test('every command has a description, and every one that takes something away asks or is told', () => {
  const leaves = (command: Command, at: string): [string, Command][] =>
    command.commands.length === 0
      ? [[at, command]]
      : command.commands.flatMap((one) => leaves(one, `${at} ${one.name()}`))
  for (const [at, command] of leaves(createProgram(), 'berth')) {
    expect(command.description(), at).not.toBe('')
    if (!/ (delete|remove|revoke|end|disconnect|purge)$/.test(at) || at === 'berth context remove') continue
    expect(
      command.options.map(({ long }) => long),
      at,
    ).toEqual(expect.arrayContaining(['--yes', '--dry-run']))
  }
})
