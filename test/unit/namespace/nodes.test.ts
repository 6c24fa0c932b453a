import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
const share = async (path: string) => namespace.shares.create({ path })
const folder = async (path: string) => namespace.nodes.createFolder({ path })
const move = async (from: string, to: string, options = {}) =>
  namespace.nodes.move(namespace.nodes.at(from).id, to, options)
/** The whole tree as paths, links with a `*`. */
const paths = () => {
  const found: string[] = []
  const visit = (id: number): void => {
    for (const node of namespace.nodes.children(id)) {
      found.push(namespace.pathOf(node.id) + (node.record.kind === 'link' ? '*' : ''))
      visit(node.id)
    }
  }
  visit(0)
  return found
}
const placeOf = (path: string) => {
  const place = namespace.resolve(path)
  if (place === undefined) return undefined
  const below = place.kind === 'link' ? place.below.map((name) => `+${name}`).join('') : ''
  return namespace.pathOf(place.node.id) + below
}

describe('folders', () => {
  test('are made with those above, described, labelled, and are there after a restart', async () => {
    const made = await namespace.nodes.createFolder({
      path: '/a/b/c',
      description: 'first\nsecond',
      labels: { 'example.com/team': 'x' },
    })
    expect(made.record).toMatchObject({ name: 'c', kind: 'folder', version: 1 })
    await namespace.nodes.update(made.id, { labels: { team: 'y' } }, 1)
    await share('/a/s')
    namespace = await temporary.reopen()
    expect(paths()).toEqual(['/a', '/a/b', '/a/b/c', '/a/s*'])
    expect(namespace.nodes.at('/a/b/c').record).toMatchObject({
      description: 'first\nsecond',
      labels: { team: 'y' },
      version: 2,
    })
  })

  test('make no directory by themselves', async () => {
    await folder('/a/b')
    expect(readdirSync(temporary.store)).toEqual(['.berth'])
  })

  test.each([
    ['/a', /there is a folder \/a already/],
    ['/a/s/x', /below the link \/a\/s: nothing can/],
    ['/', /the root is there already/],
    ['/a/../../etc', /which no path may/],
    ['/.berth/x', /reserved/],
  ])('%s is refused, and nothing is made', async (path, why) => {
    await share('/a/s')
    const before = paths()
    await expect(folder(path)).rejects.toThrow(why)
    expect(paths()).toEqual(before)
    expect((await temporary.reopen()).nodes.children(0)).toHaveLength(1)
  })

  test('who has seen an older version is told so', async () => {
    const { id } = await folder('/a')
    await namespace.nodes.update(id, { description: 'x' })
    await expect(namespace.nodes.update(id, { description: 'y' }, 1)).rejects.toMatchObject({ code: 'stale' })
    await expect(move('/a', '/b', { ifVersion: 1 })).rejects.toMatchObject({ code: 'stale' })
    await expect(namespace.nodes.removeFolder(id, 1)).rejects.toMatchObject({ code: 'stale' })
    expect(namespace.nodes.at('/a').record).toMatchObject({ description: 'x', version: 2 })
  })

  test.each([
    [{ 'a b': 'x' }],
    [{ a: 'x y' }],
    [{ '': 'x' }],
    [{ 'UP.com/a': 'x' }],
    [{ 'a/b/c': 'x' }],
    [{ a: 'x'.repeat(64) }],
    [Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`a${index}`, '']))],
  ])('labels %j are refused', async (labels) => {
    await expect(namespace.nodes.createFolder({ path: '/a', labels })).rejects.toMatchObject({
      code: 'invalid',
    })
  })

  test('the root cannot be changed', async () => {
    await expect(namespace.nodes.update(0, { description: 'x' })).rejects.toMatchObject({ code: 'invalid' })
    await expect(namespace.nodes.removeFolder(0)).rejects.toMatchObject({ code: 'invalid' })
    await expect(namespace.nodes.move(0, '/a')).rejects.toMatchObject({ code: 'invalid' })
  })

  test('are removed when empty; a dry run says what is in the way', async () => {
    await share('/a/b/s')
    const { id } = namespace.nodes.at('/a')
    expect(namespace.nodes.removalOf(id)).toEqual({ path: '/a', inTheWay: ['/a/b', '/a/b/s'] })
    await expect(namespace.nodes.removeFolder(id)).rejects.toThrow('folder /a is not empty: /a/b is in it')
    const empty = await folder('/e')
    await namespace.nodes.removeFolder(empty.id)
    expect(paths()).toEqual(['/a', '/a/b', '/a/b/s*'])
    await expect(namespace.nodes.removeFolder(empty.id)).rejects.toMatchObject({ code: 'not-found' })
    expect(temporary.events.at(-1)).toEqual({ kind: 'node-removed', nodeId: empty.id, path: '/e' })
  })

  test('the number of a removed one is not given again', async () => {
    const { id } = await folder('/a')
    await namespace.nodes.removeFolder(id)
    namespace = await temporary.reopen()
    expect((await folder('/a')).id).toBeGreaterThan(id)
  })

  test('many at once are made one after the other', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, index) => folder(`/a/b/c${index % 25}/d${index}`)))
    const again = await Promise.allSettled([folder('/x/y'), folder('/x/y'), folder('/x')])
    expect(again.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(paths()).toHaveLength(2 + 25 + 50 + 2)
  })
})

