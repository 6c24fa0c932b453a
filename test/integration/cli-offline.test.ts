import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { CommandLine, dataDirectory, startGateway } from './cli-fixture.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const inData = (...names: string[]) => join(workspace.path, dataDirectory, ...names)

interface Finding {
  readonly check: string
  readonly status: string
  readonly detail: string
  readonly fix?: string
}

test('the catalog is exported, imported, lost and rebuilt; a gateway that runs keeps it', async () => {
  let server = await startGateway(workspace.path)
  const cli = new CommandLine(workspace.path)
  await cli.text('app', 'create', 'payroll', '--owner', 'finance')
  await cli.text('share', 'create', '/finance/db', '--app', 'payroll', '--quota', '1Gi')
  await cli.text('token', 'create', 'worker', '--subject', 'app:payroll')
  for (const args of [
    ['catalog', 'import', 'catalog.json'],
    ['catalog', 'rebuild'],
  ]) {
    writeFileSync(join(workspace.path, 'catalog.json'), '{}')
    expect(await cli.refusal(...args, '--data', dataDirectory, '--replace', '--yes')).toEqual({
      code: 5,
      line: `berth: a gateway runs on DIR/berth-data, process ${server.pid}: stop it first`,
    })
  }
  let running = ''
  // The audit of what was done a moment ago may come into the catalog between the two.
  await vi.waitFor(
    async () => {
      running = await cli.text('catalog', 'export', '--data', dataDirectory)
      expect(running).toBe(await cli.text('catalog', 'export'))
    },
    { timeout: 20_000 },
  )
  await stopServer(server)

  // What ends is written down before a catalog is closed: only the tables that nobody touched are the same.
  await cli.text('catalog', 'export', '--data', dataDirectory, '--output', 'catalog.json')
  expect(statSync(join(workspace.path, 'catalog.json')).mode & 0o777).toBe(0o600)
  const exported = readFileSync(join(workspace.path, 'catalog.json'), 'utf8')
  const tables = (text: string) => (JSON.parse(text) as { tables: Record<string, unknown> }).tables
  expect(tables(exported).shares).toEqual(tables(running).shares)
  expect(tables(exported).tokens).toHaveLength(2)

  expect((await cli.refusal('catalog', 'import', 'catalog.json', '--data', dataDirectory)).code).toBe(5)
  expect(
    (await cli.refusal('catalog', 'import', 'catalog.json', '--data', dataDirectory, '--replace')).line,
  ).toContain('give --yes')
  writeFileSync(join(workspace.path, 'bad.json'), '{}')
  expect(
    (await cli.refusal('catalog', 'import', 'bad.json', '--data', dataDirectory, '--replace', '--yes')).code,
  ).toBe(2)
  expect(await cli.text('catalog', 'export', '--data', dataDirectory)).toBe(exported)
  await cli.text('catalog', 'import', 'catalog.json', '--data', dataDirectory, '--replace', '--yes')
  expect(await cli.text('catalog', 'export', '--data', dataDirectory)).toBe(exported)
  expect(readdirSync(inData()).filter((name) => name.includes('replaced'))).toHaveLength(1)
  expect(readdirSync(inData())).not.toContain('catalog.building')

  // Lost, and made anew from the records beside the shares.
  for (const name of readdirSync(inData())) if (name.startsWith('catalog.db')) rmSync(inData(name))
  const rebuilt = await cli.json('catalog', 'rebuild', '--data', dataDirectory)
  expect(rebuilt).toMatchObject({ shareCount: 1, applicationCount: 1, problems: [] })
  server = await startGateway(workspace.path)
  expect(await cli.json('share', 'show', '/finance/db')).toMatchObject({
    id: 1,
    quotaBytes: 1024 ** 3,
    application: { name: 'payroll' },
  })
  await stopServer(server)
})

