import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { exportCatalog, importCatalog } from '../../../src/catalog/document.ts'
import type { ApplicationRow, FactRow, RuleRow, TokenRow, WorkloadRow } from '../../../src/catalog/schema.ts'
import { migrations } from '../../../src/catalog/migrations/index.ts'
import { primaryKeys, tableNames } from '../../../src/catalog/tables.ts'
import { noRateLimit } from '../../../src/service/rate-limit.ts'
import { temporaryCatalog, type TemporaryCatalog } from './fixture.ts'

/** What a document of today says of its tables. */
const newest = migrations.length

let temporary: TemporaryCatalog
beforeEach(async () => {
  temporary = await temporaryCatalog()
})
afterEach(() => temporary.remove())

interface Content {
  facts: FactRow[]
  applications: ApplicationRow[]
  tokens: TokenRow[]
  rules: RuleRow[]
  shares: { id: number; readOnly: number; quotaBytes: number | null }[]
  workloads: Omit<WorkloadRow, 'id' | 'shareId' | 'applicationId'>[]
}

const text = fc.string({ unit: 'binary', maxLength: 20 })
const time = fc.maxSafeNat()
const uuid = fc.uuid({ version: 7 })
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary)
const some = <T>(row: fc.Arbitrary<T>, ...keys: ((row: T) => unknown)[]) =>
  fc.uniqueArray(row, { maxLength: 8, comparator: (a, b) => keys.some((key) => key(a) === key(b)) })

const content: fc.Arbitrary<Content> = fc.record({
  facts: some(fc.record({ key: text, value: text }), ({ key }) => key),
  applications: some(
    fc.record({
      id: uuid,
      name: text,
      owner: text,
      description: text,
      labels: text,
      links: text,
      createdAt: time,
      changedAt: time,
      retiredAt: orNull(time),
      version: time,
    }),
    ({ id }) => id,
    ({ name }) => name,
  ),
  tokens: some(
    fc.record({
      id: uuid,
      kind: fc.constantFrom('workload', 'admin'),
      name: text,
      subject: text,
      secretHash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes)),
      scope: orNull(text),
      networks: text,
      identity: orNull(text),
      mountsPerMinute: orNull(time),
      callsPerSecond: orNull(time),
      bytesPerSecond: orNull(time),
      burstSeconds: fc.double({ min: 0, max: 3600, noNaN: true }),
      createdAt: time,
      createdBy: text,
      expiresAt: orNull(time),
      revokedAt: orNull(time),
      replacedBy: orNull(uuid),
      lastUsedAt: orNull(time),
      version: time,
    }),
    ({ id }) => id,
  ),
  rules: some(
    fc.record({
      id: uuid,
      kind: fc.constantFrom('p', 'g'),
      subject: text,
      object: text,
      action: text,
      effect: fc.constantFrom('allow', 'deny', ''),
      description: text,
      createdAt: time,
      createdBy: text,
      version: time,
    }),
    ({ id }) => id,
    ({ kind, subject, object, action, effect }) => JSON.stringify([kind, subject, object, action, effect]),
  ),
  shares: some(
    fc.record({
      id: fc.integer({ min: 1, max: 0xffffffff }),
      readOnly: fc.constantFrom(0, 1),
      quotaBytes: orNull(time),
    }),
    ({ id }) => id,
  ),
  workloads: some(
    fc.record({
      subject: text,
      address: text,
      host: text,
      labels: text,
      firstAt: time,
      lastAt: time,
      mounts: time,
    }),
    ({ subject, address, host }) => JSON.stringify([subject, address, host]),
  ),
})

/** Writes rows that refer to each other, each list from its end when `reversed`. */
async function fill(catalog: Catalog, rows: Content, reversed = false): Promise<void> {
  const order = <T>(list: readonly T[]) => (reversed ? list.toReversed() : list)
  const [application] = rows.applications
  const [share] = rows.shares
  await catalog.transaction(async (db) => {
    for (const row of order(rows.facts)) await db.insertInto('facts').values(row).execute()
    for (const row of order(rows.tokens)) await db.insertInto('tokens').values(row).execute()
    for (const row of order(rows.rules)) await db.insertInto('rules').values(row).execute()
    for (const row of order(rows.shares))
      await db
        .insertInto('shares')
        .values({
          ...row,
          ...{ origin: 'api', store: null, directory: '/d', linkId: null, path: '/p', owner: '' },
          ...{ applicationId: application?.id ?? null, description: '', labels: '{}', durability: 'strict' },
          ...{
            identity: '{}',
            quotaFiles: null,
            ...noRateLimit,
            audit: 'off',
            snapshotAccess: 'hidden',
            moves: 0,
            usedBytes: 0,
            usedFiles: 0,
            countedAt: null,
          },
          ...{ createdAt: 1, changedAt: 1, deletedAt: null, deletedBy: null, purgeAt: null, purgedAt: null },
          version: 1,
        })
        .execute()
    for (const row of order(rows.applications)) await db.insertInto('applications').values(row).execute()
    if (share === undefined) return
    for (const row of order(rows.workloads.map((workload, index) => ({ ...workload, id: index + 1 }))))
      await db
        .insertInto('workloads')
        .values({ ...row, shareId: share.id, applicationId: application?.id ?? null })
        .execute()
  })
}

async function withCatalog<T>(run: (catalog: Catalog) => Promise<T>): Promise<T> {
  const fresh = await temporaryCatalog()
  try {
    return await run(fresh.catalog)
  } finally {
    await fresh.remove()
  }
}

