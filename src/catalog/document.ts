import { setImmediate } from 'node:timers/promises'
import { Type, type Static } from 'typebox'
import { Check, Errors } from 'typebox/value'
import type { Kysely } from 'kysely'
import { ServiceError } from '../config/service-error.ts'
import type { Catalog, Db } from './catalog.ts'
import { migrations } from './migrations/index.ts'
import { primaryKeys, tableNames, type TableName } from './tables.ts'

/** Of the form of the document; that of the tables is the number of the newest migration. */
const formatVersion = 1

/** Bytes of a document. Beyond, it would have to be streamed: it is held in memory several times over. */
export const documentSizeMax = 256 * 1024 * 1024

/** Rows written out before others have their turn: a few milliseconds. */
const rowsAtOnceMax = 500

const cellSchema = Type.Union([
  Type.Null(),
  Type.Number(),
  Type.String(),
  Type.Object({ base64: Type.String() }, { additionalProperties: false }),
])
const rowSchema = Type.Record(Type.String(), cellSchema)
const documentSchema = Type.Object(
  {
    format: Type.Literal('berth catalog'),
    version: Type.Integer(),
    migration: Type.Integer(),
    tables: Type.Record(Type.String(), Type.Array(rowSchema)),
  },
  { additionalProperties: false },
)

/** Bytes are an object with their base64. */
type Cell = Static<typeof cellSchema>
type Row = Static<typeof rowSchema>
type CatalogDocument = Static<typeof documentSchema>

/** What the database takes and gives in a cell. */
type Value = string | number | null | Buffer

/** A catalog whose tables and columns are told by name: those of `Schema`, as tables.ts makes sure. */
type AnyTables = Kysely<Record<string, Record<string, Value>>>

/**
 * The whole catalog as one JSON document, a row a line. The same content always yields the same bytes: tables and
 * columns are in order of their names, rows in that of their primary keys.
 *
 * It is what the catalog holds at one moment: all is read in one transaction, and written out after it.
 */
export async function exportCatalog(catalog: Catalog): Promise<string> {
  const { columns, content } = await catalog.transaction(async (db) => {
    const content = new Map<TableName, Record<string, Value>[]>()
    for (const table of tableNames)
      content.set(table, await anyTables(db).selectFrom(table).selectAll().execute())
    return { columns: await columnsOf(db), content }
  })
  const tables: string[] = []
  for (const [table, rows] of content) {
    rows.sort(inOrderOf(primaryKeys[table]))
    const lines: string[] = []
    for (const row of rows) {
      if (lines.length % rowsAtOnceMax === 0) await setImmediate()
      lines.push(`\n      ${JSON.stringify(toDocument(row, columns.get(table)!))}`)
    }
    tables.push(`    ${JSON.stringify(table)}: [${lines.join(',')}]`)
  }
  return `{
  "format": "berth catalog",
  "version": ${formatVersion},
  "migration": ${migrations.length},
  "tables": {
${tables.join(',\n')}
  }
}
`
}

/**
 * Fills an empty catalog with what {@link exportCatalog} wrote: all of it or nothing. It holds up all else, ten seconds
 * or more for 100 MB: nobody uses an empty catalog yet.
 * @throws {ServiceError} `conflict` if the catalog has rows, `limit` or `invalid` if the document cannot be taken.
 */
export async function importCatalog(catalog: Catalog, text: string): Promise<void> {
  const document = parse(text)
  try {
    await catalog.transaction(async (db) => {
      const columns = await columnsOf(db)
      await refuseRows(db)
      for (const [table, rows] of Object.entries(document.tables)) {
        const known = columns.get(table)
        if (known === undefined) throw invalid(`it has an unknown table "${table}"`)
        for (const [index, row] of rows.entries())
          await anyTables(db)
            .insertInto(table)
            .values(fromDocument(row, known, `row ${index + 1} of ${table}`))
            .execute()
      }
    })
  } catch (error) {
    throw isRefusalOfDatabase(error) ? invalid(`the database refuses it: ${error.message}`, error) : error
  }
}

function parse(text: string): CatalogDocument {
  if (Buffer.byteLength(text) > documentSizeMax)
    throw new ServiceError('limit', `the catalog document is over ${documentSizeMax} bytes`)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw invalid(`it is no JSON: ${(error as Error).message}`, error)
  }
  if (!Check(documentSchema, document)) {
    const [problem] = Errors(documentSchema, document)
    throw invalid(`${problem?.instancePath ?? ''} ${problem?.message ?? ''}`.trim())
  }
  if (document.version !== formatVersion || document.migration !== migrations.length)
    throw invalid(
      `it is of version ${document.version}, migration ${document.migration}, and not ${formatVersion}, ` +
        `${migrations.length}: import it with the Berth that exported it, which can be upgraded then`,
    )
  return document
}

async function refuseRows(db: Db): Promise<void> {
  for (const table of tableNames)
    if ((await anyTables(db).selectFrom(table).selectAll().limit(1).execute()).length > 0)
      throw new ServiceError('conflict', `the catalog is not empty: ${table} has rows; import into a new one`)
}

/** Names of the columns of each table, in order. */
async function columnsOf(db: Db): Promise<ReadonlyMap<string, readonly string[]>> {
  const tables = await db.introspection.getTables()
  const known = tables.filter(({ name }) => (tableNames as readonly string[]).includes(name))
  return new Map(known.map(({ name, columns }) => [name, columns.map((column) => column.name).sort()]))
}

function toDocument(row: Readonly<Record<string, Value>>, columns: readonly string[]): Row {
  return Object.fromEntries(
    columns.map((column) => {
      const value = row[column]!
      return [column, Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value]
    }),
  )
}

function fromDocument(row: Row, columns: readonly string[], where: string): Record<string, Value> {
  const unknown = Object.keys(row).find((column) => !columns.includes(column))
  if (unknown !== undefined) throw invalid(`${where} has an unknown column "${unknown}"`)
  return Object.fromEntries(
    columns.map((column) => {
      const cell = row[column]
      if (cell === undefined) throw invalid(`${where} has no column "${column}"`)
      return [column, valueOf(cell, `${column} of ${where}`)]
    }),
  )
}

function valueOf(cell: Cell, where: string): Value {
  if (typeof cell !== 'object' || cell === null) return cell
  const bytes = Buffer.from(cell.base64, 'base64')
  if (bytes.toString('base64') !== cell.base64) throw invalid(`${where} is no base64`)
  return bytes
}

function inOrderOf(key: readonly string[]) {
  return (a: Readonly<Record<string, Value>>, b: Readonly<Record<string, Value>>): number => {
    for (const column of key) {
      const [x, y] = [a[column]!, b[column]!]
      if (x !== y) return x < y ? -1 : 1
    }
    return 0
  }
}

function anyTables(db: Db): AnyTables {
  return db as unknown as AnyTables
}

/** A row that breaks a rule of the tables: a type, a key, a reference. */
function isRefusalOfDatabase(error: unknown): error is Error {
  const code = error instanceof Error ? (error as { code?: string }).code : undefined
  return code !== undefined && /^SQLITE_(CONSTRAINT|MISMATCH)/.test(code)
}

function invalid(what: string, cause?: unknown): ServiceError {
  return new ServiceError('invalid', `the catalog document cannot be imported: ${what}`, { cause })
}
