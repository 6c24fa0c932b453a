import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { insertSchedule } from '../../../src/catalog/schedules.ts'
import { Applications } from '../../../src/applications/index.ts'
import { ServiceError } from '../../../src/config/service-error.ts'
import { Hooks } from '../../../src/snapshots/hooks.ts'
import { Schedules, scheduleCountMax, type NewSchedule } from '../../../src/snapshots/schedules.ts'
import { silentLog } from '../applications/fixture.ts'
import { TemporaryNamespace } from '../namespace/fixture.ts'

let temporary: TemporaryNamespace
let applications: Applications
let schedules: Schedules

beforeEach(async () => {
  temporary = await TemporaryNamespace.open()
  temporary.clock = Date.parse('2026-11-21T05:10:00Z')
  const { catalog, namespace } = temporary
  applications = new Applications({ catalog, log: silentLog })
  const permissions = { commands: ['/bin/true'], urls: [] }
  const hooks = new Hooks({ permissions, log: silentLog })
  schedules = new Schedules({ catalog, namespace, applications, hooks, now: () => temporary.clock })
})
afterEach(async () => {
  await applications.close()
  await temporary.remove()
})

async function shares(...paths: string[]) {
  for (const path of paths) await temporary.namespace.shares.create({ path })
}

const nightly: NewSchedule = { name: 'nightly', selector: { path: '/' }, cron: '0 3 * * *' }

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof ServiceError) return error.code
  throw new Error(`was not refused: ${String(error)}`)
}

function pathsOf(schedule: Awaited<ReturnType<typeof schedules.get>>): string[] {
  return schedules.sharesOf(schedule).map(({ path }) => path)
}

describe('a schedule', () => {
  test('is made with what is usual, and comes next when its times say', async () => {
    const made = await schedules.create({ ...nightly, timeZone: 'Europe/Berlin' }, 'admin:ada')
    expect(made).toMatchObject({
      ...{ name: 'nightly', cron: '0 3 * * *', timeZone: 'Europe/Berlin', group: false, enabled: true },
      ...{ retention: null, hooks: { pre: [], post: [] }, nameTemplate: '{schedule}-{time}', version: 1 },
      ...{ createdBy: 'admin:ada', lastRunAt: null, lastResult: null },
    })
    expect(made.nextRunAt).toBe(Date.parse('2026-11-22T02:00:00Z'))
    expect(await schedules.get('nightly')).toEqual(made)
    expect(await schedules.get(made.id)).toEqual(made)
    expect(await schedules.all()).toEqual([made])
  })

  test('is changed in part; its next time follows', async () => {
    await schedules.create({ ...nightly, retention: { daily: 7 } }, 'admin:ada')
    temporary.clock += 60_000
    const changed = await schedules.update('nightly', { cron: '30 6 * * *', description: 'early' }, 1)
    expect(changed).toMatchObject({ cron: '30 6 * * *', description: 'early', version: 2 })
    expect(changed.retention).toMatchObject({ daily: 7, weekly: 0 })
    expect(changed.changedAt).toBe(temporary.clock)
    expect(changed.nextRunAt).toBe(Date.parse('2026-11-21T06:30:00Z'))
    expect(await schedules.get('nightly')).toEqual(changed)
    const off = await schedules.update('nightly', { enabled: false, retention: null })
    expect(off).toMatchObject({ enabled: false, nextRunAt: null, retention: null })
  })

  test('that somebody changed meanwhile is not changed by who has seen the old one', async () => {
    await schedules.create(nightly, 'admin:ada')
    await schedules.update('nightly', { description: 'one' })
    expect(await codeOf(schedules.update('nightly', { description: 'two' }, 1))).toBe('stale')
    expect(await codeOf(schedules.remove('nightly', 1))).toBe('stale')
    await schedules.remove('nightly', 2)
    expect(await schedules.all()).toEqual([])
    expect(await codeOf(schedules.remove('nightly'))).toBe('not-found')
  })

  test('of many changes at once none is lost', async () => {
    await schedules.create(nightly, 'admin:ada')
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        schedules.update('nightly', index % 2 === 0 ? { description: `d${index}` } : { group: true }),
      ),
    )
    expect(await schedules.get('nightly')).toMatchObject({ version: 21, group: true })
  })

  test('those who want to know are told of each change', async () => {
    let told = 0
    const end = schedules.onChange(() => told++)
    await schedules.create(nightly, 'admin:ada')
    await schedules.update('nightly', { enabled: false })
    await schedules.remove('nightly')
    expect(told).toBe(3)
    end()
    await schedules.create(nightly, 'admin:ada')
    expect(told).toBe(3)
  })

  test.each<[string, Partial<NewSchedule>, string]>([
    ['a name with a slash', { name: 'a/b' }, 'invalid'],
    ['a name that begins with _', { name: '_a' }, 'invalid'],
    ['no times', { cron: 'now and then' }, 'invalid'],
    ['no place', { timeZone: 'Mars/Phobos' }, 'invalid'],
    ['for nothing', { selector: {} }, 'invalid'],
    ['a path that is not there', { selector: { path: '/nowhere' } }, 'not-found'],
    ['no path', { selector: { path: 'nowhere' } }, 'invalid'],
    ['an application that is not there', { selector: { application: 'ghost' } }, 'not-found'],
    ['no label', { selector: { labels: { 'a b': 'c' } } }, 'invalid'],
    ['retention that keeps nothing', { retention: { daily: 0 } }, 'invalid'],
    ['names that are none', { nameTemplate: '_{time}' }, 'invalid'],
    ['names with an unknown word', { nameTemplate: '{host}-{time}' }, 'invalid'],
    ['names that are too long', { nameTemplate: 'x'.repeat(191) }, 'invalid'],
    [
      'a program that the config file does not allow',
      {
        hooks: {
          pre: [{ kind: 'command', argv: ['/bin/sh'], timeoutSeconds: 1, onFailure: 'warn' }],
          post: [],
        },
      },
      'forbidden',
    ],
  ])('with %s is refused', async (_, wrong, code) => {
    expect(await codeOf(schedules.create({ ...nightly, ...wrong }, 'admin:ada'))).toBe(code)
    await schedules.create({ ...nightly, name: 'other' }, 'admin:ada')
    expect(await codeOf(schedules.update('other', wrong))).toBe(code)
    expect(await schedules.get('other')).toMatchObject({ version: 1 })
  })

  test('names are given once, and there is an end to them', async () => {
    await schedules.create(nightly, 'admin:ada')
    await schedules.create({ ...nightly, name: 'other' }, 'admin:ada')
    expect(await codeOf(schedules.create(nightly, 'admin:ada'))).toBe('exists')
    expect(await codeOf(schedules.update('other', { name: 'nightly' }))).toBe('exists')
    const like = await schedules.get('other')
    await temporary.catalog.transaction(async (db) => {
      for (let count = 2; count < scheduleCountMax; count++)
        await insertSchedule(db, { ...like, id: `id-${count}`, name: `s${count}` })
    })
    expect(await codeOf(schedules.create({ ...nightly, name: 'more' }, 'admin:ada'))).toBe('limit')
  })

  test('a hook that is no longer allowed does not keep it from being switched off', async () => {
    const pre = [{ kind: 'command', argv: ['/bin/true'], timeoutSeconds: 1, onFailure: 'warn' }] as const
    await schedules.create({ ...nightly, hooks: { pre, post: [] } }, 'admin:ada')
    const { catalog, namespace } = temporary
    const hooks = new Hooks({ permissions: { commands: [], urls: [] }, log: silentLog })
    const stricter = new Schedules({ catalog, namespace, applications, hooks, now: () => temporary.clock })
    expect(await stricter.update('nightly', { enabled: false })).toMatchObject({ enabled: false })
  })
})

