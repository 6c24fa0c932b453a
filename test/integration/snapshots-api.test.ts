import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TemporaryApi, type Answer } from './admin-fixture.ts'

// The API over the service and the drivers as they are built, on whatever filesystem the temporary directory is.

interface Snapshot {
  readonly id: number
  readonly name: string
  readonly share: { readonly id: number; readonly path: string }
  readonly path: string
  readonly application: { readonly name: string } | null
  readonly state: string
  readonly cutAt: string
  readonly files: number
  readonly bytes: number
  readonly group: string | null
  readonly schedule: string | null
  readonly labels: Readonly<Record<string, string>>
  readonly hold: { readonly by: string; readonly reason: string } | null
  readonly createdBy: string
  readonly version: number
  readonly warnings: readonly string[]
}

let api: TemporaryApi
beforeEach(async () => (api = await TemporaryApi.open()))
afterEach(() => api.close())

function bodyOf<T>({ text }: Answer): Readonly<T> {
  return JSON.parse(text) as Readonly<T>
}

async function share(path: string, more: object = {}): Promise<number> {
  const { id } = bodyOf<{ id: number }>(await api.done('POST', '/v1/shares', { path, ...more }))
  writeFileSync(join(directoryOf(id), 'file'), `of ${path}`)
  return id
}

function directoryOf(id: number): string {
  const { shares } = api.services.namespace
  return shares.directoryOf(shares.get(id))
}

async function snapshot(shareId: number, body: object = {}): Promise<Snapshot> {
  return bodyOf(await api.done('POST', `/v1/shares/${shareId}/snapshots`, body))
}

async function list(query = ''): Promise<Snapshot[]> {
  return bodyOf<{ items: Snapshot[] }>(await api.done('GET', `/v1/snapshots${query}`)).items
}

/** What a snapshot has of a file. */
function contentIn({ id }: Snapshot, name = 'file'): string {
  const { snapshots } = api.services
  return readFileSync(join(snapshots.treeOf(snapshots.get(id)).tree, name), 'utf8')
}

async function refused(method: string, url: string, body?: unknown, headers = {}): Promise<Answer> {
  const answer = await api.ask(method, url, { token: api.tokens.owner, body, headers })
  expect(answer.status, answer.text).toBeGreaterThanOrEqual(400)
  return answer
}

