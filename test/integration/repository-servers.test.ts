import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backupsOf, startWithSecrets } from './backup-gateway.ts'
import { password } from './quick-repository.ts'
import { serverKinds, type RepositoryServer } from './repository-servers.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()

for (const kind of serverKinds) {
  const title = kind.missing === undefined ? '' : ` (${kind.missing})`
  describe.skipIf(kind.missing !== undefined)(`a repository behind ${kind.name}${title}`, () => {
    test('is made, backed up to, checked, forgotten from, and brought back from', async () => {
      const directory = join(workspace.path, 'repository-server')
      mkdirSync(directory)
      const place = await kind.start(directory)
      try {
        await useRepository(place)
      } finally {
        await place.stop()
      }
    }, 180_000)
  })
}

async function useRepository({ url, environment, sshArguments }: RepositoryServer): Promise<void> {
  const { server, cli } = await startWithSecrets(workspace.path, environment, { sshArguments })
  const secrets = Object.keys(environment).flatMap((name) => ['--secret', `${name}=file:${name}`])
  expect(await cli.text('repository', 'add', 'away', url, '--password-file', 'password', ...secrets)).toBe(
    `repository away is added: ${url}\n`,
  )
  const { directory } = await cli.json<{ directory: string }>('share', 'create', '/finance/db')
  for (let number = 0; number < 20; number++) writeFileSync(join(directory, `file ${number}`), `is ${number}`)
  execFileSync('cp', ['-a', '/bin/true', join(directory, 'program')])

  expect(await cli.text('backup', 'run', '/finance/db')).toMatch(
    /^\/finance\/db is backed up in away: 21 new, 0 changed, 0 unmodified; .* added\n$/,
  )
  appendFileSync(join(directory, 'file 7'), ' and more')
  await cli.text('backup', 'run', '/finance/db', '--repository', 'away')
  const [second, first] = await backupsOf(cli, '--repository', 'away')
  expect(second).toMatchObject({ state: 'done', files: { new: 0, changed: 1, unmodified: 20, total: 21 } })

  expect(await cli.text('repository', 'check', 'away')).toContain('check of away is done')
  expect(await cli.text('backup', 'forget', 'away', '--keep-last', '1', '--dry-run')).toContain(first!.id)
  await cli.text('backup', 'forget', 'away', '--keep-last', '1', '--yes')
  expect(await cli.text('repository', 'prune', 'away')).toContain('prune of away is done')
  expect((await backupsOf(cli)).map(({ id }) => id)).toEqual([second!.id])

  await cli.text('backup', 'restore', 'away', '/finance/db', '--path-prefix', '/back')
  const restored = await cli.json<{ directory: string }>('share', 'show', '/back/finance/db')
  expect(readFileSync(join(restored.directory, 'file 7'), 'utf8')).toBe('is 7 and more')
  execFileSync('diff', ['-r', directory, restored.directory])

  const said = JSON.stringify(server.log()) + server.stdout() + (await cli.text('audit', 'list', '--json'))
  for (const secret of [password, ...Object.values(environment)]) expect(said).not.toContain(secret)
  await stopServer(server)
}
