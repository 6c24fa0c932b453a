import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Applications, type Owned } from '../../../src/applications/index.ts'
import type { PageRequest } from '../../../src/service/page.ts'
import type { ShareRecord } from '../../../src/catalog/shares.ts'
import type { TimeRange } from '../../../src/catalog/workloads.ts'
import { TemporaryNamespace } from '../namespace/fixture.ts'
import { silentLog } from './fixture.ts'

const dayMs = 86_400_000
const start = 1_700_000_000_000

let temporary: TemporaryNamespace
let applications: Applications
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  temporary.clock = start
  applications = new Applications({
    catalog: temporary.catalog,
    log: silentLog,
    now: () => temporary.clock,
  })
  for (const name of ['payroll', 'ledger']) await applications.create({ name, owner: 'finance' })
})
afterEach(async () => {
  await applications.close()
  await temporary.remove()
})

const all = { limit: 100 }
const days = (count: number): number => (temporary.clock += count * dayMs)
const shares = () => temporary.namespace.shares
const create = (path: string, application?: string): Promise<ShareRecord> =>
  shares().create({ path, ...(application === undefined ? {} : { application }) })
const mounted = async ({ id, applicationId }: ShareRecord, subject = 'app:payroll/worker'): Promise<void> => {
  const client = { subject, address: '10.0.0.3', host: 'node-1', labels: { pod: 'a' } }
  applications.seen({ shareId: id, applicationId, ...client, at: temporary.clock })
}