describe('move', () => {
  test('takes the whole subtree along, directories, records and history', async () => {
    await share('/a/b/s')
    await share('/a/t')
    await share('/a-b/u')
    writeFileSync(inStore('a/b/s/file'), 'content')
    temporary.clock += 5
    const node = await move('/a', '/x/y')
    expect(paths()).toEqual(['/a-b', '/a-b/u*', '/x', '/x/y', '/x/y/b', '/x/y/b/s*', '/x/y/t*'])
    expect(readFileSync(inStore('x/y/b/s/file'), 'utf8')).toBe('content')
    expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 'a-b', 'x'])
    const moved = namespace.shares.get(1)
    expect(moved).toMatchObject({
      path: '/x/y/b/s',
      directory: 'x/y/b/s',
      version: 2,
      changedAt: temporary.clock,
    })
    const record = JSON.parse(readFileSync(inStore('.berth/shares/1.json'), 'utf8')) as object
    expect(record).toMatchObject({ path: '/x/y/b/s', directory: 'x/y/b/s' })
    expect(temporary.events.at(-1)).toEqual({
      kind: 'node-moved',
      nodeId: node.id,
      from: '/a',
      to: '/x/y',
      shareIds: [1, 2],
    })
    const history = await temporary.catalog.db
      .selectFrom('ownerships')
      .select(['path', 'directory', 'toAt'])
      .where('shareId', '=', 1)
      .orderBy('id')
      .execute()
    expect(history).toEqual([
      { path: '/a/b/s', directory: 'a/b/s', toAt: temporary.clock },
      { path: '/x/y/b/s', directory: 'x/y/b/s', toAt: null },
    ])
    const before = [1, 2, 3].map((id) => namespace.shares.get(id))
    namespace = await temporary.reopen()
    expect([1, 2, 3].map((id) => namespace.shares.get(id))).toEqual(before)
  })

  test('characters outside the basic plane are counted as SQL counts them', async () => {
    await share('/😀é/s/t')
    await move('/😀é/s', '/😀')
    expect(namespace.shares.get(1)).toMatchObject({ path: '/😀/t', directory: '😀/t' })
    const before = namespace.shares.get(1)
    expect((await temporary.reopen()).shares.get(1)).toEqual(before)
    expect(existsSync(inStore('😀/t'))).toBe(true)
  })

  test('renames a share', async () => {
    await share('/a/s')
    await move('/a/s', '/a/t')
    expect(paths()).toEqual(['/a', '/a/t*'])
    expect(readdirSync(inStore('a'))).toEqual(['t'])
  })

  test('moves one up into the place of its own folder’s sibling, and down again', async () => {
    await share('/a/b/s')
    await move('/a/b/s', '/s')
    expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 's'])
    await move('/s', '/a/b/s')
    expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 'a'])
    expect(namespace.shares.get(1)).toMatchObject({ path: '/a/b/s', directory: 'a/b/s', version: 3 })
  })

  test.each([
    ['/a', '/a', /lies in itself/],
    ['/a', '/a/b/c', /lies in itself/],
    ['/a', '/other', /there is a folder \/other already/],
    ['/a', '/other/s/x', /below the link/],
    ['/a', '/@x', /reserved/],
    ['/a', '/x/../y', /which no path may/],
    ['/a', `/x${'/y'.repeat(30)}`, /over 32 names deep/],
    ['/a', `/${'x'.repeat(255)}`.repeat(4).slice(0, 1023), /over 1024 bytes long/],
  ])('%s to %s is refused and changes nothing', async (from, to, why) => {
    await share('/a/b/s')
    await share('/other/s')
    const before = paths()
    await expect(move(from, to)).rejects.toThrow(why)
    expect(paths()).toEqual(before)
    expect(existsSync(inStore('a/b/s'))).toBe(true)
    expect(await temporary.catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
  })

  test('a strange directory in the way is not overwritten; an empty one is', async () => {
    await share('/a/s')
    mkdirSync(inStore('x/sub'), { recursive: true })
    writeFileSync(inStore('x/sub/file'), 'content')
    await expect(move('/a', '/x')).rejects.toMatchObject({ code: 'exists' })
    expect(placeOf('/a/s')).toBe('/a/s')
    mkdirSync(inStore('y/empty'), { recursive: true })
    await move('/a', '/y')
    expect(existsSync(inStore('y/s'))).toBe(true)
    expect(readFileSync(inStore('x/sub/file'), 'utf8')).toBe('content')
  })
})

