import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CommandLine, dataDirectory } from './cli-fixture.ts'
import { containerOf, RecordedDocker } from './recorded-docker.ts'
import { anyPorts, main, startServer, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

/** A gateway that may import from `old`, and asks the Docker daemon at `docker.sock`. */
async function setUp() {
  const at = (...names: string[]) => join(workspace.path, ...names)
  mkdirSync(at(dataDirectory), { mode: 0o700 })
  mkdirSync(at('old/data'), { recursive: true })
  writeFileSync(at('old/data/file'), 'content')
  const imports = { directories: [at('old')], dockerSocket: at('docker.sock') }
  writeFileSync(at('berth.yaml'), JSON.stringify({ imports }))
  const args = ['--config', 'berth.yaml', '--data', dataDirectory, ...anyPorts]
  const server = await startServer(args, workspace.path)
  const store = at(dataDirectory, 'stores/default')
  return { at, server, cli: new CommandLine(workspace.path), store }
}

/** What is left of imports that did not come to their end. */
const makingIn = (store: string) =>
  readdirSync(join(store, '.berth')).filter((name) => /^(making|adopting)-/.test(name))

test('a directory is copied, and adopted', async () => {
  const { at, server, cli, store } = await setUp()
  expect(await cli.text('import', 'directory', at('old/data'), '/copy', '-n')).toMatch(
    /^would make share \/copy in store default of .*old\/data, by /,
  )
  expect(await cli.text('import', 'directory', at('old/data'), '/copy', '--label', 'a=b')).toBe(
    'share /copy is made: 2 files, 7 B\n',
  )
  expect(await cli.text('import', 'directory', at('old/data'), '/finance/db', '--adopt', '-q')).toBe('2\n')
  expect(existsSync(at('old/data'))).toBe(false)
  for (const path of ['copy/file', 'finance/db/file'])
    expect(readFileSync(join(store, path), 'utf8')).toBe('content')
  expect(await cli.refusal('import', 'directory', '/etc', '/etc')).toMatchObject({
    code: 4,
    line: expect.stringContaining('imports.directories') as unknown,
  })
  expect((await cli.run('import', 'jobs')).stderr).toBe('Nothing is being imported.\n')
  await stopServer(server)
})

test('a share goes through a pipe and comes back', async () => {
  const { at, server, cli, store } = await setUp()
  await cli.text('import', 'directory', at('old/data'), '/db', '--adopt')
  const more = Buffer.alloc(3_000_000, 'more than a pipe holds ')
  writeFileSync(join(store, 'db/more'), more)
  expect(await cli.text('export', '/db', '-o', 'db.tar')).toMatch(/^\/db is packed: db.tar, 2\.\d MiB\n$/)
  expect(
    execFileSync('tar', ['-tf', at('db.tar')], { encoding: 'utf8' })
      .split('\n')
      .sort(),
  ).toEqual(['', './', './file', './more'])
  // Its snapshot is gone again.
  expect(await cli.json('snapshot', 'list')).toEqual({ items: [] })
  await cli.text('snapshot', 'create', '/db', '--name', 'then')
  const berth = `${process.execPath} ${main}`
  const pipe = `${berth} export /db@then -z | tee db.tar.gz | ${berth} import tar - /again -q`
  const piped = spawnSync('sh', ['-c', pipe], { cwd: workspace.path, env: cli.environment, encoding: 'utf8' })
  expect(piped).toMatchObject({ stdout: '2\n', stderr: '' })
  expect(readFileSync(join(store, 'again/more')).equals(more)).toBe(true)
  execFileSync('zstd', ['-q', at('db.tar')])
  expect(await cli.text('import', 'tar', 'db.tar.zst', '/third', '--app', 'none').catch(String)).toContain(
    'there is no application',
  )
  expect(await cli.text('import', 'tar', 'db.tar.zst', '/third')).toContain(
    'share /third is made of db.tar.zst',
  )
  expect(await cli.refusal('import', 'tar', 'berth.yaml', '/no')).toMatchObject({
    code: 2,
    line: expect.stringContaining('does not look like a tar archive') as unknown,
  })
  expect(await cli.refusal('import', 'tar', 'db.tar.gz', '/third')).toMatchObject({ code: 5 })
  expect(makingIn(store)).toEqual([])
  await stopServer(server)
})

test('who goes away in the middle leaves nothing behind', async () => {
  const { at, server, cli, store } = await setUp()
  execFileSync('tar', ['-cf', at('old.tar'), '-C', at('old'), '.'])
  const upload = spawn(process.execPath, [main, 'import', 'tar', '-', '/db'], {
    cwd: workspace.path,
    env: cli.environment,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  upload.stdin.write(readFileSync(at('old.tar')).subarray(0, 2048))
  const jobs = () => cli.json<{ items: { id: string; phase: string; path: string }[] }>('import', 'jobs')
  await expect.poll(async () => (await jobs()).items[0]?.phase).toBe('unpacking')
  expect(makingIn(store)).toHaveLength(1)
  upload.kill('SIGKILL')
  await once(upload, 'close')
  await expect.poll(async () => (await jobs()).items).toEqual([])
  expect(makingIn(store)).toEqual([])

  const aborted = spawn(process.execPath, [main, 'import', 'tar', '-', '/db'], {
    cwd: workspace.path,
    env: cli.environment,
    stdio: ['pipe', 'inherit', 'pipe'],
  })
  aborted.stdin.write(readFileSync(at('old.tar')).subarray(0, 2048))
  await expect.poll(async () => (await jobs()).items[0]?.phase).toBe('unpacking')
  const [told] = await Promise.all([
    once(aborted.stderr, 'data'),
    cli.text('import', 'abort', (await jobs()).items[0]!.id),
  ])
  expect(String(told)).toContain('the import was aborted')
  aborted.stdin.end()
  expect(makingIn(store)).toEqual([])

  await cli.text('import', 'directory', at('old/data'), '/db', '--adopt')
  writeFileSync(join(store, 'db/large'), Buffer.alloc(50_000_000))
  await cli.text('snapshot', 'create', '/db', '--name', 'then')
  const reader = spawn('sh', ['-c', `${process.execPath} ${main} export /db@then | head -c 100000`], {
    cwd: workspace.path,
    env: cli.environment,
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  await once(reader, 'close')
  await expect
    .poll(async () => (await cli.run('snapshot', 'delete', '/db@then', '--yes', '--last')).code)
    .toBe(0)
  await stopServer(server)
})

test('Docker volumes become shares, with their labels and applications', async () => {
  const { at, server, cli, store } = await setUp()
  const docker = await new RecordedDocker().listen(at('docker.sock'))
  const volume = (
    Name: string,
    Labels: Record<string, string> | null,
    Options: Record<string, string> | null = null,
  ) => {
    const Mountpoint = at('old/volumes', Name, '_data')
    mkdirSync(Mountpoint, { recursive: true })
    writeFileSync(join(Mountpoint, 'file'), Name)
    return { Name, Driver: 'local', Mountpoint, Labels, Options }
  }
  const compose = { 'com.docker.compose.project': 'my_shop', 'com.docker.compose.volume': 'db' }
  docker.volumes = [
    volume('plain', { tier: 'db', 'berth/application': 'ledger' }),
    volume('my_shop_db', { ...compose, 'com.docker.compose.config-hash': 'f'.repeat(64), 'bad key': 'x' }),
    volume('bound', {}, { type: 'none', o: 'bind', device: '/srv' }),
    volume('0'.repeat(64), { 'com.docker.volume.anonymous': '' }),
    { ...volume('elsewhere', null), Driver: 'nfs' },
    { ...volume('outside', null), Mountpoint: '/etc' },
  ]
  docker.containers = [containerOf('web', 'my_shop_db'), containerOf('old', 'plain', 'exited')]
  const lines = (text: string[]) => text.map((line) => line.split(/ {2,}/))
  expect(lines(await cli.lines('import', 'docker', '-n'))).toEqual([
    ['VOLUME', 'SHARE', 'APPLICATION', 'OUTCOME', 'FILES', 'NOTE'],
    ['0'.repeat(64), `/docker/${'0'.repeat(64)}`, '-', 'skipped', '-', 'nobody has named it'],
    ['bound', '/docker/bound', '-', 'skipped', '-', expect.stringContaining('a mount of something else')],
    ['elsewhere', '/docker/elsewhere', '-', 'skipped', '-', expect.stringContaining('driver "nfs"')],
    [
      'my_shop_db',
      '/my_shop/db',
      'my-shop',
      'refused',
      '-',
      expect.stringMatching(/use it: web; labels left out: bad key, com/),
    ],
    ['outside', '/docker/outside', '-', 'refused', '-', expect.stringContaining('imports.directories')],
    ['plain', '/docker/plain', 'ledger', 'planned', '-', '-'],
  ])
  expect(docker.asked.slice(0, 3)).toEqual([
    'GET /_ping',
    'GET /v1.41/volumes',
    'GET /v1.41/containers/json?all=1',
  ])
  expect(await cli.refusal('import', 'docker')).toMatchObject({
    code: 5,
    line: expect.stringContaining('running containers use my_shop_db (web)') as unknown,
  })
  expect(existsSync(join(store, 'docker'))).toBe(false)

  docker.containers = [containerOf('web', 'my_shop_db', 'exited')]
  const wanted = ['--volume', 'plain', '--volume', 'my_shop_db'] as const
  const done = await cli.json<{ volumes: { volume: string; outcome: string; files: number }[] }>(
    'import',
    'docker',
    ...wanted,
  )
  expect(done.volumes.map(({ volume, outcome, files }) => [volume, outcome, files])).toEqual([
    ['my_shop_db', 'imported', 2],
    ['plain', 'imported', 2],
  ])
  expect(readFileSync(join(store, 'my_shop/db/file'), 'utf8')).toBe('my_shop_db')
  const shop = await cli.json<{ labels: object; application: { name: string } }>(
    'share',
    'show',
    '/my_shop/db',
  )
  expect(shop).toMatchObject({
    application: { name: 'my-shop' },
    labels: { ...compose, 'berth/docker-volume': 'my_shop_db' },
  })
  expect(await cli.json('share', 'show', '/docker/plain')).toMatchObject({ application: { name: 'ledger' } })
  // Again, they are there.
  const again = await cli.lines('import', 'docker', ...wanted)
  expect(
    lines(again)
      .slice(1)
      .map(([, , , outcome]) => outcome),
  ).toEqual(['there', 'there'])
  docker.close()
  await stopServer(server)
})
