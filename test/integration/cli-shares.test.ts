import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { startWithCommandLine } from './cli-fixture.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const setUp = () => startWithCommandLine(workspace.path)

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
  const rates = ['--calls-per-second', '500', '--bytes-per-second', '50Mi', '--burst', '5s']
  await cli.text('share', 'update', '/old', ...rates)
  expect(await cli.lines('share', 'show', '/old')).toContainEqual(
    expect.stringMatching(/^limits +500 calls\/s, 50 MiB\/s, at once those of 5 s$/),
  )
  await cli.text('share', 'update', '/old', '--bytes-per-second', 'none')
  expect(await cli.json('share', 'show', '/old')).toMatchObject({
    callsPerSecond: 500,
    bytesPerSecond: null,
    burstSeconds: 5,
  })
  await cli.text('share', 'update', '/old', '--no-read-only', '--quota', 'none')
  expect(await cli.json('share', 'show', '/old')).toMatchObject({ readOnly: false, quotaBytes: null })
  expect(await cli.text('share', 'move', '/old', '/new/place', '--alias', '1d')).toBe(
    'share /old is now /new/place\n',
  )
  expect((await cli.lines('folder', 'aliases'))[1]).toMatch(/^\/old +\/new\/place +20/)
  const alias = ['folder', 'alias', 'remove', '/old']
  const removed = 'former path /old, which leads to /new/place\n'
  expect(await cli.text(...alias, '--dry-run')).toBe(`would remove ${removed}`)
  expect((await cli.refusal(...alias)).code).toBe(2)
  expect(await cli.text(...alias, '--yes')).toBe(`removed ${removed}`)
  expect((await cli.refusal(...alias, '--yes')).code).toBe(3)
  expect(await cli.text('folder', 'alias', 'list')).toBe('')

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