describe('a snapshot', () => {
  test('is made of what is there, kept, described, renamed and removed', async () => {
    await api.done('POST', '/v1/applications', { name: 'payroll', owner: 'ada' })
    const id = await share('/finance/db', { application: 'payroll' })
    const made = await snapshot(id, { name: 'before', labels: { tier: 'gold' }, reason: 'upgrade' })
    expect(made).toMatchObject({
      ...{ name: 'before', share: { id, path: '/finance/db' }, application: { name: 'payroll' } },
      ...{ state: 'ready', files: 2, bytes: 14, createdBy: 'admin:owner', labels: { tier: 'gold' } },
      ...{ hold: null, group: null, schedule: null, warnings: [] },
    })
    writeFileSync(join(directoryOf(id), 'file'), 'changed')
    expect(contentIn(made)).toBe('of /finance/db')

    const url = `/v1/snapshots/${made.id}`
    const stale = { 'if-match': `"${made.version + 1}"` }
    expect((await refused('PATCH', url, { description: 'd' }, stale)).status).toBe(412)
    const fresh = { 'if-match': `"${made.version}"` }
    const described = await api.done('PATCH', url, { description: 'as it was', labels: {} }, fresh)
    expect(bodyOf(described)).toMatchObject({ description: 'as it was', labels: {}, version: 2 })
    expect(described.headers.etag).toBe('"2"')
    const renamed = bodyOf<Snapshot>(await api.done('POST', `${url}/rename`, { name: 'kept' }))
    expect(renamed).toMatchObject({ name: 'kept', version: 3 })
    expect(contentIn(renamed)).toBe('of /finance/db')

    await api.done('DELETE', `${url}?last=true`)
    expect((await refused('GET', url)).status).toBe(404)
    expect(await list()).toEqual([])
  })

  test('without a name is called by the time; two of one name are refused', async () => {
    const id = await share('/a')
    const [one, two] = [await snapshot(id), await snapshot(id)]
    expect(one.name).toMatch(/^\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\dZ$/)
    expect(two.name).not.toBe(one.name)
    await snapshot(id, { name: 'x' })
    expect((await refused('POST', `/v1/shares/${id}/snapshots`, { name: 'x' })).status).toBe(409)
    for (const name of ['_a', '../b', 'a/b', '.x', ''])
      expect((await refused('POST', `/v1/shares/${id}/snapshots`, { name })).status, name).toBe(400)
  })

  test('the last of a share goes only if that is meant, and a held one not at all', async () => {
    const id = await share('/a')
    const one = await snapshot(id)
    const url = `/v1/snapshots/${one.id}`
    const plan = async () => bodyOf(await api.done('DELETE', `${url}?dryRun=true`))
    expect(await plan()).toMatchObject({ id: one.id, isLast: true, refusal: null })
    expect((await refused('DELETE', url)).text).toContain('the last of share')
    await snapshot(id)
    const held = bodyOf<Snapshot>(await api.done('POST', `${url}/hold`, { reason: 'audit 2026' }))
    expect(held.hold).toMatchObject({ by: 'admin:owner', reason: 'audit 2026' })
    expect(await plan()).toMatchObject({
      isLast: false,
      refusal: expect.stringContaining('audit 2026') as string,
    })
    expect((await refused('DELETE', url)).status).toBe(409)
    await api.done('DELETE', `${url}/hold`)
    await api.done('DELETE', url)
    expect(await list()).toHaveLength(1)
  })

  test('has a manifest that tells share, application and documents as they were', async () => {
    await api.done('POST', '/v1/applications', { name: 'payroll', owner: 'ada' })
    await api.done('PUT', '/v1/applications/payroll/manifests/deploy.yaml', { content: 'kind: Pod' })
    const id = await share('/finance/db', { application: 'payroll', quotaBytes: 1e9, labels: { a: 'b' } })
    const made = await snapshot(id)
    await api.done('POST', `/v1/shares/${id}/move`, { to: '/moved' })
    const manifest = bodyOf(await api.done('GET', `/v1/snapshots/${made.id}/manifest`))
    expect(manifest).toMatchObject({
      version: 1,
      snapshot: { id: made.id, name: made.name, files: 2, createdBy: 'admin:owner' },
      share: { number: id, path: '/finance/db', quotaBytes: 1e9, labels: { a: 'b' } },
      application: { name: 'payroll', manifests: [{ name: 'deploy.yaml', content: 'kind: Pod' }] },
    })
    expect(await list(`?share=${id}`)).toMatchObject([{ path: '/finance/db', share: { path: '/moved' } }])
  })

  test('tells the room it takes up', async () => {
    const made = await snapshot(await share('/a'))
    const usage = bodyOf<{ ownBytes: number | null }>(await api.done('GET', `/v1/snapshots/${made.id}/usage`))
    expect(usage).toMatchObject({ id: made.id, bytes: 5 })
    expect(usage.ownBytes === null || usage.ownBytes >= 0).toBe(true)
  })

  test('the same request with the same key makes one', async () => {
    const id = await share('/a')
    const headers = { 'idempotency-key': 'k' }
    const url = `/v1/shares/${id}/snapshots`
    const one = await api.done('POST', url, {}, headers)
    const two = await api.done('POST', url, {}, headers)
    expect(two.text).toBe(one.text)
    expect(await list()).toHaveLength(1)
  })

  test('outlives its share until that is purged, which a hold keeps from being done', async () => {
    const id = await share('/a')
    const made = await snapshot(id)
    await api.done('POST', `/v1/snapshots/${made.id}/hold`, {})
    await api.done('DELETE', `/v1/shares/${id}`)
    expect(
      bodyOf<{ items: Snapshot[] }>(await api.done('GET', `/v1/shares/${id}/snapshots`)).items,
    ).toHaveLength(1)
    expect((await refused('POST', `/v1/shares/${id}/snapshots`, {})).status).toBe(409)
    expect((await refused('POST', `/v1/shares/${id}/purge`)).status).toBe(409)
    await api.done('DELETE', `/v1/snapshots/${made.id}/hold`)
    await api.done('POST', `/v1/shares/${id}/purge`)
    expect(await list()).toEqual([])
  })
})

