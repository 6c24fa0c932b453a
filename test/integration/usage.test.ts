import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
// As built: what counts is a thread, and threads run what users run.
import { ShareTable, type ShareState, type ShareUse } from '../../dist/shared-memory/share-table.js'
import { UsageCounter, type CountableShare, type UsageCounterOptions } from '../../dist/usage/index.js'

type Usage = Parameters<UsageCounterOptions['save']>[0][number]
type Log = Parameters<UsageCounterOptions['onLog']>[0]

const served: ShareState = {
  ...{ readOnly: false, relaxed: false, offline: false, audit: 'off' },
  ...{ quotaBytes: undefined, quotaFiles: undefined },
}
const noUse: ShareUse = { bytes: 0, files: 0 }
const mib = 1024 * 1024
const minute = 60_000
const hour = 60 * minute
/** So slow that a test can do something meanwhile. */
const slowly = { busyPart: 0.05, sliceMs: 1, saveIntervalMs: 100 }

let path: string
let table: ShareTable
let shares: CountableShare[]
let now: number
let counter: UsageCounter | undefined
const logged: Log[] = []
/** As the catalog has it: the last word on each share. */
const saved = new Map<number, Usage>()
let saves: Usage[] = []

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'berth-usage-'))
  mkdirSync(join(path, 'data'))
  table = ShareTable.create(64, 2)
  shares = []
  now = 1_800_000_000_000
  logged.length = 0
  saved.clear()
  saves = []
})
afterEach(async () => {
  vi.useRealTimers()
  await end()
  rmSync(path, { recursive: true })
})

async function save(usages: readonly Usage[]): Promise<void> {
  for (const usage of usages) {
    saves.push(usage)
    saved.set(usage.shareId, usage)
    const share = shares.find(({ id }) => id === usage.shareId)
    if (share && usage.countedAt !== undefined) setCountedAt(share.id, usage.countedAt)
  }
}

function setCountedAt(id: number, countedAt: number): void {
  shares = shares.map((share) => (share.id === id ? { ...share, countedAt } : share))
}

function start(options: Partial<UsageCounterOptions> = {}): UsageCounter {
  counter = UsageCounter.start({
    ...{ table, shares: () => shares, dataDirectory: join(path, 'data'), save },
    share: (id) => shares.find((share) => share.id === id),
    onLog: (event) => logged.push(event),
    onDeath: (error) => expect.unreachable(String(error)),
    now: () => now,
    ...options,
  })
  return counter
}

async function end(): Promise<void> {
  await counter?.close()
  counter = undefined
}

/** A new process: all shares in a new table, with the numbers that the catalog has. */
function restart(): void {
  table = ShareTable.create(64, 2)
  for (const { id } of shares) table.add(id, served, saved.get(id) ?? noUse)
}

/** A share with `directories` directories of ten files of a block each. */
function addShare(id: number, directories = 1, countedAt: number | null = null): string {
  const directory = join(path, `share${id}`)
  for (let index = 0; index < directories; index++) {
    mkdirSync(join(directory, `d${index}`), { recursive: true })
    for (let file = 0; file < 10; file++) writeFileSync(join(directory, `d${index}`, `f${file}`), 'x')
  }
  shares.push({ id, directory, countedAt })
  table.add(id, served, noUse)
  return directory
}

const sizeOf = (directories: number): ShareUse => ({ bytes: directories * 40_960, files: directories * 11 })

function counts(): Log[] {
  return logged.filter(({ message }) => message.startsWith('share counted'))
}

/** The shares counted until now, when they are `count`. */
async function counted(count: number): Promise<unknown[]> {
  await vi.waitFor(() => expect(counts().length).toBeGreaterThanOrEqual(count), {
    timeout: 120_000,
    interval: 10,
  })
  return counts().map(({ fields }) => fields.share)
}

/** Until the count of a share has left its first directory for good, whatever happens now. */
async function isUnderway(shareId: number): Promise<void> {
  const file = join(path, 'data', 'usage-scan.json')
  const isSaved = () => {
    const text = readFileSync(file, 'utf8')
    expect(text).toContain(`"shareId":${shareId},`)
    expect(text).not.toContain('"path":["d0"]')
  }
  await vi.waitFor(isSaved, { timeout: 120_000, interval: 5 })
}

