import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Database from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Applications } from '../../../src/applications/index.ts'
import { openCatalog } from '../../../src/catalog/catalog.ts'
import { exportCatalog } from '../../../src/catalog/document.ts'
import { silentLog } from '../applications/fixture.ts'
import { temporaryCatalog } from './fixture.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What was collected of that which is watched. */
const collected: string[] = []
const registry = new FinalizationRegistry<string>((what) => collected.push(what))
const prepare = Database.prototype.prepare
const exec = Database.prototype.exec
let watchedCount = 0

// A spy of vitest would keep what it has seen.
beforeEach(() => {
  Database.prototype.prepare = function (this: Database.Database, text: string) {
    return watch(text, prepare.call(this, text))
  } as typeof prepare
  Database.prototype.exec = function (this: Database.Database, text: string) {
    return watch('a database', exec.call(this, text))
  }
})
afterEach(() => {
  Object.assign(Database.prototype, { prepare, exec })
})

function watch<T extends object>(what: string, thing: T): T {
  registry.register(thing, what)
  watchedCount++
  return thing
}

async function useCatalog(): Promise<void> {
  const { catalog, directory, remove } = await temporaryCatalog()
  const applications = new Applications({ catalog, log: silentLog })
  await applications.create({ name: 'payroll', owner: 'finance' })
  await applications.history.orphans(1, { limit: 10 })
  await exportCatalog(catalog)
  catalog.backup(`${directory}/copy`)
  await expect(sql`SELEC`.execute(catalog.db)).rejects.toThrow('syntax error')
  await expect(catalog.transaction(() => Promise.reject(new Error()))).rejects.toThrow()
  await applications.close()
  await catalog.close()
  await (await openCatalog({ directory })).close()
  await remove()
}

// On Node 24.19 and later it would end the process, now and then: see sqlite.ts.
test('no database or statement of a catalog is ever collected, even when it is closed', async () => {
  for (let round = 0; round < 3; round++) await useCatalog()
  expect(watchedCount).toBeGreaterThan(60)
  ;(() => watch('a thing let go', {}))()
  await vi.waitFor(async () => {
    collect()
    await setImmediate()
    expect(collected).toContain('a thing let go')
  })
  expect(collected).toEqual(['a thing let go'])
})
