import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backupsOf, resticMissing, startWithSecrets } from './backup-gateway.ts'
import type { CommandLine } from './cli-fixture.ts'
import { password } from './quick-repository.ts'
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
    await expect.poll(async () => (await jobs())[0]?.phase).toBe('backing up')
    expect(await cli.text('backup', 'abort', job)).toBe(`job ${job} is aborted\n`)
    await expect
      .poll(async () => (await jobs())[0])
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
  })

  test('a schedule backs up and forgets, and the report tells who is unprotected', async () => {
    const { server, cli } = await startWithSecrets(workspace.path)
    await share(cli, '/finance/db')
    await share(
      cli,
      '/cache',
      '--label',
      'berth/snapshot-within=never',
      '--label',
      'berth/backup-within=never',
    )
    const place = join(workspace.path, 'restic')
    await cli.text('repository', 'add', 'disk', place, '--password-file', 'password')
    const { code, stdout, stderr } = await cli.run('report', 'unprotected')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^SHARE +SNAPSHOT +BACKUP +SINCE +WHAT TO DO\n\/finance\/db +none +none +20/)
    expect(stdout).not.toContain('/cache')
    expect(stderr).toBe('berth: 1 shares are not as safe as they are to be\n')

    const keep = ['--keep-last', '1', '--repository', 'disk', '--backup-keep-last', '1']
    await cli.text('schedule', 'create', 'nightly', '--cron', '30 2 * * *', '--path', '/finance', ...keep)
    expect(await cli.text('schedule', 'show', 'nightly')).toMatch(/backed up to +disk\nkeep there +1 last\n/)
    expect(await cli.refusal('schedule', 'edit', 'nightly', '--repository', 'none')).toMatchObject({
      code: 3,
    })
    for (const count of [1, 2]) {
      await cli.text('schedule', 'run', 'nightly')
      const made = async () => (await backupsOf(cli, '--forgotten', '--state', 'done')).length
      await expect.poll(made).toBe(count)
    }
    const left = async () => (await backupsOf(cli, '--schedule', 'nightly')).length
    await expect.poll(left).toBe(1)
    expect((await backupsOf(cli, '--forgotten')).map(({ forgottenAt }) => forgottenAt !== null)).toEqual([
      false,
      true,
    ])
    expect(await cli.text('report', 'unprotected', '-q')).toBe('')
    await cli.text('schedule', 'edit', 'nightly', '--no-repository')
    expect(await cli.json('schedule', 'show', 'nightly')).toMatchObject({ repository: null })
    await stopServer(server)
  })

  test('shares and files come back: here, and on a gateway that never knew them', async () => {
    const first = join(workspace.path, 'first')
    mkdirSync(first)
    const { server, cli } = await startWithSecrets(first)
    await cli.text('app', 'create', 'payroll', '--owner', 'finance')
    const manifest = join(workspace.path, 'compose.yaml')
    writeFileSync(manifest, 'services: {}\n')
    await cli.text('app', 'manifest', 'put', 'payroll', manifest)
    const directory = await share(cli, '/finance/db', '--app', 'payroll', '--quota', '1Gi', '--owner', 'ada')
    execFileSync('sh', [
      '-c',
      'cd "$1" && ln "file 1" same && chmod 600 "file 2" && mkdir etc && echo x >etc/conf',
      '-',
      directory,
    ])
    const place = join(workspace.path, 'restic')
    await cli.text('repository', 'add', 'disk', place, '--password-file', 'password')
    await cli.text('backup', 'run', '/finance/db')
    const [backup] = await backupsOf(cli)

    writeFileSync(join(directory, 'etc/conf'), 'broken')
    expect(await cli.text('backup', 'restore-files', backup!.id, 'etc/conf')).toMatch(
      /^etc\/conf is restored as etc\/conf\.\S+: 1 added \(2 B\)\n$/,
    )
    await cli.text('backup', 'restore-files', backup!.id, 'file 2', '--to', 'file 2 again')
    expect(readFileSync(join(directory, 'file 2 again'), 'utf8')).toBe('/finance/db 2')
    expect(await cli.refusal('backup', 'restore-files', backup!.id, 'none')).toMatchObject({ code: 1 })
    await stopServer(server)
    execFileSync('rm', ['-r', first])

    const again = await startWithSecrets(workspace.path)
    const { cli: later } = again
    await later.text('repository', 'add', 'found', place, '--password-file', 'password', '--no-init')
    expect(await later.refusal('backup', 'restore', 'found', '--all', '--yes')).toEqual({
      code: 3,
      line: expect.stringContaining('scan it first') as string,
    })
    expect(await later.text('repository', 'scan', 'found')).toMatch(/: 1 backups, 1 of them not known before/)
    const plan = await later.text('backup', 'restore', 'found', '--all', '--dry-run')
    expect(plan).toMatch(/\/finance\/db +20\S+ \S+ +payroll +restored\n/)
    expect(plan).toContain('would restore 1 shares; would make the applications payroll')
    expect(await later.text('backup', 'restore', 'found', '/finance')).toMatch(
      /^applications made: payroll\n\/finance\/db is restored as share 1\n$/,
    )
    const restored = await later.json<{ directory: string }>('share', 'show', '/finance/db')
    expect(restored).toMatchObject({ owner: 'ada', quotaBytes: 2 ** 30, application: { name: 'payroll' } })
    const numberOf = (name: string) => statSync(join(restored.directory, name)).ino
    expect(numberOf('same')).toBe(numberOf('file 1'))
    expect(readFileSync(join(restored.directory, 'etc/conf'), 'utf8')).toBe('x\n')
    expect(await later.text('app', 'manifest', 'show', 'payroll', 'compose.yaml')).toBe('services: {}\n')
    expect(await later.text('backup', 'restore', 'found', '/finance')).toContain('was there already')
    await stopServer(again.server)
  })
})
