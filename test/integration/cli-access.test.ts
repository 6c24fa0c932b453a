import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Nfsstat3 } from 'nfs-server-ts'
import { expect, test } from 'vitest'
import { CommandLine, startWithCommandLine } from './cli-fixture.ts'
import { mountShare, stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const setUp = () => startWithCommandLine(workspace.path)

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
  await cli.text('token', 'update', 'w', '--bytes-per-second', '20Mi')
  expect(await cli.lines('token', 'show', 'w')).toContainEqual(
    expect.stringMatching(/^limits +20 MiB\/s, at once those of 1 s$/),
  )
  expect(await cli.text('token', 'revoke', 'w', '-n')).toMatch(/^would revoke token w /)
  await cli.text('token', 'revoke', 'w', '-y')
  expect(await cli.text('token', 'list')).toBe('')
  expect(await cli.lines('token', 'list', '--all')).toHaveLength(3)
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
  writeFileSync(file, 'rules: []\n')
  const role = (await cli.text('policy', 'list', '--subject', 'admin:owner', '-q')).trim()
  for (const change of [
    ['apply', file],
    ['remove', role],
  ])
    for (const flag of ['--yes', '--dry-run'])
      expect(await cli.refusal('policy', ...change, flag)).toEqual({
        code: 5,
        line: 'berth: admin:owner could make administrators no more, and nobody else can: keep a rule that gives role:owner to one who has a valid admin token',
      })

  await expect
    .poll(() => cli.text('audit', 'list', '--kind', 'admin', '--limit', '100'))
    .toMatch(/admin:eve +127\.0\.0\.1 +CREATE_SHARE +\/\S+ +forbidden/)
  expect(await cli.lines('audit', 'list', '--limit', '1')).toHaveLength(2)
  expect(await cli.text('audit', 'verify')).toMatch(/^audit +whole$/m)
  await stopServer(server)
})
