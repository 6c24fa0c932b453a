import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
})
afterEach(() => temporary.remove())

const inStore = (...path: string[]) => join(temporary.store, ...path)
const readRecord = (...path: string[]) =>
  JSON.parse(readFileSync(inStore('.berth', ...path), 'utf8')) as Record<string, unknown>

describe('create', () => {
  test('makes folders, link, directory, record and history', async () => {
    const { namespace, catalog } = temporary
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
})
