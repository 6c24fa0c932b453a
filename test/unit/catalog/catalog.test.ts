import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts'
import { fact, putFact } from '../../../src/catalog/facts.ts'
import { migrations, type Migration } from '../../../src/catalog/migrations/index.ts'
import { unpurgedShares } from '../../../src/catalog/shares.ts'
import { allSnapshots } from '../../../src/catalog/snapshots.ts'
import { statementCountMax } from '../../../src/catalog/sqlite.ts'
import { allStores } from '../../../src/catalog/stores.ts'
import { StartError } from '../../../src/config/error.ts'
import { temporaryCatalog, type TemporaryCatalog } from './fixture.ts'

let temporary: TemporaryCatalog
beforeEach(async () => {
  temporary = await temporaryCatalog()
})
afterEach(() => temporary.remove())

/** A catalog of the same directory, opened anew. */
async function reopened<T>(run: (catalog: Catalog) => Promise<T>, known = migrations): Promise<T> {
  await temporary.catalog.close()
  const catalog = await openCatalog({ directory: temporary.directory, migrations: known })
  try {
    return await run(catalog)
  } finally {
    await catalog.close()
  }
}

/** Migrations that a later program could bring. */
function later(count: number): Migration[] {
  const added = Array.from({ length: count }, (_, index) => migrations.length + 1 + index)
  return [
    ...migrations,
    ...added.map((number) => ({
      number,
      name: `add table ${number}`,
      async up(db: Parameters<Migration['up']>[0]) {
        await sql.raw(`CREATE TABLE later${number} (id INTEGER PRIMARY KEY) STRICT`).execute(db)
      },
    })),
  ]
}

/** Of the n-th migration of {@link later}. */
const tableOf = (n: number) => `later${migrations.length + n}`
const backupOf = (n: number) => `catalog.db.before-${migrations.length + n}`

/** Tables of a database file, read by SQLite alone. Never collected, see sqlite.ts. */
const kept: unknown[] = []
function tablesIn(path: string): string[] {
  const database = new Database(path, { readonly: true })
  const statement = database.prepare<[], { name: string }>('SELECT name FROM sqlite_master')
  kept.push(database, statement)
  const names = statement.all().map(({ name }) => name)
  database.close()
  return names
}

describe('a catalog', () => {
  test('is closed to other users, with the files beside it', async () => {
    const { catalog, directory } = temporary
    await putFact(catalog.db, 'name', 'berth')
    for (const name of ['catalog.db', 'catalog.db-wal', 'catalog.db-shm'])
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600)
  })

  test('answers when what it commits is on the disk; reading waits for no disk', async () => {
    await temporary.catalog.close()
    const syncs: (() => void)[] = []
    const syncFile = (fd: number) => {
      expect(readlinkSync(`/proc/self/fd/${fd}`)).toBe(join(temporary.directory, 'catalog.db-wal'))
      return new Promise<void>((resolve) => syncs.push(resolve))
    }
    const catalog = await openCatalog({ directory: temporary.directory, syncFile })
    try {
      expect(await fact(catalog.db, 'name')).toBeUndefined()
      expect(syncs).toHaveLength(0)
      const ended: string[] = []
      const work = [
        catalog.transaction(async (db) => {
          await putFact(db, 'name', 'berth')
          await putFact(db, 'other', 'pier')
        }),
        putFact(catalog.db, 'third', 'quay'),
        fact(catalog.db, 'third'),
      ]
      const all = work.map((one, index) => one.then(() => ended.push(String(index))))
      for (const before of [[], ['0']]) {
        await expect.poll(() => syncs.length).toBe(1)
        await turn()
        expect(ended).toEqual(before)
        syncs.pop()!()
      }
      await Promise.all(all)
      expect(ended).toEqual(['0', '1', '2'])
      expect(syncs).toHaveLength(0)
    } finally {
      await catalog.close()
    }
  })

  test('keeps what was written', async () => {
    await putFact(temporary.catalog.db, 'name', 'berth')
    await putFact(temporary.catalog.db, 'name', 'pier')
    expect(await reopened(({ db }) => fact(db, 'name'))).toBe('pier')
  })

  test('a reference to nothing is refused when the transaction ends', async () => {
    const { catalog } = temporary
    const alias = { path: '/a', nodeId: 7, expiresAt: 1, createdAt: 0 }
    const failing = catalog.transaction(async (db) => {
      await putFact(db, 'name', 'berth')
      await db.insertInto('aliases').values(alias).execute()
    })
    await expect(failing).rejects.toThrow('FOREIGN KEY constraint failed')
    expect(await fact(catalog.db, 'name')).toBeUndefined()
  })

  test('is copied into a file of its own', async () => {
    const { catalog, directory } = temporary
    const copy = join(directory, "it's a copy.db")
    catalog.backup(copy)
    await putFact(catalog.db, 'name', 'berth')
    catalog.backup(copy)
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(readFileSync(copy).includes('berth')).toBe(true)
    expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([])
  })
})

