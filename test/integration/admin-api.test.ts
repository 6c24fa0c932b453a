import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TemporaryApi } from './admin-fixture.ts'

let api: TemporaryApi
beforeAll(async () => {
  api = await TemporaryApi.open()
})
afterAll(() => api.close())

const asOwner = (method: string, url: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.ask(method, url, { token: api.tokens.owner, body, headers })

describe('versions', () => {
  test('a change of another version than the one seen is refused', async () => {
    const made = await api.done('POST', '/v1/applications', { name: 'versions', owner: 'ada' })
    expect(made.headers.etag).toBe('"1"')
    const url = '/v1/applications/versions'
    const changed = await asOwner('PATCH', url, { owner: 'grace' }, { 'if-match': '"1"' })
    expect(changed.headers.etag).toBe('"2"')
    const refused = await asOwner('PATCH', url, { owner: 'eve' }, { 'if-match': '"1"' })
    expect(refused.status).toBe(412)
    expect(refused.body.type).toBe('/problems/stale')
    expect((await api.done('GET', url)).body.owner).toBe('grace')
    expect((await asOwner('PATCH', url, { owner: 'eve' }, { 'if-match': 'W/"2"' })).status).toBe(412)
    expect((await asOwner('PATCH', url, { owner: 'eve' }, { 'if-match': '2' })).body.field).toBe(
      'headers.if-match',
    )
    expect((await asOwner('PATCH', url, { owner: 'eve' }, { 'if-match': '*' })).status).toBe(200)
  })

  test('so is a deletion, dry or not', async () => {
    const { id } = (await api.done('POST', '/v1/shares', { path: '/versions/a' })).body
    for (const url of [`/v1/shares/${id}?dryRun=true`, `/v1/shares/${id}`])
      expect((await asOwner('DELETE', url, undefined, { 'if-match': '"9"' })).status).toBe(412)
    expect((await asOwner('DELETE', `/v1/shares/${id}`, undefined, { 'if-match': '"1"' })).status).toBe(204)
  })
})

describe('idempotency keys', () => {
  test('the same request with the same key is done once and answered alike', async () => {
    const body = { path: '/keys/a' }
    const [first, second] = await Promise.all(
      [1, 2].map(() => asOwner('POST', '/v1/shares', body, { 'idempotency-key': 'a' })),
    )
    expect(first!.status).toBe(201)
    expect(second!.status).toBe(201)
    expect(second!.text).toBe(first!.text)
    expect(second!.headers.etag).toBe('"1"')
    const other = await asOwner('POST', '/v1/shares', { path: '/keys/b' }, { 'idempotency-key': 'a' })
    expect(other.status).toBe(422)
    const elsewhere = await asOwner('POST', '/v1/folders', body, { 'idempotency-key': 'a' })
    expect(elsewhere.status).toBe(422)
    expect((await api.done('GET', '/v1/shares?below=/keys')).body.items).toHaveLength(1)
  })

  test('are of one subject each', async () => {
    const ask = (token: string, path: string) =>
      api.ask('POST', '/v1/folders', { token, body: { path }, headers: { 'idempotency-key': 'mine' } })
    expect((await ask(api.tokens.owner, '/keys/mine')).status).toBe(201)
    expect((await ask(api.tokens.operator, '/keys/yours')).status).toBe(201)
  })

  test('a request that was refused may be tried again', async () => {
    const body = { path: '/keys/later', store: 'later' }
    const ask = () => asOwner('POST', '/v1/shares', body, { 'idempotency-key': 'later' })
    expect((await ask()).status).toBe(404)
    expect((await ask()).status).toBe(404)
  })

  test('no secret is kept for them', async () => {
    const body = { name: 'a', subject: 'app:keys' }
    const ask = () => asOwner('POST', '/v1/tokens', body, { 'idempotency-key': 'secret' })
    const { text: secret } = (await ask()).body
    expect(secret).toMatch(/^berth_[0-9a-z]{55}$/)
    const again = await ask()
    expect(again.status).toBe(409)
    expect(again.body.type).toBe('/problems/secret-shown')
    const rows = await api.services.catalog.db.selectFrom('idempotency').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(secret)
    expect((await api.done('GET', '/v1/catalog/export')).text).not.toContain(secret)
    expect((await api.done('GET', '/v1/tokens?subject=app%3Akeys')).body.items).toHaveLength(1)
  })

  test('what is no key is refused', async () => {
    const answer = await asOwner('POST', '/v1/folders', { path: '/keys/x' }, { 'idempotency-key': 'a b' })
    expect(answer.body).toMatchObject({ status: 400, field: 'headers.idempotency-key' })
  })
})

test('pages follow each other without gaps', async () => {
  for (const name of ['e', 'b', 'd', 'a', 'c'])
    await api.done('POST', '/v1/folders', { path: `/pages/${name}` })
  const { node } = (await api.done('GET', '/v1/namespace?path=/pages')).body
  const names: string[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const query = after === '' ? '' : `&after=${after}`
    const { body } = await api.done('GET', `/v1/folders/${node.id}/children?limit=2${query}`)
    const page = body
    expect(page.items.length).toBeLessThanOrEqual(2)
    names.push(...page.items.map(({ name }) => name))
    after = page.next
  }
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e'])
})

describe('a dry run changes nothing', () => {
  test('of a share', async () => {
    await api.done('POST', '/v1/shares', { path: '/dry/a' })
    const { body } = await api.done('GET', '/v1/shares?path=/dry/a')
    const { id } = body.items[0]!
    await api.done('POST', '/v1/links', { path: '/dry/link', targets: [{ shareId: id }] })
    const plan = await api.done('DELETE', `/v1/shares/${id}?dryRun=true`)
    expect(plan.body).toMatchObject({ id, path: '/dry/a', linksInTheWay: ['/dry/link'], grants: 0 })
    expect((await asOwner('DELETE', `/v1/shares/${id}`)).status).toBe(409)
    expect((await api.done('GET', `/v1/shares/${id}`)).body.deletedAt).toBeNull()
  })

  test('of a folder that is not empty', async () => {
    const { id } = (await api.done('POST', '/v1/folders', { path: '/dry/b' })).body
    await api.done('POST', '/v1/folders', { path: '/dry/b/c' })
    const plan = await api.done('DELETE', `/v1/folders/${id}?dryRun=true`)
    expect(plan.body).toEqual({ id, path: '/dry/b', inTheWay: ['/dry/b/c'] })
  })
})

describe('problems', () => {
  const cases = [
    ['an unknown route', 'GET', '/v2/shares', undefined, 404, 'not-found'],
    ['an unknown method', 'PUT', '/v1/shares', {}, 404, 'not-found'],
    ['an unknown property', 'POST', '/v1/folders', { path: '/x', colour: 'red' }, 400, 'invalid'],
    ['a property of another type', 'POST', '/v1/folders', { path: 7 }, 400, 'invalid'],
    ['a missing property', 'POST', '/v1/folders', {}, 400, 'invalid'],
    ['an unknown parameter', 'GET', '/v1/shares?colour=red', undefined, 400, 'invalid'],
    ['a parameter given twice', 'GET', '/v1/shares?limit=1&limit=2', undefined, 400, 'invalid'],
    ['a limit that is none', 'GET', '/v1/shares?limit=', undefined, 400, 'invalid'],
    ['a path that is none', 'POST', '/v1/folders', { path: '/../x' }, 400, 'invalid'],
    ['a reserved name', 'POST', '/v1/folders', { path: '/@admin/tokens' }, 400, 'invalid'],
    ['a URL that is none', 'GET', '/v1/shares/%zz', undefined, 400, 'bad-request'],
    ['a time that never was', 'GET', '/v1/audit?since=2026-02-31T99:00:00Z', undefined, 400, 'invalid'],
  ] as const

  test.each(cases)('%s', async (_, method, url, body, status, name) => {
    const answer = await asOwner(method, url, body)
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json(;|$)/)
    expect(answer.body).toMatchObject({ type: `/problems/${name}`, status })
    expect(answer.body.instance).toBe(`urn:uuid:${String(answer.headers['x-request-id'])}`)
  })

  test('name the field', async () => {
    const wrong = { path: '/x', identity: { squash: 'some', uid: 1, gid: 1, gids: [] } }
    const { body } = await asOwner('POST', '/v1/shares', wrong)
    expect(body.field).toBe('body.identity.squash')
    expect(body.detail).toBe('body.identity.squash must be one of none, root, all')
  })

  test('of bodies', async () => {
    const send = (payload: string, type: string) =>
      api.ask('POST', '/v1/folders', {
        token: api.tokens.owner,
        body: payload,
        headers: { 'content-type': type },
      })
    expect((await send('{', 'application/json')).body).toMatchObject({
      status: 400,
      type: '/problems/bad-request',
    })
    expect((await send('', 'application/json')).status).toBe(400)
    expect((await send('{"__proto__":{}}', 'application/json')).status).toBe(400)
    for (const type of ['application/xml', 'text/plain', ''])
      expect((await send('a', type)).body).toMatchObject({ status: 415, type: '/problems/media-type' })
    const large = await send(JSON.stringify({ path: '/x'.repeat(50_000) }), 'application/json')
    expect(large.body).toMatchObject({ status: 413, type: '/problems/too-large' })
  })

  test('do not echo secrets', async () => {
    const { text: secret } = (await api.done('POST', '/v1/tokens', { name: 'a', subject: 'app:echo' })).body
    const answer = await asOwner('GET', `/v1/namespace?path=/@${secret}/a`)
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain(secret)
    expect(JSON.stringify(await api.audited())).not.toContain(secret)
  })

  test('of what is no HTTP', async () => {
    await api.api.listen({ host: '127.0.0.1', port: 0 })
    const { port } = api.api.server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    socket.end('NFS is no HTTP\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('content-type: application/problem+json')
  })
})

describe('the door', () => {
  test('tells whether it is alive and ready to everybody', async () => {
    expect((await api.ask('GET', '/healthz')).status).toBe(200)
    api.isReady = false
    expect((await api.ask('GET', '/readyz')).status).toBe(503)
    api.isReady = true
    expect((await api.ask('GET', '/readyz')).status).toBe(200)
    expect((await api.ask('GET', '/docs/')).status).toBe(200)
  })

  test('tells metrics to this machine, and to others with a token', async () => {
    expect((await api.ask('GET', '/metrics')).text).toBe('a 1\n')
    expect((await api.ask('GET', '/metrics', { address: '::ffff:127.0.0.1' })).status).toBe(200)
    const address = '10.3.0.1'
    expect((await api.ask('GET', '/metrics', { address })).status).toBe(401)
    expect((await api.ask('GET', '/metrics', { address, token: api.tokens.none })).status).toBe(403)
    expect((await api.ask('GET', '/metrics', { address, token: api.tokens.viewer })).status).toBe(200)
  })

  test('limits the requests of a subject', async () => {
    const limited = await TemporaryApi.open({ requestsPerMinute: 3 })
    const ask = (token: string) => limited.ask('GET', '/v1/whoami', { token })
    for (let count = 0; count < 3; count++) expect((await ask(limited.tokens.owner)).status).toBe(200)
    const refused = await ask(limited.tokens.owner)
    expect(refused.status).toBe(429)
    expect(refused.body.type).toBe('/problems/too-many-requests')
    expect(refused.headers['retry-after']).toBeDefined()
    expect((await ask(limited.tokens.viewer)).status).toBe(200)
    await limited.close()
  })

  test('makes who guesses wait longer each time', async () => {
    const waited: number[] = []
    for (let count = 0; count < 3; count++) {
      const before = api.services.delay.delayFor('10.4.0.1')
      await api.ask('GET', '/v1/whoami', { token: 'berth_no', address: '10.4.0.1' })
      waited.push(api.services.delay.delayFor('10.4.0.1') - before)
    }
    expect(waited).toEqual([100, 100, 200])
  })
})