describe('several', () => {
  test('shares are taken in one cut, all or none', async () => {
    const ids = [await share('/a'), await share('/b')]
    await snapshot(ids[1]!, { name: 'taken' })
    expect((await refused('POST', '/v1/snapshot-groups', { shares: ids, name: 'taken' })).status).toBe(409)
    expect(await list(`?share=${ids[0]}`)).toEqual([])
    const { group, items } = bodyOf<{ group: string; items: Snapshot[] }>(
      await api.done('POST', '/v1/snapshot-groups', { shares: ids, name: 'both' }),
    )
    expect(items.map(({ share }) => share.path)).toEqual(['/a', '/b'])
    expect(new Set(items.map(({ cutAt, group }) => `${cutAt} ${group}`))).toEqual(
      new Set([`${items[0]!.cutAt} ${group}`]),
    )
    expect((await list(`?group=${group}`)).map(({ id }) => id)).toEqual(items.map(({ id }) => id))
  })

  test('of an application: all of its shares', async () => {
    await api.done('POST', '/v1/applications', { name: 'payroll', owner: 'ada' })
    await share('/a', { application: 'payroll' })
    await share('/b', { application: 'payroll' })
    await share('/c')
    const { items } = bodyOf<{ items: Snapshot[] }>(
      await api.done('POST', '/v1/snapshot-groups', { application: 'payroll' }),
    )
    expect(items.map(({ share }) => share.path)).toEqual(['/a', '/b'])
    for (const body of [{}, { application: 'payroll', shares: [1] }])
      expect((await refused('POST', '/v1/snapshot-groups', body)).status).toBe(400)
  })

  test('are found by share, name, folder, application, labels and schedule, page by page', async () => {
    await api.done('POST', '/v1/applications', { name: 'payroll', owner: 'ada' })
    const [one, two] = [await share('/a/one', { application: 'payroll' }), await share('/b/two')]
    await snapshot(one, { name: 'x', labels: { tier: 'gold', team: 'a' } })
    await snapshot(one, { name: 'y', labels: { tier: 'gold' } })
    await snapshot(two, { name: 'x' })
    const names = async (query: string) =>
      (await list(query)).map(({ share, name }) => `${share.path}@${name}`)
    expect(await names('')).toEqual(['/a/one@x', '/a/one@y', '/b/two@x'])
    expect(await names(`?share=${one}`)).toEqual(['/a/one@x', '/a/one@y'])
    expect(await names(`?share=${one}&name=y`)).toEqual(['/a/one@y'])
    expect(await names('?below=/b')).toEqual(['/b/two@x'])
    expect(await names('?application=payroll&labels=tier%3Dgold,team%3Da')).toEqual(['/a/one@x'])
    expect(await names('?schedule=none')).toEqual([])
    const first = await api.done('GET', '/v1/snapshots?limit=2')
    expect(first.body.items).toHaveLength(2)
    expect(await names(`?after=${first.body.next}`)).toEqual(['/b/two@x'])
  })
})

describe('who may', () => {
  test('see and take is told by the rules for the path of the share', async () => {
    const [mine, other] = [await share('/finance/db'), await share('/hr/db')]
    const hidden = await snapshot(other)
    for (const action of ['list', 'snapshot'])
      await api.done('POST', '/v1/rules', {
        ...{ kind: 'p', subject: 'admin:none', object: '/finance/**', action, effect: 'allow' },
      })
    const token = api.tokens.none
    const ask = (method: string, url: string, body?: unknown) => api.ask(method, url, { token, body })
    const made = bodyOf<Snapshot>(await ask('POST', `/v1/shares/${mine}/snapshots`, {}))
    expect(made.createdBy).toBe('admin:none')
    expect((await ask('GET', '/v1/snapshots')).body.items.map(({ id }) => id)).toEqual([made.id])
    expect((await ask('GET', `/v1/snapshots/${hidden.id}`)).status).toBe(404)
    expect((await ask('DELETE', `/v1/snapshots/${hidden.id}?last=true`)).status).toBe(404)
    expect((await ask('POST', '/v1/snapshot-groups', { shares: [mine, other] })).status).toBe(404)
    expect(
      (await ask('POST', '/v1/schedules', { name: 'a', cron: '@daily', selector: { path: '/' } })).status,
    ).toBe(403)
    expect((await ask('DELETE', `/v1/snapshots/${made.id}?last=true`)).status).toBe(204)
  })

  test('make a schedule must be allowed to make snapshots of all that it is for', async () => {
    await share('/finance/db')
    for (const [object, action] of [
      ['/@admin/schedules', 'manage'],
      ['/@admin/schedules', 'list'],
      ['/finance/**', 'snapshot'],
    ])
      await api.done('POST', '/v1/rules', {
        ...{ kind: 'p', subject: 'admin:none', object, action, effect: 'allow' },
      })
    const token = api.tokens.none
    const create = (name: string, selector: object) =>
      api.ask('POST', '/v1/schedules', { token, body: { name, cron: '@daily', selector } })
    expect((await create('all', { path: '/' })).status).toBe(403)
    expect((await create('labels', { labels: { a: 'b' } })).status).toBe(403)
    expect((await create('mine', { path: '/finance' })).status).toBe(201)
    const wider = { token, body: { selector: { path: '/' } } }
    expect((await api.ask('PATCH', '/v1/schedules/mine', wider)).status).toBe(403)
    await api.done('POST', '/v1/schedules', { name: 'owners', cron: '@daily', selector: { path: '/' } })
    for (const [method, url] of [
      ['PATCH', '/v1/schedules/owners'],
      ['DELETE', '/v1/schedules/owners'],
      ['POST', '/v1/schedules/owners/run'],
    ] as const) {
      const body = method === 'PATCH' ? { enabled: false } : undefined
      expect((await api.ask(method, url, { token, body })).status, url).toBe(403)
    }
  })
})