describe('a transaction', () => {
  test('that fails leaves nothing, and the next goes on', async () => {
    const { catalog } = temporary
    const failing = catalog.transaction(async (db) => {
      await putFact(db, 'name', 'berth')
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await fact(catalog.db, 'name')).toBeUndefined()
    await catalog.transaction((db) => putFact(db, 'name', 'pier'))
    expect(await fact(catalog.db, 'name')).toBe('pier')
  })

  test('that SQLite has rolled back by itself fails with its own error', async () => {
    const failing = temporary.catalog.transaction(async (db) => {
      await putFact(db, 'name', 'berth')
      // As SQLITE_FULL and SQLITE_IOERR may do.
      await sql`INSERT OR ROLLBACK INTO facts VALUES ('name', 'again')`.execute(db)
    })
    await expect(failing).rejects.toThrow('UNIQUE constraint failed: facts.key')
  })

  test('does not wait for itself', async () => {
    const { catalog } = temporary
    const outside = 'the catalog was used inside a transaction of it'
    await expect(catalog.transaction(() => fact(catalog.db, 'name'))).rejects.toThrow(outside)
    await expect(catalog.transaction(() => catalog.transaction(async () => {}))).rejects.toThrow(outside)
    // What it has left to be done later may use the catalog.
    let afterwards: Promise<unknown> = Promise.resolve()
    await catalog.transaction(async () => {
      afterwards = new Promise((resolve) => setImmediate(resolve)).then(() => fact(catalog.db, 'name'))
    })
    expect(await afterwards).toBeUndefined()
  })

  test('waits for the one before', async () => {
    const { catalog } = temporary
    const add = () =>
      catalog.transaction(async (db) => {
        const before = Number((await fact(db, 'count')) ?? 0)
        await new Promise((resolve) => setImmediate(resolve))
        await putFact(db, 'count', String(before + 1))
      })
    await Promise.all(Array.from({ length: 20 }, add))
    expect(await fact(catalog.db, 'count')).toBe('20')
  })
})

describe('statements', () => {
  test('made from values are refused when they are too many', async () => {
    const ask = (value: number) => sql.raw(`SELECT ${value}`).execute(temporary.catalog.db)
    const askAll = async () => {
      for (let value = 0; value <= statementCountMax; value++) await ask(value)
    }
    await expect(askAll()).rejects.toThrow(/over 1000 distinct SQL statements/)
    expect((await ask(0)).rows).toEqual([{ '0': 0 }])
  })

  test('are not streamed: an iterator would be garbage', async () => {
    const rows = temporary.catalog.db.selectFrom('facts').selectAll().stream()
    await expect(rows.next()).rejects.toThrow('are not streamed')
  })
})

describe('migrations', () => {
  const backups = () => readdirSync(temporary.directory).filter((name) => name.includes('.before-'))

  test('are numbered without gaps', () => {
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1))
  })

  test('are applied once, each to a catalog that was backed up before', async () => {
    await putFact(temporary.catalog.db, 'name', 'berth')
    await reopened(async ({ db }) => expect(await fact(db, 'name')).toBe('berth'), later(2))
    expect(backups()).toEqual([backupOf(1), backupOf(2)])
    const [first, second] = backups().map((name) => join(temporary.directory, name))
    expect(statSync(first!).mode & 0o777).toBe(0o600)
    expect(tablesIn(first!)).not.toContain(tableOf(1))
    expect(tablesIn(second!)).toContain(tableOf(1))
    expect(tablesIn(second!)).not.toContain(tableOf(2))
    const times = () => backups().map((name) => statSync(join(temporary.directory, name)).mtimeMs)
    const before = times()
    await reopened(async () => {}, later(2))
    expect(times()).toEqual(before)
  })

  test('a backup opens as a catalog', async () => {
    await putFact(temporary.catalog.db, 'name', 'berth')
    await reopened(async () => {}, later(1))
    const backup = readFileSync(join(temporary.directory, backupOf(1)))
    writeFileSync(join(temporary.directory, 'catalog.db'), backup)
    expect(await reopened(({ db }) => fact(db, 'name'))).toBe('berth')
  })

  test('the newest three backups are kept, in order of their numbers', async () => {
    await reopened(async () => {}, later(11))
    expect(new Set(backups())).toEqual(new Set([backupOf(9), backupOf(10), backupOf(11)]))
  })

  test('a new catalog has nothing to back up', async () => {
    expect(backups()).toEqual([])
  })

  test('one that fails changes nothing, and is tried again', async () => {
    await putFact(temporary.catalog.db, 'name', 'berth')
    const failing: Migration = {
      number: migrations.length + 2,
      name: 'fails',
      async up(db) {
        await sql`CREATE TABLE half (id INTEGER)`.execute(db)
        await putFact(db, 'name', 'half')
        throw new Error('on purpose')
      },
    }
    const broken = [...later(1), failing]
    await expect(reopened(async () => {}, broken)).rejects.toThrow('on purpose')
    const file = join(temporary.directory, 'catalog.db')
    expect(tablesIn(file)).toContain(tableOf(1))
    expect(tablesIn(file)).not.toContain('half')
    expect(await reopened(({ db }) => fact(db, 'name'), later(2))).toBe('berth')
  })

  test('a catalog of before there were snapshots has all its shares and stores, with defaults', async () => {
    const directory = join(temporary.directory, 'old')
    mkdirSync(directory)
    const old = await openCatalog({ directory, migrations: migrations.slice(0, 1) })
    await sql`INSERT INTO stores VALUES ('s', '/s', '[]', 1, 1)`.execute(old.db)
    await sql`INSERT INTO shares VALUES (7, 'api', 's', 'a', NULL, '/a', NULL, '', '', '{}', 0, 'strict',
      '{"squash":"root","uid":1,"gid":1,"gids":[]}', NULL, NULL, 'off', 3, 2, NULL, 1, 1, NULL, NULL, NULL,
      NULL, 1)`.execute(old.db)
    await old.close()
    const { db, close } = await openCatalog({ directory })
    expect(await allStores(db)).toMatchObject([{ name: 's', driver: 'auto' }])
    expect(await unpurgedShares(db)).toMatchObject([
      { id: 7, path: '/a', usedBytes: 3, snapshotAccess: 'hidden' },
    ])
    expect(await allSnapshots(db)).toEqual([])
    await close()
  })

  test('a newer catalog is refused and left as it is', async () => {
    await reopened(async () => {}, later(2))
    const content = () => readFileSync(join(temporary.directory, 'catalog.db'))
    const before = content()
    const refused = openCatalog({ directory: temporary.directory })
    await expect(refused).rejects.toThrow(StartError)
    await expect(refused).rejects.toThrow(
      `newer than this program (migration ${migrations.length + 2}, known are ${migrations.length})`,
    )
    expect(content().equals(before)).toBe(true)
  })

  test('a catalog with other steps behind it is refused', async () => {
    await reopened(async () => {}, later(1))
    const others = [...migrations, { ...later(1).at(-1)!, name: 'something else' }]
    await expect(reopened(async () => {}, others)).rejects.toThrow(
      `its migration ${migrations.length + 1} is "add table ${migrations.length + 1}"`,
    )
  })
})