describe('former paths', () => {
  test('answer until they expire, with all that is below', async () => {
    await share('/a/b/s')
    await move('/a', '/x', { aliasSeconds: 60 })
    expect(placeOf('/a')).toBe('/x')
    expect(placeOf('/a/b/s/f')).toBe('/x/b/s+f')
    expect(placeOf('/a/c')).toBeUndefined()
    namespace = await temporary.reopen()
    expect(placeOf('/a/b')).toBe('/x/b')
    temporary.clock += 60_000
    expect(placeOf('/a/b')).toBeUndefined()
    await namespace.upkeep()
    expect(await temporary.catalog.db.selectFrom('aliases').selectAll().execute()).toEqual([])
  })

  test('follow further moves, the nearest to the end first', async () => {
    await share('/a/b/s')
    await move('/a/b', '/c', { aliasSeconds: 60 })
    await move('/a', '/x', { aliasSeconds: 60 })
    await move('/c', '/d/e')
    expect(placeOf('/a/b/s')).toBe('/d/e/s')
    expect(placeOf('/a')).toBe('/x')
  })

  test('give way to what is there now, for good', async () => {
    await share('/a/s')
    await move('/a', '/x', { aliasSeconds: 60 })
    const fresh = await folder('/a/t')
    expect(placeOf('/a')).toBe('/a')
    expect(placeOf('/a/s')).toBeUndefined()
    await namespace.nodes.removeFolder(fresh.id)
    await namespace.nodes.removeFolder(namespace.nodes.at('/a').id)
    namespace = await temporary.reopen()
    expect(placeOf('/a/s')).toBeUndefined()
  })

  test('go with what they led to; without a number of seconds there are none', async () => {
    const { id } = await folder('/a')
    await move('/a', '/b', { aliasSeconds: 60 })
    await namespace.nodes.removeFolder(id)
    expect(placeOf('/a')).toBeUndefined()
    await folder('/c')
    await move('/c', '/d')
    expect(placeOf('/c')).toBeUndefined()
    expect(await temporary.catalog.db.selectFrom('aliases').selectAll().execute()).toEqual([])
  })

  test('can be removed before their time', async () => {
    await share('/a/b/s')
    await move('/a/b', '/c', { aliasSeconds: 60 })
    await move('/a', '/x', { aliasSeconds: 60 })
    expect(namespace.nodes.alias('/a//b/')).toMatchObject({ path: '/a/b' })
    await namespace.nodes.removeAlias('/a//b/')
    expect([placeOf('/a/b/s'), placeOf('/a'), placeOf('/c/s')]).toEqual([undefined, '/x', '/c/s'])
    namespace = await temporary.reopen()
    expect([placeOf('/a/b/s'), placeOf('/a'), placeOf('/c/s')]).toEqual([undefined, '/x', '/c/s'])
    for (const path of ['/a/b', '/c', '/a/b/s'])
      await expect(namespace.nodes.removeAlias(path)).rejects.toMatchObject({ code: 'not-found' })
    temporary.clock += 60_000
    await expect(namespace.nodes.removeAlias('/a')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('and going back takes the place of the alias', async () => {
    await share('/a/s')
    await move('/a', '/b', { aliasSeconds: 60 })
    await move('/b', '/a', { aliasSeconds: 60 })
    expect([placeOf('/a/s'), placeOf('/b/s')]).toEqual(['/a/s', '/a/s'])
    namespace = await temporary.reopen()
    expect([placeOf('/a/s'), placeOf('/b/s')]).toEqual(['/a/s', '/a/s'])
  })
})
