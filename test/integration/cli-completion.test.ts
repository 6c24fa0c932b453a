import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CommandLine, hasProgram, hasTerminal, onTerminal } from './cli-fixture.ts'
import { useWorkspace } from './server.ts'

const workspace = useWorkspace()

/** What a shell makes of lines with tabs in them, when `berth` prints what it is called with. */
async function completed(shell: 'bash' | 'zsh', start: string, lines: readonly string[]): Promise<string[]> {
  const cli = new CommandLine(workspace.path)
  writeFileSync(join(workspace.path, 'script'), await cli.text('completion', shell))
  writeFileSync(join(workspace.path, 'a file.json'), '')
  const begin = `PS1=; ${start} berth() { printf 'GOT'; printf ' <%s>' "$@"; echo; }; . ./script\n`
  const typed = [begin, ...lines, 'exit\n'].map((text, index) => ({
    text,
    afterMs: index === 0 ? 500 : 2000,
  }))
  const arguments_ = shell === 'bash' ? '--norc --noprofile -i' : '-f -i'
  const { shown } = await onTerminal(`${shell} ${arguments_}`, typed, cli)
  return [...shown.matchAll(/GOT((?: <[^>\n]*>)+)/g)]
    .map(([, words = '']) => words.trim())
    .slice(-lines.length)
}

const lines = [
  'berth sha\tcr\t/p --durab\tr\t\n',
  'berth completion f\t\n',
  'berth policy expl\tapp:x /p read --qu\t\n',
  'berth catalog im\ta\\ f\t\n',
]
const words = [
  '<share> <create> </p> <--durability> <relaxed>',
  '<completion> <fish>',
  '<policy> <explain> <app:x> </p> <read> <--quiet>',
  '<catalog> <import> <a file.json>',
]

test.skipIf(!hasTerminal)('bash completes commands, options, choices and files', async () => {
  expect(await completed('bash', '', lines)).toEqual(words)
})

test.skipIf(!hasTerminal || !hasProgram('zsh'))('zsh does so too', async () => {
  const start = 'autoload -U compinit; compinit -u -d ./zcompdump;'
  expect(await completed('zsh', start, lines)).toEqual(words)
})

test.skipIf(!hasProgram('fish'))('fish does so too', async () => {
  const cli = new CommandLine(workspace.path)
  writeFileSync(join(workspace.path, 'script'), await cli.text('completion', 'fish'))
  writeFileSync(join(workspace.path, 'a file.json'), '')
  const { execFileSync } = await import('node:child_process')
  const offers = (line: string) =>
    execFileSync('fish', ['--no-config', '-c', `source ./script; complete -C '${line}'`], {
      cwd: workspace.path,
      encoding: 'utf8',
    })
      .trimEnd()
      .split('\n')
      .map((offer) => offer.split('\t')[0])
  expect(offers('berth sha')).toEqual(['share'])
  expect(offers('berth share cr')).toEqual(['create'])
  expect(offers('berth share create --durability ')).toEqual(['relaxed', 'strict'])
  expect(offers('berth share create --durab')).toEqual(['--durability'])
  expect(offers('berth completion ')).toEqual(['bash', 'fish', 'zsh'])
  expect(offers('berth catalog import a')).toEqual(['a file.json'])
})
