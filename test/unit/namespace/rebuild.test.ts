import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCatalog } from '../../../src/catalog/catalog.ts'
import { shareDefaults } from '../../../src/config/config.ts'
import { rebuildCatalog, type RebuildReport } from '../../../src/namespace/rebuild.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
let second: string
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  second = join(temporary.directory, 'second')
  mkdirSync(second)
  await temporary.namespace.stores.add({ name: 'second', directory: second, classes: ['x'] })
})
afterEach(() => temporary.remove())

const inStore = (...path: string[]) => join(temporary.store, ...path)

/** Loses the catalog and makes a new one of what is left. */
async function rebuild(stores = [second]): Promise<RebuildReport> {
  await temporary.close()
  for (const name of readdirSync(temporary.data))
    if (name.startsWith('catalog.db')) rmSync(join(temporary.data, name))
  const catalog = await openCatalog({ directory: temporary.data })
  try {
    return await rebuildCatalog({ catalog, dataDirectory: temporary.data, stores })
  } finally {
    await catalog.close()
  }
}

/** All that a client or operator can see of the shares. */
const shown = () => {
  const { namespace } = temporary
  const shares = [...namespace.shares.all('living'), ...namespace.shares.all('deleted')]
  return shares.map(({ linkId, usedBytes: _b, usedFiles: _f, countedAt: _c, ...share }) => ({
    ...share,
    at: linkId === null ? null : namespace.pathOf(linkId),
    files: existsSync(namespace.shares.directoryOf({ ...share, linkId } as never)),
  }))
}

