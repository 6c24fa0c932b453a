import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3 } from 'nfs-server-ts'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { berth, CommandLine, hasTerminal, onTerminal, startGateway } from './cli-fixture.ts'
import { mountShare, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

/** A gateway, and commands that find it without a setting. */
async function setUp() {
  const server = await startGateway(workspace.path)
  return { server, cli: new CommandLine(workspace.path) }
}

test('tables for people, without colours in a pipe; JSON of the API; identifiers', async () => {
  const { server, cli } = await setUp()
  expect(await cli.text('app', 'list')).toBe('')
  expect((await cli.run('app', 'list')).stderr).toContain('No applications. Make one: berth app create')
  expect(await cli.text('app', 'create', 'payroll', '--owner', 'finance', '--label', 'team=pay')).toBe(
    'application payroll is made\n',
  )
  expect(
    await cli.text('share', 'create', '/finance/payroll/db', '--app=payroll', '--quota=10Gi', '-q'),
  ).toBe('1\n')
  await cli.text('share', 'create', '/media', '--read-only')
  expect(await cli.lines('share', 'list')).toEqual([
    'PATH                 ID  APPLICATION  STORE    ACCESS  USED   QUOTA  LABELS',
    '/finance/payroll/db   1  payroll      default  rw       0 B  10 GiB  -',
    '/media                2  -            default  ro       0 B       -  -',
  ])
  expect(await cli.text('share', 'list', '--quiet', '--app', 'payroll')).toBe('/finance/payroll/db\n')
  const { items } = await cli.json<{ items: { path: string; quotaBytes: number | null }[] }>('share', 'list')
  expect(items.map(({ path, quotaBytes }) => [path, quotaBytes])).toEqual([
    ['/finance/payroll/db', 10 * 1024 ** 3],
    ['/media', null],
  ])
  await stopServer(server)
})

test('share show has lines to copy, and YAML that is YAML', async () => {
  const { server, cli } = await setUp()
  await cli.text('share', 'create', '/a b', '--quota', '1Gi')
  const shown = await cli.text('share', 'show', '/a b')
  const ports = `port=${server.nfsPort},mountproto=tcp,mountport=${server.nfsPort}`
  expect(shown).toContain(`mount -t nfs -o vers=3,proto=tcp,${ports},nolock '127.0.0.1:/a b' /mnt`)
  for (const part of ['127.0.0.1:/a\\040b ', 'docker run --mount', 'driver_opts:', 'kind: PersistentVolume'])
    expect(shown).toContain(part)
  expect(await cli.lines('share', 'show', '/a b', '--only', 'mount', '--host', 'nas.example')).toEqual([
    expect.stringMatching(/^mount -t nfs .* 'nas\.example:\/a b' \/mnt$/),
  ])
  expect(await cli.text('share', 'show', '1', '--only', 'fstab', '--access', 'token')).toContain(
    '127.0.0.1:/@TOKEN/a\\040b ',
  )
  const documents = parseAllDocuments(
    await cli.text('share', 'show', '/a b', '--only', 'kubernetes', '--claim', 'data', '--namespace', 'pay'),
  ).map((document) => document.toJS() as { kind: string; metadata: object })
  expect(documents).toMatchObject([
    { kind: 'PersistentVolume', spec: { nfs: { path: '/a b' }, capacity: { storage: `${1024 ** 3}` } } },
    { kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'pay' } },
  ])
  await stopServer(server)
})

