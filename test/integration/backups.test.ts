import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  fillTree,
  listingOf,
  noRestic,
  quickRepository,
  removeRepository,
  TemporaryBackups,
} from './backup-fixture.ts'
import { refusalOf } from './snapshot-fixture.ts'

describe.skipIf(noRestic !== undefined)(noRestic ?? 'backups by restic', () => {
  let gateway: TemporaryBackups

  beforeEach(async () => {
    gateway = await TemporaryBackups.open(quickRepository())
  })
  afterEach(async () => {
    await gateway.remove()
    removeRepository(dirname(gateway.repository))
  })

  test('a share is backed up, with its manifest before it', async () => {
    // This one is made by restic.
    removeRepository(gateway.repository)
    await gateway.add()
    const share = await gateway.temporary.share('/finance/payroll/db')
    mkdirSync(`${share.at}/sub`)
    writeFileSync(`${share.at}/sub/one`, 'one')
    linkSync(`${share.at}/sub/one`, `${share.at}/two`)
    const { report } = await gateway.backUp(share.id)
    expect(report).toMatchObject({ state: 'done', path: '/finance/payroll/db', totalFiles: 2 })
    const { items } = await gateway.backups.list({ limit: 10 })
    expect(items).toMatchObject([{ shareId: share.id, state: 'done', filesNew: 2, forgottenAt: null }])
    const held = JSON.parse(await gateway.restic('snapshots', '--json')) as {
      id: string
      tags: string[]
      hostname: string
    }[]
    // Both are of one instant.
    const manifest = held.find(({ tags }) => tags.includes('berth:manifest'))
    const data = held.find(({ tags }) => tags.includes('berth:data'))
    expect([manifest!.id, data!.id]).toEqual([items[0]!.manifestResticId, items[0]!.resticId])
    expect(data!.hostname).toBe('gateway')
    expect(data!.tags).toEqual(
      expect.arrayContaining(['berth', 'berth:data', 'berth:path=/finance/payroll/db']),
    )
    const told = JSON.parse(await gateway.restic('dump', manifest!.id, 'manifest.json')) as object
    expect(told).toMatchObject({ share: { path: '/finance/payroll/db' }, root: { mode: 0o755 } })
    expect(await gateway.restic('ls', data!.id)).toContain('\n/sub/one\n')
    expect(await gateway.restic('dump', data!.id, '/two')).toBe('one')
    expect(gateway.events.map(({ operation, result }) => [operation, result])).toEqual([
      ['BEGIN_BACKUP', 'OK'],
      ['END_BACKUP', 'OK'],
    ])
  })

  test('a gateway that never knew a repository restores all that is in it', async () => {
    const { temporary } = gateway
    await gateway.add()
    const owner = { owner: 'team@example.com', description: 'Pays people.' }
    const payroll = await temporary.applications.create({
      ...{ name: 'payroll', ...owner, labels: { tier: 'gold' } },
      links: [{ title: 'Runbook', url: 'https://wiki.example/payroll' }],
    })
    const document = { name: 'app.yaml', content: 'kind: Deployment\n', actor: 'admin:ada' }
    await temporary.applications.manifests.put('payroll', document)
    await temporary.share('/other')
    const share = await temporary.namespace.shares.create({
      ...{ path: '/finance/payroll, db', application: 'payroll', owner: 'ada', labels: { 'a/b': 'c' } },
      ...{ quotaBytes: 1e9, snapshotAccess: 'visible', directoryMode: 0o2750, directoryUid: 1001 },
    })
    const at = temporary.namespace.shares.directoryOf(share)
    fillTree(at)
    await gateway.backUp(share.id)
    const empty = await temporary.share('/empty')
    await gateway.backUp(empty.id)
    const before = listingOf(at)

    const other = await TemporaryBackups.open(dirname(gateway.repository))
    try {
      await other.add()
      const all = { repository: 'offsite', all: true, createdBy: 'admin:eve' }
      expect(await refusalOf(other.backups.planRestore(all))).toBe('not-found')
      const scan = await other.ended(await other.backups.scan('offsite', 'admin:eve'))
      expect(scan).toMatchObject({
        ...{ state: 'done', message: '' },
        report: { found: 2, added: 2, forgotten: 0, passedOver: 0 },
      })
      expect(await other.backups.planRestore(all)).toMatchObject({
        applications: ['payroll'],
        shares: [
          { path: '/finance/payroll, db', state: 'new' },
          { path: '/empty', state: 'new' },
        ],
      })
      const restored = await other.ended(await other.backups.restore(all))
      expect(restored.report).toMatchObject({
        applications: ['payroll'],
        shares: [
          { path: '/finance/payroll, db', state: 'restored', shareId: share.id, warnings: [] },
          { path: '/empty', state: 'restored', shareId: empty.id, warnings: [] },
        ],
      })
      const { namespace, applications } = other.temporary
      const there = namespace.shares.at('/finance/payroll, db')
      expect(there).toMatchObject({ owner: 'ada', quotaBytes: 1e9, snapshotAccess: 'visible' })
      expect(there.labels).toMatchObject({ 'a/b': 'c' })
      expect(there.applicationId).toBe(payroll.id)
      const { links } = payroll
      expect(await applications.get(payroll.id)).toMatchObject({ name: 'payroll', ...owner, links })
      const { content } = await applications.manifests.get('payroll', 'app.yaml')
      expect(content).toBe(document.content)
      expect(listingOf(namespace.shares.directoryOf(there))).toEqual(before)
      expect(listingOf(namespace.shares.directoryOf(namespace.shares.at('/empty')))).toHaveLength(1)

      const again = await other.ended(await other.backups.restore(all))
      expect(again.report).toMatchObject({ shares: [{ state: 'present' }, { state: 'present' }] })
      const beside = await other.ended(await other.backups.restore({ ...all, pathPrefix: '/old' }))
      expect(beside.report).toMatchObject({
        shares: [
          { path: '/old/finance/payroll, db', warnings: ['it is share 4 here: 2 is taken'] },
          { path: '/old/empty', state: 'restored' },
        ],
      })
    } finally {
      await other.remove()
    }
  })

  test('an application that is here keeps what it has, and gets the manifests that it lacks', async () => {
    const { applications, namespace } = gateway.temporary
    await gateway.add()
    const { id } = await applications.create({ name: 'payroll', owner: 'team' })
    const put = (of: TemporaryBackups, name: string, content: string) =>
      of.temporary.applications.manifests.put(id, { name, content, actor: 'admin:ada' })
    await put(gateway, 'a.yaml', 'kind: A\n')
    await put(gateway, 'b.yaml', 'kind: B\n')
    const share = await namespace.shares.create({ path: '/a', application: id })
    await gateway.backUp(share.id)
    const other = await TemporaryBackups.open(dirname(gateway.repository))
    try {
      await other.add()
      // As an interrupted restore has left it, or people made it.
      await other.temporary.applications.create({ id, name: 'payroll', owner: 'others' })
      await put(other, 'b.yaml', 'kind: NewB\n')
      await other.ended(await other.backups.scan('offsite', 'admin:eve'))
      const wish = { repository: 'offsite', application: 'payroll', createdBy: 'admin:eve' }
      const { report } = await other.ended(await other.backups.restore(wish))
      expect(report).toMatchObject({ applications: [], shares: [{ state: 'restored', warnings: [] }] })
      const { manifests } = other.temporary.applications
      expect(await manifests.get(id, 'a.yaml')).toMatchObject({ content: 'kind: A\n' })
      expect(await manifests.get(id, 'b.yaml')).toMatchObject({ content: 'kind: NewB\n', version: 1 })
      expect((await other.temporary.applications.get(id)).owner).toBe('others')
    } finally {
      await other.remove()
    }
  })

  test('a change that restic cannot see is backed up, and what did not change is not read again', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    const time = new Date('2026-01-01T00:00:00Z')
    // restic tells them apart by the second.
    const backUp = () => {
      gateway.temporary.clock += 1000
      return gateway.backUp(share.id)
    }
    const write = (name: string, content: string): void => {
      writeFileSync(`${share.at}/${name}`, content)
      utimesSync(`${share.at}/${name}`, time, time)
    }
    for (let n = 0; n < 20; n++) write(`file-${n}`, `content ${n}`)
    await backUp()
    write('new', 'new')
    expect(await backUp()).toMatchObject({
      report: { filesNew: 1, filesChanged: 0, filesUnmodified: 20 },
    })
    write('file-7', 'CONTENT 7')
    expect(await backUp()).toMatchObject({ report: { filesUnmodified: 0 } })
    expect(await gateway.restic('dump', '--tag', 'berth:data', 'latest', '/file-7')).toBe('CONTENT 7')
    // Swapped by renames: each looks as what was there before.
    write('twin-1', 'one')
    write('twin-2', 'two')
    await backUp()
    execFileSync('sh', ['-c', 'mv twin-1 t && mv twin-2 twin-1 && mv t twin-2'], { cwd: share.at })
    await backUp()
    expect(await gateway.restic('dump', '--tag', 'berth:data', 'latest', '/twin-1')).toBe('two')
    // Of the snapshots that were taken for this the newest is there alone.
    expect(gateway.temporary.snapshots.of(share.id)).toHaveLength(1)
  })

  test('the snapshots of a schedule are backed up, and forgotten as it says', async () => {
    const { temporary } = gateway
    const repositoryId = await gateway.add()
    const share = await temporary.share('/a')
    const schedule = await gateway.schedules.create(
      {
        ...{ name: 'nightly', selector: { path: '/a' }, cron: '0 3 * * *', retention: { last: 1 } },
        ...{ repository: 'offsite', backupRetention: { last: 2 } },
      },
      'admin:ada',
    )
    expect(schedule.repositoryId).toBe(repositoryId)
    const { id: scheduleId } = schedule
    const take = () =>
      temporary.snapshots.takings.create({ shareId: share.id, scheduleId, createdBy: 'schedule:nightly' })
    for (let n = 0; n < 3; n++) {
      writeFileSync(`${share.at}/${n}`, String(n))
      const snapshot = await take()
      gateway.backups.beginScheduled(schedule, snapshot)
      await gateway.idle()
      expect(gateway.backups.isNeeded(snapshot)).toBe(snapshot.driver !== 'btrfs')
      temporary.clock += 1000
    }
    const { items } = await gateway.backups.list({ limit: 10 }, { scheduleId, withForgotten: true })
    expect(items.map(({ state, forgottenAt }) => [state, forgottenAt === null])).toEqual([
      ['done', true],
      ['done', true],
      ['done', false],
    ])
    expect(JSON.parse(await gateway.restic('snapshots', '--json'))).toHaveLength(4)
    // Taken, but the gateway ended before it was backed up.
    const last = await take()
    await gateway.reopen()
    await gateway.idle()
    expect((await gateway.backups.list({ limit: 1 })).items).toMatchObject([
      { snapshotId: last.id, state: 'done', scheduleId, createdBy: 'schedule:nightly' },
    ])
  })

  test('a file or directory of a backup goes beside what is in the share', async () => {
    await gateway.add()
    const share = await gateway.temporary.share('/a')
    mkdirSync(`${share.at}/etc/[x]*`, { recursive: true })
    writeFileSync(`${share.at}/etc/[x]*/app.conf`, 'good', { mode: 0o640 })
    writeFileSync(`${share.at}/etc/xy`, 'other')
    const { backupId } = await gateway.backUp(share.id)
    writeFileSync(`${share.at}/etc/[x]*/app.conf`, 'bad')
    const wish = { backupId: backupId!, createdBy: 'admin:ada' }
    const { snapshotName } = await gateway.backups.get(backupId!)
    const file = await gateway.ended(
      await gateway.backups.restoreFiles({ ...wish, path: 'etc/[x]*/app.conf' }),
    )
    const beside = `etc/[x]*/app.conf.${snapshotName}`
    expect(file).toMatchObject({ state: 'done', path: '/a/etc/[x]*/app.conf', report: { to: beside } })
    expect(readFileSync(join(share.at, beside), 'utf8')).toBe('good')
    expect(statSync(join(share.at, beside)).mode & 0o777).toBe(0o640)
    expect(readFileSync(`${share.at}/etc/[x]*/app.conf`, 'utf8')).toBe('bad')
    // The directory of this name, and not what its name would mean as a pattern.
    const folder = { ...wish, path: '/etc/[x]*', to: 'back' }
    await gateway.ended(await gateway.backups.restoreFiles(folder))
    expect(readdirSync(`${share.at}/back`)).toEqual(['app.conf'])
    expect(await refusalOf(gateway.backups.restoreFiles({ ...wish, path: '../x' }))).toBe('invalid')
    expect(await refusalOf(gateway.backups.restoreFiles({ ...wish, path: '' }))).toBe('invalid')
    const missing = await gateway.ended(await gateway.backups.restoreFiles({ ...wish, path: 'none' }))
    expect(missing).toMatchObject({ state: 'failed', message: 'there is no "none" in the backup of /a' })
    expect(
      readdirSync(join(gateway.temporary.store, '.berth')).filter((name) => name.includes('making')),
    ).toEqual([])
  })

  test('shares without a snapshot or backup within their time are told of', async () => {
    const { temporary } = gateway
    const hourMs = 3_600_000
    await gateway.add()
    const good = await temporary.share('/good')
    const late = await temporary.share('/late')
    const share = (path: string, labels: object) =>
      temporary.namespace.shares.create({ path, labels: { ...labels } })
    await share('/careless', { 'berth/snapshot-within': 'never', 'berth/backup-within': 'never' })
    await share('/odd', { 'berth/snapshot-within': '5min', 'berth/backup-within': 'never' })
    await share('/patient', { 'berth/snapshot-within': '7d', 'berth/backup-within': '8d' })
    await gateway.schedules.create(
      { name: 'nightly', selector: { path: '/late' }, cron: '0 3 * * *', repository: 'offsite' },
      'admin:ada',
    )
    expect((await gateway.backups.unprotected()).map(({ share }) => share.path)).toEqual([
      ...['/good', '/late', '/odd', '/patient'],
    ])
    for (const { path } of [good, late, { path: '/patient' }])
      await gateway.backUp(temporary.namespace.shares.at(path).id)
    const cutAt = temporary.snapshots.of(late.id)[0]!.cutAt!
    expect(await gateway.backups.unprotected()).toMatchObject([
      {
        share: { path: '/odd' },
        lacks: ['snapshot'],
        advice: expect.stringContaining('cannot be read') as string,
      },
    ])
    temporary.clock = cutAt + 30 * hourMs
    await temporary.snapshots.takings.create({ shareId: good.id, createdBy: 'admin:ada' })
    expect(await gateway.backups.unprotected()).toMatchObject([
      {
        ...{
          share: { path: '/late' },
          lacks: ['snapshot'],
          newestSnapshotAt: cutAt,
          since: cutAt + 24 * hourMs,
        },
        advice: 'schedule nightly is for it: see what came of its last run (berth schedule show nightly).',
      },
      { share: { path: '/odd' }, since: expect.any(Number) as number, newestSnapshotAt: null },
    ])
    temporary.clock = cutAt + 50 * hourMs
    const [first, second] = await gateway.backups.unprotected()
    expect(first).toMatchObject({ share: { path: '/good' }, lacks: ['backup'], backupWithinMs: 48 * hourMs })
    expect(first!.advice).toContain('no schedule backs it up')
    expect(second).toMatchObject({ share: { path: '/late' }, lacks: ['snapshot', 'backup'] })
    expect(second!.since).toBe(cutAt + 24 * hourMs)
  })
})
