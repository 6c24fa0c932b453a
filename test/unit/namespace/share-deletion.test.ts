import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
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

describe('delete', () => {
  beforeEach(async () => {
    await namespace.shares.create({ path: '/a/b/s', quotaBytes: 7 })
    writeFileSync(inStore('a/b/s/file'), 'content')
  })

  test('moves the data aside, with its record; a dry run says where', async () => {
    const plan = namespace.shares.deletionOf(1)
    expect(plan).toMatchObject({
      path: '/a/b/s',
      directory: inStore('a/b/s'),
      tombstone: inStore('.berth/tombstones/1/data'),
      purgeAt: temporary.clock + 30 * 24 * 3600 * 1000,
    })
    const inode = statSync(inStore('a/b/s')).ino
    await namespace.shares.delete(1, 'admin:ada', 1)
    expect(namespace.resolve('/a/b/s')).toBeUndefined()
    expect(namespace.resolve('/a/b')).toMatchObject({ kind: 'folder' })
    expect(readdirSync(temporary.store)).toEqual(['.berth'])
    expect(statSync(inStore('.berth/tombstones/1/data')).ino).toBe(inode)
    expect(readRecord('tombstones', '1', 'record.json')).toMatchObject({
      share: 1,
      path: '/a/b/s',
      deletedBy: 'admin:ada',
      purgeAt: plan.purgeAt,
    })
    expect(readdirSync(inStore('.berth/shares'))).toEqual([])
    expect(temporary.events.slice(-2)).toMatchObject([
      { kind: 'node-removed' },
      { kind: 'share-deleted', shareId: 1 },
    ])
    namespace = await temporary.reopen()
    expect(namespace.shares.list({ limit: 1 }).items).toEqual([])
    expect(namespace.shares.list({ limit: 1 }, { state: 'deleted' }).items).toMatchObject([{ id: 1 }])
    await expect(namespace.shares.delete(1, 'admin:ada')).rejects.toThrow(/is deleted: undelete it first/)
    await expect(namespace.shares.update(1, { owner: 'x' })).rejects.toMatchObject({ code: 'conflict' })
  })

  test('and undelete puts back everything', async () => {
    const before = namespace.shares.get(1)
    await namespace.shares.delete(1, 'admin:ada')
    namespace = await temporary.reopen()
    const share = await namespace.shares.undelete(1)
    expect(share).toEqual({ ...before, linkId: share.linkId, version: 3 })
    expect(readFileSync(inStore('a/b/s/file'), 'utf8')).toBe('content')
    expect(readRecord('shares', '1.json')).toMatchObject({ path: '/a/b/s', deletedAt: null })
    expect(readdirSync(inStore('.berth/tombstones'))).toEqual([])
    expect(namespace.resolve('/a/b/s/x')).toMatchObject({ kind: 'link', below: ['x'] })
    const history = await temporary.catalog.db.selectFrom('ownerships').selectAll().orderBy('id').execute()
    expect(history).toMatchObject([
      { path: '/a/b/s', toAt: temporary.clock },
      { path: '/a/b/s', toAt: null },
    ])
    await expect(namespace.shares.undelete(1)).rejects.toMatchObject({ code: 'conflict' })
    expect((await temporary.reopen()).shares.at('/a/b/s')).toEqual(share)
  })

  test('undelete goes elsewhere where the path is taken', async () => {
    await namespace.shares.delete(1, 'admin:ada')
    await namespace.shares.create({ path: '/a/b/s' })
    await expect(namespace.shares.undelete(1)).rejects.toMatchObject({ code: 'exists' })
    expect(existsSync(inStore('.berth/tombstones/1/data/file'))).toBe(true)
    await namespace.shares.undelete(1, { path: '/c/d' })
    expect(readFileSync(inStore('c/d/file'), 'utf8')).toBe('content')
  })

  test('without its directory is possible, and then there is nothing to put back', async () => {
    rmSync(inStore('a'), { recursive: true })
    await namespace.shares.delete(1, 'admin:ada')
    await expect(namespace.shares.undelete(1)).rejects.toThrow(/is gone/)
    await namespace.purges.purge(1)
    expect(readdirSync(inStore('.berth/tombstones'))).toEqual([])
  })
})

