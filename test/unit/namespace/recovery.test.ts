import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeBack, takeSteps, type FileStep } from '../../../src/namespace/file-steps.ts'
import { TemporaryNamespace } from './fixture.ts'

let temporary: TemporaryNamespace
beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
})
afterEach(() => temporary.remove())

const inStore = (...path: string[]) => join(temporary.store, ...path)
const intend = (kind: string, detail: unknown) =>
  temporary.catalog.db
    .insertInto('intents')
    .values({ id: '1', kind, detail: JSON.stringify(detail), createdAt: 1 })
    .execute()
const intents = () => temporary.catalog.db.selectFrom('intents').selectAll().execute()
const make = (path: string): FileStep => ({ kind: 'make', store: 'default', path, mode: 0o755 })
const rename = (from: string, to: string): FileStep => ({ kind: 'rename', store: 'default', from, to })

describe('a crash before the catalog knew', () => {
  const steps = [make('x'), make('x/y'), rename('a', 'x/y/a'), rename('b', 'x/b')]

  test.each(steps.map((_, index) => index).concat(steps.length))(
    'after %i steps: all is as before',
    async (done) => {
      await temporary.namespace.shares.create({ path: '/a/s' })
      await temporary.namespace.shares.create({ path: '/b/t' })
      writeFileSync(inStore('a/s/file'), 'content')
      await intend('take-back-files', steps)
      await takeSteps(steps.slice(0, done), () => temporary.store)
      const namespace = await temporary.reopen()
      expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 'a', 'b'])
      expect(readFileSync(inStore('a/s/file'), 'utf8')).toBe('content')
      expect(namespace.shares.at('/a/s').directory).toBe('a/s')
      expect(await intents()).toEqual([])
      await takeBack(steps, () => temporary.store)
      expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 'a', 'b'])
    },
  )

  test('what somebody has put into a directory that was being made stays', async () => {
    await intend('take-back-files', [make('x')])
    mkdirSync(inStore('x'))
    writeFileSync(inStore('x/file'), '')
    await temporary.reopen()
    expect(existsSync(inStore('x/file'))).toBe(true)
  })

  test('in a store that is not mounted now waits for it', async () => {
    await temporary.namespace.shares.create({ path: '/a' })
    await intend('take-back-files', [rename('a', 'b')])
    renameSync(inStore('a'), inStore('b'))
    renameSync(temporary.store, `${temporary.store}-away`)
    await temporary.reopen()
    expect(temporary.warnings.splice(0)).toHaveLength(2)
    expect(await intents()).toHaveLength(1)
    rmSync(temporary.store, { recursive: true, force: true })
    renameSync(`${temporary.store}-away`, temporary.store)
    await temporary.reopen()
    expect(existsSync(inStore('a'))).toBe(true)
    expect(await intents()).toEqual([])
  })
})

describe('a crash before the records were written', () => {
  test('they are at the next start', async () => {
    await temporary.namespace.shares.create({ path: '/a', owner: 'ada' })
    const file = inStore('.berth/shares/1.json')
    writeFileSync(file, '{}')
    await intend('write-records', [1])
    await temporary.reopen()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ owner: 'ada' })
    expect(await intents()).toEqual([])
  })

  test('of a deletion: there is one record, in its place', async () => {
    await temporary.namespace.shares.create({ path: '/a' })
    const living = readFileSync(inStore('.berth/shares/1.json'))
    await temporary.namespace.shares.delete(1, 'admin:ada')
    rmSync(inStore('.berth/tombstones/1/record.json'))
    writeFileSync(inStore('.berth/shares/1.json'), living)
    await intend('write-records', [1])
    await temporary.reopen()
    expect(readdirSync(inStore('.berth/shares'))).toEqual([])
    expect(readdirSync(inStore('.berth/tombstones/1')).sort()).toEqual(['data', 'record.json'])
  })
})

test('records that somebody has removed are written again', async () => {
  await temporary.namespace.shares.create({ path: '/a' })
  rmSync(inStore('.berth/shares/1.json'))
  await temporary.reopen()
  expect(existsSync(inStore('.berth/shares/1.json'))).toBe(true)
})

describe('a change that fails', () => {
  test('in the catalog leaves the files as they were', async () => {
    const { namespace, catalog } = temporary
    await namespace.shares.create({ path: '/a/s' })
    await catalog.db.schema.dropTable('aliases').execute()
    const { id } = namespace.nodes.at('/a')
    await expect(namespace.nodes.move(id, '/x/y')).rejects.toThrow(/no such table/)
    expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 'a'])
    expect(namespace.pathOf(id)).toBe('/a')
    expect(namespace.shares.get(1)).toMatchObject({ path: '/a/s', directory: 'a/s' })
    expect(await intents()).toEqual([])
  })

  test('in the second of two stores leaves the first as it was', async () => {
    const { namespace } = temporary
    const other = join(temporary.directory, 'zz')
    mkdirSync(other)
    await namespace.stores.add({ name: 'zz', directory: other })
    await namespace.shares.create({ path: '/a/s' })
    await namespace.shares.create({ path: '/a/t', store: 'zz' })
    mkdirSync(join(other, 'x'))
    writeFileSync(join(other, 'x', 'file'), '')
    await expect(namespace.nodes.move(namespace.nodes.at('/a').id, '/x')).rejects.toMatchObject({
      code: 'exists',
    })
    expect(readdirSync(temporary.store).sort()).toEqual(['.berth', 'a'])
    expect(existsSync(join(other, 'a/t'))).toBe(true)
  })

  test('to write records is done all the same, and they are written at the next start', async () => {
    const { namespace } = temporary
    await namespace.shares.create({ path: '/a' })
    const records = inStore('.berth/shares')
    renameSync(records, `${records}-away`)
    writeFileSync(records, 'in the way')
    await namespace.shares.update(1, { owner: 'ada' })
    expect(temporary.warnings.splice(0)).toEqual([
      expect.stringMatching(/^records beside the shares could not/),
    ])
    expect(namespace.shares.get(1).owner).toBe('ada')
    rmSync(records)
    renameSync(`${records}-away`, records)
    await temporary.reopen()
    expect(JSON.parse(readFileSync(join(records, '1.json'), 'utf8'))).toMatchObject({ owner: 'ada' })
  })
})
