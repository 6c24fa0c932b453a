import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import {
  berth,
  CommandLine,
  dataDirectory,
  hasTerminal,
  onTerminal,
  startWithCommandLine,
} from './cli-fixture.ts'
import { anyPorts, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const setUp = () => startWithCommandLine(workspace.path)

/** A share with one file. */
async function share(cli: CommandLine, path: string, ...options: string[]): Promise<void> {
  const { directory } = await cli.json<{ directory: string }>('share', 'create', path, ...options)
  writeFileSync(join(directory, 'file'), `of ${path}`)
}

/** A gateway that runs hooks of one program, a shell script. */
async function setUpWithHook(script: string) {
  const hook = join(workspace.path, 'hook')
  writeFileSync(hook, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  writeFileSync(join(workspace.path, 'berth.yaml'), `hooks: { commands: ['${hook}'] }\n`)
  mkdirSync(join(workspace.path, dataDirectory), { mode: 0o700 })
  const start = () =>
    startServer(['--config', 'berth.yaml', '--data', dataDirectory, ...anyPorts], workspace.path)
  return { hook, start, server: await start(), cli: new CommandLine(workspace.path) }
}

test('a snapshot is made, listed, shown, named, labelled, held and removed', async () => {
  const { server, cli } = await setUp()
  await share(cli, '/finance/db')
  expect((await cli.run('snapshot', 'list')).stderr).toContain('Make one: berth snapshot create SHARE')
  const taken = await cli.text(
    'snapshot',
    'create',
    '/finance/db',
    '--name',
    'before',
    '--label',
    'tier=gold',
  )
  expect(taken).toBe('snapshot /finance/db@before is made: 2 files, 14 B\n')
  const number = (await cli.text('snapshot', 'create', '1', '-q', '--reason', 'upgrade')).trim()
  expect(number).toMatch(/^\d+$/)
  const [header, first] = await cli.lines('snapshot', 'list', '/finance/db')
  expect(header).toMatch(/^SNAPSHOT +TIME +FILES +SIZE +HELD +BY +LABELS$/)
  expect(first).toMatch(
    /^\/finance\/db@before +20\d\d-\d\d-\d\d \d\d:\d\d +2 +14 B +- +admin:\S+ +tier=gold$/,
  )
  const shown = await cli.text('snapshot', 'show', '/finance/db@before')
  for (const part of ['number', 'share', 'its own', 'driver']) expect(shown).toContain(part)

  expect(await cli.text('snapshot', 'rename', '/finance/db@before', 'kept')).toBe(
    'snapshot /finance/db@before is now /finance/db@kept\n',
  )
  const kept = '/finance/db@kept'
  expect(await cli.text('snapshot', 'label', kept, 'team=pay', 'tier-')).toBe(
    'labels of /finance/db@kept: team=pay\n',
  )
  expect(await cli.text('snapshot', 'describe', kept, 'as it was')).toContain('is described')
  expect(await cli.text('snapshot', 'hold', kept, '--reason', 'audit')).toContain('/finance/db@kept is held')
  expect(await cli.lines('snapshot', 'list')).toContainEqual(
    expect.stringMatching(/@kept .* audit .* team=pay$/),
  )
  expect(await cli.refusal('snapshot', 'delete', kept, '--yes')).toMatchObject({ code: 5 })
  expect(await cli.text('snapshot', 'delete', kept, '--dry-run')).toContain('cannot remove snapshot')
  expect(await cli.text('snapshot', 'release', kept)).toBe('snapshot /finance/db@kept is held no more\n')
  const manifest = JSON.parse(await cli.text('snapshot', 'manifest', kept)) as object
  expect(manifest).toMatchObject({ version: 1, share: { path: '/finance/db' }, snapshot: { name: 'kept' } })

  expect(await cli.refusal('snapshot', 'delete', number)).toMatchObject({ code: 2 })
  expect(await cli.text('snapshot', 'delete', number, '--yes')).toMatch(
    /^snapshot \/finance\/db@\S+ is gone\n$/,
  )
  expect(await cli.refusal('snapshot', 'show', number)).toMatchObject({ code: 3 })
  expect(await cli.text('snapshot', 'delete', kept, '--dry-run')).toContain('--last is needed')
  expect(await cli.refusal('snapshot', 'delete', kept, '--yes')).toMatchObject({ code: 5 })
  expect(await cli.text('snapshot', 'delete', kept, '--yes', '--last', '-q')).toMatch(/^\d+\n$/)
  expect(await cli.refusal('snapshot', 'show', '/finance/db@kept')).toMatchObject({ code: 3 })
  expect(await cli.refusal('snapshot', 'show', 'kept')).toMatchObject({ code: 2 })
  expect(await cli.refusal('snapshot', 'create')).toMatchObject({ code: 2 })
  await stopServer(server)
})

test('several are made in one cut, of shares that are named or of an application', async () => {
  const { server, cli } = await setUp()
  await cli.text('app', 'create', 'payroll', '--owner', 'finance')
  await share(cli, '/a', '--app', 'payroll')
  await share(cli, '/b', '--app', 'payroll')
  await share(cli, '/c')
  const made = await cli.json<{ group: string; items: { cutAt: string; share: { path: string } }[] }>(
    ...['snapshot', 'create', '--app', 'payroll'],
  )
  expect(made.items.map((one) => one.share.path)).toEqual(['/a', '/b'])
  expect(new Set(made.items.map(({ cutAt }) => cutAt)).size).toBe(1)
  expect(await cli.lines('snapshot', 'create', '/a', '/c', '--name', 'x')).toEqual([
    expect.stringMatching(/^snapshot \/a@x is made/),
    expect.stringMatching(/^snapshot \/c@x is made/),
  ])
  expect(await cli.lines('snapshot', 'list', '--group', made.group, '-q')).toHaveLength(2)
  expect(await cli.refusal('snapshot', 'create', '/a', '--app', 'payroll')).toMatchObject({ code: 2 })
  await stopServer(server)
})

test('a schedule is made, looked at, edited, run, switched off and removed', async () => {
  const { server, cli } = await setUp()
  await share(cli, '/finance/db', '--label', 'tier=gold')
  const made = await cli.text(
    ...['schedule', 'create', 'nightly', '--cron', '30 2 * * *', '--time-zone', 'Europe/Berlin'],
    ...['--path', '/finance', '--label', 'tier=gold', '--keep-daily', '7', '--keep-weekly', '4'],
  )
  expect(made).toMatch(/^schedule nightly is made; it runs next on 20\d\d-\d\d-\d\d 0[01]:30\n$/)
  const [header, row] = await cli.lines('schedule', 'list')
  expect(header).toMatch(/^NAME +TIMES +SHARES +KEEP +NEXT +LAST +RESULT$/)
  expect(row).toMatch(
    /^nightly +30 2 \* \* \* Europe\/Berlin +\/finance tier=gold +7 daily, 4 weekly +20\S+ \S+ +- +-$/,
  )
  expect(await cli.text('schedule', 'run', 'nightly')).toBe('schedule nightly is done: 1 made\n')
  expect(await cli.text('schedule', 'show', 'nightly')).toMatch(/result +done: 1 made/)
  const preview = await cli.lines('schedule', 'preview', 'nightly', '--keep')
  expect(preview[0]).toMatch(/^runs +(20\d\d-\d\d-\d\d \d\d:\d\d(, )?){10}$/)
  expect(preview.at(-1)).toMatch(/^\/finance\/db +nightly-\S+ +20\S+ \S+ +keep: daily \S+, weekly \S+$/)

  expect(await cli.text('schedule', 'edit', 'nightly', '--cron', '@hourly', '--keep-all')).toContain(
    'changed',
  )
  expect(await cli.json('schedule', 'show', 'nightly')).toMatchObject({ cron: '@hourly', retention: null })
  expect(await cli.text('schedule', 'disable', 'nightly')).toContain('it is disabled')
  expect(await cli.text('schedule', 'preview', 'nightly')).toContain('never: it is disabled')
  expect(await cli.text('schedule', 'enable', 'nightly')).toContain('it runs next on')
  expect(await cli.text('snapshot', 'list', '--schedule', 'nightly', '-q')).toMatch(
    /^\/finance\/db@nightly-\S+\n$/,
  )

  for (const wrong of [
    ['schedule', 'create', 'x', '--cron', 'never', '--path', '/'],
    ['schedule', 'create', 'x', '--cron', '@daily'],
    ['schedule', 'edit', 'nightly', '--keep-all', '--keep-daily', '1'],
    ['schedule', 'create', 'x', '--cron', '@daily', '--path', '/', '--keep-daily', 'some'],
  ])
    expect(await cli.refusal(...wrong), wrong.join(' ')).toMatchObject({ code: 2 })
  expect(await cli.refusal('schedule', 'create', 'nightly', '--cron', '@daily', '--path', '/')).toMatchObject(
    {
      code: 5,
    },
  )
  expect(await cli.text('schedule', 'delete', 'nightly', '--dry-run')).toContain('would remove')
  expect(await cli.text('schedule', 'delete', 'nightly', '--yes')).toContain('its snapshots stay')
  expect(await cli.refusal('schedule', 'show', 'nightly')).toMatchObject({ code: 3 })
  await stopServer(server)
})

test('a run that does not make all of its snapshots fails', async () => {
  const { server, cli } = await setUp()
  const { directory } = await cli.json<{ directory: string }>('share', 'create', '/a')
  await cli.text('schedule', 'create', 'nightly', '--cron', '@daily', '--path', '/')
  rmSync(directory, { recursive: true })
  const { code, stdout, stderr } = await cli.run('schedule', 'run', 'nightly')
  expect(code).toBe(1)
  expect(stdout).toMatch(/^schedule nightly is failed: 0 made, 1 failed\n\/a: /)
  expect(stderr).toBe('berth: not all snapshots of schedule nightly were made\n')
  expect(await cli.text('schedule', 'show', 'nightly')).toMatch(/result +failed: 0 made, 1 failed\n {2}\/a: /)
  await stopServer(server)
})

test('what was missed while no gateway ran is made once, when one starts', async () => {
  const { server, cli } = await setUp()
  await share(cli, '/a')
  await cli.text('schedule', 'create', 'seldom', '--cron', '@yearly', '--path', '/')
  await stopServer(server)
  const catalog = new Database(join(workspace.path, dataDirectory, 'catalog.db'))
  catalog.exec('UPDATE schedules SET nextRunAt = 1000')
  catalog.close()
  const again = await startServer(['--data', dataDirectory, ...anyPorts], workspace.path)
  await expect
    .poll(async () => (await cli.json<{ items: unknown[] }>('snapshot', 'list')).items.length)
    .toBe(1)
  expect(await cli.text('schedule', 'list')).toContain('done: 1 made')
  await stopServer(again)
})

test('a run in which the gateway is killed is begun anew, and leaves nothing half made', async () => {
  const { hook, start, server, cli } = await setUpWithHook('sleep 600')
  await share(cli, '/a')
  const hooks = join(workspace.path, 'hooks.json')
  const pre = [{ kind: 'command', argv: [hook], timeoutSeconds: 600, onFailure: 'abort' }]
  writeFileSync(hooks, JSON.stringify({ pre }))
  await cli.text('schedule', 'create', 'seldom', '--cron', '@yearly', '--path', '/', '--hooks', hooks)
  const run = cli.run('schedule', 'run', 'seldom')
  await expect.poll(() => cli.text('snapshot', 'jobs', '-q')).not.toBe('')
  server.kill('SIGKILL')
  await server.ended
  expect((await run).code).toBe(6)

  writeFileSync(hook, '#!/bin/sh\n', { mode: 0o755 })
  // Its lease has run out.
  const catalog = new Database(join(workspace.path, dataDirectory, 'catalog.db'))
  const [claimed] = catalog.prepare('SELECT nextRunAt, lastResult FROM schedules').all() as [
    { nextRunAt: number; lastResult: string },
  ]
  expect(claimed.nextRunAt).toBeLessThanOrEqual(Date.now() + 120_000)
  expect(JSON.parse(claimed.lastResult)).toMatchObject({ state: 'running', endedAt: null })
  catalog.exec('UPDATE schedules SET nextRunAt = 1000')
  catalog.close()
  const again = await start()
  const state = async () =>
    (await cli.json<{ lastResult: { state: string } }>('schedule', 'show', 'seldom')).lastResult.state
  await expect.poll(state).toBe('done')
  expect(await cli.lines('snapshot', 'list', '-q')).toHaveLength(1)
  expect(readdirSync(join(workspace.path, dataDirectory, 'stores/default/.berth/snapshots/1'))).toHaveLength(
    1,
  )
  await stopServer(again)
})

test('a store has a driver, and a share says who goes into .snapshot', async () => {
  const { server, cli } = await setUp()
  expect(await cli.text('store', 'show', 'default')).toMatch(
    /snapshots +auto \((btrfs|reflink|cephfs|copy)\)/,
  )
  expect(await cli.text('store', 'update', 'default', 'fast', '--driver', 'copy')).toBe(
    'classes of default: fast; snapshots: copy\n',
  )
  expect(await cli.text('store', 'update', 'default', '--driver', 'auto')).toMatch(
    /^classes of default: fast; snapshots: auto/,
  )
  expect(await cli.refusal('store', 'update', 'default', '--driver', 'cephfs')).toMatchObject({ code: 2 })
  await share(cli, '/a', '--snapshots', 'visible')
  expect(await cli.text('share', 'show', '/a')).toMatch(/\.snapshot +visible/)
  await stopServer(server)
})

test('hooks come from a file, and only those run that the config file allows', async () => {
  const log = join(workspace.path, 'log')
  const { hook, server, cli } = await setUpWithHook(
    `echo "$BERTH_MOMENT $BERTH_SHARE $1" >>'${log}'; echo dump >"$BERTH_DIRECTORY/dump"`,
  )
  await share(cli, '/a')
  const hooks = join(workspace.path, 'hooks.yaml')
  writeFileSync(
    hooks,
    `pre:
  - { kind: command, argv: ['${hook}', one], timeoutSeconds: 5, onFailure: abort }
post:
  - { kind: command, argv: ['${hook}', two], timeoutSeconds: 5, onFailure: warn }
`,
  )
  await cli.text('snapshot', 'create', '/a', '--hooks', hooks)
  await cli.text('schedule', 'create', 'nightly', '--cron', '@daily', '--path', '/', '--hooks', hooks)
  await cli.text('schedule', 'run', 'nightly')
  // What a command writes into the share on the gateway's host is in the snapshot.
  const tree = join(workspace.path, dataDirectory, 'stores/default/.berth/snapshots/1')
  for (const name of readdirSync(tree))
    expect(readFileSync(join(tree, name, 'data/dump'), 'utf8')).toBe('dump\n')
  expect(readdirSync(tree)).toHaveLength(2)
  expect(readFileSync(log, 'utf8')).toBe('pre /a one\npost /a two\n'.repeat(2))
  expect(await cli.text('schedule', 'show', 'nightly')).toMatch(/hook before +\S+hook one\n/)
  writeFileSync(hooks, 'pre: [{ kind: command, argv: [/bin/sh], timeoutSeconds: 5, onFailure: abort }]\n')
  expect(await cli.refusal('snapshot', 'create', '/a', '--hooks', hooks)).toMatchObject({ code: 4 })
  writeFileSync(hooks, 'pre: [')
  expect(await cli.refusal('snapshot', 'create', '/a', '--hooks', hooks)).toMatchObject({ code: 2 })
  await stopServer(server)
})

test.runIf(hasTerminal)('who sits at a terminal sees how far it is', async () => {
  const { hook, server, cli } = await setUpWithHook('sleep 3')
  await share(cli, '/a')
  const hooks = join(workspace.path, 'hooks.json')
  writeFileSync(
    hooks,
    JSON.stringify({ pre: [{ kind: 'command', argv: [hook], timeoutSeconds: 9, onFailure: 'abort' }] }),
  )
  const command = berth('snapshot', 'create', '/a', '--hooks', hooks)
  const { code, shown } = await onTerminal(command, [], cli)
  expect(code).toBe(0)
  expect(shown).toMatch(/making a snapshot of \/a … \d s, preparing/)
  expect(shown).toMatch(/snapshot \/a@\S+ is made/)
  await stopServer(server)
})