test('a share changes, moves, is deleted, put back and purged; nothing without a yes', async () => {
  const { server, cli } = await setUp()
  await cli.text('share', 'create', '/old', '--label', 'a=1', '--label', 'b=2')
  expect(await cli.text('share', 'label', '/old', 'b-', 'c=3')).toBe('labels of /old: a=1,c=3\n')
  await cli.text('share', 'update', '/old', '--label', 'd=4', '--owner', 'me', '--quota', '5M', '--read-only')
  expect(await cli.json('share', 'show', '/old')).toMatchObject({
    labels: { a: '1', c: '3', d: '4' },
    owner: 'me',
    quotaBytes: 5_000_000,
    readOnly: true,
  })
  await cli.text('share', 'update', '/old', '--no-read-only', '--quota', 'none')
  expect(await cli.json('share', 'show', '/old')).toMatchObject({ readOnly: false, quotaBytes: null })
  expect(await cli.text('share', 'move', '/old', '/new/place', '--alias', '1d')).toBe(
    'share /old is now /new/place\n',
  )
  expect((await cli.lines('folder', 'aliases'))[1]).toMatch(/^\/old +\/new\/place +20/)

  expect(await cli.text('share', 'delete', '/new/place', '--dry-run')).toMatch(/^would delete \/new\/place /)
  expect(await cli.refusal('share', 'delete', '/new/place')).toEqual({
    code: 2,
    line: 'berth: delete share /new/place (0 B in 0 files, 0 mounts): nobody is at the terminal to be asked; give --yes to do it',
  })
  expect(await cli.text('share', 'list', '-q')).toBe('/new/place\n')
  expect(await cli.json('share', 'delete', '/new/place', '--yes')).toMatchObject({
    id: 1,
    deletedBy: 'admin:owner',
  })
  expect(await cli.text('share', 'list', '--deleted', '-q')).toBe('1\n')
  expect(await cli.text('share', 'show', '1')).toContain('admin:owner')
  await cli.text('share', 'undelete', '/new/place', '--path', '/again')
  expect(await cli.text('share', 'list', '-q')).toBe('/again\n')
  await cli.text('share', 'delete', '/again', '-y')
  expect(await cli.text('share', 'purge', '/again', '--dry-run')).toMatch(/^would remove /)
  await cli.text('share', 'purge', '/again', '--yes')
  expect(await cli.text('share', 'list', '--deleted')).toBe('')
  await stopServer(server)
})

test('folders, links and their targets, stores', async () => {
  const { server, cli } = await setUp()
  await cli.text('folder', 'create', '/team/data', '--description', 'theirs', '--label', 'x=1')
  await cli.text('folder', 'label', '/team/data', 'y=2')
  await cli.text('folder', 'update', '/team/data', '--description', 'ours')
  expect(await cli.json('folder', 'show', '/team/data')).toMatchObject({
    description: 'ours',
    labels: { x: '1', y: '2' },
  })
  await cli.text('share', 'create', '/team/data/db')
  expect(await cli.text('folder', 'delete', '/team/data', '--dry-run')).toBe(
    'cannot remove /team/data\nin the way: /team/data/db\n',
  )
  await cli.text('folder', 'move', '/team', '/group')
  expect(await cli.lines('folder', 'list', '/group/data')).toEqual([
    expect.stringMatching(/^PATH/),
    expect.stringMatching(/^\/group\/data\/db +\d+ +share +1 /),
  ])
  expect(await cli.text('folder', 'list', '-q')).toBe('/group\n')
  await cli.text('folder', 'create', '/empty')
  await cli.text('folder', 'delete', '/empty', '--yes')

  expect(await cli.text('link', 'create', '/alias', '/group/data/db', '--priority', '5')).toBe(
    'link /alias leads to share 1\n',
  )
  const target = (await cli.text('link', 'target', 'add', '/alias', 'other:/x', '-q')).trim()
  await cli.text('link', 'target', 'update', '/alias', target, '--state', 'draining')
  expect(await cli.text('link', 'show', '/alias')).toContain(`${target}  other:/x  draining`)
  expect(await cli.text('link', 'target', 'remove', '/alias', target, '-n')).toContain('would remove target')
  await cli.text('link', 'target', 'remove', '/alias', target, '-y')
  await cli.text('link', 'label', '/alias', 'k=v')
  await cli.text('link', 'update', '/alias', '--description', 'short')
  await cli.text('link', 'move', '/alias', '/shorter')
  expect(await cli.text('link', 'list', '-q')).toBe('/group/data/db\n/shorter\n')
  expect(await cli.text('link', 'delete', '/group/data/db', '-n')).toContain('the only path of share 1')
  await cli.text('link', 'delete', '/shorter', '--yes')

  const directory = join(workspace.path, 'more')
  expect((await cli.refusal('store', 'add', 'more', directory)).code).toBe(2)
  const { mkdirSync } = await import('node:fs')
  mkdirSync(directory)
  await cli.text('store', 'add', 'more', 'more', '--class', 'fast')
  expect(await cli.text('store', 'update', 'more', 'fast', 'cheap')).toBe('classes of more: fast, cheap\n')
  expect(await cli.json('store', 'show', 'more')).toMatchObject({ directory, classes: ['fast', 'cheap'] })
  expect(await cli.text('share', 'create', '/f', '--class', 'fast')).toContain(`in ${directory}/f;`)
  expect((await cli.refusal('store', 'remove', 'more', '--yes')).code).toBe(5)
  await cli.text('share', 'delete', '/f', '-y')
  await cli.text('share', 'purge', '/f', '-y')
  await expect.poll(() => cli.json('store', 'show', 'more')).toMatchObject({ shareCount: 0 })
  expect(await cli.text('store', 'remove', 'more', '--dry-run')).toContain('would let go of store more')
  await cli.text('store', 'remove', 'more', '--yes')
  expect(await cli.text('store', 'list', '-q')).toBe('default\n')
  await stopServer(server)
})

