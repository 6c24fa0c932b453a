import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openCatalog } from '../../src/catalog/catalog.ts'
import { Namespace } from '../../src/namespace/namespace.ts'
import { parseRecord } from '../../src/namespace/records.ts'
import { useWorkspace } from './server.ts'

const child = fileURLToPath(new URL('namespace-crash-child.mjs', import.meta.url))
const workspace = useWorkspace()
const roundCount = 20

/** Lets a child change the namespace and kills it at some moment. Answers the shares that it has told of. */
async function killAtWork(seed: number): Promise<number[]> {
  const running = spawn(process.execPath, [child, workspace.path, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(running, 'close')
  let told = ''
  running.stdout.setEncoding('utf8').on('data', (text: string) => (told += text))
  await Promise.race([once(running.stdout, 'data'), closed])
  await sleep(Math.random() * 300)
  running.kill('SIGKILL')
  expect(await closed).toEqual([null, 'SIGKILL'])
  return told.split('\n').slice(0, -1).map(Number)
}

/** What is in a tree, without the directories. */
const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))

test('kill -9 in the middle of changes: files, records and catalog agree at the next start', async () => {
  const acknowledged: number[] = []
  for (let round = 0; round < roundCount; round++) {
    const seed = Math.floor(Math.random() * 2 ** 32)
    acknowledged.push(...(await killAtWork(seed)))
    const catalog = await openCatalog({ directory: workspace.path })
    const warnings: string[] = []
    const namespace = await Namespace.open({
      catalog,
      dataDirectory: workspace.path,
      onWarning: (message, error) => warnings.push(`${message}: ${String(error)}`),
    })
    expect(warnings, `seed ${seed}`).toEqual([])
    const store = namespace.stores.get('default').directory

    const rows = await catalog.db.selectFrom('shares').select(['id', 'purgedAt']).execute()
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(acknowledged))
    const claimed: string[] = []
    for (const state of ['living', 'deleted'] as const) {
      for (const share of namespace.shares.all(state)) {
        const directory = namespace.shares.directoryOf(share)
        // Purges are not finished before their time comes.
        const isPurging = state === 'deleted' && !existsSync(directory)
        if (!isPurging) expect(existsSync(directory), `seed ${seed}: ${directory}`).toBe(true)
        const marker = join(directory, 'number')
        if (existsSync(marker)) expect(readFileSync(marker, 'utf8')).toBe(String(share.id))
        const place = state === 'living' ? `shares/${share.id}.json` : `tombstones/${share.id}/record.json`
        const record = parseRecord(readFileSync(join(store, '.berth', place), 'utf8'))
        expect(record, `seed ${seed}`).toMatchObject({
          path: share.path,
          directory: share.directory,
          version: share.version,
        })
        if (state === 'living') {
          expect(namespace.shares.at(share.path).id).toBe(share.id)
          expect(namespace.pathOf(share.linkId!)).toBe(share.path)
          claimed.push(share.path)
        }
      }
    }
    expect(new Set(claimed).size).toBe(claimed.length)
    for (const path of (await namespace.stores.unclaimed('default')).paths)
      expect(filesBelow(join(store, path)), `seed ${seed}`).toEqual([])
    const kinds = (await catalog.db.selectFrom('intents').select('kind').execute()).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind !== 'purge-share')).toEqual([])
    await namespace.close()
    await catalog.close()
  }
})
