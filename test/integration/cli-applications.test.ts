import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startWithCommandLine } from './cli-fixture.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const setUp = () => startWithCommandLine(workspace.path)

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