test('a token mounts what the policy allows; grants, clients, workloads, tickets; the end of all', async () => {
  const { server, cli } = await setUp()
  await cli.text('app', 'create', 'payroll', '--owner', 'finance')
  await cli.text('share', 'create', '/finance/db', '--app', 'payroll', '--identity', 'none')
  const made = await cli.run(
    'token',
    'create',
    'worker',
    '--subject',
    'app:payroll/worker',
    '--expires',
    '1d',
  )
  // The secret alone, for TOKEN=$(berth token create …).
  const token = made.stdout.trim()
  expect(token).toMatch(/^berth_[0-9a-z]+$/)
  expect(made.stderr).toContain('shown once')
  await expect(mountShare(server, `/@${token}/finance/db`)).rejects.toThrow('status 13')

  const rules = (await cli.text('policy', 'allow', 'app:payroll', '/finance/**', 'list', 'read', '-q'))
    .trim()
    .split('\n')
  expect(rules).toHaveLength(2)
  const explained = await cli.text('policy', 'explain', 'app:payroll/worker', '/finance/db', 'read')
  expect(explained).toContain(`rule ${rules[1]!}: allow app:payroll read /finance/**`)
  expect(explained).toMatch(/answer +yes/)
  expect(await cli.text('policy', 'explain', 'app:payroll', '/finance/db', 'write')).toMatch(/answer +no/)

  const { transport, nfs, root } = await mountShare(server, `/@${token}/finance/db`)
  expect((await nfs.getattr(root)).status).toBe(Nfsstat3.OK)
  const grant = (await cli.text('grant', 'list', '-q')).trim()
  expect((await cli.lines('grant', 'list', '--with-token', 'worker'))[1]).toMatch(
    /^\d+ +app:payroll\/worker +127\.0\.0\.1 +\/finance\/db +token /,
  )
  expect(await cli.json('grant', 'show', grant)).toMatchObject({ path: '/finance/db' })
  expect((await cli.lines('client', 'list'))[1]).toMatch(/^127\.0\.0\.1 +\d +1$/)
  await expect.poll(() => cli.text('share', 'workloads', '/finance/db', '-q')).toBe('app:payroll/worker\n')
  expect(await cli.text('app', 'workloads', 'payroll', '-q')).toBe('app:payroll/worker\n')
  expect(await cli.text('share', 'orphans', '--days', '0')).not.toContain('/elsewhere')

  writeFileSync(join(workspace.path, 'token'), token, { mode: 0o600 })
  const source = (await cli.text('ticket', 'create', '/finance/db', '--token-file', 'token')).trim()
  const other = await mountShare(server, source.slice(source.indexOf(':') + 1))
  await other.transport.close()

  expect(await cli.text('grant', 'end', grant, '--dry-run')).toMatch(
    /^would end grant \d+ of app:payroll\/worker/,
  )
  await cli.text('grant', 'end', grant, '--yes')
  expect((await nfs.getattr(root)).status).not.toBe(Nfsstat3.OK)
  expect(await cli.text('client', 'disconnect', '127.0.0.1', '-n')).toMatch(
    /^would close \d connections of 127\.0\.0\.1\n$/,
  )
  await cli.text('client', 'disconnect', '127.0.0.1', '--yes')
  await transport.closed

  const rotated = await cli.text('token', 'rotate', 'worker', '--overlap', '0s')
  await expect(mountShare(server, `/@${token}/finance/db`)).rejects.toThrow('status 13')
  const again = await mountShare(server, `/@${rotated.trim()}/finance/db`)
  await cli.text('policy', 'remove', rules[1]!, '--yes')
  await expect.poll(async () => (await again.nfs.getattr(again.root)).status).not.toBe(Nfsstat3.OK)
  await again.transport.close()
  await cli.text('token', 'update', 'worker', '--name', 'w', '--scope', '/finance', '--rate', '10')
  expect(await cli.json('token', 'show', 'w')).toMatchObject({ scope: '/finance', mountsPerMinute: 10 })
  expect(await cli.text('token', 'revoke', 'w', '-n')).toMatch(/^would revoke token w /)
  await cli.text('token', 'revoke', 'w', '-y')
  expect(await cli.text('token', 'list')).toBe('')
  expect(await cli.lines('token', 'list', '--all')).toHaveLength(3)
  await stopServer(server)
})

