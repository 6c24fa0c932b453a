import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backupsOf, password, resticMissing, startWithSecrets } from './backup-gateway.ts'
import type { CommandLine } from './cli-fixture.ts'
import { stopServer, useWorkspace } from './server.ts'

const workspace = useWorkspace()
const title = resticMissing === undefined ? '' : ` (${resticMissing})`

/** A share with files. Answers its directory. */
async function share(cli: CommandLine, path: string, ...options: string[]): Promise<string> {
  const { directory } = await cli.json<{ directory: string }>('share', 'create', path, ...options)
  for (let number = 0; number < 5; number++)
    writeFileSync(join(directory, `file ${number}`), `${path} ${number}`)
  return directory
}

/** What restic itself says of the repository. */
function restic(...args: string[]): string {
  return execFileSync('restic', ['-r', join(workspace.path, 'restic'), '--no-cache', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, RESTIC_PASSWORD: password },
  })
}

describe.skipIf(resticMissing !== undefined)(`backups by the command line${title}`, () => {
  test('a repository is added, shown, edited and forgotten', async () => {
    const { server, cli } = await startWithSecrets(workspace.path, { other: 'another password' })
    const place = join(workspace.path, 'restic')
    expect((await cli.run('repository', 'list')).stderr).toContain('Add one: berth repository add')
    expect(await cli.refusal('repository', 'add', 'disk', place)).toMatchObject({ code: 2 })
    expect(await cli.refusal('repository', 'add', 'disk', place, '--password-file', 'missing')).toEqual({
      code: 1,
      line: expect.stringContaining('secret DIR/berth-data/secrets/missing cannot be read') as string,
    })
    for (const [url, why] of [
      ['relative', /must be an absolute path/],
      ['rest:http://me:secret@host/', /credentials belong into secrets/],
      [join(workspace.path, 'berth-data/restic'), /choose a place on another disk/],
    ] as const) {
      const { code, line } = await cli.refusal(
        'repository',
        'add',
        'disk',
        url,
        '--password-file',
        'password',
      )
      expect(code).toBe(2)
      expect(line).toMatch(why)
      expect(line).not.toContain('secret@')
    }
    for (const file of ['../admin.token', '/etc/shadow'])
      expect(await cli.refusal('repository', 'add', 'disk', place, '--password-file', file)).toMatchObject({
        code: 2,
      })
    expect(
      await cli.refusal('repository', 'add', 'disk', place, '--password-file', 'password', '--no-init'),
    ).toMatchObject({ code: 1 })

    const add = ['repository', 'add', 'disk', place, '--password-file', 'password', '--description', 'near']
    expect(await cli.text(...add)).toBe(`repository disk is added: ${place}\n`)
    expect(await cli.refusal(...add)).toMatchObject({ code: 5 })
    expect(await cli.refusal('repository', 'add', 'wrong', place, '--password-file', 'other')).toMatchObject({
      code: 1,
    })
    expect((await cli.lines('repository', 'list'))[1]).toBe(`disk  ${place}  -        -       -`)
    const shown = await cli.text('repository', 'show', 'disk')
    for (const part of ['near', 'in /', '/berth-data/secrets/password', 'by admin:owner'])
      expect(shown).toContain(part)

    const edit = ['repository', 'edit', 'disk', '--name', 'near', '--description', '']
    expect(await cli.text(...edit)).toBe('repository near is changed\n')
    const secret = ['--secret', 'AWS_DEFAULT_REGION=file:other']
    await cli.text('repository', 'edit', 'near', ...secret)
    expect(await cli.text('repository', 'show', 'near')).toMatch(/AWS_DEFAULT_REGION +in .*secrets\/other\n/)
    expect(await cli.refusal('repository', 'edit', 'near', '--secret', 'PATH=file:other')).toMatchObject({
      code: 2,
    })
    expect(await cli.refusal('repository', 'edit', 'near', '--password-file', 'other')).toMatchObject({
      code: 1,
    })

    expect(await cli.text('repository', 'delete', 'near', '--dry-run')).toContain('would forget')
    expect(await cli.text('repository', 'delete', 'near', '--yes')).toContain('is forgotten')
    expect(await cli.refusal('repository', 'show', 'near')).toMatchObject({ code: 3 })
    expect(JSON.parse(restic('snapshots', '--json'))).toEqual([])
    await stopServer(server)
  })

  test('shares are backed up by path, application, folder or snapshot, and found again', async () => {
    const { server, cli } = await startWithSecrets(workspace.path)
    const place = join(workspace.path, 'restic')
    await cli.text('app', 'create', 'payroll', '--owner', 'finance', '--label', 'tier=gold')
    const directory = await share(cli, '/finance/db', '--app', 'payroll')
    await share(cli, '/finance/log', '--app', 'payroll')
    await share(cli, '/shop')
    expect(await cli.refusal('backup', 'run', '/shop')).toMatchObject({ code: 2 })
    await cli.text('repository', 'add', 'disk', place, '--password-file', 'password')
    expect(await cli.refusal('backup', 'run')).toMatchObject({ code: 2 })
    expect(await cli.refusal('backup', 'run', '/none')).toMatchObject({ code: 3 })

    expect(await cli.text('backup', 'run', '/finance/db')).toMatch(
      /^\/finance\/db is backed up in disk: 5 new, 0 changed, 0 unmodified; [\d.]+ KiB added\n$/,
    )
    appendFileSync(join(directory, 'file 1'), ' and more')
    const both = await cli.lines('backup', 'run', '--app', 'payroll', '--repository', 'disk')
    expect(both[0]).toContain('/finance/db is backed up in disk: 0 new, 1 changed, 4 unmodified')
    expect(both[1]).toContain('/finance/log is backed up in disk: 5 new')
    const [log, db] = await backupsOf(cli, '--app', 'payroll', '--limit', '2')
    expect(log!.cutAt).toBe(db!.cutAt)
    expect(await cli.text('backup', 'run', '--below', '/shop', '-q')).toMatch(/^[0-9a-f-]{36}\n$/)
    await cli.text('snapshot', 'create', '/shop', '--name', 'before')
    await cli.text('backup', 'run', '--snapshot', '/shop@before')

    const [header, first, ...rest] = await cli.lines('backup', 'list')
    expect(header).toMatch(/^ID +SHARE +AS OF +REPOSITORY +STATE +FILES +SIZE +ADDED +BY$/)
    expect(first).toMatch(/^[0-9a-f-]{36}  \/shop +20\S+ \d\d:\d\d +disk +done +5 /)
    expect(rest).toHaveLength(4)
    expect(await backupsOf(cli, '--share', '/finance/db')).toHaveLength(2)
    expect(await backupsOf(cli, '--below', '/finance')).toHaveLength(3)
    expect(await backupsOf(cli, '--repository', 'disk', '--state', 'failed')).toEqual([])
    expect(await cli.refusal('backup', 'list', '--repository', 'none')).toMatchObject({ code: 3 })
    const shown = await cli.text('backup', 'show', db!.id)
    for (const part of ['/finance/db (1)', 'payroll', '5: 0 new, 1 changed', db!.restic.data!])
      expect(shown).toContain(part)
    expect(restic('dump', '--path', '/', db!.restic.data!, '/file 1')).toBe('/finance/db 1 and more')
    const manifest = JSON.parse(restic('dump', db!.restic.manifest!, '/manifest.json')) as object
    expect(manifest).toMatchObject({ share: { path: '/finance/db' }, application: { name: 'payroll' } })
    expect(restic('snapshots', '--json', '--tag', 'berth:data,berth:path=/finance/db,tier=gold')).toContain(
      db!.restic.data!,
    )

    expect((await cli.lines('backup', 'jobs'))[1]).toMatch(/backup +disk +\/finance\/db +done/)
    expect((await cli.run('backup', 'jobs', '--running')).stderr).toBe('Nothing goes on.\n')
    const audit = await cli.json<{ items: { operation: string }[] }>('audit', 'list')
    const told = audit.items.map(({ operation }) => operation)
    for (const operation of ['CREATE_REPOSITORY', 'CREATE_BACKUPS', 'BEGIN_BACKUP', 'END_BACKUP'])
      expect(told).toContain(operation)
    expect(JSON.stringify(audit) + JSON.stringify(server.log())).not.toContain(password)
    await stopServer(server)
  })

  test('a backup goes on alone, is aborted, and fails in words', async () => {
    const { server, cli } = await startWithSecrets(workspace.path)
    const place = join(workspace.path, 'restic')
    const directory = await share(cli, '/shop')
    await cli.text('repository', 'add', 'disk', place, '--password-file', 'password')
    // More than restic stores in the time until it is told to end.
    execFileSync('sh', ['-c', 'head -c 400M /dev/urandom >"$1"', '-', join(directory, 'large')])
    const job = (await cli.text('backup', 'run', '/shop', '--no-wait', '-q')).trim()
    const jobs = async () =>
      (
        await cli.json<{ items: { id: string; state: string; phase: string; message: string }[] }>(
          'backup',
          'jobs',
        )
      ).items
    await expect.poll(async () => (await jobs())[0]?.phase, { timeout: 20_000 }).toBe('backing up')
    expect(await cli.text('backup', 'abort', job)).toBe(`job ${job} is aborted\n`)
    await expect
      .poll(async () => (await jobs())[0], { timeout: 20_000 })
      .toMatchObject({ state: 'failed', message: 'the job was aborted' })
    expect(await cli.refusal('backup', 'abort', job)).toMatchObject({ code: 5 })
    expect(await backupsOf(cli, '--state', 'failed')).toMatchObject([{ message: 'the job was aborted' }])
    // No lock is left: nothing is in the way of the next.
    await cli.text('backup', 'run', '/shop')

    execFileSync('mv', [place, `${place}.away`])
    expect(await cli.refusal('backup', 'run', '/shop')).toEqual({
      code: 1,
      line: expect.stringMatching(
        /^berth: backup of \/shop \(disk\): restic \w+ failed in repository disk: /,
      ) as string,
    })
    expect((await backupsOf(cli, '--state', 'failed'))[0]!.message).toContain('restic')
    mkdirSync(place)
    await stopServer(server)
  }, 120_000)
})
