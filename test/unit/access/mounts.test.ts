import { Mountstat3, Nfsstat3 } from 'nfs-server-ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MountOutcome } from '../../../src/access/mounts.ts'
import { Right } from '../../../src/shared-memory/grant-table.ts'
import { openAccess, type AccessFixture } from './fixture.ts'

const here = { address: '10.0.0.5', machineName: 'node5' }
const there = { address: '10.0.0.6', machineName: 'node6' }
const root = { squash: 'none', uid: 65_534, gid: 65_534, gids: [] } as const

let access: AccessFixture
let ids: Record<'db' | 'logs' | 'web', number>
beforeEach(async () => {
  access = await openAccess()
  const { shares } = access.space.namespace
  const make = async (path: string) => (await shares.create({ path })).id
  ids = {
    db: await make('/finance/payroll/db'),
    logs: await make('/finance/payroll/logs'),
    web: await make('/shop/web'),
  }
})
afterEach(() => access.close())

const rule = (subject: string, object: string, action: string, effect: 'allow' | 'deny' = 'allow') =>
  access.rules.add({ kind: 'p', subject, object, action, effect }, 'admin:test')

const token = async (subject: string, more: object = {}) => {
  const made = await access.tokens.create({ kind: 'workload', name: 'test', subject, ...more }, 'admin:test')
  return { id: made.record.id, text: made.text }
}

const mount = (path: string, visitor = here) => access.mounts.mount(visitor, Buffer.from(path))

function shareOf(outcome: MountOutcome): { id: number; grant: number } {
  if (outcome.status !== Mountstat3.OK || outcome.place.kind !== 'share')
    throw new Error(`no share was mounted: ${JSON.stringify(outcome)}`)
  return { id: outcome.place.share.id, grant: outcome.place.grant }
}

function folderOf(outcome: MountOutcome) {
  if (outcome.status !== Mountstat3.OK || outcome.place.kind !== 'folder')
    throw new Error(`no folder was mounted: ${JSON.stringify(outcome)}`)
  return outcome.place
}

const rightsOf = (grant: number) => access.table.read(grant)?.rights