test('applications: manifests in versions, and questions about the past', async () => {
  const { server, cli } = await setUp()
  await cli.text('app', 'create', 'payroll', '--owner', 'finance', '--link', 'wiki=https://w.example/a=b')
  await cli.text('app', 'update', 'payroll', '--owner', 'people')
  await cli.text('app', 'label', 'payroll', 'tier=1')
  expect(await cli.json('app', 'show', 'payroll')).toMatchObject({
    owner: 'people',
    labels: { tier: '1' },
    links: [{ title: 'wiki', url: 'https://w.example/a=b' }],
  })
  const file = join(workspace.path, 'deploy.yaml')
  writeFileSync(file, 'kind: Deployment # of payroll\n')
  await cli.text('app', 'manifest', 'put', 'payroll', 'deploy.yaml')
  writeFileSync(file, 'kind: StatefulSet\n')
  expect(await cli.text('app', 'manifest', 'put', 'payroll', 'deploy.yaml')).toBe(
    'deploy.yaml of payroll is kept, version 2\n',
  )
  expect(await cli.text('app', 'manifest', 'show', 'payroll', 'deploy.yaml', '--version', '1')).toBe(
    'kind: Deployment # of payroll\n',
  )
  expect(await cli.lines('app', 'manifest', 'list', 'payroll')).toHaveLength(2)
  expect(await cli.lines('app', 'manifest', 'list', 'payroll', 'deploy.yaml')).toHaveLength(3)

  const before = new Date(Date.now() - 60_000).toISOString()
  await cli.text('share', 'create', '/db', '--app', 'payroll')
  expect((await cli.lines('app', 'data', 'payroll'))[1]).toMatch(/^\/db +1 +payroll +default +db /)
  expect(await cli.text('app', 'data', 'payroll', '--at', before)).toBe('')
  await cli.text('share', 'delete', '/db', '-y')
  for (const what of [
    ['1'],
    ['db', '--store', 'default'],
    [join(workspace.path, 'berth-data/stores/default/db/x')],
  ])
    expect((await cli.lines('app', 'owner-of', ...what))[1]).toMatch(/^\/db +1 +payroll /)
  await cli.text('app', 'retire', 'payroll')
  expect(await cli.text('app', 'list')).toBe('')
  expect(await cli.text('app', 'list', '--retired', '-q')).toBe('payroll\n')
  await cli.text('app', 'revive', 'payroll')
  await stopServer(server)
})