describe('purge', () => {
  test('comes after the grace period and leaves the record', async () => {
    await namespace.shares.create({ path: '/a' })
    writeFileSync(inStore('a/file'), 'content')
    await expect(namespace.purges.purge(1)).rejects.toMatchObject({ code: 'conflict' })
    await namespace.shares.delete(1, 'admin:ada')
    const { purgeAt } = namespace.shares.get(1)
    temporary.clock = purgeAt! - 1
    await namespace.upkeep()
    expect(existsSync(inStore('.berth/tombstones/1/data/file'))).toBe(true)
    temporary.clock = purgeAt!
    await namespace.upkeep()
    expect(readdirSync(inStore('.berth/tombstones'))).toEqual([])
    expect(readRecord('purged', '1.json')).toMatchObject({ share: 1, path: '/a', purgedAt: purgeAt })
    expect(() => namespace.shares.get(1)).toThrow(/there is no share 1/)
    expect(temporary.events.at(-1)).toEqual({ kind: 'share-purged', shareId: 1 })
    expect(await temporary.catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
    const row = await temporary.catalog.db.selectFrom('shares').selectAll().executeTakeFirstOrThrow()
    expect(row).toMatchObject({ id: 1, purgedAt: purgeAt })
  })

  test('takes everything, however deep and strange, and nothing that a symlink leads to', async () => {
    const outside = join(temporary.directory, 'outside')
    mkdirSync(join(outside, 'sub'), { recursive: true })
    writeFileSync(join(outside, 'file'), 'content')
    await namespace.shares.create({ path: '/a' })
    symlinkSync(outside, inStore('a/link'))
    symlinkSync('/', inStore('a/root'))
    linkSync(join(outside, 'file'), inStore('a/hard'))
    // Not UTF-8, as clients may write them.
    writeFileSync(Buffer.concat([Buffer.from(inStore('a/')), Buffer.from('ff0a', 'hex')]), '')
    mkdirSync(Buffer.concat([Buffer.from(inStore('a/')), Buffer.from('fffe', 'hex')]))
    for (let index = 0; index < 500; index++) writeFileSync(inStore('a', `f${index}`), '')
    // Deeper than any path can be named.
    let place = inStore('a')
    for (let depth = 0; depth < 300; depth++) {
      place = join(place, '3')
      mkdirSync(place)
    }
    mkdirSync(inStore('a/closed'))
    chmodSync(inStore('a/closed'), 0)
    await namespace.shares.delete(1, 'admin:ada')
    await Promise.all([namespace.purges.purge(1), namespace.purges.purge(1)])
    expect(readdirSync(inStore('.berth/tombstones'))).toEqual([])
    expect(readdirSync(outside).sort()).toEqual(['file', 'sub'])
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('content')
  })

  test('does not hold up the end of the gateway, and goes on at the next start', async () => {
    await namespace.shares.create({ path: '/a' })
    for (let index = 0; index < 2000; index++) writeFileSync(inStore('a', `f${index}`), '')
    await namespace.shares.delete(1, 'admin:ada')
    // The gateway ends at the moment when the files would be next: however fast they go, they are not gone before.
    let closed: Promise<void> | undefined
    const clear = async () => void (closed = namespace.close())
    namespace.purges.useGuard({ check: () => {}, clear })
    await expect(namespace.purges.purge(1)).rejects.toMatchObject({ code: 'unavailable' })
    await closed
    expect(readdirSync(inStore('.berth/tombstones/1/data')).length).toBeGreaterThan(0)
    namespace = await temporary.reopen()
    await namespace.upkeep()
    expect(readdirSync(inStore('.berth/tombstones'))).toEqual([])
  })

  test('once begun goes on after a restart, and cannot be undone', async () => {
    await namespace.shares.create({ path: '/a' })
    await namespace.shares.delete(1, 'admin:ada')
    await temporary.catalog.db
      .insertInto('intents')
      .values({ id: 'x', kind: 'purge-share', detail: '1', createdAt: 1 })
      .execute()
    namespace = await temporary.reopen()
    await expect(namespace.shares.undelete(1)).rejects.toThrow(/is being purged/)
    await namespace.upkeep()
    expect(readdirSync(inStore('.berth/tombstones'))).toEqual([])
    expect(await temporary.catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
  })
})