describe('its shares', () => {
  test('are a share, or all below a folder', async () => {
    await shares('/a/one', '/a/two', '/b/three')
    expect(pathsOf(await schedules.create(nightly, 'x'))).toEqual(['/a/one', '/a/two', '/b/three'])
    const folder = { ...nightly, name: 'folder', selector: { path: '/a' } }
    expect(pathsOf(await schedules.create(folder, 'x'))).toEqual(['/a/one', '/a/two'])
    const share = { ...nightly, name: 'share', selector: { path: '//a/two/' } }
    expect(pathsOf(await schedules.create(share, 'x'))).toEqual(['/a/two'])
  })

  test('are those with labels, of an application, and all of these together', async () => {
    const { id } = await applications.create({ name: 'payroll', owner: 'ada' })
    const { shares } = temporary.namespace
    await shares.create({ path: '/a/one', labels: { tier: 'gold' }, application: 'payroll' })
    await shares.create({ path: '/a/two', labels: { tier: 'gold' } })
    await shares.create({ path: '/b/three', application: 'payroll' })
    const selected = async (name: string, selector: NewSchedule['selector']) =>
      pathsOf(await schedules.create({ ...nightly, name, selector }, 'x'))
    expect(await selected('a', { labels: { tier: 'gold' } })).toEqual(['/a/one', '/a/two'])
    expect(await selected('b', { labels: { tier: 'tin' } })).toEqual([])
    expect(await selected('c', { application: 'payroll' })).toEqual(['/a/one', '/b/three'])
    expect(await selected('d', { application: id, path: '/a' })).toEqual(['/a/one'])
    expect(await selected('e', { application: id, labels: { tier: 'gold' }, path: '/b' })).toEqual([])
  })

  test('are found wherever their folder moves', async () => {
    await shares('/a/one')
    const schedule = await schedules.create({ ...nightly, selector: { path: '/a' } }, 'x')
    const { tree, nodes } = temporary.namespace
    await nodes.move(tree.find(['a'])!.id, '/c/d')
    await shares('/a/other')
    expect(pathsOf(schedule)).toEqual(['/c/d/one'])
    expect(schedules.pathOf(schedule)).toBe('/c/d')
  })

  test('are those of the same path again, after a share was deleted and put back', async () => {
    await shares('/a/one')
    const schedule = await schedules.create({ ...nightly, selector: { path: '/a/one' } }, 'x')
    const { shares: all } = temporary.namespace
    const { id } = all.at('/a/one')
    await all.delete(id, 'admin:ada')
    expect(pathsOf(schedule)).toEqual([])
    await all.undelete(id)
    expect(pathsOf(schedule)).toEqual(['/a/one'])
  })
})
