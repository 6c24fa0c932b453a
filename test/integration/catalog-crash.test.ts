import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts'
import { fact, putFact } from '../../src/catalog/facts.ts'
import { migrations, type Migration } from '../../src/catalog/migrations/index.ts'
import { useWorkspace } from './server.ts'

const child = fileURLToPath(new URL('catalog-crash-child.mjs', import.meta.url))
const workspace = useWorkspace()

/**
 * Lets a child work on a catalog and kills it, at most `delayMaxMs` after it has finished a first piece. Answers the last
 * piece it has told of.
 */
async function killAtWork(work: 'write' | 'migrate', first: number, delayMaxMs: number): Promise<number> {
  const running = spawn(process.execPath, [child, work, workspace.path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(running, 'close')
  let told = ''
  running.stdout.setEncoding('utf8').on('data', (text: string) => (told += text))
  await Promise.race([once(running.stdout, 'data'), closed])
  await sleep(Math.random() * delayMaxMs)
  running.kill('SIGKILL')
  expect(await closed).toEqual([null, 'SIGKILL'])
  // A line that was cut off was not told.
  return Number(told.split('\n').at(-2))
}

async function reopened<T>(
  directory: string,
  run: (catalog: Catalog) => Promise<T>,
  known = migrations,
): Promise<T> {
  const catalog = await openCatalog({ directory, migrations: known })
  try {
    const { rows } = await sql`PRAGMA integrity_check`.execute(catalog.db)
    expect(rows).toEqual([{ integrity_check: 'ok' }])
    return await run(catalog)
  } finally {
    await catalog.close()
  }
}

test('kill -9 during writes: the catalog is whole, and has all that was acknowledged', async () => {
  let next = 1
  for (let round = 0; round < 30; round++) {
    const acknowledged = await killAtWork('write', next, 80)
    expect(acknowledged).toBeGreaterThanOrEqual(next)
    next = await reopened(workspace.path, async ({ db }) => {
      const keys = (await db.selectFrom('facts').select('key').execute()).map(({ key }) => key)
      const numbers = (side: string) =>
        keys
          .filter((key) => key.startsWith(side))
          .map((key) => Number(key.slice(side.length)))
          .sort((a, b) => a - b)
      const left = numbers('left ')
      // Both rows of a transaction, or none; and none is missing in between.
      expect(numbers('right ')).toEqual(left)
      expect(left).toEqual(left.map((_, index) => index + 1))
      // At most the one that was about to be acknowledged is there besides.
      expect(left.length - acknowledged).toBeGreaterThanOrEqual(0)
      expect(left.length - acknowledged).toBeLessThanOrEqual(1)
      return left.length + 1
    })
  }
})

test('kill -9 while catalogs are made, backed up and migrated: each opens and is migrated', async () => {
  const next: Migration = {
    number: migrations.length + 1,
    name: 'more tables',
    async up(db) {
      for (const table of ['left', 'right'])
        await sql.raw(`CREATE TABLE "${table}" (id INTEGER PRIMARY KEY) STRICT`).execute(db)
      await putFact(db, 'migrated', 'yes')
    },
  }
  let begun = 0
  for (let round = 0; round < 15; round++) {
    const acknowledged = await killAtWork('migrate', begun, 60)
    const first = begun
    begun = readdirSync(workspace.path).length
    for (let number = first; number < begun; number++) {
      const home = join(workspace.path, String(number))
      const isAcknowledged = number <= acknowledged
      if (isAcknowledged) expect(existsSync(join(home, `catalog.db.before-${next.number}`))).toBe(true)
      await reopened(
        home,
        async ({ db }) => {
          if (isAcknowledged) expect(await fact(db, 'name')).toBe(home)
          expect(await fact(db, 'migrated')).toBe('yes')
          const tables = (await db.introspection.getTables()).map(({ name }) => name)
          expect(tables).toEqual(expect.arrayContaining(['left', 'right', 'shares']))
        },
        [...migrations, next],
      )
    }
  }
})

test('a disk that refuses what was committed ends the process, and nobody is told that it was', () => {
  const catalog = fileURLToPath(new URL('../../dist/catalog/catalog.js', import.meta.url))
  const program = `
    const { openCatalog } = await import(${JSON.stringify(catalog)})
    const syncFile = async () => { throw new Error('EIO') }
    const { db } = await openCatalog({ directory: ${JSON.stringify(workspace.path)}, syncFile })
    await db.insertInto('facts').values({ key: 'name', value: 'berth' }).execute()
    console.log('told')`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toMatch(/catalog .*catalog\.db cannot be brought to the disk: EIO/)
})
