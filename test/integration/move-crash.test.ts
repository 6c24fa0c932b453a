import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MoveMap } from '../../src/filesystem/index.ts'
import { Moves } from '../../dist/transfers/moves/moves.js'
import type { MovingPlane } from '../../src/transfers/moves/moving-plane.ts'
import { TemporarySnapshots } from './snapshot-fixture.ts'

const child = fileURLToPath(new URL('move-crash-child.mjs', import.meta.url))
/** More than a move takes. */
const stepCountMax = 200

let temporary: TemporarySnapshots
let shareId: number
beforeEach(async () => {
  temporary = await TemporarySnapshots.open()
  mkdirSync(storeTwo())
  await temporary.namespace.stores.add({ name: 'two', directory: storeTwo() })
  const { id, at } = await temporary.share('/finance/db')
  shareId = id
  mkdirSync(join(at, 'sub'))
  for (let number = 0; number < 20; number++) writeFileSync(join(at, 'sub', String(number)), `file ${number}`)
  await temporary.snapshots.takings.create({ shareId, name: 'before', createdBy: 'admin:ada' })
})
afterEach(() => temporary.remove())

const storeTwo = () => join(temporary.directory, 'two')

/** Nobody is served. */
const nobody: MovingPlane = {
  beginJournal: () => Promise.resolve(false),
  endJournal() {},
  watch: () => Promise.resolve(),
  unwatch() {},
  takeChanges: () => Promise.resolve(undefined),
  hold: () => Promise.reject(new Error('nobody is held')),
  seal: () => Promise.resolve(true),
  move: () => Promise.resolve(undefined),
}

/** As the next start does it, until all that was left is gone. */
async function recovered(): Promise<void> {
  const { catalog, namespace, snapshots } = temporary
  const keep =
    (level: 'info' | 'warn') =>
    (fields: object, message = '') =>
      void temporary.lines.push({ level, message, fields })
  const log = { info: keep('info'), warn: keep('warn'), error: keep('warn') } as never
  const moves = await Moves.open({
    ...{ catalog, namespace, snapshots, dataPlane: nobody, log },
    definition: () => {
      throw new Error('nobody is served')
    },
    isMounted: () => true,
  })
  await expect.poll(() => catalog.db.selectFrom('intents').selectAll().execute()).toEqual([])
  await moves.close()
}

/** The share is whole in one of the stores, and nothing of it in the other. Answers which. */
async function expectWhole(where: string): Promise<string> {
  const { namespace, catalog, store, snapshots } = temporary
  const share = namespace.shares.get(shareId)
  const [here, other] = share.store === 'two' ? [storeTwo(), store] : [store, storeTwo()]
  const files = readdirSync(join(here, 'finance/db/sub'))
  expect(files.length, where).toBe(20)
  for (const name of files)
    expect(readFileSync(join(here, 'finance/db/sub', name), 'utf8'), where).toBe(`file ${name}`)
  expect(readdirSync(join(here, 'finance/db')), where).toEqual(['sub'])
  expect(existsSync(join(other, 'finance')), where).toBe(false)
  for (const base of [here, other])
    expect(
      readdirSync(join(base, '.berth')).filter((name) => /^(moving|leaving)-/.test(name)),
      where,
    ).toEqual([])
  expect(readdirSync(join(here, '.berth/shares')), where).toEqual([`${shareId}.json`])
  expect(readdirSync(join(other, '.berth/shares')), where).toEqual([])
  const record = JSON.parse(readFileSync(join(here, '.berth/shares', `${shareId}.json`), 'utf8')) as object
  expect(record, where).toMatchObject({ path: '/finance/db', moves: share.moves })
  const maps = [here, other]
    .map((base) => join(base, '.berth/moved'))
    .map((at) => (existsSync(at) ? readdirSync(at) : []))
  expect(maps, where).toEqual([share.moves === 0 ? [] : [`${shareId}-${share.moves}`], []])
  const map = namespace.shares.moveMapOf(share)
  if (map !== undefined) MoveMap.open(map).close()
  const rows = await catalog.db.selectFrom('ownerships').selectAll().where('toAt', 'is', null).execute()
  expect(
    rows.map((row) => row.store),
    where,
  ).toEqual([share.store])
  expect(readFileSync(join(snapshots.treeOf(snapshots.find(shareId, 'before')).tree, 'sub/7'), 'utf8')).toBe(
    'file 7',
  )
  return share.store!
}

test(
  'kill -9 at each step of a move, and of the move back: the share is whole in one store, and the log says so',
  { timeout: 400_000 },
  async () => {
    for (const [from, to, stride] of [
      ['default', 'two', 1],
      // With a map to compose and to remove.
      ['two', 'default', 3],
    ] as const) {
      await temporary.close()
      const saved = join(temporary.directory, 'saved')
      rmSync(saved, { recursive: true, force: true })
      for (const name of ['data', 'two'])
        cpSync(join(temporary.directory, name), join(saved, name), { recursive: true })
      const found: string[] = []
      const told: string[] = []
      for (let step = 1; ; step += stride) {
        expect(step).toBeLessThan(stepCountMax)
        for (const name of ['data', 'two']) {
          rmSync(join(temporary.directory, name), { recursive: true })
          cpSync(join(saved, name), join(temporary.directory, name), { recursive: true })
        }
        const call = [child, temporary.data, String(shareId), to, String(step)]
        const { signal, stdout, stderr } = spawnSync(process.execPath, call, { encoding: 'utf8' })
        expect({ step, stderr }).toEqual({ step, stderr: '' })
        await temporary.reopen()
        await recovered()
        const where = await expectWhole(`${from} to ${to}, step ${step}`)
        const lines = temporary.lines.splice(0).map(({ message }) => message)
        const wasDone = stdout === 'done\n'
        expect(signal).toBe(wasDone ? null : 'SIGKILL')
        found.push(where)
        told.push(...lines)
        if (where === to) expect(lines.join(), `step ${step}`).not.toContain('which is where it was')
        else expect(lines.join(), `step ${step}`).not.toContain('has moved a share')
        if (wasDone) break
        await temporary.close()
      }
      expect(found[0]).toBe(from)
      expect(found.at(-1)).toBe(to)
      expect(found).toEqual([...found.filter((one) => one === from), ...found.filter((one) => one === to)])
      expect(told.filter((line) => line.includes('which is where it was')).length).toBeGreaterThan(5)
      expect(told.filter((line) => line.includes('has moved a share')).length).toBeGreaterThan(3)
    }
  },
)