describe('counting', () => {
  test('all shares, those never counted first, and what they use reaches the catalog', async () => {
    addShare(1, 2, now - 48 * hour)
    addShare(2, 3)
    addShare(3, 1, now - 49 * hour)
    addShare(4, 1, now - hour)
    // As after a clean end long ago.
    const clean = { version: 1, isClean: true, trustedSince: 0, asked: [] }
    writeFileSync(join(path, 'data', 'usage.json'), JSON.stringify(clean))
    start()
    expect(await counted(3)).toEqual([2, 3, 1])
    expect(table.used(2)).toEqual(sizeOf(3))
    await vi.waitFor(() => expect(saves).toHaveLength(3), { timeout: 20_000 })
    expect(saved.get(1)).toEqual({ shareId: 1, ...sizeOf(2), countedAt: now })
    counter!.count(4)
    expect(await counted(4)).toEqual([2, 3, 1, 4])
    await end()
    expect(saved.get(4)).toEqual({ shareId: 4, ...sizeOf(1), countedAt: now })
    expect(saves).toHaveLength(4)
  })

  test('all shares are listed now and then, not for each that is counted', async () => {
    for (let id = 1; id <= 50; id++) addShare(id)
    let listed = 0
    start({
      shares: () => {
        listed++
        return shares
      },
    })
    await counted(50)
    expect(listed).toBeLessThan(5)
  })

  test('each share once a day', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    addShare(1)
    addShare(2)
    start()
    await counted(2)
    now += 23 * hour
    await vi.advanceTimersByTimeAsync(10_000)
    counter!.count(2)
    await counted(3)
    now += hour
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await counted(4)).toEqual([1, 2, 2, 1])
  })

  test('tells how far it is', async () => {
    addShare(7, 200)
    start({ pace: { ...slowly, busyPart: 0.005 } })
    expect(counter!.progress()).toEqual({ shareId: 7, entries: 0, since: now })
    await vi.waitFor(() => expect(counter!.progress()!.entries).toBeGreaterThan(0), { timeout: 20_000 })
    expect(counter!.progress()!.entries).toBeLessThan(2200)
  })

  test('goes on to the next share when one is not there, and comes back to it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const directory = addShare(1)
    addShare(2)
    renameSync(directory, `${directory}-away`)
    start()
    expect(await counted(1)).toEqual([2])
    const reason = expect.stringMatching(/^cannot open .*\/share1: ENOENT$/) as string
    expect(logged).toContainEqual({
      ...{ level: 'warn', message: 'a share cannot be counted', fields: { share: 1, reason } },
    })
    renameSync(`${directory}-away`, directory)
    now += minute
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await counted(2)).toEqual([2, 1])
  })

  test('lets go of a share that is served no more', async () => {
    addShare(1, 200)
    addShare(2)
    start({ pace: slowly })
    await isUnderway(1)
    table.remove(1)
    shares.shift()
    expect(await counted(1)).toEqual([2])
    expect(counter!.progress()).toBeUndefined()
  })
})

describe('changes while it counts', () => {
  test('are not lost, and many of them bring another count', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    addShare(1, 200)
    // What calls have added before is known already, and in the directories.
    table.slot(1, 0).add(sizeOf(200).bytes, sizeOf(200).files)
    start({ pace: slowly })
    await isUnderway(1)
    table.slot(1, 1).add(20 * mib, 10)
    await counted(1)
    // The walk has met none of these files: they are not there.
    expect(table.used(1)).toEqual({ bytes: sizeOf(200).bytes + 20 * mib, files: 2210 })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(counter!.progress()).toBeUndefined()
    now += minute
    await vi.advanceTimersByTimeAsync(10_000)
    await counted(2)
    expect(table.used(1)).toEqual(sizeOf(200))
  })

  test('reach the catalog every half minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    addShare(1)
    addShare(2)
    start()
    await counted(2)
    await vi.advanceTimersByTimeAsync(1000)
    await vi.waitFor(() => expect(saves).toHaveLength(2), { timeout: 20_000 })
    table.slot(2, 0).add(4096, 1)
    await vi.advanceTimersByTimeAsync(30_000)
    await vi.waitFor(() => expect(saves).toHaveLength(3), { timeout: 20_000 })
    expect(saves[2]).toEqual({ shareId: 2, bytes: 40_960 + 4096, files: 12 })
  })

  test('reach it later when the catalog fails', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    addShare(1)
    let isBroken = true
    start({ save: (usages) => (isBroken ? Promise.reject(new Error('disk full')) : save(usages)) })
    await counted(1)
    await vi.advanceTimersByTimeAsync(1000)
    await vi.waitFor(
      () => expect(logged.map(({ message }) => message)).toContain('what shares use cannot be saved'),
      { timeout: 20_000 },
    )
    isBroken = false
    await vi.advanceTimersByTimeAsync(1000)
    await vi.waitFor(() => expect(saves).toEqual([{ shareId: 1, ...sizeOf(1), countedAt: now }]), {
      timeout: 20_000,
    })
  })
})