describe('where the data of an application was on a date', () => {
  const pathsOn = async (application: string, at: number) => {
    const { items } = await applications.history.dataOn(application, at, all)
    return items.map(({ path, store, directory }) => `${path} ${store}:${directory}`)
  }

  test('through a move, a change of owner, a deletion, a purge and retirement', async () => {
    const { id, linkId } = await create('/finance/db', 'payroll')
    days(1)
    await temporary.namespace.nodes.move(linkId!, '/archive/db')
    days(1)
    await shares().update(id, { application: 'ledger' })
    days(1)
    await shares().delete(id, 'admin:ann')
    days(40)
    await temporary.namespace.upkeep()
    await applications.retire('payroll')

    expect(await pathsOn('payroll', start - 1)).toEqual([])
    expect(await pathsOn('payroll', start)).toEqual(['/finance/db default:finance/db'])
    expect(await pathsOn('payroll', start + dayMs - 1)).toEqual(['/finance/db default:finance/db'])
    expect(await pathsOn('payroll', start + dayMs)).toEqual(['/archive/db default:archive/db'])
    expect(await pathsOn('ledger', start + dayMs)).toEqual([])
    expect(await pathsOn('payroll', start + 2 * dayMs)).toEqual([])
    expect(await pathsOn('ledger', start + 2 * dayMs)).toEqual(['/archive/db default:archive/db'])
    expect(await pathsOn('ledger', start + 3 * dayMs)).toEqual([])
    const { items } = await applications.history.dataOn('payroll', start, all)
    expect(items).toMatchObject([
      {
        shareId: id,
        applicationName: 'payroll',
        fromAt: start,
        toAt: start + dayMs,
        deletedAt: start + 3 * dayMs,
      },
    ])
    expect(items[0]!.purgedAt).toBe(start + 43 * dayMs)
  })

  test('in pages', async () => {
    for (const name of ['a', 'b', 'c']) await create(`/${name}`, 'payroll')
    const first = await applications.history.dataOn('payroll', start, { limit: 2 })
    expect(first.items.map(({ path }) => path)).toEqual(['/a', '/b'])
    const second = await applications.history.dataOn('payroll', start, { limit: 2, after: first.next! })
    expect(second.items.map(({ path }) => path)).toEqual(['/c'])
    expect(second.next).toBeUndefined()
  })

  test('of an application that never was', async () => {
    await expect(pathsOn('nobody', start)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('who mounted', () => {
  test('a share, at once, and after it is deleted', async () => {
    const share = await create('/finance/db', 'payroll')
    await mounted(share)
    days(1)
    await mounted(share)
    const { items } = await applications.history.mountsOf(share.id, all)
    const [firstAt, lastAt] = [start, start + dayMs]
    expect(items).toMatchObject([
      {
        subject: 'app:payroll/worker',
        address: '10.0.0.3',
        host: 'node-1',
        labels: { pod: 'a' },
        firstAt,
        lastAt,
      },
    ])
    expect(items[0]).toMatchObject({ mounts: 2, applicationId: share.applicationId })
    await shares().delete(share.id, 'admin:ann')
    expect((await applications.history.mountsOf(share.id, all)).items).toEqual(items)
  })

  test('the data of an application, whichever it owned then', async () => {
    const share = await create('/finance/db', 'payroll')
    await mounted(share, 'user:ann')
    const given = await shares().update(share.id, { application: 'ledger' })
    await mounted(given, 'user:ann')
    await mounted(given, 'user:bob')
    const subjects = async (application: string) =>
      (await applications.history.workloadsOf(application, all)).items.map(({ subject }) => subject)
    expect(await subjects('payroll')).toEqual(['user:ann'])
    expect(await subjects('ledger')).toEqual(['user:bob', 'user:ann'])
    expect((await applications.history.mountsOf(share.id, all)).items).toHaveLength(3)
  })

  test('in a time, in pages', async () => {
    const share = await create('/finance/db')
    for (const name of ['a', 'b', 'c']) {
      await mounted(share, `user:${name}`)
      days(1)
    }
    const subjects = async (page: PageRequest, range: TimeRange = {}) => {
      const { items, next } = await applications.history.mountsOf(share.id, page, range)
      return [items.map(({ subject }) => subject), next] as const
    }
    expect((await subjects(all, { fromMs: start + dayMs }))[0]).toEqual(['user:c', 'user:b'])
    expect((await subjects(all, { toMs: start + dayMs }))[0]).toEqual(['user:b', 'user:a'])
    expect((await subjects(all, { fromMs: start + 1, toMs: start + 2 }))[0]).toEqual([])
    const [first, next] = await subjects({ limit: 2 })
    expect(first).toEqual(['user:c', 'user:b'])
    expect(await subjects({ limit: 2, after: next! })).toEqual([['user:a'], undefined])
  })

  test('a share that never was', async () => {
    await expect(applications.history.mountsOf(7, all)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('orphans', () => {
  const orphans = async (count: number) => {
    const { items } = await applications.history.orphans(count, all)
    return items.map(({ path, lastAt }) => [path, lastAt])
  }

  test('are living shares that nobody has mounted for so many days', async () => {
    const [used, , gone] = [await create('/used'), await create('/never'), await create('/gone')]
    await mounted(used)
    days(10)
    await create('/new')
    await shares().delete(gone.id, 'admin:ann')
    expect(await orphans(10)).toEqual([
      ['/used', start],
      ['/never', null],
    ])
    expect(await orphans(11)).toEqual([])
    expect((await orphans(0)).map(([path]) => path)).toEqual(['/used', '/never', '/new'])
    await mounted(used)
    expect(await orphans(10)).toEqual([['/never', null]])
  })

  test('a share that is mounted for long and still called is none', async () => {
    const share = await create('/db')
    await mounted(share)
    const grant = { number: 1, subject: 'user:ann', tokenId: null, hostId: null, parent: null, scope: null }
    const client = { address: '10.0.0.3', nodeId: share.linkId!, shareId: share.id, identity: null }
    const times = { createdAt: start, lastUsedAt: start, expiresAt: null, revokedAt: null, revokedFor: null }
    await temporary.catalog.db
      .insertInto('grants')
      .values({ ...grant, ...client, ...times })
      .execute()
    days(30)
    const calledAt = temporary.clock - 5 * dayMs
    await temporary.catalog.db.updateTable('grants').set({ lastUsedAt: calledAt }).execute()
    expect(await orphans(6)).toEqual([])
    expect(await orphans(5)).toEqual([['/db', calledAt]])
  })

  test('in pages', async () => {
    for (const name of ['a', 'b', 'c']) await create(`/${name}`)
    const first = await applications.history.orphans(0, { limit: 2 })
    expect(first.items.map(({ path }) => path)).toEqual(['/a', '/b'])
    const second = await applications.history.orphans(0, { limit: 2, after: first.next! })
    expect(second.items.map(({ path }) => path)).toEqual(['/c'])
  })

  test.each([-1, NaN, 36_501])('of %d days are not asked for', async (count) => {
    await expect(orphans(count)).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('whose data is', () => {
  const owners = async (owned: Owned) =>
    (await applications.history.ownersOf(owned)).map(
      ({ applicationName, path }) => `${applicationName} ${path}`,
    )
  const inStore = (directory: string) => ({ store: 'default', directory })
  const onHost = (...names: string[]) => ({ hostPath: join(temporary.store, ...names) })

  test('a directory: the nearest share at it or above', async () => {
    await create('/finance/db', 'payroll')
    await create('/finance/db-old', 'ledger')
    await create('/other')
    expect(await owners(inStore('finance/db'))).toEqual(['payroll /finance/db'])
    expect(await owners(inStore('finance/db/tables/1.dat'))).toEqual(['payroll /finance/db'])
    expect(await owners(inStore('finance/db/'))).toEqual(['payroll /finance/db'])
    expect(await owners(inStore('finance/db-old/x'))).toEqual(['ledger /finance/db-old'])
    expect(await owners(inStore('finance'))).toEqual([])
    expect(await owners(inStore('other/x'))).toEqual(['null /other'])
    expect(await owners(inStore(''))).toEqual([])
    expect(await owners({ store: 'elsewhere', directory: 'finance/db' })).toEqual([])
    expect(await owners(onHost('finance', 'db', 'x'))).toEqual(['payroll /finance/db'])
    expect(await owners(onHost('finance', 'x', '..', 'db'))).toEqual(['payroll /finance/db'])
    expect(await owners({ hostPath: `${temporary.store}-2/finance/db` })).toEqual([])
  })

  test('a directory of several in the course of time, the newest first', async () => {
    const { id, linkId } = await create('/db', 'payroll')
    days(1)
    await shares().update(id, { application: 'ledger' })
    days(1)
    await temporary.namespace.nodes.move(linkId!, '/db-old')
    const { id: next } = await create('/db', 'payroll')
    expect((await applications.history.ownersOf(onHost('db'))).map(({ shareId }) => shareId)).toEqual([
      next,
      id,
      id,
    ])
    expect(await owners(inStore('db'))).toEqual(['payroll /db', 'ledger /db', 'payroll /db'])
    expect(await owners({ shareId: id })).toEqual(['ledger /db-old', 'ledger /db', 'payroll /db'])
  })

  test('a tombstone, by its number, its directory, and what is in it', async () => {
    const { id } = await create('/finance/db', 'payroll')
    await shares().delete(id, 'admin:ann')
    await applications.retire('payroll')
    const expected = ['payroll /finance/db']
    expect(await owners({ shareId: id })).toEqual(expected)
    const tombstone = `.berth/tombstones/${id}`
    expect(await owners(inStore(tombstone))).toEqual(expected)
    expect(await owners(inStore(`${tombstone}/data/tables/1.dat`))).toEqual(expected)
    expect(await owners(inStore(`${tombstone}/record.json`))).toEqual(expected)
    expect(await owners(onHost(tombstone, 'data'))).toEqual(expected)
    expect(await owners(inStore(`.berth/tombstones/${id + 1}`))).toEqual([])
    expect(await owners(inStore('.berth'))).toEqual([])
    // Where it lay in its life.
    expect(await owners(inStore('finance/db'))).toEqual(expected)
  })

  test('a record beside the files', async () => {
    const { id } = await create('/finance/db', 'payroll')
    expect(await owners(inStore(`.berth/shares/${id}.json`))).toEqual(['payroll /finance/db'])
  })

  test('what cannot be', async () => {
    await expect(owners({ shareId: 7 })).rejects.toMatchObject({ code: 'not-found' })
    await expect(owners({ hostPath: 'finance' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(owners({ hostPath: '/a\0b' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(owners({ hostPath: `/${'a/'.repeat(3000)}` })).rejects.toMatchObject({ code: 'invalid' })
    expect(await owners(inStore('../../etc'))).toEqual([])
  })
})
