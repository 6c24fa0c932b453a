import { Mountstat3, Nfsstat3 } from 'nfs-server-ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sessionIdleMs } from '../../../src/access/backup-sessions.ts'
import type { MountOutcome } from '../../../src/access/mounts.ts'
import { firstSnapshotNumber } from '../../../src/shared-memory/share-number.ts'
import { Right } from '../../../src/shared-memory/grant-table.ts'
import { openAccess, type AccessFixture } from './fixture.ts'

const visitor = { address: '10.0.0.5', machineName: 'node5' }
const reader = { squash: 'all', uid: 0, gid: 0, gids: [] } as const
const snapshot = (number: number) => firstSnapshotNumber + number

let access: AccessFixture
let ids: Record<'db' | 'logs' | 'web' | 'fresh', number>
let secret: string

beforeEach(async () => {
  access = await openAccess()
  const { shares } = access.space.namespace
  const make = async (path: string, more: object = {}) => (await shares.create({ path, ...more })).id
  ids = {
    db: await make('/finance/payroll/db'),
    logs: await make('/finance/payroll/logs'),
    web: await make('/shop/web', { snapshotAccess: 'backup' }),
    fresh: await make('/shop/new/fresh'),
  }
  const taken = (number: number, name: string) => ({
    ...{ id: snapshot(number), name, cutAt: access.space.clock - 100 + number, changedAt: number },
  })
  access.snapshots.set(ids.db, [taken(5, 'tuesday'), taken(1, 'monday')])
  access.snapshots.set(ids.logs, [taken(6, 'tuesday')])
  access.snapshots.set(ids.web, [taken(2, 'monday')])
  await rule('app:restic', '/**', 'backup')
  secret = await token('app:restic')
})
afterEach(() => access.close())

const rule = (subject: string, object: string, action: string, effect: 'allow' | 'deny' = 'allow') =>
  access.rules.add({ kind: 'p', subject, object, action, effect }, 'admin:test')

async function token(subject: string, more: object = {}): Promise<string> {
  const wish = { kind: 'workload', name: 'test', subject, ...more } as const
  return (await access.tokens.create(wish, 'admin:test')).text
}

const mount = (path: string, by = secret) => access.mounts.mount(visitor, Buffer.from(`/@${by}${path}`))

function placeOf<Kind extends 'share' | 'folder'>(outcome: MountOutcome, kind: Kind) {
  if (outcome.status !== Mountstat3.OK || outcome.place.kind !== kind)
    throw new Error(`no ${kind} was mounted: ${JSON.stringify(outcome)}`)
  return outcome.place as Extract<typeof outcome.place, { kind: Kind }>
}

const enter = (grant: number, folder: number, name: string) =>
  access.backupView.enter(grant, folder, Buffer.from(name), visitor)

/** All shares below a folder, by path, with the snapshots that they are read from. */
async function walk(grant: number, folder: number, path = ''): Promise<Record<string, number>> {
  const sight = await access.backupView.folder(grant, folder)
  if (typeof sight === 'number') throw new Error(`folder ${path}: ${sight}`)
  const found: Record<string, number> = {}
  for (const { name } of sight.entries) {
    const entered = await enter(grant, folder, name)
    if (entered.status !== Nfsstat3.OK) throw new Error(`${path}/${name}: ${entered.status}`)
    const { place } = entered
    if (place.kind === 'share') found[`${path}/${name}`] = place.share.id
    else Object.assign(found, await walk(grant, place.folder.id, `${path}/${name}`))
  }
  return found
}