describe('restarts', () => {
  test('a clean end: the count goes on where it was, with the changes before', async () => {
    addShare(1, 200)
    table.slot(1, 0).add(sizeOf(200).bytes, sizeOf(200).files)
    start({ pace: slowly })
    await isUnderway(1)
    table.slot(1, 0).add(mib, 3)
    counter!.count(2)
    await end()
    expect(saved.get(1)).toEqual({ shareId: 1, bytes: sizeOf(200).bytes + mib, files: 2203 })
    expect(counts()).toEqual([])

    restart()
    addShare(2)
    now += hour
    start()
    // The share that was asked for comes after.
    expect(await counted(2)).toEqual([1, 2])
    expect(counts()[0]!.fields.resumedAt).toBeGreaterThan(0)
    // Found was less; what calls said explains it.
    expect(table.used(1)).toEqual({ bytes: sizeOf(200).bytes + mib, files: 2203 })
    await end()
    expect(saved.get(1)!.countedAt).toBe(now - hour)

    restart()
    start()
    await sleep(100)
    expect(counter!.progress()).toBeUndefined()
    expect(counts()).toHaveLength(2)
  })

  test('killed: the count goes on where it was, and then all are counted again', async () => {
    const directory = addShare(1, 300)
    addShare(2, 1, now - hour)
    const dist = (file: string) =>
      JSON.stringify(fileURLToPath(new URL(`../../dist/${file}`, import.meta.url)))
    const source = `
      import { ShareTable } from ${dist('shared-memory/share-table.js')}
      import { UsageCounter } from ${dist('usage/index.js')}
      const table = ShareTable.create(64, 2)
      table.add(1, ${JSON.stringify(served)}, { bytes: 0, files: 0 })
      UsageCounter.start({
        table,
        shares: () => [{ id: 1, directory: ${JSON.stringify(directory)}, countedAt: null }],
        share: () => ({ id: 1, directory: ${JSON.stringify(directory)}, countedAt: null }),
        dataDirectory: ${JSON.stringify(join(path, 'data'))},
        save: async () => {},
        onLog: () => {},
        onDeath: (error) => { throw error },
        now: () => ${now - minute},
        pace: ${JSON.stringify(slowly)},
      })`
    writeFileSync(join(path, 'child.mjs'), source)
    const child = spawn(process.execPath, [join(path, 'child.mjs')], { stdio: 'inherit' })
    const exit = once(child, 'exit')
    await isUnderway(1)
    child.kill('SIGKILL')
    expect(await exit).toEqual([null, 'SIGKILL'])

    // Counted already: d0 is the first of all.
    rmSync(join(directory, 'd0'), { recursive: true })
    start()
    expect(logged[0]).toMatchObject({
      level: 'info',
      message: expect.stringContaining('counted again') as string,
    })
    expect(await counted(3)).toEqual([1, 1, 2])
    const [resumed, again] = counts().map(({ fields }) => fields)
    expect(resumed).toMatchObject({ share: 1, ...sizeOf(300), entries: 3300 })
    expect(resumed!.resumedAt).toBeGreaterThan(0)
    expect(again).toMatchObject({ share: 1, ...sizeOf(299), resumedAt: 0 })
    expect(table.used(1)).toEqual(sizeOf(299))
  })

  test('what is damaged is not believed', async () => {
    addShare(1, 1, now - hour)
    writeFileSync(join(path, 'data', 'usage.json'), '{"version":1,"isClean":true}')
    writeFileSync(join(path, 'data', 'usage-scan.json'), '{}')
    start()
    expect(await counted(1)).toEqual([1])
    expect(logged.map(({ level }) => level)).toEqual(['info', 'warn', 'debug'])
  })

  test('a place that cannot be saved does not stop the count', async () => {
    addShare(1, 200)
    mkdirSync(join(path, 'data', 'usage-scan.json.new'))
    start({ pace: slowly })
    await counted(1)
    expect(logged[0]).toMatchObject({ level: 'warn', message: 'the place of a count cannot be saved' })
    expect(table.used(1)).toEqual(sizeOf(200))
    expect(existsSync(join(path, 'data', 'usage-scan.json'))).toBe(false)
  })
})
