import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { shareDefaults } from '../../../src/config/config.ts'
import type { Namespace } from '../../../src/namespace/namespace.ts'
import type { DriverProbe } from '../../../src/namespace/stores.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
let namespace: Namespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  namespace = temporary.namespace
})
afterEach(() => temporary.remove())

/** A new empty directory. */
const directory = (...path: string[]) => {
  const made = join(temporary.directory, ...path)
  mkdirSync(made, { recursive: true })
  return made
}

describe('the default store', () => {
  test('is there from the first start on, and is not made again', async () => {
    expect(namespace.stores.list()).toMatchObject([
      { name: 'default', directory: temporary.store, isAvailable: true, shareCount: 0 },
    ])
    const { space } = namespace.stores.get('default')
    expect(space?.filesystem).toMatch(/^[a-z0-9]+$/)
    expect(space?.freeBytes).toBeGreaterThan(0)
    namespace = await temporary.reopen()
    expect(namespace.stores.list()).toHaveLength(1)
  })

  test('of a catalog that was lost is not taken for a new one', async () => {
    await namespace.shares.create({ path: '/a' })
    await temporary.close()
    for (const name of readdirSync(temporary.data))
      if (name.startsWith('catalog.db')) rmSync(join(temporary.data, name))
    await expect(temporary.reopen()).rejects.toThrow(/of another gateway.*`berth catalog rebuild`/)
    expect(existsSync(join(temporary.store, 'a'))).toBe(true)
  })
})

