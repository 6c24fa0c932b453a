import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BackupRecord } from '../../src/catalog/backups.ts'
import { noRestic, removeRepository, temporaryRepository } from './backup-fixture.ts'

interface Seen {
  readonly items: readonly BackupRecord[]
  readonly shares: readonly string[]
  readonly told: readonly string[]
}

describe.skipIf(noRestic !== undefined)(noRestic ?? 'kill -9', () => {
  let [work, secrets] = ['', '']

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'berth-backup-crash-'))
    secrets = temporaryRepository()
  })
  afterEach(() => {
    removeRepository(secrets)
    rmSync(work, { recursive: true })
  })

  const child = (what: string) => [
    join(import.meta.dirname, 'backup-crash-child.mjs'),
    ...[join(work, 'data'), secrets, join(secrets, 'repository'), what],
  ]

  /** Kills it when it says that it is in a phase. */
  async function killed(what: string, phase: string): Promise<void> {
    const process_ = spawn(process.execPath, child(what), { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(process_, 'exit')
    for await (const line of createInterface(process_.stdout)) if (line === phase) process_.kill('SIGKILL')
    expect((await ended)[1]).toBe('SIGKILL')
  }

  async function look(): Promise<Seen> {
    const { stdout } = await promisify(execFile)(process.execPath, child('look'), { maxBuffer: 1e8 })
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Seen
  }

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
    const { shares } = await look()
    expect(shares).toEqual(['/a'])
    expect(
      readdirSync(join(work, 'data/stores/default/.berth')).filter((name) => name.includes('making')),
    ).toEqual([])
    await promisify(execFile)(process.execPath, child('restore'))
    expect((await look()).shares).toEqual(['/a', '/old/a'])
  })
})