describe('hooks', () => {
  const hook = (argv: string[], onFailure: 'abort' | 'warn') =>
    ({ kind: 'command', argv, timeoutSeconds: 5, onFailure }) as const

  test('one that aborts keeps the snapshot from being made; one that warns is told of', async () => {
    const id = await share('/a')
    const url = `/v1/shares/${id}/snapshots`
    for (const moment of ['pre', 'post']) {
      const hooks = { [moment]: [hook(['/bin/false'], 'abort')] }
      const answer = await refused('POST', url, { hooks })
      expect(answer.status).toBe(503)
      expect(answer.body.detail).toBe(`${moment} hook /bin/false: exit code 1`)
    }
    expect(await list()).toEqual([])
    const { snapshots } = api.services
    expect(snapshots.takings.jobs()).toEqual([])
    const made = await snapshot(id, { hooks: { pre: [hook(['/bin/false'], 'warn')] } })
    expect(made.warnings).toEqual(['pre hook /bin/false: exit code 1'])
    expect(await list()).toHaveLength(1)
  })

  test('no program that the configuration file does not name', async () => {
    const id = await share('/a')
    const hooks = { pre: [hook(['/bin/sh', '-c', `touch ${api.directory}/evil`], 'warn')] }
    expect((await refused('POST', `/v1/shares/${id}/snapshots`, { hooks })).status).toBe(403)
    const schedule = { name: 'a', cron: '@daily', selector: { path: '/' }, hooks }
    expect((await refused('POST', '/v1/schedules', schedule)).status).toBe(403)
    expect(existsSync(join(api.directory, 'evil'))).toBe(false)
  })

  test('a making that waits for one is told of, and can be aborted', async () => {
    const id = await share('/a')
    const wait = hook(['/bin/sleep', '600'], 'abort')
    const making = api.ask('POST', `/v1/shares/${id}/snapshots`, {
      token: api.tokens.owner,
      body: { name: 'slow', hooks: { pre: [wait] } },
    })
    const jobs = async () =>
      bodyOf<{ items: { id: string; name: string; shares: number[]; paths: string[] }[] }>(
        await api.done('GET', '/v1/snapshot-jobs'),
      ).items
    await expect.poll(async () => (await jobs())[0]?.name).toBe('slow')
    const [job] = await jobs()
    expect(job).toMatchObject({ shares: [id], paths: ['/a'], createdBy: 'admin:owner' })
    await api.done('DELETE', `/v1/snapshot-jobs/${job!.id}?dryRun=true`)
    expect(await jobs()).toHaveLength(1)
    await api.done('DELETE', `/v1/snapshot-jobs/${job!.id}`)
    expect((await making).status).toBeGreaterThanOrEqual(400)
    expect(await jobs()).toEqual([])
    expect(await list()).toEqual([])
    expect((await refused('DELETE', `/v1/snapshot-jobs/${job!.id}`)).status).toBe(404)
  })
})

