import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Applications } from '../../../src/applications/index.ts'
import { deleteSchedule } from '../../../src/catalog/schedules.ts'
import type { SnapshotRecord } from '../../../src/catalog/snapshots.ts'
import { ServiceError } from '../../../src/config/service-error.ts'
import { Hooks } from '../../../src/snapshots/hooks.ts'
import type { SnapshotJob } from '../../../src/snapshots/jobs.ts'
import type { SnapshotMaker } from '../../../src/snapshots/schedule-run.ts'
import { Scheduler } from '../../../src/snapshots/scheduler.ts'
import { Schedules, type NewSchedule } from '../../../src/snapshots/schedules.ts'
import type { SnapshotWish } from '../../../src/snapshots/snapshots.ts'
import { silentLog } from '../applications/fixture.ts'
import { TemporaryNamespace } from '../namespace/fixture.ts'

// Whether snapshots are right is for other tests: here they are rows, made when a test says so.

/** Makes rows of snapshots that have nothing on a disk. */
class Maker implements SnapshotMaker {
  readonly takings = this
  readonly deletions = this
  readonly all: SnapshotRecord[] = []
  readonly wishes: SnapshotWish[] = []
  /** Awaited by each that is made: a test may hold it up, or have it fail. */
  before: (shareId: number) => void | Promise<void> = () => {}
  readonly #now: () => number
  readonly #aborts = new Map<string, (error: Error) => void>()
  #id = 1000

  constructor(now: () => number) {
    this.#now = now
  }