describe('a token', () => {
  it('opens what the rules allow its subject, and nothing tells what else there is', async () => {
    await rule('app:payroll', '/finance/payroll/*', 'read')
    await rule('app:payroll', '/finance/payroll/db', 'write')
    const { text } = await token('app:payroll/worker')
    const db = shareOf(await mount(`/@${text}/finance/payroll/db`))
    expect([db.id, rightsOf(db.grant)]).toEqual([ids.db, Right.READ | Right.WRITE])
    const logs = shareOf(await mount(`/@${text}/finance/payroll/logs`))
    expect(rightsOf(logs.grant)).toBe(Right.READ)
    for (const path of ['/shop/web', '/shop/nothing', '/nothing', '/finance/payroll/nothing'])
      expect(await mount(`/@${text}${path}`), path).toEqual({ status: Mountstat3.ACCES })
    // Without the token the client is nobody in particular.
    expect(await mount('/finance/payroll/db')).toEqual({ status: Mountstat3.ACCES })
  })

  it('tells that a path is missing only to who may list there', async () => {
    await rule('app:payroll', '/finance/**', 'list')
    const { text } = await token('app:payroll')
    expect(await mount(`/@${text}/finance/nothing`)).toEqual({ status: Mountstat3.NOENT })
    expect(await mount(`/@${text}/shop/nothing`)).toEqual({ status: Mountstat3.ACCES })
  })

  it('that is forged, expired, revoked, used from elsewhere or of an admin opens nothing', async () => {
    await rule('app:payroll', '/**', '*')
    const good = await token('app:payroll')
    const short = await token('app:payroll', { expiresAt: access.space.clock + 1000 })
    const near = await token('app:payroll', { networks: ['10.9.0.0/16'] })
    const admin = await access.tokens.create({ kind: 'admin', name: 'x', subject: 'admin:x' }, 'admin:test')
    shareOf(await mount(`/@${good.text}/shop/web`))
    const flipped = good.text.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    await access.tokens.revoke(good.id)
    access.space.clock += 1001
    for (const text of [good.text, short.text, near.text, admin.text, flipped, 'berth_', '', '@'])
      expect(await mount(`/@${text}/shop/web`), text).toEqual({ status: Mountstat3.ACCES })
    // Not one of them is told to anybody.
    const told = JSON.stringify([access.refused, access.mounted])
    for (const text of [good.text, short.text, near.text, admin.text, flipped])
      expect(told).not.toContain(text)
  })

  it('is confined to its scope', async () => {
    await rule('app:payroll', '/**', '*')
    const { text } = await token('app:payroll', { scope: '/finance/payroll/db' })
    shareOf(await mount(`/@${text}/finance/payroll/db`))
    expect(await mount(`/@${text}/finance/payroll/logs`)).toEqual({ status: Mountstat3.ACCES })
    expect(folderOf(await mount(`/@${text}/`)).folder.entries.map(({ name }) => name)).toEqual(['finance'])
  })

  it('makes its callers whom its identity rule says', async () => {
    await rule('app:payroll', '/**', '*')
    const identity = { squash: 'all', uid: 4001, gid: 4002, gids: [7] } as const
    const { text } = await token('app:payroll', { identity })
    const { grant } = shareOf(await mount(`/@${text}/shop/web`))
    expect(access.table.read(grant)?.rule).toEqual(identity)
    const other = await token('app:payroll')
    const asShare = shareOf(await mount(`/@${other.text}/shop/web`))
    expect(access.table.read(asShare.grant)?.rule).toEqual(
      access.space.namespace.shares.get(ids.web).identity,
    )
  })

  it('gives each grant its limit, and changes those that live', async () => {
    const { grants, namespace } = { grants: access.grants, namespace: access.space.namespace }
    await rule('app:payroll', '/**', '*')
    const { id, text } = await token('app:payroll', { callsPerSecond: 10 })
    const { grant } = shareOf(await mount(`/@${text}/shop/web`))
    const other = shareOf(await mount(`/@${(await token('app:payroll')).text}/shop/web`)).grant
    const limited = () =>
      [grant, other].map((number) => [access.rates.has(number), access.table.isLimited(number)])
    expect(limited()).toEqual([
      [true, true],
      [false, false],
    ])
    // As the gateway does when a token or share has changed.
    const judged = () => grants.judgeWhere(({ shareId }) => shareId === ids.web)
    await access.tokens.update(id, { callsPerSecond: null })
    judged()
    expect(limited()).toEqual([
      [false, false],
      [false, false],
    ])
    await namespace.shares.update(ids.web, { bytesPerSecond: 5000 })
    judged()
    expect(limited()).toEqual([
      [false, true],
      [false, true],
    ])
    await access.tokens.update(id, { bytesPerSecond: 5000 })
    judged()
    await access.tokens.revoke(id)
    grants.end(grant, 'its token was revoked')
    expect(limited()[0]).toEqual([false, false])
  })

  it('refuses later and later those who guess', async () => {
    for (let guess = 0; guess < 8; guess++) await mount('/@berth_guess/shop/web')
    expect(access.waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
    expect(access.delay.delayFor(here.address)).toBeGreaterThan(0)
    expect(access.delay.delayFor(there.address)).toBe(0)
  })
})

describe('a grant', () => {
  beforeEach(async () => {
    await rule('app:payroll', '/**', '*')
  })

  it('is the same for the same mount, and another for another client, token or share', async () => {
    const [one, two] = [await token('app:payroll'), await token('app:payroll')]
    const numbers = []
    for (const [text, path, visitor] of [
      [one.text, '/shop/web', here],
      [one.text, '/shop/web', here],
      [one.text, '/shop/web', there],
      [two.text, '/shop/web', here],
      [one.text, '/finance/payroll/db', here],
    ] as const)
      numbers.push(shareOf(await mount(`/@${text}${path}`, visitor)).grant)
    expect(numbers[0]).toBe(numbers[1])
    expect(new Set(numbers).size).toBe(4)
  })

  it('ends with its token, and when no rule allows it any more; others go on', async () => {
    const [one, two] = [await token('app:payroll'), await token('app:payroll')]
    const first = shareOf(await mount(`/@${one.text}/shop/web`)).grant
    const second = shareOf(await mount(`/@${two.text}/shop/web`)).grant
    const third = shareOf(await mount(`/@${two.text}/finance/payroll/db`)).grant
    access.grants.endWhere(({ tokenId }) => tokenId === one.id, 'its token has been revoked')
    expect([rightsOf(first), rightsOf(second)]).toEqual([undefined, Right.READ | Right.WRITE])
    const denied = await rule('app:payroll', '/shop/**', 'write', 'deny')
    await access.grants.judgeAll()
    expect([rightsOf(second), rightsOf(third)]).toEqual([Right.READ, Right.READ | Right.WRITE])
    await access.rules.remove(denied.id)
    await rule('app:payroll', '/shop/**', '*', 'deny')
    await access.grants.judgeAll()
    expect([rightsOf(second), rightsOf(third)]).toEqual([undefined, Right.READ | Right.WRITE])
    // A rule that comes back does not revive it: mounting again makes another.
    expect(access.ended.map(([number]) => number)).toEqual([first, second])
  })

  it('outlives a restart with its number, unless it ended meanwhile', async () => {
    const { text, id } = await token('app:payroll')
    const kept = shareOf(await mount(`/@${text}/shop/web`)).grant
    const dropped = shareOf(await mount(`/@${text}/finance/payroll/db`)).grant
    access.grants.end(dropped, 'by hand')
    const first = await access.reopenGrants()
    expect([first.table.read(kept)?.rights, first.table.read(dropped)]).toEqual([3, undefined])
    await first.grants.close()
    await access.tokens.revoke(id)
    const second = await access.reopenGrants()
    expect(second.table.read(kept)).toBeUndefined()
    await second.grants.close()
  })

  it('never gets a number that was given before, also when the catalog has lost it', async () => {
    const { text } = await token('app:payroll')
    const before = shareOf(await mount(`/@${text}/shop/web`)).grant
    await access.grants.close()
    await access.space.catalog.db.deleteFrom('grants').execute()
    access.space.clock += 3000
    const { grants } = await access.reopenGrants()
    const principal = {
      ...{ subject: 'app:payroll', address: here.address, tokenId: null, hostId: null },
      ...{ scope: null, identity: null, expiresAt: null },
    }
    const wish = { principal, nodeId: 0, shareId: null, parent: null, backupSet: null }
    expect((await grants.issue(wish)).number).toBeGreaterThan(before)
    await grants.close()
  })

  it('expires with its token to the moment', async () => {
    const { text } = await token('app:payroll', { expiresAt: access.space.clock + 50 })
    const { grant } = shareOf(await mount(`/@${text}/shop/web`))
    access.space.clock += 50
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(rightsOf(grant)).toBeUndefined()
  })

  it('ends after thirty days without a call', async () => {
    const { text } = await token('app:payroll')
    const [idle, used] = [
      shareOf(await mount(`/@${text}/shop/web`)).grant,
      shareOf(await mount(`/@${text}/finance/payroll/db`)).grant,
    ]
    access.space.clock += 31 * 86_400_000
    access.table.use(used, access.space.clock / 1000)
    await access.grants.keepHouse()
    expect([rightsOf(idle), rightsOf(used)]).toEqual([undefined, 3])
  })
})

describe('a ticket', () => {
  it('opens its path once, for the first address that uses it', async () => {
    await rule('app:payroll', '/**', '*')
    const made = await access.tokens.create(
      { kind: 'workload', name: 't', subject: 'app:payroll' },
      'admin:test',
    )
    const issue = () =>
      access.tickets.issue({ token: made.record, path: '/finance/payroll/db', labels: { pod: 'a' } })
    const { text } = await issue()
    expect(await mount(`/@${text}/shop/web`)).toEqual({ status: Mountstat3.ACCES })
    const { grant, id } = shareOf(await mount(`/@${text}`))
    expect(id).toBe(ids.db)
    expect(access.mounted.at(-1)?.labels).toEqual({ pod: 'a' })
    // A retransmission, and a client that asks again.
    expect(shareOf(await mount(`/@${text}/finance/payroll/db`)).grant).toBe(grant)
    expect(await mount(`/@${text}`, there)).toEqual({ status: Mountstat3.ACCES })
    access.space.clock += 61_000
    expect(await mount(`/@${text}`)).toEqual({ status: Mountstat3.ACCES })
  })
})

describe('a host rule', () => {
  it('names the clients of a closed network, and ends with their grants when it goes', async () => {
    await rule('host:lab', '/shop/**', 'read')
    const host = await access.hosts.create({ network: '10.0.0.0/24', subject: 'host:lab', identity: root })
    const { grant } = shareOf(await mount('/shop/web'))
    expect(access.table.read(grant)).toMatchObject({ rights: Right.READ, rule: root })
    expect(await mount('/shop/web', { address: '10.0.1.5', machineName: '' })).toEqual({
      status: Mountstat3.ACCES,
    })
    expect(access.mounts.exports(here)).toEqual([{ path: '/shop/web', groups: [] }])
    await access.hosts.remove(host.id)
    await access.grants.judgeAll()
    expect(rightsOf(grant)).toBeUndefined()
    expect(access.mounts.exports(here)).toEqual([])
  })
})

describe('a folder', () => {
  it('shows what may be seen below it, and leads into shares by grants of their own', async () => {
    await rule('app:payroll', '/finance/payroll/db', 'read')
    const { text } = await token('app:payroll')
    const { folder, grant } = folderOf(await mount(`/@${text}/`))
    expect(folder.entries.map(({ name }) => name)).toEqual(['finance'])
    expect(access.table.read(grant)).toMatchObject({ shareId: 0, rights: 0 })
    const finance = await access.mounts.enter(grant, folder.id, Buffer.from('finance'), here)
    if (finance.status !== Nfsstat3.OK || finance.place.kind !== 'folder') throw new Error('no folder')
    const payroll = await access.mounts.enter(grant, finance.place.folder.id, Buffer.from('payroll'), here)
    if (payroll.status !== Nfsstat3.OK || payroll.place.kind !== 'folder') throw new Error('no folder')
    expect(payroll.place.folder.entries.map(({ name, kind }) => [name, kind])).toEqual([['db', 'link']])
    const db = await access.mounts.enter(grant, payroll.place.folder.id, Buffer.from('db'), here)
    if (db.status !== Nfsstat3.OK || db.place.kind !== 'share') throw new Error('no share')
    expect(rightsOf(db.place.grant)).toBe(Right.READ)
    for (const hidden of ['logs', 'nothing', '..', '.', '', 'db/', '\xff'])
      expect(
        await access.mounts.enter(grant, payroll.place.folder.id, Buffer.from(hidden, 'latin1'), here),
        hidden,
      ).toMatchObject({ status: Nfsstat3.NOENT })
    // What came from the folder ends with it.
    access.grants.end(grant, 'by hand')
    expect(rightsOf(db.place.grant)).toBeUndefined()
    expect(await access.mounts.folder(grant, folder.id)).toBe(Nfsstat3.ACCES)
  })

  it('that was mounted is the top of what its client reaches', async () => {
    await rule('app:payroll', '/**', 'list')
    const { text } = await token('app:payroll')
    const { grant } = folderOf(await mount(`/@${text}/finance`))
    const { tree } = access.space.namespace
    const shop = tree.find(['shop'])!
    expect(await access.mounts.folder(grant, shop.id)).toBe(Nfsstat3.ACCES)
    expect(await access.mounts.folder(grant, tree.root.id)).toBe(Nfsstat3.ACCES)
    expect(await access.mounts.folder(grant, 9999)).toBe(Nfsstat3.STALE)
  })

  it('with nothing to be seen in it is refused like one that is not there', async () => {
    const { text } = await token('app:payroll')
    expect(await mount(`/@${text}/shop`)).toEqual({ status: Mountstat3.ACCES })
    expect(await mount(`/@${text}/none`)).toEqual({ status: Mountstat3.ACCES })
  })
})

describe('a path', () => {
  it('that cannot be one is refused', async () => {
    await rule('host:lab', '/**', '*')
    await access.hosts.create({ network: '0.0.0.0/0', subject: 'host:lab' })
    for (const path of ['', 'shop/web', '/shop/../shop/web', '/shop/./web', '/shop/web/..', '/shop\0/web'])
      expect((await mount(path)).status, JSON.stringify(path)).not.toBe(Mountstat3.OK)
    for (const path of ['/shop/web', '//shop///web/', '/shop/web/']) shareOf(await mount(path))
  })

  it('below a share is handed on as the bytes it is', async () => {
    await rule('host:lab', '/**', '*')
    await access.hosts.create({ network: '0.0.0.0/0', subject: 'host:lab' })
    const path = Buffer.concat([Buffer.from('/shop/web/'), Buffer.from([0xff, 0xfe]), Buffer.from('/x')])
    const outcome = await access.mounts.mount(here, path)
    expect(outcome).toMatchObject({ status: Mountstat3.OK })
    expect('below' in outcome && outcome.below.map((name) => Buffer.from(name).toString('hex'))).toEqual([
      'fffe',
      '78',
    ])
  })

  it('that was moved leads to the same share, by its alias too, under the rules of where it is now', async () => {
    await rule('host:lab', '/shop/**', 'read')
    await access.hosts.create({ network: '0.0.0.0/0', subject: 'host:lab' })
    const { grant } = shareOf(await mount('/shop/web'))
    const { nodes, tree } = access.space.namespace
    await nodes.move(tree.find(['shop', 'web'])!.id, '/shop/site', { aliasSeconds: 60 })
    await access.grants.judgeAll()
    expect(rightsOf(grant)).toBe(Right.READ)
    expect(shareOf(await mount('/shop/web')).grant).toBe(grant)
    await nodes.move(tree.find(['shop', 'site'])!.id, '/closed')
    await access.grants.judgeAll()
    expect(rightsOf(grant)).toBeUndefined()
  })
})

it('lists mounts to their own client, and lets it forget them', async () => {
  await rule('app:payroll', '/**', '*')
  const { text } = await token('app:payroll')
  await mount(`/@${text}/shop/web`)
  expect(access.mounts.dump(here)).toMatchObject([{ hostname: here.address, directory: '/shop/web' }])
  expect(access.mounts.dump(there)).toEqual([])
  access.mounts.unmount(here, Buffer.from(`/@${text}/shop/web`))
  expect(access.mounts.dump(here)).toEqual([])
})
