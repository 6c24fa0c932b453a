import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exportCatalog, importCatalog } from '../../../src/catalog/document.ts'
import {
  allSchedules,
  deleteSchedule,
  dueSchedules,
  insertSchedule,
  nextScheduleAt,
  replaceSchedule,
  scheduleById,
  type ScheduleRecord,
} from '../../../src/catalog/schedules.ts'
import { insertShare, nextShareId } from '../../../src/catalog/shares.ts'
import {
  allSnapshots,
  deleteSnapshot,
  insertSnapshot,
  nextSnapshotId,
  updateSnapshot,
  type SnapshotRecord,
} from '../../../src/catalog/snapshots.ts'
import { firstSnapshotNumber } from '../../../src/shared-memory/share-number.ts'
import { newShare } from '../../../src/namespace/new-share.ts'
import { contentDefaults } from '../../../src/namespace/share-content.ts'
import { temporaryCatalog, type TemporaryCatalog } from './fixture.ts'

let temporary: TemporaryCatalog
beforeEach(async () => {
  temporary = await temporaryCatalog()
  const given = { id: 3, origin: 'api', store: null, directory: '/d', linkId: null, path: '/a' } as const
  await insertShare(temporary.catalog.db, newShare({ ...given, ...contentDefaults }, 1))
})
afterEach(() => temporary.remove())

const snapshot = (id: number, more: Partial<SnapshotRecord> = {}): SnapshotRecord => ({
  ...{ id, shareId: 3, name: `s${id}`, state: 'ready', driver: 'copy', store: null, path: '/a' },
  ...{ applicationId: null, cutAt: 5, files: 2, bytes: 7, groupId: null, scheduleId: null },
  ...{ description: '', labels: { a: 'b' }, reason: 'test', createdBy: 'admin:ada' },
  ...{ createdAt: 4, changedAt: 5, heldAt: null, heldBy: null, heldFor: null, version: 1 },
  ...more,
})

const schedule: ScheduleRecord = {
  ...{ id: 'id', name: 'nightly', selector: { path: '/a', labels: { tier: 'gold' } }, cron: '0 3 * * *' },
  ...{ timeZone: 'Europe/Vienna', group: true, nameTemplate: '{time}', retention: { last: 3 }, hooks: [] },
  ...{ enabled: true, description: '', createdAt: 1, createdBy: 'admin:ada', changedAt: 1 },
  ...{ lastRunAt: null, nextRunAt: 1000, lastResult: null, version: 1 },
  ...{ repositoryId: null, backupRetention: null },
}

describe('snapshots', () => {
  test('are read as they were written and changed', async () => {
    const { db } = temporary.catalog
    await insertSnapshot(db, snapshot(9))
    await insertSnapshot(db, snapshot(8, { state: 'making', cutAt: null }))
    const changed = snapshot(8, { heldAt: 6, heldBy: 'admin:ada', heldFor: 'audit', labels: {}, version: 2 })
    await updateSnapshot(db, changed)
    expect(await allSnapshots(db)).toEqual([changed, snapshot(9)])
  })

  test('two of one share have two names', async () => {
    const { db } = temporary.catalog
    await insertSnapshot(db, snapshot(9))
    await expect(insertSnapshot(db, snapshot(10, { name: 's9' }))).rejects.toThrow(/UNIQUE/)
  })

  test('have numbers of their own, apart from those of shares, and keep them when they are gone', async () => {
    const { db } = temporary.catalog
    const first = firstSnapshotNumber
    expect(await nextSnapshotId(db)).toBe(first)
    await insertSnapshot(db, snapshot(first))
    await insertSnapshot(db, snapshot(first + 6))
    expect(await nextSnapshotId(db)).toBe(first + 8)
    await temporary.catalog.transaction((db) => deleteSnapshot(db, first + 6))
    await temporary.catalog.transaction((db) => deleteSnapshot(db, first))
    expect(await allSnapshots(db)).toEqual([])
    expect(await nextSnapshotId(db)).toBe(first + 8)
    expect(await nextShareId(db)).toBe(4)
  })

  test('and schedules are in the document of the catalog', async () => {
    const { db } = temporary.catalog
    const [kept, removed] = [firstSnapshotNumber, firstSnapshotNumber + 2]
    await insertSnapshot(db, snapshot(kept))
    await insertSnapshot(db, snapshot(removed))
    await temporary.catalog.transaction((db) => deleteSnapshot(db, removed))
    await insertSchedule(db, schedule)
    const document = await exportCatalog(temporary.catalog)
    const fresh = await temporaryCatalog()
    await importCatalog(fresh.catalog, document)
    expect(await allSnapshots(fresh.catalog.db)).toEqual([snapshot(kept)])
    expect(await allSchedules(fresh.catalog.db)).toEqual([schedule])
    expect(await nextSnapshotId(fresh.catalog.db)).toBe(removed + 2)
    await fresh.remove()
  })
})

describe('schedules', () => {
  beforeEach(() => insertSchedule(temporary.catalog.db, schedule))

  test('are read as they were written and changed', async () => {
    const { db } = temporary.catalog
    const lastResult = { state: 'done' }
    const changed = { ...schedule, enabled: false, group: false, retention: null, lastResult, version: 2 }
    expect(await replaceSchedule(db, schedule, changed)).toBe(true)
    expect(await scheduleById(db, 'id')).toEqual(changed)
    expect(await allSchedules(db)).toEqual([changed])
    await deleteSchedule(db, 'id')
    expect(await scheduleById(db, 'id')).toBeUndefined()
  })

  test('of all who try to claim a run, one has it', async () => {
    const { db } = temporary.catalog
    const claims = [2000, 2001, 2002].map((nextRunAt) => ({ ...schedule, nextRunAt }))
    const answers = await Promise.all(claims.map((claim) => replaceSchedule(db, schedule, claim)))
    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  test('one that was changed, or comes at another time, is not overwritten', async () => {
    const { db } = temporary.catalog
    expect(await replaceSchedule(db, { version: 2, nextRunAt: 1000 }, schedule)).toBe(false)
    expect(await replaceSchedule(db, { version: 1, nextRunAt: null }, schedule)).toBe(false)
    expect(await replaceSchedule(db, schedule, { ...schedule, nextRunAt: null })).toBe(true)
    expect(await replaceSchedule(db, schedule, schedule)).toBe(false)
    expect(await replaceSchedule(db, { version: 1, nextRunAt: null }, schedule)).toBe(true)
  })

  test('those are due that are enabled and whose time has come, the oldest first', async () => {
    const { db } = temporary.catalog
    await insertSchedule(db, { ...schedule, id: 'late', name: 'late', nextRunAt: 500 })
    await insertSchedule(db, { ...schedule, id: 'off', name: 'off', nextRunAt: 400, enabled: false })
    await insertSchedule(db, { ...schedule, id: 'never', name: 'never', nextRunAt: null })
    const idsAt = async (now: number) => (await dueSchedules(db, now)).map(({ id }) => id)
    expect(await idsAt(499)).toEqual([])
    expect(await idsAt(500)).toEqual(['late'])
    expect(await idsAt(1000)).toEqual(['late', 'id'])
    expect(await nextScheduleAt(db)).toBe(500)
    await deleteSchedule(db, 'late')
    await deleteSchedule(db, 'id')
    expect(await nextScheduleAt(db)).toBeUndefined()
  })
})
