import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCatalog } from '../../src/catalog/catalog.ts'
import { rebuildCatalog } from '../../src/namespace/rebuild.ts'
import { rebuildSnapshots, type SnapshotRebuildReport } from '../../src/snapshots/rebuild.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

let temporary: TemporarySnapshots
beforeEach(async () => {
  temporary = await TemporarySnapshots.open()
})
afterEach(() => temporary.remove())

const createdBy = 'admin:ada'

/** Loses the catalog, and makes a new one of what is in the store. */
async function rebuilt(): Promise<SnapshotRebuildReport> {
  await temporary.close()
  const { data: dataDirectory } = temporary
  for (const name of readdirSync(dataDirectory))
    if (name.startsWith('catalog.db')) rmSync(join(dataDirectory, name))
  const catalog = await openCatalog({ directory: dataDirectory })
  const { problems } = await rebuildCatalog({ catalog, dataDirectory, stores: [] })
  expect(problems).toEqual([])
  const report = await rebuildSnapshots({ catalog, dataDirectory })
  await catalog.close()
  await temporary.reopen()
  return report
}

test('a lost catalog finds snapshots again, with their numbers, holds, groups and all that is known of them', async () => {
  const { applications, namespace } = temporary
  await applications.create({ name: 'shop', owner: 'team a' })
  const [a, b] = [await temporary.share('/a'), await temporary.share('/b')]
  await namespace.shares.update(a.id, { application: 'shop' })
  writeFileSync(join(a.at, 'f'), 'x')
  const wish = { name: 'g', labels: { kind: 'nightly' }, scheduleId: 'some', reason: 'why', createdBy }
  await temporary.snapshots.takings.createGroup({ shareIds: [a.id, b.id], ...wish })
  const { id } = await temporary.snapshots.takings.create({ shareId: a.id, name: 'x', createdBy })
  await temporary.snapshots.hold(id, 'for the audit', 'admin:bob')
  await temporary.snapshots.rename(id, 'y')
  await namespace.shares.delete(b.id, createdBy)
  const before = (await temporary.snapshots.list({ limit: 100 })).items

  expect(await rebuilt()).toEqual({ snapshotCount: 3, problems: [] })
  const known = (await temporary.snapshots.list({ limit: 100 })).items
  // A manifest has the content of a record; how often and when that was changed is not in it.
  const lasting = (records: typeof known) =>
    records.map((record) => ({ ...record, changedAt: 0, version: 0 }))
  expect(lasting(known)).toEqual(lasting(before))
  expect(temporary.snapshots.of(b.id)).toHaveLength(1)
  const tree = temporary.snapshots.treeOf(temporary.snapshots.find(a.id, 'y'))
  expect(readFileSync(join(tree.tree, 'f'), 'utf8')).toBe('x')
  const next = await temporary.snapshots.takings.create({ shareId: a.id, createdBy })
  expect(next.id).toBeGreaterThan(Math.max(...before.map(({ id }) => id)))
})

test('what cannot be taken for a snapshot is told of, and left where it is', async () => {
  const { id: shareId } = await temporary.share('/a')
  for (const name of ['good', 'renamed', 'torn', 'twin', 'old'])
    await temporary.snapshots.takings.create({ shareId, name, createdBy })
  const manifestAt = (name: string) => temporary.place(shareId, name, 'about', 'manifest.json')
  const write = (name: string, change: object) => {
    const manifest = JSON.parse(readFileSync(manifestAt(name), 'utf8')) as { snapshot: object }
    const changed = { ...manifest, snapshot: { ...manifest.snapshot, ...change } }
    writeFileSync(manifestAt(name), JSON.stringify(changed))
  }
  renameSync(temporary.place(shareId, 'renamed'), temporary.place(shareId, 'other'))
  writeFileSync(manifestAt('torn'), '{')
  write('twin', { id: temporary.snapshots.find(shareId, 'good').id })
  write('old', { id: 5 })
  mkdirSync(temporary.place(shareId, 'empty'))
  mkdirSync(temporary.place(shareId, '.making-4000000000'))
  renameSync(temporary.place(shareId, 'torn'), `${temporary.place(shareId)}/torn2`)

  const { snapshotCount, problems } = await rebuilt()
  expect(snapshotCount).toBe(1)
  const told = problems.map(({ file, what }) => `${file.slice(file.lastIndexOf('/') + 1)}: ${what}`)
  expect(told.sort()).toEqual([
    expect.stringMatching(/^empty: manifest .* cannot be read: ENOENT/),
    expect.stringMatching(/^old: 5 is no number of a snapshot/),
    'other: its manifest is that of snapshot renamed',
    expect.stringMatching(/^torn2: manifest .* cannot be read/),
    expect.stringMatching(/^twin: its number \d+ is that of another snapshot/),
  ])
  expect(temporary.snapshots.of(shareId).map(({ name }) => name)).toEqual(['good'])
  await expect
    .poll(() => readdirSync(temporary.place(shareId)).sort())
    .toEqual(['empty', 'good', 'old', 'other', 'torn2', 'twin'])
  await temporary.snapshots.close()
  expect(temporary.warnings()).toHaveLength(2)
})