describe('/.backup', () => {
  it('has each share that has a snapshot, as of the newest', async () => {
    const { grant, folder } = placeOf(await mount('/.backup'), 'folder')
    expect(await walk(grant, folder.id)).toEqual({
      '/finance/payroll/db': snapshot(5),
      '/finance/payroll/logs': snapshot(6),
      '/shop/web': snapshot(2),
    })
  })

  it('has those of one name below it, and mounts what lies deeper', async () => {
    const monday = placeOf(await mount('/.backup/@monday'), 'folder')
    expect(await walk(monday.grant, monday.folder.id)).toEqual({
      '/finance/payroll/db': snapshot(1),
      '/shop/web': snapshot(2),
    })
    const below = await mount('/.backup/finance/payroll/db/some/dir')
    expect(placeOf(below, 'share').share.id).toBe(snapshot(5))
    expect(below).toMatchObject({ below: [Buffer.from('some'), Buffer.from('dir')] })
    expect(placeOf(await mount('/.backup/@monday/finance/payroll/db'), 'share').share.id).toBe(snapshot(1))
    for (const path of [
      '/.backup/@sunday',
      '/.backup/shop/new',
      '/.backup/nothing',
      '/.backup/@monday/shop/new',
    ])
      expect(await mount(path), path).toEqual({ status: Mountstat3.ACCES })
  })

  it('is read by root, whoever asks, and nothing else is opened by its grants', async () => {
    const { grant } = placeOf(await mount('/.backup/finance/payroll/db'), 'share')
    expect(access.table.read(grant)).toMatchObject({
      ...{ shareId: ids.db, rights: Right.READ | Right.BACKUP, rule: reader },
    })
    for (const path of ['/', '/finance', '/finance/payroll/db'])
      expect(await mount(path), path).toEqual({ status: Mountstat3.ACCES })
    const top = placeOf(await mount('/.backup'), 'folder')
    expect(await access.mounts.folder(top.grant, 0)).toBe(Nfsstat3.ACCES)
    const other = await mount('/.backup/shop')
    expect(await access.backupView.folder(placeOf(other, 'folder').grant, 0)).toBe(Nfsstat3.ACCES)
  })

  it('is closed to who may only read, and shows what rules and scopes let one back up', async () => {
    await rule('app:web', '/**', 'read')
    expect(await mount('/.backup', await token('app:web'))).toEqual({ status: Mountstat3.ACCES })
    await rule('app:restic', '/finance/**', 'backup', 'deny')
    const web = { '/shop/web': snapshot(2) }
    const { grant, folder } = placeOf(await mount('/.backup'), 'folder')
    expect(await walk(grant, folder.id)).toEqual(web)
    const confined = await token('app:restic', { scope: '/shop' })
    const shop = placeOf(await mount('/.backup', confined), 'folder')
    expect(await walk(shop.grant, shop.folder.id)).toEqual(web)
    const folderToken = await token('app:web')
    await rule('app:web', '/**', 'list')
    const usual = placeOf(await mount('/', folderToken), 'folder')
    expect(await access.backupView.folder(usual.grant, 0)).toBe(Nfsstat3.ACCES)
  })

  it('ends with the rule: shares that were entered go with it', async () => {
    const top = placeOf(await mount('/.backup'), 'folder')
    const shop = await access.backupView.folder(top.grant, 0)
    if (typeof shop === 'number') throw new Error(`folder: ${shop}`)
    const { grant } = placeOf(await mount('/.backup/shop/web'), 'share')
    expect(access.table.read(grant)).toBeDefined()
    await rule('app:restic', '/shop/**', 'backup', 'deny')
    await access.grants.judgeAll()
    expect(access.table.read(grant)).toBeUndefined()
  })

  const take = (share: number, number: number) => {
    const taken = { id: snapshot(number), name: `s${number}`, cutAt: access.space.clock, changedAt: 0 }
    access.snapshots.set(share, [taken, ...(access.snapshots.get(share) ?? [])])
    access.mounts.forget()
  }

  it('keeps to what was the newest when it was mounted while it is read; a new mount sees the newest', async () => {
    const { grant, folder } = placeOf(await mount('/.backup/shop'), 'folder')
    const behind = async () => {
      const sight = await access.backupView.folder(grant, folder.id)
      return typeof sight === 'number' ? sight : sight.entries.map((entry) => entry.behind)
    }
    expect(await behind()).toEqual([snapshot(2)])
    access.space.clock += 1000
    take(ids.web, 9)
    expect(await behind()).toEqual([snapshot(2)])
    const again = placeOf(await mount('/.backup/shop'), 'folder')
    expect(again.grant).not.toBe(grant)
    expect(await walk(again.grant, again.folder.id)).toEqual({ '/web': snapshot(9) })
    expect(await walk(grant, folder.id)).toEqual({ '/web': snapshot(2) })
    // Nobody has used it for long: what reads now is another backup.
    access.space.clock += sessionIdleMs
    expect(await behind()).toEqual([snapshot(9)])
    access.snapshots.delete(ids.web)
    access.mounts.forget()
    expect((await enter(grant, folder.id, 'web')).status).toBe(Nfsstat3.NOENT)
  })

  it('goes on where it is while files are read, though no folder is asked for', async () => {
    const { grant, folder } = placeOf(await mount('/.backup/shop'), 'folder')
    const entered = await enter(grant, folder.id, 'web')
    if (entered.status !== Nfsstat3.OK) throw new Error(`web: ${entered.status}`)
    access.space.clock += 1000
    take(ids.web, 9)
    for (let minutes = 0; minutes < 60; minutes += 9) {
      access.space.clock += 9 * 60_000
      access.table.use(entered.place.grant, access.space.clock / 1000)
    }
    expect(await walk(grant, folder.id)).toEqual({ '/web': snapshot(2) })
  })

  it('takes what is nearest when the snapshot that it would read is gone', async () => {
    const { grant, folder } = placeOf(await mount('/.backup/shop'), 'folder')
    access.space.clock += 1000
    take(ids.web, 9)
    access.space.clock += 1000
    take(ids.web, 11)
    access.snapshots.get(ids.web)!.pop()
    access.mounts.forget()
    expect(await walk(grant, folder.id)).toEqual({ '/web': snapshot(9) })
  })

  it('knows which snapshots are read or to be read: until the grant ends, or nobody has asked for ten minutes', async () => {
    const read = () =>
      [1, 5, 6, 2].filter((number) => {
        const shareId = { 1: ids.db, 5: ids.db, 6: ids.logs, 2: ids.web }[number]!
        return access.backupView.isReading({ id: snapshot(number), shareId })
      })
    expect(read()).toEqual([])
    const { grant, folder } = placeOf(await mount('/.backup'), 'folder')
    expect(read()).toEqual([5, 6, 2])
    access.space.clock += 1000
    take(ids.db, 9)
    expect(read()).toEqual([5, 6, 2])
    await walk(grant, folder.id)
    access.space.clock += sessionIdleMs
    expect(read()).toEqual([])
    await walk(grant, folder.id)
    expect(read()).toEqual([6, 2])
    access.grants.end(grant, 'test')
    expect(read()).toEqual([])
  })

  it('tells the audit of each mount, by the path in the view', async () => {
    const { grant, folder } = placeOf(await mount('/.backup/@monday'), 'folder')
    await walk(grant, folder.id)
    expect(access.mounted.map(({ path }) => path)).toEqual([
      '/.backup/@monday',
      '/.backup/@monday/finance/payroll/db',
      '/.backup/@monday/shop/web',
    ])
  })
})