describe('rebuild', () => {
  test('recovers names, numbers, settings, applications, tombstones, stores', async () => {
    const { catalog, namespace } = temporary
    const application = {
      id: 'app-id',
      name: 'payroll',
      owner: 'ada',
      description: 'pays',
      createdAt: 1,
      changedAt: 2,
    }
    await catalog.db
      .insertInto('applications')
      .values({
        ...application,
        labels: '{"a":"b"}',
        links: '[{"title":"t","url":"u"}]',
        retiredAt: null,
        version: 3,
      })
      .execute()
    await namespace.declare([
      {
        ...shareDefaults,
        path: '/config/c',
        directory: join(temporary.directory, 'served'),
        readOnly: true,
        squash: 'all',
        anonymousUid: 5,
        anonymousGid: 6,
        durability: 'relaxed',
      },
    ])
    await namespace.shares.create({
      path: '/finance/payroll/db',
      application: 'payroll',
      owner: 'bob',
      description: 'the db',
      labels: { tier: '1' },
      identity: { squash: 'all', uid: 7, gid: 8, gids: [9, 10] },
      quotaBytes: 1000,
      quotaFiles: 10,
      callsPerSecond: 11,
      bytesPerSecond: 5000,
      burstSeconds: 0.5,
      durability: 'relaxed',
      audit: 'changes',
      readOnly: true,
    })
    await namespace.shares.create({ path: '/b', class: 'x' })
    await namespace.shares.create({ path: '/c/gone' })
    await namespace.shares.create({ path: '/d/purged' })
    writeFileSync(inStore('c/gone/file'), 'content')
    await namespace.shares.delete(4, 'admin:ada')
    await namespace.shares.delete(5, 'admin:ada')
    await namespace.purges.purge(5)
    await namespace.nodes.move(namespace.nodes.at('/finance').id, '/money')
    const [before, gateway] = [shown(), namespace.gatewayId]
    expect(before).toHaveLength(4)

    const report = await rebuild()
    expect(report).toEqual({
      gatewayId: gateway,
      stores: ['default', 'second'],
      applicationCount: 1,
      shareCount: 3,
      tombstoneCount: 1,
      problems: [],
    })
    await temporary.reopen()
    expect(shown()).toEqual(before)
    expect(temporary.namespace.gatewayId).toBe(gateway)
    expect(temporary.namespace.stores.get('second')).toMatchObject({ classes: ['x'], isAvailable: true })
    expect(await temporary.catalog.db.selectFrom('applications').selectAll().execute()).toEqual([
      {
        ...application,
        labels: '{"a":"b"}',
        links: '[{"title":"t","url":"u"}]',
        retiredAt: null,
        version: 3,
      },
    ])
    const owned = await temporary.catalog.db
      .selectFrom('ownerships')
      .select(['shareId', 'path', 'directory'])
      .orderBy('shareId')
      .execute()
    expect(owned.at(3)).toEqual({ shareId: 4, path: '/c/gone', directory: 'c/gone' })
    await temporary.namespace.shares.undelete(4)
    expect(readFileSync(inStore('c/gone/file'), 'utf8')).toBe('content')
    // The purged one's number is not free either.
    expect((await temporary.namespace.shares.create({ path: '/new' })).id).toBe(6)
  })

  test('reads all that can be read, and says what cannot', async () => {
    const { namespace } = temporary
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await namespace.shares.create({ path: `/x/${name}` })
    const file = (id: number) => inStore('.berth/shares', `${id}.json`)
    const edit = (id: number, change: object) =>
      writeFileSync(
        file(id),
        JSON.stringify({ ...(JSON.parse(readFileSync(file(id), 'utf8')) as object), ...change }),
      )
    writeFileSync(file(1), '{"format":1')
    edit(2, { path: '/x/../../etc' })
    edit(3, { directory: '../../etc' })
    edit(4, { share: 5 })
    rmSync(inStore('x/e'), { recursive: true })
    edit(6, { identity: { squash: 'root', uid: -1, gid: 0, gids: [] } })
    const { problems, shareCount } = await rebuild()
    expect(problems.map(({ file: path }) => path)).toEqual(
      [file(1), file(2), file(3), file(4), file(5), file(6)].sort(),
    )
    expect(problems.find(({ file: path }) => path === file(5))?.what).toMatch(/x\/e is missing/)
    expect(shareCount).toBe(1)
    await temporary.reopen()
    expect(temporary.namespace.shares.at('/x/e').id).toBe(5)
    expect((await temporary.namespace.stores.unclaimed('default')).paths).toEqual([
      'x/a',
      'x/b',
      'x/c',
      'x/d',
      'x/f',
    ])
  })

  test('two shares of one path, or one below the other, are both kept', async () => {
    const { namespace } = temporary
    for (const path of ['/a', '/b', '/c']) await namespace.shares.create({ path })
    const file = (id: number) => inStore('.berth/shares', `${id}.json`)
    for (const [id, path] of [
      [2, '/a'],
      [3, '/a/deep'],
    ] as const)
      writeFileSync(
        file(id),
        JSON.stringify({ ...(JSON.parse(readFileSync(file(id), 'utf8')) as object), path }),
      )
    const { problems } = await rebuild()
    expect(problems.map(({ what }) => what)).toEqual([
      'there is a link /a already; the share is now /recovered/2',
      '/a/deep would lie below the link /a: nothing can; the share is now /recovered/3',
    ])
    await temporary.reopen()
    const share = temporary.namespace.shares.at('/recovered/2')
    expect(temporary.namespace.shares.directoryOf(share)).toBe(inStore('b'))
    // Moved, it keeps the directory that it has.
    await temporary.namespace.nodes.move(share.linkId!, '/b2')
    expect(temporary.namespace.shares.at('/b2').directory).toBe('b')
  })

  test('a crash in the middle of a deletion is no obstacle', async () => {
    await temporary.namespace.shares.create({ path: '/a' })
    const living = readFileSync(inStore('.berth/shares/1.json'))
    await temporary.namespace.shares.delete(1, 'admin:ada')
    rmSync(inStore('.berth/tombstones/1/record.json'))
    writeFileSync(inStore('.berth/shares/1.json'), living)
    expect(await rebuild()).toMatchObject({ shareCount: 0, tombstoneCount: 1, problems: [] })
    await temporary.reopen()
    await temporary.namespace.shares.undelete(1)
    expect(existsSync(inStore('a'))).toBe(true)
  })

  test('a share number that two stores have is reported', async () => {
    await temporary.namespace.shares.create({ path: '/a' })
    cpSync(inStore('.berth/shares/1.json'), join(second, '.berth/shares/1.json'))
    mkdirSync(join(second, 'a'))
    const { problems } = await rebuild()
    expect(problems).toMatchObject([{ what: `share 1 is that of ${inStore('.berth/shares/1.json')} too` }])
  })

  test('a directory that is no store, or of another gateway, is refused; so is a catalog with something in it', async () => {
    await expect(rebuild([temporary.directory])).rejects.toMatchObject({ code: 'invalid' })
    const other = await TemporaryNamespace.open()
    try {
      await expect(rebuild([other.store])).rejects.toMatchObject({ code: 'conflict' })
      const { catalog, data: dataDirectory } = other
      await expect(rebuildCatalog({ catalog, dataDirectory, stores: [] })).rejects.toThrow(/is not empty/)
    } finally {
      await other.remove()
    }
  })
})