describe('add', () => {
  test('makes a directory a store, which says whose it is', async () => {
    const path = directory('disk')
    mkdirSync(join(path, 'lost+found'))
    await namespace.stores.add({ name: 'fast', directory: `${path}/`, classes: ['ssd'] })
    const file: unknown = JSON.parse(readFileSync(join(path, '.berth/store.json'), 'utf8'))
    expect(file).toMatchObject({ format: 1, store: 'fast', gateway: namespace.gatewayId, classes: ['ssd'] })
    namespace = await temporary.reopen()
    expect(namespace.stores.get('fast')).toMatchObject({ directory: path, classes: ['ssd'], version: 1 })
  })

  test.each<[string, () => [string, string], string]>([
    ['a name of a path', () => ['a/b', directory('x')], 'invalid'],
    ['an empty name', () => ['', directory('x')], 'invalid'],
    ['a name that is taken', () => ['default', directory('x')], 'exists'],
    ['a relative directory', () => ['x', 'x'], 'invalid'],
    ['a missing directory', () => ['x', join(temporary.directory, 'gone')], 'invalid'],
    ['a file', () => ['x', join(temporary.data, 'catalog.db')], 'invalid'],
    ['the root', () => ['x', '/'], 'invalid'],
    ['the data directory', () => ['x', temporary.data], 'conflict'],
    ['a directory in it', () => ['x', directory('data', 'x')], 'conflict'],
    ['a directory around it', () => ['x', temporary.directory], 'conflict'],
    ['a store', () => ['x', temporary.store], 'conflict'],
    [
      'a symlink to a store',
      () => {
        symlinkSync(temporary.store, join(temporary.directory, 'link'))
        return ['x', join(temporary.directory, 'link')]
      },
      'conflict',
    ],
    [
      'a directory that is not empty',
      () => {
        writeFileSync(join(directory('full'), 'file'), '')
        return ['x', directory('full')]
      },
      'conflict',
    ],
  ])('%s is refused', async (_, wanted, code) => {
    const [name, path] = wanted()
    await expect(namespace.stores.add({ name, directory: path })).rejects.toMatchObject({ code })
    expect(namespace.stores.list()).toHaveLength(1)
  })

  test('the store of another gateway is refused, and one that still has shares', async () => {
    const other = await TemporaryNamespace.open()
    try {
      const path = directory('shared')
      await other.namespace.stores.add({ name: 'shared', directory: path })
      await expect(namespace.stores.add({ name: 'mine', directory: path })).rejects.toThrow(
        `is store shared of another gateway, ${other.namespace.gatewayId}`,
      )
    } finally {
      await other.remove()
    }
  })

  test('a store that was removed can be one again, shares in it or not', async () => {
    const path = directory('disk')
    await namespace.stores.add({ name: 'x', directory: path })
    await namespace.shares.create({ path: '/a', store: 'x' })
    await expect(namespace.stores.remove('x')).rejects.toMatchObject({ code: 'conflict' })
    await namespace.shares.delete(1, 'admin:ada')
    await expect(namespace.stores.remove('x')).rejects.toMatchObject({ code: 'conflict' })
    await namespace.purges.purge(1)
    await expect(namespace.stores.remove('x', 9)).rejects.toMatchObject({ code: 'stale' })
    await namespace.stores.remove('x')
    await namespace.stores.add({ name: 'y', directory: path })
    await namespace.stores.remove('y')
    writeFileSync(join(path, '.berth/shares/9.json'), '{}')
    await expect(namespace.stores.add({ name: 'x', directory: path })).rejects.toThrow(
      /`berth catalog rebuild`/,
    )
    // Without its file it is no store whose beginning was killed.
    rmSync(join(path, '.berth/store.json'))
    await expect(namespace.stores.add({ name: 'x', directory: path })).rejects.toThrow('is not empty')
  })

  test('what was left by a process that was killed while it made a store is taken up', async () => {
    const path = directory('disk', '.berth', 'shares')
    directory('disk', 'lost+found')
    writeFileSync(join(path, '../store.json.new'), '{')
    await namespace.stores.add({ name: 'x', directory: join(path, '../..') })
    expect(namespace.stores.get('x')).toMatchObject({ isAvailable: true })
  })

  test('a share of the config file and a store do not lie one in the other', async () => {
    const path = directory('disk', 'inner')
    await namespace.declare([declared('/c', join(temporary.directory, 'disk'))])
    await expect(namespace.stores.add({ name: 'x', directory: path })).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

const declared = (path: string, at: string) => ({ ...shareDefaults, path, directory: at })

describe('placement', () => {
  test('by name, by class, else in the default store', async () => {
    await namespace.stores.add({ name: 'b', directory: directory('b'), classes: ['ssd', 'small'] })
    const placed = async (path: string, wish: object) =>
      (await namespace.shares.create({ path, ...wish })).store
    expect(await placed('/a/1', {})).toBe('default')
    expect(await placed('/a/2', { class: 'small' })).toBe('b')
    expect(await placed('/a/3', { store: 'b' })).toBe('b')
    expect(readdirSync(join(temporary.directory, 'b', 'a')).sort()).toEqual(['2', '3'])
    await namespace.stores.update('b', { classes: [] }, 1)
    await expect(placed('/a/4', { class: 'small' })).rejects.toMatchObject({ code: 'not-found' })
    // A folder is moved in every store that has shares in it.
    await namespace.nodes.move(namespace.nodes.at('/a').id, '/z/a')
    expect(readdirSync(join(temporary.directory, 'b'))).toEqual(['.berth', 'z'])
    expect(readdirSync(join(temporary.store, 'z', 'a'))).toEqual(['1'])
  })

  test('passes over a store that is not there', async () => {
    await namespace.stores.add({ name: 'b', directory: directory('b'), classes: ['x'] })
    await namespace.stores.add({ name: 'c', directory: directory('c'), classes: ['x'] })
    rmSync(join(temporary.directory, 'c', '.berth'), { recursive: true })
    expect((await namespace.shares.create({ path: '/a', class: 'x' })).store).toBe('b')
    rmSync(join(temporary.directory, 'b', '.berth'), { recursive: true })
    await expect(namespace.shares.create({ path: '/b', class: 'x' })).rejects.toMatchObject({
      code: 'unavailable',
    })
    // And the records of what lies there are missed at the next start.
    await temporary.reopen()
    expect(temporary.warnings.splice(0)).toEqual([
      expect.stringMatching(/^records of store b could not be written/),
    ])
  })
})

describe('unclaimed', () => {
  test('lists what belongs to no share, and nothing within one', async () => {
    await namespace.shares.create({ path: '/a/b/s' })
    await namespace.shares.create({ path: '/t' })
    await namespace.shares.delete(2, 'admin:ada')
    const inStore = (...path: string[]) => join(temporary.store, ...path)
    mkdirSync(inStore('a/b/s/own'))
    expect(await namespace.stores.unclaimed('default')).toEqual({ paths: [], isComplete: true })
    mkdirSync(inStore('a/x/y'), { recursive: true })
    writeFileSync(inStore('a/b/file'), '')
    mkdirSync(inStore('.berth/tombstones/77'))
    expect((await namespace.stores.unclaimed('default')).paths).toEqual([
      '.berth/tombstones/77',
      'a/b/file',
      'a/x',
    ])
    await expect(namespace.stores.unclaimed('x')).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('drivers of snapshots', () => {
  /** A machine on which files can be copied and nothing else. */
  const copyOnly: DriverProbe = {
    detect: () => Promise.resolve('copy'),
    impossible: (driver) => Promise.resolve(driver === 'copy' ? undefined : 'it is not there'),
  }

  test('are found out, set, and refused with the reason', async () => {
    const { stores } = namespace
    expect(stores.get('default')).toMatchObject({ driver: 'auto' })
    expect(stores.get('default')).not.toHaveProperty('driverInUse')
    await stores.useProbe(copyOnly)
    expect(stores.get('default')).toMatchObject({ driver: 'auto', driverInUse: 'copy' })
    await expect(stores.update('default', { driver: 'btrfs' })).rejects.toMatchObject({
      code: 'invalid',
      message: `snapshots cannot be taken by btrfs in ${temporary.store}: it is not there`,
    })
    const path = directory('disk')
    await expect(stores.add({ name: 'a', directory: path, driver: 'reflink' })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(readdirSync(path)).toEqual([])
    await stores.add({ name: 'a', directory: path, classes: ['ssd'], driver: 'copy' })
    await stores.update('default', { driver: 'copy' })
    namespace = await temporary.reopen()
    expect(namespace.stores.get('default')).toMatchObject({ driver: 'copy', classes: [] })
    expect(namespace.stores.get('a')).toMatchObject({ driver: 'copy', classes: ['ssd'], driverInUse: 'copy' })
    const file: unknown = JSON.parse(readFileSync(join(path, '.berth/store.json'), 'utf8'))
    expect(file).toMatchObject({ driver: 'copy', classes: ['ssd'] })
  })

  test('one that was set and is gone keeps the gateway from starting', async () => {
    await namespace.stores.useProbe(copyOnly)
    await namespace.stores.update('default', { driver: 'copy' })
    namespace = await temporary.reopen()
    const useless: DriverProbe = { ...copyOnly, impossible: () => Promise.resolve('it has no space') }
    await expect(namespace.stores.useProbe(useless)).rejects.toThrow(
      `store default: snapshots cannot be taken by copy in ${temporary.store}: it has no space`,
    )
  })

  test('where none works the gateway starts, and says so', async () => {
    const detect = () => Promise.reject(new Error('EROFS: read-only file system'))
    await namespace.stores.useProbe({ ...copyOnly, detect })
    expect(namespace.stores.get('default')).not.toHaveProperty('driverInUse')
    expect(temporary.warnings.splice(0)).toEqual([
      expect.stringMatching(/^snapshots cannot be taken in store default as it is now: .*EROFS/),
    ])
  })
})
