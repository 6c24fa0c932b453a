import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TemporarySnapshots } from './snapshot-fixture.ts'

const child = fileURLToPath(new URL('snapshot-crash-child.mjs', import.meta.url))
/** More than any operation takes. */
const stepCountMax = 200

let temporary: TemporarySnapshots
let shareIds: readonly number[]
beforeEach(async () => {
  temporary = await TemporarySnapshots.open()
  const [a, b] = [await temporary.share('/a'), await temporary.share('/b')]
  for (const { at, path } of [a, b]) writeFileSync(join(at, 'file'), path)
  shareIds = [a.id, b.id]
  await temporary.snapshots.takings.create({ shareId: a.id, name: 'old', createdBy: 'admin:ada' })
})
afterEach(() => temporary.remove())

/** What a start has found: whether the operation had come to its end as those see it who look at the snapshots. */
interface Found {
  readonly isDone: boolean
  /** Lines of the log about what the last run had left. */
  readonly told: readonly string[]
}

/**
 * Kills a process before each step of an operation, starts after each kill anew from what it left, and looks whether all
 * is whole. The states in between must be one row: not done, then done.
 */
async function killedAtEachStep(
  operation: string,
  isDone: () => boolean,
  expectClear = async () => {},
): Promise<Found[]> {
  await temporary.close()
  const saved = join(temporary.directory, 'saved')
  cpSync(temporary.data, saved, { recursive: true })
  const found: Found[] = []
  for (let step = 1; ; step++) {
    expect(step).toBeLessThan(stepCountMax)
    rmSync(temporary.data, { recursive: true })
    cpSync(saved, temporary.data, { recursive: true })
    const call = [child, temporary.data, operation, String(step)]
    const { signal, stdout, stderr } = spawnSync(process.execPath, call, { encoding: 'utf8' })
    expect({ step, stderr }).toEqual({ step, stderr: '' })
    await temporary.reopen()
    await expectWhole(`${operation}, step ${step}`)
    await expectClear()
    const told = [
      ...temporary.namespaceWarnings(),
      ...temporary.lines.splice(0).map(({ message }) => message),
    ]
    found.push({ isDone: isDone(), told })
    const wasDone = stdout === 'done\n'
    expect(signal).toBe(wasDone ? null : 'SIGKILL')
    if (wasDone) break
    await temporary.close()
  }
  const states = found.map(({ isDone }) => isDone)
  expect(states).toEqual(states.toSorted((a, b) => Number(a) - Number(b)))
  expect(states[0]).toBe(false)
  expect(states.at(-1)).toBe(true)
  return found
}

/** Catalog, memory and disk say the same, and nothing is half done. */
async function expectWhole(where: string): Promise<void> {
  const { catalog, snapshots, namespace } = temporary
  // Removals go on while the gateway runs.
  await expect
    .poll(
      async () =>
        (await catalog.db.selectFrom('snapshots').select('state').execute()).map(({ state }) => state),
      { message: where },
    )
    .not.toContain('removing')
  // Purges do, too; those of the last run are finished as soon as it is time.
  await namespace.purges.purgeDue()
  const rows = await catalog.db.selectFrom('snapshots').selectAll().orderBy('id').execute()
  const records = (await snapshots.list({ limit: 1000 })).items
  expect(
    rows.map(({ id }) => id),
    where,
  ).toEqual(records.map(({ id }) => id))
  expect(await catalog.db.selectFrom('intents').selectAll().execute(), where).toEqual([])
  for (const shareId of shareIds) {
    const names = snapshots.of(shareId).map(({ name }) => name)
    const place = temporary.place(shareId)
    // What a driver was trying right then is tried again, and removed then.
    const found = existsSync(place) ? readdirSync(place).filter((name) => name !== '.trial') : []
    expect(found.sort(), where).toEqual(names.sort())
  }
  for (const record of records) {
    const { snapshot, share } = await snapshots.manifestOf(record.id)
    expect(snapshot, where).toMatchObject({ id: record.id, name: record.name, files: 2, bytes: 2 })
    expect(snapshot.hold?.reason, where).toBe(record.heldFor ?? undefined)
    expect(readFileSync(join(snapshots.treeOf(record).tree, 'file'), 'utf8'), where).toBe(share.path)
  }
}

const has = (shareId: number, name: string) =>
  temporary.snapshots.of(shareId).some((snapshot) => snapshot.name === name)

test(
  'kill -9 at each step of a taking: the snapshot is there or it is not, and the log says so',
  { timeout: 120_000 },
  async () => {
    const found = await killedAtEachStep('create', () => has(shareIds[0]!, 'new'))
    const told = found.flatMap(({ told }) => told)
    expect(told.filter((line) => line.includes('is undone')).length).toBeGreaterThan(3)
    expect(told.filter((line) => line.includes('is finished')).length).toBeGreaterThan(0)
    for (const { isDone, told } of found)
      if (isDone) expect(told).not.toContain('snapshot: one that the last run was taking is undone')
  },
)

test('kill -9 at each step of a group: all are there or none is', { timeout: 180_000 }, async () => {
  await killedAtEachStep('group', () => {
    const there = shareIds.map((id) => has(id, 'new'))
    expect(new Set(there).size).toBe(1)
    return there[0]!
  })
  temporary.lines.splice(0)
})

test('kill -9 at each step of a rename: it has one name or the other', { timeout: 60_000 }, async () => {
  const [shareId] = shareIds
  await killedAtEachStep('rename', () => {
    expect(has(shareId!, 'old')).toBe(!has(shareId!, 'renamed'))
    return has(shareId!, 'renamed')
  })
})