test('audit verify reads the files of a gateway that does not run, and tells what was altered', async () => {
  const server = await startGateway(workspace.path)
  const cli = new CommandLine(workspace.path)
  await cli.text('folder', 'create', '/a')
  await stopServer(server)
  const whole = await cli.text('audit', 'verify', '--data', dataDirectory)
  expect(whole).toMatch(/^audit +whole$/m)
  const [, head = ''] = /^head +(\S+)$/m.exec(whole) ?? []
  await cli.text('audit', 'verify', '--data', dataDirectory, '--head', head)
  const other = head.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'))
  expect((await cli.run('audit', 'verify', '--data', dataDirectory, '--head', other)).code).toBe(1)

  const [name = ''] = readdirSync(inData('audit')).filter((file) => file.endsWith('.jsonl'))
  const file = inData('audit', name)
  writeFileSync(file, readFileSync(file, 'utf8').replace('CREATE_FOLDER', 'DELETE_FOLDER'))
  const altered = await cli.run('audit', 'verify', '--data', dataDirectory)
  expect(altered.code).toBe(1)
  expect(altered.stdout).toMatch(/^audit +NOT WHOLE$/m)
  expect(altered.stdout).toContain(name)
  expect((await cli.refusal('audit', 'verify', '--data', '.')).code).toBe(3)
})

test('doctor looks at a gateway that runs, one that does not, and one that cannot', async () => {
  const cli = new CommandLine(workspace.path)
  const findings = async (...args: string[]) => {
    const { stdout, code } = await cli.run('doctor', '--json', ...args)
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    expect(code).toBe(findings.some(({ status }) => status === 'fail') ? 1 : 0)
    for (const { status, fix } of findings) expect(fix === undefined).toBe(status === 'ok')
    return new Map(findings.map((finding) => [finding.check, finding]))
  }
  const server = await startGateway(workspace.path)
  const running = await findings()
  for (const check of [
    'data directory',
    'lock',
    'admin api',
    'nfs',
    'mount tcp',
    'mount udp',
    'nfs4 fallback',
  ])
    expect(running.get(check)).toMatchObject({ status: 'ok' })
  expect(running.get('lock')?.detail).toContain(`process ${server.pid}`)
  expect(running.get('nfs')?.detail).toBe(`version 3 answers at 127.0.0.1 port ${server.nfsPort}, TCP`)
  for (const check of [
    'portmap',
    'capabilities',
    'open files',
    'store default',
    'clock',
    'kernel',
    'mount.nfs',
  ])
    expect(running.has(check)).toBe(true)
  // From elsewhere only what a client sees.
  const remote = await findings('--url', server.adminUrl, '--token-file', inData('admin.token'))
  expect(remote.get('nfs')?.status).toBe('ok')

  const address = ['--nfs-port', `${server.nfsPort}`, '--admin-port', new URL(server.adminUrl).port]
  mkdirSync(join(workspace.path, 'other'), { mode: 0o700 })
  const taken = await findings('--data', 'other', ...address)
  expect(taken.get('nfs port')).toMatchObject({
    status: 'fail',
    detail: `NFS port ${server.nfsPort} on 127.0.0.1 is taken by another program`,
  })
  expect(taken.get('admin port')?.status).toBe('fail')
  await stopServer(server)

  const stopped = await findings('--data', dataDirectory, ...address)
  expect(stopped.get('lock')?.detail).toBe('free: no gateway runs on it')
  expect(stopped.get('nfs port')?.status).toBe('ok')
  expect(stopped.has('nfs')).toBe(false)

  chmodSync(inData('handle.key'), 0o644)
  expect((await findings()).get('data directory')).toEqual({
    check: 'data directory',
    status: 'fail',
    detail: `open to other users: ${inData('handle.key')}`,
    fix: `chmod 600 ${inData('handle.key')}`,
  })
  chmodSync(inData('handle.key'), 0o600)
  renameSync(inData('stores/default'), inData('stores/away'))
  expect((await findings()).has('store default')).toBe(false)
  expect((await findings('--data', 'nowhere')).get('data directory')?.fix).toContain('mkdir -m 700')
  const text = await cli.text('doctor', '--data', dataDirectory)
  expect(text).toMatch(/^ok {4}data directory /)
  expect(text).not.toContain('\u001b')
})
