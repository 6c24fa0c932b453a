import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BackupRecord } from '../../src/catalog/backups.ts'
import {
  fillTree,
  listingOf,
  noRestic,
  quickRepository,
  removeRepository,
  TemporaryBackups,
} from './backup-fixture.ts'

interface Seen {
  readonly items: readonly BackupRecord[]
  readonly shares: readonly string[]
  readonly applications: readonly string[]
  readonly intents: readonly object[]
  /** Of the last job. */
  readonly report: unknown
  readonly told: readonly string[]
}

const interrupted = 'backup: a restore was interrupted; run again, it passes over the shares that are there'
/** More than the restore of two shares takes. */
const stepCountMax = 200

describe.skipIf(noRestic !== undefined)(noRestic ?? 'kill -9', () => {
  let [work, secrets] = ['', '']

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'berth-backup-crash-'))
    secrets = quickRepository()
  })
  afterEach(() => {
    removeRepository(secrets)
    rmSync(work, { recursive: true })
  })

  const child = (what: string, ...step: string[]) => [
    join(import.meta.dirname, 'backup-crash-child.mjs'),
    ...[join(work, 'data'), secrets, join(secrets, 'repository'), what, ...step],
  ]
  const privateNames = () => readdirSync(join(work, 'data/stores/default/.berth'))

  /** Kills it when it says that it is in a phase. */
  async function killed(what: string, phase: string): Promise<void> {
    const process_ = spawn(process.execPath, child(what), { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(process_, 'exit')
    for await (const line of createInterface(process_.stdout)) if (line === phase) process_.kill('SIGKILL')
    expect((await ended)[1]).toBe('SIGKILL')
  }

  async function seenBy(what: 'look' | 'again'): Promise<Seen[]> {
    const { stdout } = await promisify(execFile)(process.execPath, child(what), { maxBuffer: 1e8 })
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
    return lines.map((line) => JSON.parse(line) as Seen)
  }

  const look = async () => (await seenBy('look'))[0]!

  test.each(['manifest', 'backing up'])(
    'in the backup of a schedule (%s): it is said to have failed, and is done at the next start',
    async (phase) => {
      await killed('begin', phase)
      const { items, told } = await look()
      expect(told).toContain('backup: one was interrupted')
      expect(items.map(({ state, message }) => [state, message])).toEqual([
        ['done', ''],
        ['failed', 'interrupted: the gateway ended meanwhile'],
      ])
      expect(items[0]).toMatchObject({ totalFiles: 200, createdBy: 'schedule:nightly' })
      // Done is done.
      expect((await look()).items).toEqual(items)
    },
  )

  test('in a restore: nothing is left of it, and run again it is done', async () => {
    await promisify(execFile)(process.execPath, child('begin'))
    await killed('restore', 'restoring /old/a')
    const { shares, told } = await look()
    expect(shares).toEqual(['/a'])
    expect(told).toContain(interrupted)
    expect(privateNames().filter((name) => name.includes('making'))).toEqual([])
    await promisify(execFile)(process.execPath, child('restore'))
    expect((await look()).shares).toEqual(['/a', '/old/a'])
  })

  test('in a restore: restic ends, too, and writes no more into what the next start removes', async () => {
    await promisify(execFile)(process.execPath, child('begin'))
    const process_ = spawn(process.execPath, child('restore'), { stdio: ['ignore', 'ignore', 'inherit'] })
    const made = () =>
      privateNames()
        .filter((name) => name.startsWith('making-'))
        .flatMap((name) => {
          const at = join(work, 'data/stores/default/.berth', name, 'data')
          return existsSync(at) ? readdirSync(at) : []
        })
    const ended = once(process_, 'exit')
    while (process_.exitCode === null && made().length === 0) await sleep(1)
    process_.kill('SIGKILL')
    await ended
    await expect.poll(() => resticsOf(secrets)).toEqual([])
    // Else it was done before, and this test says nothing.
    const sizes = made()
    expect(sizes.length).toBeGreaterThan(0)
    expect(sizes.length).toBeLessThan(200)
  })

  test(
    'at steps of the restore of a repository on a new gateway: each share is whole or not there, and run again all are',
    { timeout: 300_000 },
    async () => {
      const before = await fillRepository(secrets)
      await promisify(execFile)(process.execPath, child('scan'))
      cpSync(join(work, 'data'), join(work, 'saved'), { recursive: true })
      const found: number[] = []
      const toldOf: string[][] = []
      for (let [step, isDone] = [1, false]; !isDone; step += 3) {
        expect(step).toBeLessThan(stepCountMax)
        rmSync(join(work, 'data'), { recursive: true })
        cpSync(join(work, 'saved'), join(work, 'data'), { recursive: true })
        const run = spawnSync(process.execPath, child('restore', String(step)), { encoding: 'utf8' })
        isDone = run.signal === null
        expect({ step, stderr: run.stderr, status: run.status }).toEqual({
          ...{ step, stderr: '' },
          status: isDone ? 0 : null,
        })
        const [first, last] = await seenBy('again')
        const { shares, told } = first!
        found.push(shares.length)
        toldOf.push([...told])
        for (const path of shares)
          expect({ step, path, is: whatIs(path) }).toEqual({ step, path, is: before.get(path) })
        expect({ step, intents: first!.intents }).toEqual({ step, intents: [] })
        if (shares.length < 2 && told.some((line) => line.includes('making')))
          expect({ step, told }).toMatchObject({ told: expect.arrayContaining([interrupted]) as string[] })
        expect({ step, shares: last!.shares }).toEqual({ step, shares: [...before.keys()] })
        for (const path of before.keys())
          expect({ step, path, is: whatIs(path) }).toEqual({ step, path, is: before.get(path) })
        expect(last!.applications).toEqual(['payroll'])
        expect(last!.intents).toEqual([])
        expect({ step, left: privateNames().filter((name) => /^(making|removing)-/.test(name)) }).toEqual({
          step,
          left: [],
        })
      }
      expect(found).toEqual(found.toSorted((a, b) => a - b))
      expect([found[0], found.at(-1)]).toEqual([0, 2])
      expect(toldOf.filter((told) => told.includes(interrupted)).length).toBeGreaterThan(3)
      expect(toldOf.at(-1)).not.toContain(interrupted)
    },
  )

  const whatIs = (path: string) => listingOf(join(work, 'data/stores/default', path))
})

/** Backs up two shares, of which one belongs to an application with documents. Answers what is in them. */
async function fillRepository(secrets: string): Promise<Map<string, string[]>> {
  const gateway = await TemporaryBackups.open(secrets)
  const { applications, namespace } = gateway.temporary
  try {
    await gateway.add()
    await applications.create({ name: 'payroll', owner: 'team@example.com' })
    for (const name of ['app.yaml', 'more.yaml'])
      await applications.manifests.put('payroll', { name, content: `kind: ${name}\n`, actor: 'admin:ada' })
    const listings = new Map<string, string[]>()
    for (const path of ['/db', '/files']) {
      const share = await namespace.shares.create({ path, application: 'payroll' })
      const at = namespace.shares.directoryOf(share)
      fillTree(at)
      await gateway.backUp(share.id)
      listings.set(`/old${path}`, listingOf(at))
    }
    return listings
  } finally {
    await gateway.remove()
  }
}

/** Numbers of the processes of restic that know a directory of secrets, which is their repository's. */
function resticsOf(secrets: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      const isRestic = readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('restic')
      return isRestic && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(secrets)
    } catch (error) {
      // It has ended since.
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
      throw error
    }
  })
}
