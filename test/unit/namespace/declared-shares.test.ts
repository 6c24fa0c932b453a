import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { shareDefaults, type ShareConfig } from '../../../src/config/config.ts'
import type { Namespace } from '../../../src/namespace/namespace.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
let namespace: Namespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  namespace = temporary.namespace
})
afterEach(() => temporary.remove())

const config = (path: string, more: Partial<ShareConfig> = {}): ShareConfig => ({
  ...shareDefaults,
  path,
  directory: join(temporary.directory, 'served'),
  ...more,
})
/** The next start with this config file: path to number. */
const start = async (...shares: ShareConfig[]) => {
  namespace = await temporary.reopen()
  await namespace.declare(shares)
  return Object.fromEntries(namespace.shares.list({ limit: 100 }).items.map(({ path, id }) => [path, id]))
}
const record = (id: number) =>
  JSON.parse(readFileSync(join(temporary.data, 'records', `${id}.json`), 'utf8')) as object

describe('shares of the config file', () => {
  test('keep their number, whatever the order, and get it back when they come back', async () => {
    expect(await start(config('/a/x'), config('/b'))).toEqual({ '/a/x': 1, '/b': 2 })
    expect(await start(config('/c'), config('/b'))).toEqual({ '/b': 2, '/c': 3 })
    expect(namespace.resolve('/a/x')).toBeUndefined()
    expect(namespace.shares.list({ limit: 9 }, { state: 'deleted' }).items).toEqual([])
    expect(await start(config('/d'), config('/a/x'))).toEqual({ '/a/x': 1, '/d': 4 })
    expect(namespace.resolve('/a/x')).toMatchObject({ kind: 'link' })
  })

  test('have numbers that differ modulo the most there may be; none is left where all are taken', async () => {
    namespace = await temporary.reopen({ shareCountMax: 4 })
    for (const path of ['/1', '/2', '/3']) await namespace.shares.create({ path })
    await namespace.shares.delete(2, 'admin:ada')
    await namespace.purges.purge(2)
    // 5 would lie where 1 does.
    await namespace.declare([config('/4'), config('/6')])
    const items = namespace.shares.list({ limit: 9 }).items
    expect(items.map(({ path, id }) => [path, id])).toEqual([
      ['/1', 1],
      ['/3', 3],
      ['/4', 4],
      ['/6', 6],
    ])
    const one = namespace.declare([config('/4'), config('/6'), config('/7')])
    await expect(one).rejects.toMatchObject({
      code: 'limit',
      message: 'there are 4 shares already (limits.shares)',
    })
  })

  test('follow the file', async () => {
    await start(config('/a'))
    const changed = config('/a', {
      directory: '/elsewhere',
      readOnly: true,
      squash: 'all',
      anonymousUid: 5,
      anonymousGid: 6,
      durability: 'relaxed',
      quotaBytes: 7,
      quotaFiles: 8,
      callsPerSecond: 9,
      bytesPerSecond: 10_000,
      burstSeconds: 2,
      audit: 'opens',
    })
    temporary.clock += 3
    await start(changed)
    expect(namespace.shares.get(1)).toMatchObject({
      origin: 'config',
      store: null,
      directory: '/elsewhere',
      readOnly: true,
      identity: { squash: 'all', uid: 5, gid: 6, gids: [] },
      durability: 'relaxed',
      quotaBytes: 7,
      quotaFiles: 8,
      callsPerSecond: 9,
      bytesPerSecond: 10_000,
      burstSeconds: 2,
      audit: 'opens',
      version: 2,
    })
    expect(record(1)).toMatchObject({ directory: '/elsewhere', readOnly: true })
    const history = await temporary.catalog.db.selectFrom('ownerships').selectAll().orderBy('id').execute()
    expect(history).toMatchObject([{ toAt: temporary.clock }, { directory: '/elsewhere', toAt: null }])
    await start(changed)
    expect(namespace.shares.get(1).version).toBe(2)
    const more: Partial<ShareConfig>[] = [
      { readOnly: false },
      { squash: 'none' },
      { anonymousUid: 1 },
      { anonymousGid: 1 },
      { durability: 'strict' },
      { quotaBytes: null },
      { quotaFiles: 9 },
      { callsPerSecond: 10 },
      { bytesPerSecond: null },
      { burstSeconds: 1 },
      { audit: 'off' },
    ]
    for (const [index, one] of more.entries()) {
      await start({ ...changed, ...one })
      expect(namespace.shares.get(1).version, JSON.stringify(one)).toBe(3 + 2 * index)
      await start(changed)
    }
  })

  test('are not changed over the API, nor what lies above them moved', async () => {
    await start(config('/a/x'))
    const conflict = {
      code: 'conflict',
      message: expect.stringContaining('declared in the config file') as string,
    }
    await expect(namespace.shares.update(1, { readOnly: true })).rejects.toMatchObject(conflict)
    await expect(namespace.shares.delete(1, 'admin:ada')).rejects.toMatchObject(conflict)
    await expect(namespace.nodes.move(namespace.nodes.at('/a').id, '/b')).rejects.toMatchObject(conflict)
    await start()
    await expect(namespace.shares.undelete(1)).rejects.toMatchObject({ code: 'conflict' })
    await expect(namespace.purges.purge(1)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('and shares of the API in their place are a contradiction that is told', async () => {
    await namespace.shares.create({ path: '/a/x' })
    await expect(start(config('/a/x'))).rejects.toThrow(
      /share \/a\/x of the config file: there is a link \/a\/x/,
    )
    await expect(start(config('/a'))).rejects.toThrow(/there is a folder \/a already/)
    await expect(start(config('/a/x/y'))).rejects.toThrow(/below the link \/a\/x/)
    expect(await start(config('/b'))).toEqual({ '/a/x': 1, '/b': 2 })
  })

  test('take the place of folders that one of before has needed', async () => {
    await start(config('/a/b/c'))
    expect(await start(config('/a'))).toEqual({ '/a': 2 })
  })

  test('do not lie in a store or around one', async () => {
    const inStore = config('/a', { directory: join(temporary.store, 'x') })
    await expect(start(inStore)).rejects.toThrow(/lie one in the other/)
    await expect(start(config('/a', { directory: temporary.directory }))).rejects.toThrow(
      /lie one in the other/,
    )
    expect(await start(config('/a', { directory: `${temporary.store}-other` }))).toEqual({ '/a': 1 })
  })
})

describe('numbers of shares.json', () => {
  const file = () => join(temporary.data, 'shares.json')
  const write = (content: unknown) =>
    writeFileSync(file(), typeof content === 'string' ? content : JSON.stringify(content))

  test('are taken over once, of paths that are not declared too', async () => {
    write({ version: 1, next: 8, ids: { '/a': 7, '/b': 3, '/.old': 5 } })
    expect(await start(config('/a'), config('/new'))).toEqual({ '/a': 7, '/new': 8 })
    expect(existsSync(file())).toBe(false)
    expect(existsSync(`${file()}.migrated`)).toBe(true)
    expect(await start(config('/b'))).toEqual({ '/b': 3 })
    expect(record(5)).toMatchObject({ path: '/.old', deletedAt: temporary.clock })
  })

  test('a start that ended in between does no harm', async () => {
    write({ version: 1, next: 2, ids: { '/a': 1 } })
    expect(await start(config('/a'))).toEqual({ '/a': 1 })
    write({ version: 1, next: 2, ids: { '/a': 1 } })
    expect(await start(config('/a'))).toEqual({ '/a': 1 })
    expect(existsSync(file())).toBe(false)
  })

  test('that contradict the catalog are refused', async () => {
    await namespace.shares.create({ path: '/x' })
    write({ version: 1, next: 2, ids: { '/a': 1 } })
    await expect(start()).rejects.toThrow(/gives number 1 to \/a, the catalog to \/x/)
    expect(existsSync(file())).toBe(true)
  })

  test.each([
    '',
    '{',
    '{"version":2,"next":1,"ids":{}}',
    '{"version":1,"next":2,"ids":{"/a":2}}',
    '{"version":1,"next":3,"ids":{"/a":1,"/b":1}}',
    '{"version":1,"next":3,"ids":{"/a":"1"}}',
  ])('that are damaged are refused and left as they are: %s', async (text) => {
    write(text)
    await expect(start()).rejects.toThrow(/are damaged/)
    expect(readFileSync(file(), 'utf8')).toBe(text)
  })

  test('a path may be called as any property of an object', async () => {
    write('{"version":1,"next":3,"ids":{"/__proto__":1,"__proto__":2}}')
    expect(await start(config('/__proto__'))).toEqual(Object.fromEntries([['/__proto__', 1]]))
    mkdirSync(join(temporary.directory, 'served'))
    expect(readdirSync(join(temporary.data, 'records')).sort()).toEqual(['1.json', '2.json'])
  })
})