  begin(shareIds: readonly number[], wish: SnapshotWish) {
    const jobId = String(++this.#id)
    const aborted = new Promise<never>((_, reject) => this.#aborts.set(jobId, reject))
    const done = Promise.race([this.#make(shareIds, wish), aborted]).finally(() => this.#aborts.delete(jobId))
    return { jobId, done }
  }

  abort(jobId: string): void {
    this.#aborts.get(jobId)!(new ServiceError('conflict', 'aborted'))
  }

  jobs(): SnapshotJob[] {
    const rest = { name: '', shareIds: [], phase: 'preparing', files: 0, bytes: 0 } as const
    return [...this.#aborts.keys()].map((id) => ({ id, ...rest, createdBy: '', startedAt: 0 }))
  }

  of(shareId: number): readonly SnapshotRecord[] {
    return this.all.filter((one) => one.shareId === shareId)
  }

  async delete(id: number): Promise<void> {
    const index = this.all.findIndex((one) => one.id === id)
    if (this.all[index]?.labels.stuck !== undefined) throw new ServiceError('conflict', 'it is stuck')
    this.all.splice(index, 1)
  }

  async #make(shareIds: readonly number[], wish: SnapshotWish) {
    for (const shareId of shareIds) await this.before(shareId)
    this.wishes.push(wish)
    return { records: shareIds.map((shareId) => this.#made(shareId, wish)), warnings: [] }
  }

  #made(shareId: number, wish: SnapshotWish): SnapshotRecord {
    const at = this.#now()
    const made: SnapshotRecord = {
      ...{ id: ++this.#id, shareId, name: wish.name!, state: 'ready', driver: 'copy', store: 'default' },
      ...{ path: '/', applicationId: null, cutAt: at, files: 1, bytes: 0, groupId: null },
      ...{ scheduleId: wish.scheduleId!, description: '', labels: {}, reason: wish.reason! },
      ...{ createdBy: wish.createdBy, createdAt: at, changedAt: at },
      ...{ heldAt: null, heldBy: null, heldFor: null, version: 1 },
    }
    this.all.unshift(made)
    return made
  }
}

let temporary: TemporaryNamespace
let applications: Applications
let schedules: Schedules
let maker: Maker
let schedulers: Scheduler[]
const now = () => temporary.clock

beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  temporary.clock = Date.parse('2026-11-21T05:10:00Z')
  const { catalog, namespace } = temporary
  applications = new Applications({ catalog, log: silentLog })
  const hooks = new Hooks({ permissions: { commands: [], urls: [] }, log: silentLog })
  schedules = new Schedules({ catalog, namespace, applications, hooks, now })
  maker = new Maker(now)
  schedulers = []
  await namespace.shares.create({ path: '/a/one' })
})
afterEach(async () => {
  for (const scheduler of schedulers) await scheduler.close()
  await applications.close()
  await temporary.remove()
})

function newScheduler(leaseMs = 60_000): Scheduler {
  const { catalog } = temporary
  const scheduler = new Scheduler({ catalog, schedules, snapshots: maker, log: silentLog, now, leaseMs })
  schedulers.push(scheduler)
  return scheduler
}

const hourly: NewSchedule = { name: 'hourly', selector: { path: '/' }, cron: '0 * * * *' }

/** Waits until a schedule has ended a run that began at or after a time. */
async function ended(name = 'hourly', since = temporary.clock) {
  return expect
    .poll(async () => {
      const { lastResult } = await schedules.get(name)
      return lastResult !== null && lastResult.startedAt >= since && lastResult.endedAt !== null
    })
    .toBe(true)
}

/** Something that a test lets go on. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('time', () => {
  test('what is due is run, written down, and comes next when it should', async () => {
    await schedules.create(hourly, 'admin:ada')
    const scheduler = newScheduler().start()
    temporary.clock = Date.parse('2026-11-21T06:00:00Z')
    scheduler.wake()
    await ended()
    const { lastRunAt, lastResult, nextRunAt, id, version } = await schedules.get('hourly')
    expect(lastRunAt).toBe(temporary.clock)
    expect(nextRunAt).toBe(Date.parse('2026-11-21T07:00:00Z'))
    expect(lastResult).toEqual({
      ...{ state: 'done', startedAt: temporary.clock, endedAt: temporary.clock },
      ...{ made: 1, failed: 0, removed: 0, messages: [] },
    })
    // To run is no change of the schedule: who has its ETag may still use it.
    expect(version).toBe(1)
    expect(maker.wishes).toMatchObject([
      {
        ...{ name: 'hourly-2026-11-21T06.00.00Z', scheduleId: id, createdBy: 'schedule:hourly' },
        reason: 'schedule hourly',
      },
    ])
  })

  test('nothing is run before its time, and nothing that is disabled', async () => {
    await schedules.create(hourly, 'admin:ada')
    await schedules.create({ ...hourly, name: 'off', enabled: false }, 'admin:ada')
    const scheduler = newScheduler().start()
    temporary.clock = Date.parse('2026-11-21T05:59:59.999Z')
    scheduler.wake()
    await scheduler.close()
    expect(maker.all).toEqual([])
  })

  test('of many that were missed one is caught up', async () => {
    await schedules.create(hourly, 'admin:ada')
    temporary.clock = Date.parse('2026-11-22T06:30:00Z')
    const scheduler = newScheduler().start()
    await ended()
    scheduler.wake()
    await scheduler.close()
    expect(maker.all).toHaveLength(1)
    expect((await schedules.get('hourly')).nextRunAt).toBe(Date.parse('2026-11-22T07:00:00Z'))
  })

  test('a schedule made while it sleeps is run in time', async () => {
    newScheduler().start()
    temporary.clock = Date.parse('2026-11-21T05:59:59.950Z')
    const made = await schedules.create(hourly, 'admin:ada')
    expect(made.nextRunAt).toBe(temporary.clock + 50)
    setTimeout(() => (temporary.clock += 50), 20)
    await ended()
  })
})

describe('one at a time', () => {
  test('of two gateways over one catalog one runs it, each time', async () => {
    await schedules.create(hourly, 'admin:ada')
    await schedules.create({ ...hourly, name: 'twin' }, 'admin:ada')
    const [one, two] = [newScheduler().start(), newScheduler().start()]
    for (let hour = 6; hour < 26; hour++) {
      temporary.clock = Date.UTC(2026, 10, 21, hour)
      one.wake()
      two.wake()
      await ended('hourly')
      await ended('twin')
    }
    const counts = new Map<string, number>()
    for (const { name } of maker.wishes) counts.set(name!, (counts.get(name!) ?? 0) + 1)
    expect(counts.size).toBe(40)
    expect([...counts.values()].every((count) => count === 1)).toBe(true)
  })

  test('a run that takes longer than the time to the next does not overlap with itself', async () => {
    const { open, opened } = gate()
    maker.before = () => opened
    await schedules.create(hourly, 'admin:ada')
    const scheduler = newScheduler(30 * 3_600_000).start()
    temporary.clock = Date.parse('2026-11-21T06:00:00Z')
    scheduler.wake()
    await expect.poll(async () => (await schedules.get('hourly')).lastResult?.state).toBe('running')
    temporary.clock = Date.parse('2026-11-21T08:20:00Z')
    scheduler.wake()
    await expect(scheduler.run('hourly')).rejects.toMatchObject({ code: 'conflict' })
    open()
    await ended('hourly', Date.parse('2026-11-21T06:00:00Z'))
    expect(maker.all).toHaveLength(1)
    expect((await schedules.get('hourly')).nextRunAt).toBe(Date.parse('2026-11-21T09:00:00Z'))
  })

  test('a lease is renewed while its run goes on', async () => {
    const { open, opened } = gate()
    maker.before = () => opened
    await schedules.create(hourly, 'admin:ada')
    temporary.clock = Date.parse('2026-11-21T06:00:00Z')
    const [one, two] = [newScheduler(300).start(), newScheduler(300).start()]
    await expect.poll(async () => (await schedules.get('hourly')).lastResult?.state).toBe('running')
    for (let step = 0; step < 20; step++) {
      const { nextRunAt } = await schedules.get('hourly')
      expect(nextRunAt).toBeGreaterThan(temporary.clock)
      temporary.clock += 50
      one.wake()
      two.wake()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    open()
    await ended('hourly', Date.parse('2026-11-21T06:00:00Z'))
    expect(maker.all).toHaveLength(1)
  })

  test('a run that died with its gateway is begun anew by another', async () => {
    const made = await schedules.create(hourly, 'admin:ada')
    temporary.clock = Date.parse('2026-11-21T06:00:00Z')
    // As kill -9 leaves it: claimed, and nobody renews the lease, of which a third has 20 s.
    const { catalog } = temporary
    const { open, opened } = gate()
    maker.before = () => opened
    newScheduler().start()
    await expect.poll(async () => (await schedules.get('hourly')).lastResult?.state).toBe('running')
    const alive = new Maker(now)
    const another = () => {
      const scheduler = new Scheduler({ catalog, schedules, snapshots: alive, log: silentLog, now })
      schedulers.push(scheduler)
      return scheduler.start()
    }
    temporary.clock += 59_999
    await another().close()
    expect(alive.all).toEqual([])
    temporary.clock += 1
    another()
    await ended()
    expect(alive.all).toHaveLength(1)
    const after = await schedules.get('hourly')
    expect(after).toMatchObject({
      ...{ id: made.id, nextRunAt: Date.parse('2026-11-21T07:00:00Z'), lastResult: { state: 'done' } },
    })
    // Should the dead one have been asleep only, it has no more to say.
    temporary.clock += 1000
    open()
    await schedulers[0]!.close()
    expect(maker.all).toHaveLength(1)
    expect(await schedules.get('hourly')).toEqual(after)
  })

  test('a gateway that ends gives up its run, which is due as before', async () => {
    await temporary.namespace.shares.create({ path: '/a/two' })
    await temporary.namespace.shares.create({ path: '/a/three' })
    await schedules.create(hourly, 'admin:ada')
    const due = Date.parse('2026-11-21T06:00:00Z')
    temporary.clock = due
    maker.before = () => new Promise(() => {})
    const first = newScheduler().start()
    await expect.poll(async () => (await schedules.get('hourly')).lastResult?.state).toBe('running')
    await first.close()
    // Two were under way and are aborted; the third was not begun.
    expect(maker.all).toEqual([])
    expect(await schedules.get('hourly')).toMatchObject({ nextRunAt: due, lastResult: null, lastRunAt: null })
    maker.before = () => {}
    newScheduler().start()
    await ended()
    expect(maker.all).toHaveLength(3)
  })
})

describe('what is done', () => {
  test('a run by hand leaves the times alone, also of what is disabled', async () => {
    const { nextRunAt } = await schedules.create(hourly, 'admin:ada')
    await schedules.create({ ...hourly, name: 'off', enabled: false }, 'admin:ada')
    const scheduler = newScheduler().start()
    expect(await scheduler.run('hourly')).toMatchObject({ state: 'done', made: 1 })
    expect(await schedules.get('hourly')).toMatchObject({ nextRunAt, lastResult: { state: 'done' } })
    expect(await scheduler.run('off')).toMatchObject({ state: 'done', made: 1 })
    expect(await schedules.get('off')).toMatchObject({ nextRunAt: null, enabled: false })
    // Of the same second: told apart.
    await scheduler.run('off')
    expect(maker.all.map(({ name }) => name).slice(0, 2)).toEqual([
      'off-2026-11-21T05.10.00Z-2',
      'off-2026-11-21T05.10.00Z',
    ])
    await expect(scheduler.run('nothing')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('a share that fails does not keep others from it, and says why', async () => {
    const { shares } = temporary.namespace
    const failing = await shares.create({ path: '/a/two' })
    await shares.create({ path: '/a/three' })
    await schedules.create(hourly, 'admin:ada')
    maker.before = (shareId) => {
      if (shareId === failing.id) throw new ServiceError('unavailable', 'the disk is full')
    }
    expect(await newScheduler().run('hourly')).toMatchObject({
      ...{ state: 'partly', made: 2, failed: 1 },
      messages: ['/a/two: the disk is full'],
    })
  })

  test('for no share it fails, and comes again', async () => {
    await schedules.create({ ...hourly, selector: { labels: { no: 'such' } } }, 'admin:ada')
    temporary.clock = Date.parse('2026-11-21T06:00:00Z')
    newScheduler().start()
    await ended()
    const { lastResult, nextRunAt } = await schedules.get('hourly')
    expect(lastResult).toMatchObject({ state: 'failed', made: 0 })
    expect(lastResult?.messages[0]).toContain('for no share')
    expect(nextRunAt).toBe(Date.parse('2026-11-21T07:00:00Z'))
  })

  test('a group is one request, for all of it', async () => {
    const { id } = await temporary.namespace.shares.create({ path: '/a/two' })
    await schedules.create({ ...hourly, group: true }, 'admin:ada')
    expect(await newScheduler().run('hourly')).toMatchObject({ state: 'done', made: 2 })
    expect(new Set(maker.wishes.map(({ name }) => name)).size).toBe(1)
    maker.before = (shareId) => {
      if (shareId === id) throw new ServiceError('unavailable', 'the disk is full')
    }
    expect(await newScheduler().run('hourly')).toMatchObject({ state: 'failed', made: 0, failed: 2 })
  })

  test('a schedule removed while it runs stays removed', async () => {
    const { open, opened } = gate()
    maker.before = () => opened
    const { id } = await schedules.create(hourly, 'admin:ada')
    const run = newScheduler().run('hourly')
    await expect.poll(async () => (await schedules.get('hourly')).lastResult?.state).toBe('running')
    await deleteSchedule(temporary.catalog.db, id)
    open()
    expect(await run).toMatchObject({ state: 'done', made: 1 })
    expect(await schedules.all()).toEqual([])
  })

  test('a change while it runs counts for the times after it', async () => {
    const { open, opened } = gate()
    maker.before = () => opened
    await schedules.create(hourly, 'admin:ada')
    temporary.clock = Date.parse('2026-11-21T06:00:00Z')
    newScheduler().start()
    await expect.poll(async () => (await schedules.get('hourly')).lastResult?.state).toBe('running')
    await schedules.update('hourly', { cron: '30 * * * *' })
    open()
    await ended()
    expect((await schedules.get('hourly')).nextRunAt).toBe(Date.parse('2026-11-21T06:30:00Z'))
  })
})

describe('retention', () => {
  test('removes what need not be kept, of its own snapshots only', async () => {
    const scheduler = newScheduler()
    await schedules.create({ ...hourly, retention: { last: 2 } }, 'admin:ada')
    await schedules.create({ ...hourly, name: 'other' }, 'admin:ada')
    await scheduler.run('other')
    for (let count = 0; count < 5; count++) {
      temporary.clock += 60_000
      const expected = { state: 'done', made: 1, removed: count < 2 ? 0 : 1 }
      expect(await scheduler.run('hourly')).toMatchObject(expected)
    }
    const left = maker.all.map(({ createdBy }) => createdBy)
    expect(left).toEqual(['schedule:hourly', 'schedule:hourly', 'schedule:other'])
  })

  test('passes over what is needed still, without a word, until it is not', async () => {
    let needed: number | undefined
    const { catalog } = temporary
    const options = { catalog, schedules, snapshots: maker, log: silentLog, now }
    const scheduler = new Scheduler({ ...options, isNeeded: ({ id }) => id === needed })
    schedulers.push(scheduler)
    await schedules.create({ ...hourly, retention: { last: 1 } }, 'admin:ada')
    await scheduler.run('hourly')
    needed = maker.all[0]!.id
    for (let count = 0; count < 2; count++)
      expect(await scheduler.run('hourly')).toMatchObject({ state: 'done', removed: count, messages: [] })
    expect(maker.all.map(({ id }) => id)).toContain(needed)
    needed = undefined
    expect(await scheduler.run('hourly')).toMatchObject({ removed: 2 })
  })

  test('removes nothing where no new one was made', async () => {
    const scheduler = newScheduler()
    await schedules.create({ ...hourly, retention: { last: 1 } }, 'admin:ada')
    await scheduler.run('hourly')
    await schedules.update('hourly', { retention: null })
    await scheduler.run('hourly')
    await schedules.update('hourly', { retention: { last: 1 } })
    maker.before = () => {
      throw new ServiceError('unavailable', 'the disk is full')
    }
    expect(await scheduler.run('hourly')).toMatchObject({ state: 'failed', removed: 0 })
    expect(maker.all).toHaveLength(2)
  })

  test('a snapshot that cannot be removed is told of, others go', async () => {
    const scheduler = newScheduler()
    await schedules.create(hourly, 'admin:ada')
    for (let count = 0; count < 3; count++) await scheduler.run('hourly')
    maker.all[1] = { ...maker.all[1]!, labels: { stuck: '' } }
    await schedules.update('hourly', { retention: { last: 1 } })
    const { state, removed, messages } = await scheduler.run('hourly')
    expect({ state, removed }).toEqual({ state: 'done', removed: 2 })
    expect(messages).toHaveLength(1)
    expect(messages[0]).toContain('it is stuck')
  })
})
