// Works on a catalog until it is killed, and says on standard output what it has finished.
// node catalog-crash-child.mjs write DIRECTORY FIRST | migrate DIRECTORY FIRST
import { mkdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openCatalog } from '../../dist/catalog/catalog.js'
import { putFact } from '../../dist/catalog/facts.js'
import { migrations } from '../../dist/catalog/migrations/index.js'

const [, , work, directory, first] = process.argv

const acknowledge = (number) => writeSync(1, `${number}\n`)

/** Two rows a transaction, of sizes that fill pages and checkpoint the log every now and then. */
async function write() {
  const catalog = await openCatalog({ directory })
  for (let number = Number(first); ; number++) {
    await catalog.transaction(async (db) => {
      await putFact(db, `left ${number}`, 'x'.repeat((number * 997) % 5000))
      await putFact(db, `right ${number}`, '')
    })
    acknowledge(number)
  }
}

/** New catalogs, one after the other, and a migration of each. */
async function migrate() {
  const next = {
    number: migrations.length + 1,
    name: 'more tables',
    async up(db) {
      for (const table of ['left', 'right'])
        await sql.raw(`CREATE TABLE "${table}" (id INTEGER PRIMARY KEY) STRICT`).execute(db)
      await putFact(db, 'migrated', 'yes')
    },
  }
  for (let number = Number(first); ; number++) {
    const home = join(directory, String(number))
    mkdirSync(home)
    const fresh = await openCatalog({ directory: home })
    await putFact(fresh.db, 'name', home)
    await fresh.close()
    const migrated = await openCatalog({ directory: home, migrations: [...migrations, next] })
    await migrated.close()
    acknowledge(number)
  }
}

await { write, migrate }[work]()