test('kill -9 at each step of a hold: catalog and manifest say the same', { timeout: 60_000 }, async () => {
  await killedAtEachStep('hold', () => temporary.snapshots.find(shareIds[0]!, 'old').heldFor === 'why')
})

test('kill -9 at each step of a deletion: it is there, or gone', { timeout: 60_000 }, async () => {
  await killedAtEachStep('delete', () => !has(shareIds[0]!, 'old'))
})

test(
  'kill -9 at each step of the purge of a share: its snapshots go before it, or are there',
  { timeout: 120_000 },
  async () => {
    const [shareId] = shareIds
    await killedAtEachStep('purge', () => {
      const isPurged = [
        ...temporary.namespace.shares.all('deleted'),
        ...temporary.namespace.shares.all(),
      ].every(({ id }) => id !== shareId)
      if (!isPurged) expect(has(shareId!, 'old')).toBe(true)
      return isPurged
    })
  },
)

/** Whether there is a clone of the first share. It is whole, or nothing of it is there. */
function isCloned(): boolean {
  const { namespace, store, snapshots } = temporary
  const clone = [...namespace.shares.all()].find(({ path }) => path === '/clone')
  expect(existsSync(join(store, 'clone'))).toBe(clone !== undefined)
  if (clone === undefined) return false
  expect(readFileSync(join(store, 'clone/file'), 'utf8')).toBe('/a')
  expect(clone.labels).toEqual({ 'berth/cloned-from': String(snapshots.find(shareIds[0]!, 'old').id) })
  return true
}

/** Shares that are being made, or what is left of it. */
const halfCloned = () =>
  readdirSync(join(temporary.store, '.berth')).filter((name) => name.startsWith('making-'))

test(
  'kill -9 at each step of a clone: it is there whole, or nothing of it is',
  { timeout: 120_000 },
  async () => {
    const found = await killedAtEachStep('clone', isCloned, async () => {
      await expect.poll(halfCloned, { timeout: 5000 }).toEqual([])
    })
    const undone = found.filter(
      ({ isDone, told }) => !isDone && told.some((line) => /interrupted: .*making-.* is removed/.test(line)),
    )
    expect(undone.length).toBeGreaterThan(1)
  },
)

const halfMade = (shareId: number) =>
  readdirSync(temporary.place(shareId)).some((name) => name.startsWith('.making-'))

test('kill -9 while many files are copied: nothing of it is left', { timeout: 60_000 }, async () => {
  const [shareId] = shareIds
  const directory = join(
    temporary.namespace.shares.directoryOf(temporary.namespace.shares.get(shareId!)),
    'many',
  )
  mkdirSync(directory)
  for (let index = 0; index < 3000; index++) writeFileSync(join(directory, String(index)), 'x')
  for (let round = 0; round < 5; round++) {
    await temporary.close()
    const running = spawn(process.execPath, [child, temporary.data, 'create', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(running, 'close')
    // It works in a thread of its own from when its directory is there.
    while (running.exitCode === null && !halfMade(shareId!)) await sleep(1)
    await sleep(Math.random() * 100)
    running.kill('SIGKILL')
    await closed
    await temporary.reopen()
    await expect
      .poll(() => readdirSync(temporary.place(shareId!)))
      .not.toContainEqual(expect.stringMatching(/^\.(making|removing)-/))
    const { catalog, snapshots } = temporary
    // The row goes after the files.
    await vi.waitFor(async () => {
      const rows = await catalog.db.selectFrom('snapshots').select(['id', 'state']).execute()
      const complete = snapshots.of(shareId!).map(({ id, state }) => ({ id, state }))
      expect(rows).toEqual(complete.toReversed())
    })
    for (const { id, name } of snapshots.of(shareId!))
      if (name === 'new') await snapshots.deletions.delete(id)
    temporary.lines.splice(0)
  }
})

test('kill -9 while a clone of many files is made: nothing of it is left', { timeout: 60_000 }, async () => {
  const [shareId] = shareIds
  const { namespace, snapshots } = temporary
  const directory = join(namespace.shares.directoryOf(namespace.shares.get(shareId!)), 'many')
  mkdirSync(directory)
  for (let index = 0; index < 3000; index++) writeFileSync(join(directory, String(index)), 'x')
  await snapshots.deletions.delete(snapshots.find(shareId!, 'old').id, { last: true })
  await snapshots.takings.create({ shareId: shareId!, name: 'old', createdBy: 'admin:ada' })
  let interrupted = 0
  for (let round = 0; round < 4; round++) {
    await temporary.close()
    const running = spawn(process.execPath, [child, temporary.data, 'clone', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(running, 'close')
    while (running.exitCode === null && halfCloned().length === 0) await sleep(1)
    await sleep(Math.random() * 100)
    running.kill('SIGKILL')
    await closed
    await temporary.reopen()
    await expect.poll(halfCloned, { timeout: 10_000 }).toEqual([])
    interrupted += temporary.namespaceWarnings().length
    if (isCloned()) {
      expect(readdirSync(join(temporary.store, 'clone/many'))).toHaveLength(3000)
      await temporary.namespace.shares.delete(temporary.namespace.shares.at('/clone').id, 'admin:ada')
    }
    temporary.lines.splice(0)
  }
  expect(interrupted).toBeGreaterThan(0)
})
