import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { noRestic, removeRepository, TemporaryBackups } from './backup-fixture.ts'
import { password } from './quick-repository.ts'
import { refusalOf } from './snapshot-fixture.ts'

describe.skipIf(noRestic !== undefined)(noRestic ?? 'repositories of restic', () => {
  let gateway: TemporaryBackups
  let directory: string

  beforeEach(async () => {
    gateway = await TemporaryBackups.open()
    directory = dirname(gateway.repository)
  })
  afterEach(async () => {
    await gateway.remove()
    removeRepository(directory)
  })

  const wanted = (more: object = {}) => ({
    ...{ name: 'offsite', url: gateway.repository, secrets: { password: { file: 'password' } } },
    ...more,
  })

  test('one is made where there is none, and taken as it is where there is one', async () => {
    const { repositories } = gateway.backups
    await expect(repositories.create(wanted({ initialize: false }), 'admin:ada')).rejects.toThrow(
      'restic cat failed in repository offsite',
    )
    await repositories.create(wanted(), 'admin:ada')
    const config = readFileSync(join(gateway.repository, 'config'))
    await repositories.create(wanted({ name: 'same', initialize: false }), 'admin:ada')
    await repositories.create(wanted({ name: 'again' }), 'admin:ada')
    expect(readFileSync(join(gateway.repository, 'config'))).toEqual(config)
    expect(await refusalOf(repositories.create(wanted(), 'admin:ada'))).toBe('exists')
    expect((await repositories.all()).map(({ name }) => name)).toEqual(['again', 'offsite', 'same'])
  })

  test('one that the password does not open is refused, and so is one among the data', async () => {
    const { repositories } = gateway.backups
    await gateway.add()
    writeFileSync(join(directory, 'other'), 'quite another word\n')
    const other = wanted({ name: 'other', secrets: { password: { file: 'other' } } })
    await expect(repositories.create(other, 'admin:ada')).rejects.toThrow('wrong password')
    await expect(repositories.create(other, 'admin:ada')).rejects.not.toThrow('quite another')
    for (const url of [
      gateway.temporary.store,
      join(gateway.temporary.store, 'a'),
      gateway.temporary.data,
      '/tmp',
    ])
      expect(await refusalOf(repositories.create(wanted({ name: 'among', url }), 'admin:ada')), url).toBe(
        'invalid',
      )
  })

  test('it is changed and removed; what it holds keeps it, unless that is meant', async () => {
    const { repositories } = gateway.backups
    const id = await gateway.add()
    const share = await gateway.temporary.share('/a')
    writeFileSync(`${share.at}/one`, '1')
    await gateway.backUp(share.id)
    const changed = await repositories.update('offsite', { name: 'vault', description: 'In the cellar.' }, 1)
    expect(changed).toMatchObject({ id, name: 'vault', version: 2 })
    expect(await refusalOf(repositories.update('vault', { description: '' }, 1))).toBe('stale')
    const moved = { url: `${gateway.repository}-elsewhere` }
    expect(await refusalOf(repositories.update('vault', moved))).toBe('unavailable')
    expect((await repositories.get(id)).url).toBe(gateway.repository)
    expect(await refusalOf(repositories.remove('vault'))).toBe('conflict')
    await repositories.remove('vault', { force: true })
    expect(await repositories.all()).toEqual([])
    // What was backed up is known still, and still to be had once the repository is.
    expect((await gateway.backups.list({ limit: 10 })).items).toMatchObject([{ repositoryName: 'offsite' }])
    expect(JSON.parse(await gateway.restic('snapshots', '--json'))).toHaveLength(2)
  })

  test('a damaged one is found out, and that is kept with it', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    writeFileSync(`${share.at}/one`, 'x'.repeat(100_000))
    await gateway.backUp(share.id)
    const { backups } = gateway
    const good = await gateway.ended(await backups.check('offsite', 'admin:ada', { readData: true }))
    expect(good.state).toBe('done')
    expect((await backups.repositories.get('offsite')).checkResult).toBe('ok')
    for (const folder of readdirSync(join(gateway.repository, 'data')))
      for (const pack of readdirSync(join(gateway.repository, 'data', folder))) {
        const path = join(gateway.repository, 'data', folder, pack)
        truncateSync(path, statSync(path).size - 1)
      }
    const bad = await gateway.ended(await backups.check('offsite', 'admin:ada'))
    expect(bad).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('contains errors') as string,
    })
    const { checkResult } = await backups.repositories.get('offsite')
    expect(checkResult).toContain('contains errors')
  })

  test('backups are forgotten by policy or one by one, and what they took is pruned', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    for (let day = 0; day < 3; day++) {
      writeFileSync(`${share.at}/file`, Buffer.alloc(200_000, day + 1))
      await gateway.backUp(share.id)
      gateway.temporary.clock += 24 * 3600 * 1000
    }
    const { backups } = gateway
    const [, second, first] = (await backups.list({ limit: 10 })).items
    const wish = { repository: 'offsite', retention: { last: 2 }, createdBy: 'admin:ada' }
    const plan = await backups.planForget(wish)
    expect(plan.forget.map(({ id }) => id)).toEqual([first!.id])
    expect(plan.keep.map(({ reasons }) => reasons)).toEqual([[{ rule: 'last' }], [{ rule: 'last' }]])
    // That was a look alone.
    expect(JSON.parse(await gateway.restic('snapshots', '--json'))).toHaveLength(6)
    await gateway.ended(await backups.forget(wish))
    const one = { repository: 'offsite', backupIds: [second!.id], createdBy: 'admin:ada', prune: true }
    await gateway.ended(await backups.forget(one))
    await gateway.idle()
    expect(await refusalOf(backups.planForget(one))).toBe('not-found')
    expect((await backups.list({ limit: 10 })).items).toHaveLength(1)
    expect((await backups.list({ limit: 10 }, { withForgotten: true })).items).toHaveLength(3)
    expect(JSON.parse(await gateway.restic('snapshots', '--json'))).toHaveLength(2)
    expect((await backups.repositories.get('offsite')).prunedAt).not.toBeNull()
    expect(await gateway.restic('check')).toContain('no errors were found')
  })

  test('what is not there is not begun to be backed up, and nothing else either', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    const wish = { repository: 'offsite', createdBy: 'admin:ada' }
    const { backups } = gateway
    expect(await refusalOf(backups.begin({ ...wish, shareIds: [share.id, 99] }))).toBe('not-found')
    expect(await refusalOf(backups.begin({ ...wish, below: '/none' }))).toBe('not-found')
    expect(await refusalOf(backups.begin({ ...wish, application: 'none' }))).toBe('not-found')
    expect(await refusalOf(backups.begin({ ...wish, snapshotId: 4 }))).toBe('not-found')
    expect(await refusalOf(backups.begin({ ...wish, below: '/', repository: 'none' }))).toBe('not-found')
    expect(backups.jobs()).toEqual([])
  })

  test('the shares of an application are backed up as of one instant', async () => {
    await gateway.add()
    const { applications, namespace } = gateway.temporary
    await applications.create({ name: 'shop', owner: 'team', labels: { tier: 'gold' } })
    for (const path of ['/shop/db', '/shop/files']) {
      const share = await namespace.shares.create({ path, application: 'shop' })
      writeFileSync(join(namespace.shares.directoryOf(share), 'one'), path)
    }
    await gateway.temporary.share('/other')
    const wish = { repository: 'offsite', application: 'shop', createdBy: 'admin:ada' }
    for (const job of await gateway.backups.begin(wish)) await gateway.ended(job)
    const { items } = await gateway.backups.list({ limit: 10 })
    expect(items.map(({ path }) => path).sort()).toEqual(['/shop/db', '/shop/files'])
    expect(items[0]!.cutAt).toBe(items[1]!.cutAt)
    expect(items[0]!.tags).toEqual(expect.arrayContaining(['berth:application=shop', 'tier=gold']))
    const [first] = gateway.temporary.snapshots.of(items[0]!.shareId)
    const [second] = gateway.temporary.snapshots.of(items[1]!.shareId)
    expect(first!.groupId).toBe(second!.groupId)
  })

  test('a repository that is gone fails the backup, and says so without its password', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    writeFileSync(`${share.at}/one`, '1')
    rmSync(gateway.repository, { recursive: true })
    await expect(gateway.backUp(share.id)).rejects.toThrow('restic backup failed in repository offsite')
    const { items } = await gateway.backups.list({ limit: 10 })
    expect(items).toMatchObject([{ state: 'failed', resticId: null }])
    expect(items[0]!.message).not.toContain(password)
    expect(gateway.events.at(-1)).toMatchObject({ operation: 'END_BACKUP', result: items[0]!.message })
    expect(gateway.temporary.warnings()).toEqual(['backup: failed'])
    // Its snapshot is there, and no longer kept from being removed.
    const [snapshot] = gateway.temporary.snapshots.of(share.id)
    expect(gateway.temporary.snapshots.deletions.of(snapshot!.id).refusal).toBeUndefined()
  })

  test('an aborted backup leaves no lock, and the next one is whole', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    mkdirSync(`${share.at}/many`)
    for (let n = 0; n < 300; n++) writeFileSync(`${share.at}/many/${n}`, Buffer.alloc(100_000, n))
    const [job] = await gateway.backups.begin({
      shareIds: [share.id],
      repository: 'offsite',
      createdBy: 'admin:ada',
    })
    while (gateway.backups.job(job!.id).phase !== 'backing up')
      await new Promise((resolve) => setTimeout(resolve, 5))
    gateway.backups.abort(job!.id)
    expect(await gateway.ended(job!)).toMatchObject({ state: 'failed', message: 'the job was aborted' })
    expect(gateway.temporary.warnings()).toEqual(['backup: failed'])
    expect(readdirSync(join(gateway.repository, 'locks'))).toEqual([])
    expect(await gateway.backUp(share.id)).toMatchObject({ report: { totalFiles: 300 } })
  })

  test('a backup of which restic could not read all has failed, is marked, and is not what comes next', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    writeFileSync(`${share.at}/one`, '1')
    // Says after the real one's work what it says for an unreadable file.
    gateway.program = join(directory, 'restic-with-a-bad-disk')
    const bad =
      'restic "$@" || exit; case "$*" in *"backup --json"*" .") echo "/one: input/output error" >&2; exit 3;; esac'
    writeFileSync(gateway.program, `#!/bin/sh\n${bad}\n`, { mode: 0o755 })
    await gateway.reopen()
    await expect(gateway.backUp(share.id)).rejects.toThrow(
      'restic could not read all: /one: input/output error',
    )
    gateway.temporary.warnings()
    const [row] = (await gateway.backups.list({ limit: 10 })).items
    expect(row).toMatchObject({ state: 'failed', totalFiles: 1 })
    // What there is of it can be had still.
    expect(await gateway.restic('dump', row!.resticId!, '/one')).toBe('1')
    expect(await gateway.backups.planForget({ ...forgetAll, backupIds: [row!.id] })).toMatchObject({
      forget: [{}],
    })
    await gateway.ended(await gateway.backups.scan('offsite', 'admin:ada'))
    expect((await gateway.backups.list({ limit: 10 })).items).toEqual([row])
    const all = { repository: 'offsite', all: true, createdBy: 'admin:ada' }
    expect(await refusalOf(gateway.backups.planRestore(all))).toBe('not-found')
    gateway.program = 'restic'
    await gateway.reopen()
    // It is no base for the next one, which has followed it: so it need not stay.
    expect(await gateway.backUp(share.id)).toMatchObject({ report: { filesNew: 1, filesUnmodified: 0 } })
    const plan = await gateway.backups.planForget({ ...forgetAll, retention: { last: 1 } })
    expect(plan.forget.map(({ id }) => id)).toEqual([row!.id])
  })

  test('a restic that is too old or missing is told of', async () => {
    gateway.program = join(directory, 'restic-old')
    writeFileSync(gateway.program, '#!/bin/sh\necho restic 0.9.6 compiled with go1.12\n', { mode: 0o755 })
    await gateway.reopen()
    await expect(gateway.add()).rejects.toThrow('is no restic from 0.14.0 on')
    gateway.program = '/nowhere/restic'
    await gateway.reopen()
    await expect(gateway.add()).rejects.toThrow('restic cannot be run')
  })
})

const forgetAll = { repository: 'offsite', createdBy: 'admin:ada' }