describe('a file that is no sound catalog', () => {
  const refusal = async () => {
    const refused = openCatalog({ directory: temporary.directory })
    await expect(refused).rejects.toThrow(StartError)
    return refused.catch((error: unknown) => (error as Error).message)
  }
  const file = () => join(temporary.directory, 'catalog.db')

  test('no database: says how to go on', async () => {
    await temporary.catalog.close()
    writeFileSync(file(), 'x'.repeat(8192))
    expect(await refusal()).toMatch(
      /is damaged \(file is not a database\): move it away .* `berth catalog rebuild` .* beside the shares$/,
    )
    expect(readFileSync(file(), 'utf8')).toBe('x'.repeat(8192))
  })

  test('damaged pages: names the newest backup', async () => {
    for (let key = 0; key < 500; key++) await putFact(temporary.catalog.db, `key ${key}`, 'x'.repeat(200))
    await reopened(async () => {}, later(2))
    const content = readFileSync(file())
    content.fill(0xff, content.length / 2)
    writeFileSync(file(), content)
    expect(await refusal()).toMatch(new RegExp(`is damaged .* or put back the older .*/${backupOf(2)}$`))
  })

  test('the database of another program', async () => {
    await temporary.catalog.close()
    writeFileSync(file(), '')
    const database = new Database(file())
    kept.push(database)
    database.exec('CREATE TABLE other (id INTEGER)')
    database.close()
    expect(await refusal()).toMatch(/is a database, but no catalog of Berth/)
    expect(tablesIn(file())).toEqual(['other'])
  })

  test('a symbolic link', async () => {
    await temporary.catalog.close()
    renameSync(file(), `${file()}.elsewhere`)
    symlinkSync(`${file()}.elsewhere`, file())
    expect(await refusal()).toMatch(/cannot be opened: ELOOP/)
  })
})