describe('a schedule', () => {
  const nightly = { name: 'nightly', cron: '30 2 * * *', timeZone: 'Europe/Berlin', selector: { path: '/' } }

  test('is made, changed and removed; its ETag holds through runs', async () => {
    await share('/a')
    const made = await api.done('POST', '/v1/schedules', { ...nightly, retention: { daily: 7 } })
    const schedule = bodyOf<{ id: string; nextRunAt: string; version: number }>(made)
    expect(schedule).toMatchObject({ ...nightly, retention: { daily: 7 }, enabled: true, version: 1 })
    await api.done('POST', '/v1/schedules/nightly/run')
    const url = `/v1/schedules/${schedule.id}`
    const changed = await api.done('PATCH', url, { enabled: false }, { 'if-match': '"1"' })
    expect(bodyOf(changed)).toMatchObject({ enabled: false, nextRunAt: null, version: 2 })
    expect((await refused('PATCH', url, { enabled: true }, { 'if-match': '"1"' })).status).toBe(412)
    expect((await refused('DELETE', url, undefined, { 'if-match': '"1"' })).status).toBe(412)
    await api.done('DELETE', `${url}?dryRun=true`)
    await api.done('DELETE', url)
    expect((await refused('GET', url)).status).toBe(404)
    // What it made stays, and is found by what it was.
    expect(await list(`?schedule=${schedule.id}`)).toHaveLength(1)
  })

  test('runs, keeps what its retention keeps, and tells so before', async () => {
    const id = await share('/a')
    await api.done('POST', '/v1/schedules', { ...nightly, retention: { last: 2 } })
    const mine = await snapshot(id, { name: 'mine' })
    for (let count = 0; count < 2; count++) await api.done('POST', '/v1/schedules/nightly/run')
    const held = (await list('?schedule=nightly'))[0]!
    await api.done('POST', `/v1/snapshots/${held.id}/hold`, {})
    await api.done('POST', '/v1/schedules/nightly/run')
    await api.done('PATCH', '/v1/schedules/nightly', { retention: { last: 1 } })
    const preview = bodyOf<{
      runs: string[]
      shareCount: number
      shares: { keep: { id: number; reasons: string[] }[]; remove: { id: number }[] }[]
      removeCount: number
    }>(await api.done('GET', '/v1/schedules/nightly/preview'))
    expect(preview).toMatchObject({ shareCount: 1, removeCount: 1 })
    expect(preview.runs).toHaveLength(10)
    const [plan] = preview.shares
    expect(plan!.keep.map(({ reasons }) => reasons)).toEqual([['last'], ['held']])
    const result = bodyOf(await api.done('POST', '/v1/schedules/nightly/run'))
    expect(result).toMatchObject({ state: 'done', made: 1, failed: 0, removed: 2, messages: [] })
    const left = (await list(`?share=${id}`)).map((one) => one.id)
    expect(left).toContain(mine.id)
    expect(left).toContain(held.id)
    expect(left).toHaveLength(3)
    for (const { id: removed } of plan!.remove) expect(left).not.toContain(removed)
    await api.services.audit.flush()
    const { items } = await api.services.audit.recent({ subject: 'schedule:nightly', limit: 100 })
    const deeds = items.map(({ operation, path, result }) => `${operation} ${path} ${result}`)
    expect(deeds.filter((deed) => deed === 'CREATE_SNAPSHOT /a OK')).toHaveLength(4)
    expect(deeds.filter((deed) => deed === 'DELETE_SNAPSHOT /a OK')).toHaveLength(2)
  })

  test('runs by itself when its time comes', async () => {
    const id = await share('/a')
    api.plane.services.scheduler.start()
    await api.done('POST', '/v1/schedules', { ...nightly, nameTemplate: 'auto-{date}' })
    // As if it had been made long ago, and missed since.
    const { catalog } = api.services
    await catalog.db.updateTable('schedules').set({ nextRunAt: 1000 }).execute()
    await api.done('PATCH', '/v1/schedules/nightly', { description: 'look again' })
    await catalog.db.updateTable('schedules').set({ nextRunAt: 1000 }).execute()
    api.plane.services.scheduler.wake()
    const result = async () =>
      bodyOf<{ lastResult: unknown }>(await api.done('GET', '/v1/schedules/nightly')).lastResult
    await expect.poll(result).toMatchObject({ state: 'done', made: 1 })
    const [made, ...others] = await list(`?share=${id}`)
    expect(made).toMatchObject({ createdBy: 'schedule:nightly' })
    expect(made!.name).toMatch(/^auto-\d{4}-\d\d-\d\d$/)
    expect(others).toEqual([])
  })

  test('takes an application in one cut', async () => {
    await api.done('POST', '/v1/applications', { name: 'payroll', owner: 'ada' })
    await share('/a', { application: 'payroll' })
    await share('/b', { application: 'payroll' })
    const selector = { application: 'payroll' }
    const made = await api.done('POST', '/v1/schedules', { ...nightly, selector, group: true })
    expect(bodyOf(made)).toMatchObject({ selector })
    await api.done('POST', '/v1/schedules/nightly/run')
    const all = await list()
    expect(all).toHaveLength(2)
    expect(new Set(all.map(({ group }) => group)).size).toBe(1)
  })

  test('that cannot make one of its snapshots says which and why', async () => {
    await share('/a')
    const broken = await share('/b')
    await api.done('POST', '/v1/schedules', { ...nightly, nameTemplate: '{schedule}' })
    const root = directoryOf(broken)
    renameSync(root, `${root}-away`)
    const result = bodyOf<{ messages: string[] }>(await api.done('POST', '/v1/schedules/nightly/run'))
    expect(result).toMatchObject({ state: 'partly', made: 1, failed: 1 })
    expect(result.messages[0]).toMatch(/^\/b: /)
  })
})