describe('a document', () => {
  test('yields the same catalog and the same bytes again', async () => {
    await fc.assert(
      fc.asyncProperty(content, async (rows) => {
        const [first, tokens] = await withCatalog(async (catalog) => {
          await fill(catalog, rows)
          return [await exportCatalog(catalog), await catalog.db.selectFrom('tokens').selectAll().execute()]
        })
        await withCatalog(async (catalog) => {
          await importCatalog(catalog, first)
          expect(await exportCatalog(catalog)).toBe(first)
          const again = await catalog.db.selectFrom('tokens').selectAll().execute()
          expect(new Set(again)).toEqual(new Set(tokens))
        })
      }),
      { numRuns: 25 },
    )
  })

  test('is the same whatever the order in which the rows were written', async () => {
    await fc.assert(
      fc.asyncProperty(content, async (rows) => {
        const [forth, back] = await Promise.all(
          [false, true].map((reversed) =>
            withCatalog(async (catalog) => {
              await fill(catalog, rows, reversed)
              return exportCatalog(catalog)
            }),
          ),
        )
        expect(back).toBe(forth)
      }),
      { numRuns: 15 },
    )
  })

  test('reads well', async () => {
    const { catalog } = temporary
    await catalog.db.insertInto('facts').values({ key: 'b', value: 'é\n' }).execute()
    await catalog.db.insertInto('facts').values({ key: 'a', value: '1' }).execute()
    const document = await exportCatalog(catalog)
    const head = ['{', '  "format": "berth catalog",', '  "version": 1,', `  "migration": ${newest},`, '']
    expect(document.startsWith(head.join('\n'))).toBe(true)
    expect(document).toContain(
      `    "facts": [\n      {"key":"a","value":"1"},\n      {"key":"b","value":"é\\n"}],\n    "grants": [],\n`,
    )
    expect(document.endsWith('}\n')).toBe(true)
  })
})

describe('a table', () => {
  test.each(tableNames)('%s is known with its primary key', async (table) => {
    const columns = await temporary.catalog.transaction(async (db) => {
      const { rows } = await db.executeQuery<{ name: string; pk: number }>({
        ...db.selectFrom('facts').selectAll().compile(),
        sql: `SELECT name, pk FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`,
      })
      return rows.map(({ name }) => name)
    })
    expect(columns).toEqual(primaryKeys[table])
  })

  test('of the database is in the list, unless it is about the database itself', async () => {
    const tables = await temporary.catalog.db.introspection.getTables()
    const names = tables.map(({ name }) => name).filter((name) => name !== 'migrations')
    expect(names.sort()).toEqual(tableNames)
  })
})

describe('import refuses, and leaves the catalog empty:', () => {
  const documentOf = (tables: unknown, change = {}) =>
    JSON.stringify({ format: 'berth catalog', version: 1, migration: newest, tables, ...change })
  const fact = { key: 'a', value: 'b' }
  const target = { id: 1, linkId: 7, gateway: null, shareId: null, path: null, state: 'online', priority: 0 }
  const ticket = { id: 'a', secretHash: { base64: '*' }, tokenId: 'b', path: '/', labels: '{}', createdAt: 1 }

  test.each([
    ['what is no JSON', '{', /is no JSON/],
    ['another file', '{"version":1}', /cannot be imported/],
    [
      'another format',
      documentOf({}, { version: 2 }),
      `version 2, migration ${newest}, and not 1, ${newest}`,
    ],
    ['tables of another program', documentOf({}, { migration: 9 }), /version 1, migration 9,/],
    ['an unknown table', documentOf({ facts: [fact], secrets: [] }), /unknown table "secrets"/],
    ['a table of SQLite', documentOf({ sqlite_master: [] }), /unknown table "sqlite_master"/],
    ['the table of migrations', documentOf({ migrations: [] }), /unknown table "migrations"/],
    ['a property of all objects', documentOf({ constructor: [] }), /unknown table "constructor"/],
    [
      'an unknown column',
      documentOf({ facts: [fact, { ...fact, note: 1 }] }),
      /row 2 of facts has .* "note"/,
    ],
    ['a missing column', documentOf({ facts: [{ key: 'a' }] }), /row 1 of facts has no column "value"/],
    ['a cell that is a list', documentOf({ facts: [{ ...fact, value: [] }] }), /cannot be imported/],
    ['a row twice', documentOf({ facts: [fact, fact] }), /UNIQUE constraint failed: facts.key/],
    ['a text for a number', documentOf({ targets: [{ ...target, priority: 'x' }] }), /cannot store TEXT/],
    ['a text for a key', documentOf({ targets: [{ ...target, id: 'x' }] }), /datatype mismatch/],
    ['a word that is not allowed', documentOf({ targets: [{ ...target, state: 'x' }] }), /CHECK constraint/],
    ['a reference to nothing', documentOf({ targets: [target] }), /FOREIGN KEY/],
    [
      'bytes in no base64',
      documentOf({ tickets: [{ ...ticket, expiresAt: 1, address: null, usedAt: null }] }),
      /secretHash of row 1 of tickets is no base64/,
    ],
  ])('%s', async (_, document, message) => {
    const empty = await exportCatalog(temporary.catalog)
    await expect(importCatalog(temporary.catalog, document)).rejects.toMatchObject({
      code: 'invalid',
      message: (typeof message === 'string'
        ? expect.stringContaining(message)
        : expect.stringMatching(message)) as string,
    })
    expect(await exportCatalog(temporary.catalog)).toBe(empty)
  })

  test('a catalog with rows', async () => {
    const { catalog } = temporary
    const empty = await exportCatalog(catalog)
    await catalog.db.insertInto('facts').values(fact).execute()
    await expect(importCatalog(catalog, empty)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/facts has rows/) as string,
    })
  })
})
