import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { berth, CommandLine, hasTerminal, onTerminal, startWithCommandLine } from './cli-fixture.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const setUp = () => startWithCommandLine(workspace.path)

test.skipIf(!hasTerminal)(
  'on a terminal: colours unless NO_COLOR, and a question before a deletion',
  async () => {
    const { server, cli } = await setUp()
    await cli.text('share', 'create', '/a')
    const list = berth('share', 'list')
    expect((await onTerminal(list, [], cli)).shown).toContain('\u001b[2mPATH')
    const plain = new CommandLine(workspace.path, { NO_COLOR: '1' })
    expect((await onTerminal(list, [], plain)).shown).not.toContain('\u001b')
    const remove = berth('share', 'delete', '/a')
    const no = await onTerminal(remove, [{ text: 'n\n', afterMs: 1500 }], plain)
    expect(no.shown).toContain('delete share /a (0 B in 0 files, 0 mounts)? [y/N]')
    expect(no.code).toBe(1)
    expect(await cli.text('share', 'list', '-q')).toBe('/a\n')
    const yes = await onTerminal(remove, [{ text: 'y\n', afterMs: 1500 }], plain)
    expect(yes.code).toBe(0)
    expect(await cli.text('share', 'list', '-q')).toBe('')
    await stopServer(server)
  },
)

test('contexts: several gateways in one private file', async () => {
  const { server, cli } = await setUp()
  const secret = readFileSync(join(workspace.path, 'berth-data/admin.token'), 'utf8')
  writeFileSync(join(workspace.path, 'token'), secret, { mode: 0o600 })
  // Away from the data directory: nothing but the context tells of the gateway.
  const away = new CommandLine(join(workspace.path, 'berth-data/stores'), {
    XDG_CONFIG_HOME: join(workspace.path, 'etc'),
  })
  expect((await away.refusal('share', 'list')).code).toBe(2)
  await cli.text('context', 'add', 'home', '--url', server.adminUrl, '--token-file', 'token')
  const file = join(workspace.path, 'etc/berth/config.yaml')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await away.json('admin', 'whoami')).toMatchObject({ subject: 'admin:owner' })
  await away.text('context', 'add', 'gone', '--url', 'http://127.0.0.1:9/', '--token-file', '../../token')
  expect(await away.lines('context', 'list')).toEqual([
    expect.stringMatching(/^NAME +CURRENT +URL +TOKEN$/),
    expect.stringMatching(/^home +yes +http:\S+ +in the contexts file$/),
    expect.stringMatching(/^gone +- +http:\/\/127\.0\.0\.1:9 +in the contexts file$/),
  ])
  expect((await away.refusal('share', 'list', '--context', 'gone')).code).toBe(6)
  expect((await away.refusal('share', 'list', '--context', 'none')).code).toBe(3)
  await away.text('context', 'use', 'gone')
  expect((await away.refusal('share', 'list')).code).toBe(6)
  const chosen = new CommandLine(away.directory, { ...away.environment, BERTH_CONTEXT: 'home' })
  expect(await chosen.text('share', 'list')).toBe('')
  await away.text('context', 'remove', 'gone')
  expect(await away.text('context', 'show', 'home')).not.toContain(secret.trim())
  writeFileSync(file, readFileSync(file), { mode: 0o644 })
  const { chmodSync } = await import('node:fs')
  chmodSync(file, 0o644)
  expect(await away.refusal('share', 'list')).toEqual({
    code: 2,
    line: `berth: ${file} holds a secret and is open to others: run chmod 600 ${file}`,
  })
  await stopServer(server)
})

test('the exit code tells what kind of error it was', async () => {
  const { server, cli } = await setUp()
  await cli.text('share', 'create', '/a')
  await cli.text('folder', 'create', '/f/g')
  const cases: [number, string[], RegExp][] = [
    [2, ['share', 'create', '/b', '--quota', 'much'], /--quota <size>' argument 'much' is invalid/],
    [2, ['share', 'create', '/.b'], /reserved/],
    [2, ['share', 'list', '--url', 'ftp://x'], /'ftp:\/\/x' is no URL/],
    [3, ['share', 'show', '/gone'], /there is no share \/gone/],
    [3, ['share', 'show', '77'], /./],
    [3, ['app', 'show', 'gone'], /gone/],
    [3, ['token', 'show', 'gone'], /there is no valid token called gone/],
    [4, ['share', 'list', '--token-file', 'wrong'], /no valid admin token; the one that was sent/],
    [5, ['share', 'create', '/a'], /\/a/],
    [5, ['folder', 'delete', '/f', '--yes'], /\/f/],
    [6, ['share', 'list', '--url', 'http://127.0.0.1:9'], /no gateway answers at http:\/\/127\.0\.0\.1:9: /],
  ]
  writeFileSync(join(workspace.path, 'wrong'), 'berth_wrong', { mode: 0o600 })
  for (const [code, args, line] of cases)
    expect({ args, ...(await cli.refusal(...args)) }).toEqual({
      args,
      code,
      line: expect.stringMatching(line) as string,
    })
  expect(await cli.text('help', 'exit-codes')).toMatch(/^ +3 {2}what was asked for is not there$/m)
  await stopServer(server)
})
