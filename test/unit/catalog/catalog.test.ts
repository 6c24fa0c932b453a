import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCatalog } from '../../../src/catalog/catalog.ts'
import { temporaryCatalog, type TemporaryCatalog } from './fixture.ts'

let temporary: TemporaryCatalog
beforeEach(async () => {
  temporary = await temporaryCatalog()
})
afterEach(() => temporary.remove())

test('is closed to other users, with the files beside it', async () => {
  const { catalog, directory } = temporary
  await catalog.db.insertInto('facts').values({ key: 'name', value: 'berth' }).execute()
  for (const name of ['catalog.db', 'catalog.db-wal', 'catalog.db-shm'])
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
})

test('keeps what was written', async () => {
  await temporary.catalog.db.insertInto('facts').values({ key: 'name', value: 'berth' }).execute()
  await temporary.catalog.close()
  const again = await openCatalog({ directory: temporary.directory })
  expect(await again.db.selectFrom('facts').selectAll().execute()).toEqual([{ key: 'name', value: 'berth' }])
  await again.close()
})

test('a transaction that fails leaves nothing', async () => {
  const { catalog } = temporary
  const failing = catalog.transaction(async (db) => {
    await db.insertInto('facts').values({ key: 'name', value: 'berth' }).execute()
    throw new Error('on purpose')
  })
  await expect(failing).rejects.toThrow('on purpose')
  expect(await catalog.db.selectFrom('facts').selectAll().execute()).toEqual([])
})