describe('.snapshot', () => {
  const shareGrant = async (path: string, by: string) => placeOf(await mount(path, by), 'share').grant
  let worker: string
  beforeEach(async () => {
    await rule('app:any', '/**', 'read')
    worker = await token('app:any')
  })

  it('has the snapshots of the share, for each grant of it', async () => {
    const grant = await shareGrant('/finance/payroll/db', worker)
    const folder = access.snapshotFolders.folder(grant, ids.db)
    expect(folder).toMatchObject({ tree: 'snapshots', id: ids.db })
    const names = (folder as Exclude<typeof folder, number>).entries.map(({ name }) => name)
    expect(names).toEqual(['monday', 'tuesday'])
    expect(access.snapshotFolders.enter(grant, ids.db, Buffer.from('monday'))).toMatchObject({
      ...{ status: Nfsstat3.OK, place: { share: { id: snapshot(1) }, grant } },
    })
    expect(access.snapshotFolders.enter(grant, ids.db, Buffer.from('sunday'))).toMatchObject({
      status: Nfsstat3.NOENT,
    })
    expect(access.snapshotFolders.folder(grant, ids.logs)).toBe(Nfsstat3.ACCES)
  })

  it('is seen by those alone who may back up, where the share says so', async () => {
    const grant = await shareGrant('/shop/web', worker)
    expect(access.snapshotFolders.folder(grant, ids.web)).toBe(Nfsstat3.ACCES)
    expect(access.table.read(grant)?.rights).toBe(Right.READ)
    await rule('app:any', '/shop/web', 'backup')
    await access.grants.judgeAll()
    expect(access.table.read(grant)?.rights).toBe(Right.READ | Right.SNAPSHOTS)
    expect(access.snapshotFolders.folder(grant, ids.web)).toMatchObject({ id: ids.web })
  })
})
