import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Namespace } from '../../../src/namespace/namespace.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
let namespace: Namespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  namespace = temporary.namespace
})
afterEach(() => temporary.remove())

const inStore = (...path: string[]) => join(temporary.store, ...path)
const readRecord = (...path: string[]) =>
  JSON.parse(readFileSync(inStore('.berth', ...path), 'utf8')) as Record<string, unknown>

describe('create', () => {
  test('makes folders, link, directory, record and history', async () => {
    const { catalog } = temporary
    const share = await namespace.shares.create({
      path: '//finance/payroll/db/',
      owner: 'ada',
      labels: { team: 'payroll' },
      quotaBytes: 1000,
    })
    expect(share).toMatchObject({
      id: 1,
      origin: 'api',
      store: 'default',
      directory: 'finance/payroll/db',
      path: '/finance/payroll/db',
      owner: 'ada',
      readOnly: false,
      durability: 'strict',
      quotaBytes: 1000,
      version: 1,
    })
    expect(statSync(inStore('finance')).mode & 0o7777).toBe(0o755)
    expect(statSync(inStore('finance/payroll/db')).mode & 0o7777).toBe(0o755)
    expect(namespace.resolve('/finance/payroll/db/a/b')).toMatchObject({ kind: 'link', below: ['a', 'b'] })
    expect(readRecord('shares', '1.json')).toMatchObject({
      format: 1,
      share: 1,
      gateway: namespace.gatewayId,
      path: '/finance/payroll/db',
      labels: { team: 'payroll' },
    })
    expect(statSync(inStore('.berth')).mode & 0o777).toBe(0o700)
    expect(statSync(inStore('.berth/shares/1.json')).mode & 0o777).toBe(0o600)
    expect(await catalog.db.selectFrom('ownerships').selectAll().execute()).toMatchObject([
      { shareId: 1, path: '/finance/payroll/db', store: 'default', toAt: null },
    ])
    expect(await catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
    expect(temporary.events.map(({ kind }) => kind)).toEqual([
      'node-added',
      'node-added',
      'node-added',
      'share-added',
    ])
    expect(namespace.shares.at('/finance/payroll/db')).toEqual(share)
    expect((await temporary.reopen()).shares.at('/finance/payroll/db')).toEqual(share)
  })

  test('numbers are not given again, not even those of purged shares', async () => {
    await namespace.shares.create({ path: '/a' })
    await namespace.shares.delete(1, 'admin:ada')
    await namespace.purges.purge(1)
    namespace = await temporary.reopen()
    expect((await namespace.shares.create({ path: '/a' })).id).toBe(2)
  })

  test.each([
    ['/a/s', 'exists'],
    ['/a', 'exists'],
    ['/a/s/t', 'conflict'],
    ['/a/../../etc', 'invalid'],
    ['/.berth/shares', 'invalid'],
    ['relative', 'invalid'],
    ['/', 'exists'],
  ])('at %s is refused', async (path, code) => {
    await namespace.shares.create({ path: '/a/s' })
    await expect(namespace.shares.create({ path })).rejects.toMatchObject({ code })
    expect(namespace.shares.list({ limit: 10 }).items).toHaveLength(1)
    expect(readdirSync(inStore('a/s'))).toEqual([])
  })

  test.each<[string, Parameters<Namespace['shares']['create']>[0], string]>([
    ['a quota of nothing', { path: '/a', quotaBytes: 0 }, 'invalid'],
    ['a quota of half a byte', { path: '/a', quotaBytes: 0.5 }, 'invalid'],
    ['a limit of no call', { path: '/a', callsPerSecond: 0 }, 'invalid'],
    ['a limit of half a page', { path: '/a', bytesPerSecond: 2048 }, 'invalid'],
    ['a burst of a day', { path: '/a', burstSeconds: 86_400 }, 'invalid'],
    ['a burst of no number', { path: '/a', burstSeconds: NaN }, 'invalid'],
    ['a store that is not there', { path: '/a', store: 'x' }, 'not-found'],
    ['a class that no store has', { path: '/a', class: 'fast' }, 'not-found'],
    ['an application that is not there', { path: '/a', application: 'x' }, 'not-found'],
    ['a mode that is none', { path: '/a', directoryMode: 0o10000 }, 'invalid'],
    ['an owner of many lines', { path: '/a', owner: 'a\nb' }, 'invalid'],
    ['control characters', { path: '/a', description: '\u001b[31m' }, 'invalid'],
    [
      'groups without squash all',
      { path: '/a', identity: { squash: 'root', uid: 1, gid: 1, gids: [1] } },
      'invalid',
    ],
    ['uid -1', { path: '/a', identity: { squash: 'all', uid: 0xffffffff, gid: 1, gids: [] } }, 'invalid'],
  ])('with %s is refused, and nothing is left', async (_, share, code) => {
    await expect(namespace.shares.create(share)).rejects.toMatchObject({ code })
    expect(readdirSync(temporary.store)).toEqual(['.berth'])
    expect((await temporary.reopen()).nodes.children(0)).toEqual([])
  })

  test('a directory that is there already is refused, with the way out; one of empty ones is taken', async () => {
    mkdirSync(inStore('a/old/empty'), { recursive: true })
    writeFileSync(inStore('a/file'), '')
    await expect(namespace.shares.create({ path: '/a' })).rejects.toThrow(
      /is there already and belongs to no share: move it out of the way/,
    )
    const share = await namespace.shares.create({ path: '/a/old', directoryMode: 0o2770 })
    expect(statSync(inStore(share.directory)).mode & 0o7777).toBe(0o2770)
  })

  test('a symlink on the way is not followed', async () => {
    const outside = join(temporary.directory, 'outside')
    mkdirSync(outside)
    symlinkSync(outside, inStore('a'))
    await expect(namespace.shares.create({ path: '/a/s' })).rejects.toThrow(/is no directory/)
    await expect(namespace.shares.create({ path: '/a' })).rejects.toMatchObject({ code: 'exists' })
    expect(readdirSync(outside)).toEqual([])
    expect(namespace.resolve('/a')).toBeUndefined()
  })

  test.runIf(process.getuid?.() === 0)('its root belongs to whom the rule makes of all', async () => {
    const identity = { squash: 'all', uid: 1234, gid: 2345, gids: [7] } as const
    await namespace.shares.create({ path: '/a/s', identity })
    await namespace.shares.create({ path: '/a/t', identity, directoryUid: 5, directoryGid: 6 })
    expect(statSync(inStore('a'))).toMatchObject({ uid: 0, gid: 0 })
    expect(statSync(inStore('a/s'))).toMatchObject({ uid: 1234, gid: 2345 })
    expect(statSync(inStore('a/t'))).toMatchObject({ uid: 5, gid: 6 })
  })

  test('a store whose disk is not mounted is not written to', async () => {
    renameSync(temporary.store, `${temporary.store}-away`)
    mkdirSync(temporary.store)
    await expect(namespace.shares.create({ path: '/a' })).rejects.toThrow(/is its filesystem mounted\?/)
    expect(readdirSync(temporary.store)).toEqual([])
    expect(namespace.stores.get('default')).toMatchObject({ isAvailable: false })
  })
})

describe('update', () => {
  test('changes what is given, writes the record, tells what', async () => {
    await namespace.shares.create({ path: '/a', labels: { a: 'b' }, quotaFiles: 5 })
    temporary.clock += 7
    const changed = await namespace.shares.update(1, { readOnly: true, quotaBytes: 10, quotaFiles: null }, 1)
    expect(changed).toMatchObject({
      readOnly: true,
      quotaBytes: 10,
      quotaFiles: null,
      labels: { a: 'b' },
      version: 2,
      changedAt: temporary.clock,
    })
    expect(temporary.events.at(-1)).toEqual({
      kind: 'share-changed',
      shareId: 1,
      changed: ['readOnly', 'quotaBytes', 'quotaFiles'],
    })
    expect(readRecord('shares', '1.json')).toMatchObject({ readOnly: true, quotaBytes: 10, version: 2 })
    await expect(namespace.shares.update(1, { owner: 'x' }, 1)).rejects.toMatchObject({ code: 'stale' })
    expect((await temporary.reopen()).shares.get(1)).toEqual(changed)
  })

  test('that changes nothing is none', async () => {
    const share = await namespace.shares.create({ path: '/a' })
    const count = temporary.events.length
    expect(await namespace.shares.update(1, { owner: '', labels: {} })).toEqual(share)
    expect(temporary.events).toHaveLength(count)
  })

  test('another application is another entry of the history, and in the record', async () => {
    await temporary.catalog.db
      .insertInto('applications')
      .values({
        id: 'app-id',
        name: 'payroll',
        owner: 'ada',
        description: '',
        labels: '{"tier":"1"}',
        links: '[]',
        createdAt: 1,
        changedAt: 1,
        retiredAt: null,
        version: 1,
      })
      .execute()
    await namespace.shares.create({ path: '/a' })
    temporary.clock += 10
    await namespace.shares.update(1, { application: 'payroll' })
    expect(readRecord('shares', '1.json')).toMatchObject({
      application: { id: 'app-id', name: 'payroll', labels: { tier: '1' } },
    })
    const history = await temporary.catalog.db
      .selectFrom('ownerships')
      .select(['applicationId', 'fromAt', 'toAt'])
      .orderBy('id')
      .execute()
    expect(history).toEqual([
      { applicationId: null, fromAt: temporary.clock - 10, toAt: temporary.clock },
      { applicationId: 'app-id', fromAt: temporary.clock, toAt: null },
    ])
    await temporary.catalog.db.updateTable('applications').set({ owner: 'bob' }).execute()
    await namespace.shares.renewRecords('app-id')
    expect(readRecord('shares', '1.json')).toMatchObject({ application: { owner: 'bob' } })
  })
})

describe('list', () => {
  test('pages by number and filters', async () => {
    for (let index = 1; index <= 5; index++)
      await namespace.shares.create({ path: `/p${index % 2}/s${index}`, labels: { odd: String(index % 2) } })
    const first = namespace.shares.list({ limit: 2 })
    expect(first).toMatchObject({ items: [{ id: 1 }, { id: 2 }], next: '2' })
    const rest = namespace.shares.list({ limit: 3, after: first.next! })
    expect(rest.items.map(({ id }) => id)).toEqual([3, 4, 5])
    expect(rest.next).toBeUndefined()
    const ids = (filter: object) => namespace.shares.list({ limit: 10 }, filter).items.map(({ id }) => id)
    expect(ids({ below: '/p1' })).toEqual([1, 3, 5])
    expect(ids({ labels: { odd: '0' } })).toEqual([2, 4])
    expect(ids({ labels: { constructor: '0' } })).toEqual([])
    expect(ids({ store: 'x' })).toEqual([])
    expect(() => namespace.shares.list({ limit: 1, after: 'x' })).toThrow(/after must be/)
    expect(() => namespace.shares.list({ limit: 0 })).toThrow(/limit must be/)
  })
})

describe('saveUsage', () => {
  test('keeps the counts, not as a change of the share', async () => {
    await namespace.shares.create({ path: '/a' })
    await namespace.shares.saveUsage([
      { shareId: 1, bytes: 10, files: 2, countedAt: 99 },
      { shareId: 77, bytes: 1, files: 1 },
    ])
    await namespace.shares.saveUsage([{ shareId: 1, bytes: 11, files: 3 }])
    await namespace.shares.update(1, { owner: 'x' })
    const share = (await temporary.reopen()).shares.get(1)
    expect(share).toMatchObject({ usedBytes: 11, usedFiles: 3, countedAt: 99, version: 2 })
  })
})