test('administrators with roles, host rules, the policy as a document, the audit', async () => {
  const { server, cli } = await setUp()
  const text = await cli.text('admin', 'create', 'eve', '--role', 'role:viewer', '--network', '127.0.0.0/8')
  const eve = new CommandLine(workspace.path, { BERTH_TOKEN: text.trim() })
  expect(await eve.json('admin', 'whoami')).toMatchObject({ subject: 'admin:eve' })
  expect(await eve.text('share', 'list')).toBe('')
  expect(await eve.refusal('share', 'create', '/x')).toEqual({
    code: 4,
    line: 'berth: admin:eve may not manage /x',
  })
  await cli.text('admin', 'update', 'eve', '--expires', '1d')
  expect(await cli.text('admin', 'show', 'eve')).toContain('127.0.0.0/8')
  expect(await cli.text('admin', 'revoke', 'eve', '--dry-run')).toContain('admin:eve')
  const rotated = await cli.text('admin', 'rotate', 'eve', '--overlap', '0s')
  expect((await eve.refusal('share', 'list')).code).toBe(4)
  expect(await new CommandLine(workspace.path, { BERTH_TOKEN: rotated }).text('share', 'list')).toBe('')
  await cli.text('admin', 'revoke', 'eve', '--yes')
  expect(await cli.text('admin', 'list', '-q')).toMatch(/^\S+\n$/)

  await cli.text('host', 'add', '10.0.0.0/8', 'host:farm', '--identity', 'all:5:6', '--scope', '/a')
  await cli.text('host', 'update', '10.0.0.0/8', '--description', 'the farm', '--scope', 'none')
  expect(await cli.json('host', 'show', '10.0.0.0/8')).toMatchObject({ scope: null, description: 'the farm' })
  expect(await cli.text('host', 'remove', '10.0.0.0/8', '-n')).toContain('would remove')
  await cli.text('host', 'remove', '10.0.0.0/8', '-y')
  expect(await cli.text('host', 'list')).toBe('')

  await cli.text('policy', 'deny', '*', '/secret/**', '*', '--description', 'nobody')
  await cli.text('policy', 'role', 'user:ann', 'role:reader')
  expect(await cli.text('policy', 'roles')).toMatch(/role:reader +user:ann/)
  const document = await cli.text('policy', 'export')
  const file = join(workspace.path, 'rules.yaml')
  writeFileSync(file, document)
  expect(await cli.text('policy', 'apply', file, '--dry-run')).toBe(
    'would change the policy: 0 rules added, 0 removed, 4 kept\n',
  )
  writeFileSync(file, document.replace('/secret/**', '/hidden/**'))
  expect((await cli.refusal('policy', 'apply', file)).code).toBe(2)
  expect(await cli.text('policy', 'apply', file, '--yes')).toContain('1 rules added, 1 removed, 3 kept')
  expect(await cli.text('policy', 'list', '--path', '/hidden/**')).toContain('nobody')

  await expect
    .poll(() => cli.text('audit', 'list', '--kind', 'admin', '--limit', '100'))
    .toMatch(/admin:eve +127\.0\.0\.1 +CREATE_SHARE +\/\S+ +forbidden/)
  expect(await cli.lines('audit', 'list', '--limit', '1')).toHaveLength(2)
  expect(await cli.text('audit', 'verify')).toMatch(/^audit +whole$/m)
  await stopServer(server)
})

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
