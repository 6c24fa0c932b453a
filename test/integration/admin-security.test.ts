import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAdmin, ensureFirstAdmin } from '../../dist/admin/admins.js'
import { deleteFact } from '../../dist/catalog/facts.js'
import { TemporaryApi } from './admin-fixture.ts'
import { Maker } from './admin-samples.ts'

let api: TemporaryApi
beforeEach(async () => {
  api = await TemporaryApi.open()
})
afterEach(() => api.close())

const allow = (subject: string, object: string, action: string) =>
  api.services.rules.add({ kind: 'p', subject, object, action, effect: 'allow' }, 'test')

/** An administrator of one folder. */
async function financeAdmin(): Promise<string> {
  for (const action of ['list', 'manage']) await allow('admin:finance', '/finance/**', action)
  return (await createAdmin(api.services, { name: 'finance' }, 'test')).text
}

describe('an administrator of one folder', () => {
  test('sees and changes what is below it, and nothing else', async () => {
    const token = await financeAdmin()
    const ask = (method: string, url: string, body?: unknown) => api.ask(method, url, { token, body })
    const finance = (await ask('POST', '/v1/shares', { path: '/finance/db' })).body
    const hr = (await api.done('POST', '/v1/shares', { path: '/hr/people' })).body
    expect((await ask('GET', '/v1/shares')).body.items).toMatchObject([{ id: finance.id }])
    expect((await ask('GET', '/v1/shares?path=/hr/people')).body.items).toEqual([])
    expect((await ask('GET', '/v1/links')).body.items).toMatchObject([{ path: '/finance/db' }])
    expect((await ask('POST', '/v1/shares', { path: '/hr/mine' })).status).toBe(403)
    expect((await ask('GET', '/v1/namespace?path=/hr/people')).status).toBe(403)
    expect((await ask('GET', '/v1/tokens')).status).toBe(403)
    // What is there and what is not are the same to it.
    const [there, gone] = await Promise.all([
      ask('GET', `/v1/shares/${hr.id}`),
      ask('GET', '/v1/shares/4711'),
    ])
    expect(there.status).toBe(404)
    expect(there.body.detail).toBe(gone.body.detail)
    expect((await ask('DELETE', `/v1/links/${hr.link}`)).status).toBe(404)
  })

  test('cannot bring the share of another below it, nor its own elsewhere', async () => {
    const token = await financeAdmin()
    const ask = (method: string, url: string, body?: unknown) => api.ask(method, url, { token, body })
    const hr = (await api.done('POST', '/v1/shares', { path: '/hr/people' })).body
    const own = (await ask('POST', '/v1/shares', { path: '/finance/db' })).body
    const targets = [{ shareId: hr.id }]
    expect((await ask('POST', '/v1/links', { path: '/finance/hr', targets })).status).toBe(404)
    expect((await ask('POST', `/v1/links/${own.link}/targets`, targets[0])).status).toBe(404)
    expect((await ask('POST', `/v1/links/${own.link}/move`, { to: '/hr/db' })).status).toBe(403)
    expect((await ask('POST', `/v1/shares/${own.id}/move`, { to: '/hr/db' })).status).toBe(403)
    await ask('DELETE', `/v1/shares/${own.id}`)
    expect((await ask('POST', `/v1/shares/${own.id}/undelete`, { path: '/hr/db' })).status).toBe(403)
    expect((await ask('POST', `/v1/shares/${own.id}/undelete`, {})).status).toBe(200)
    // To see it is not enough to hand it on.
    await allow('admin:finance', '/hr/**', 'list')
    expect((await ask('POST', '/v1/links', { path: '/finance/hr', targets })).status).toBe(403)
  })

  test('removes former paths of its own, and learns of no others', async () => {
    const token = await financeAdmin()
    const moved = async (from: string, to: string) => {
      const { id } = (await api.done('POST', '/v1/folders', { path: from })).body
      await api.done('POST', `/v1/folders/${id}/move`, { to, aliasSeconds: 60 })
    }
    await moved('/finance/a', '/finance/b')
    await moved('/finance/c', '/hr/c')
    await moved('/hr/d', '/finance/d')
    const remove = async (path: string, query = '') =>
      api.ask('DELETE', `/v1/aliases?path=${encodeURIComponent(path)}${query}`, { token })
    const refused = await remove('/finance/none')
    expect(refused.status).toBe(404)
    for (const path of ['/finance/c', '/hr/d', '/hr/none'])
      expect(await remove(path)).toMatchObject({ status: 404, body: { detail: refused.body.detail } })
    expect((await remove('none')).status).toBe(400)
    const plan = await remove('/finance//a', '&dryRun=true')
    expect(plan.body).toMatchObject({ path: '/finance/a', nodePath: '/finance/b' })
    expect((await remove('/finance//a')).status).toBe(204)
    expect((await remove('/finance/a')).status).toBe(404)
    const { items } = (await api.done('GET', '/v1/aliases')).body
    expect(items).toMatchObject([{ path: '/finance/c' }, { path: '/hr/d' }])
    expect((await api.audited())[0]).toMatchObject({ operation: 'REMOVE_ALIAS', result: 'not-found' })
  })

  test('cannot take from under a rule that denies by moving what is above', async () => {
    const token = await financeAdmin()
    const rule = {
      kind: 'p',
      subject: 'admin:finance',
      object: '/finance/a/secret',
      action: 'manage',
      effect: 'deny',
    }
    await api.done('POST', '/v1/shares', { path: '/finance/a/secret' })
    await api.done('POST', '/v1/rules', rule)
    const { node } = (await api.done('GET', '/v1/namespace?path=/finance/a')).body
    const move = () => api.ask('POST', `/v1/folders/${node.id}/move`, { token, body: { to: '/finance/b' } })
    const refused = await move()
    expect(refused.status).toBe(403)
    expect(refused.body.detail).toBe('admin:finance may not manage /finance/a/secret')
    await api.services.rules.replaceAll(
      api.services.rules.all().filter(({ builtIn, effect }) => !builtIn && effect !== 'deny') as never,
      'test',
    )
    expect((await move()).status).toBe(200)
  })
})

describe('roles', () => {
  test('who may make tokens of workloads cannot reach those of administrators', async () => {
    const { operator, owner } = api.tokens
    const { items } = (await api.ask('GET', '/v1/admins', { token: owner })).body
    for (const { id } of items) {
      const rotate = { token: operator, body: { overlapSeconds: 60 } }
      expect((await api.ask('POST', `/v1/tokens/${id}/rotate`, rotate)).status).toBe(404)
      expect((await api.ask('DELETE', `/v1/tokens/${id}`, { token: operator })).status).toBe(404)
      expect((await api.ask('GET', `/v1/tokens/${id}`, { token: operator })).status).toBe(404)
    }
    const admin = { name: 'a', subject: 'admin:owner' }
    expect((await api.ask('POST', '/v1/tokens', { token: operator, body: admin })).status).toBe(400)
    const host = { network: '127.0.0.1', subject: 'admin:owner' }
    expect((await api.ask('POST', '/v1/hosts', { token: operator, body: host })).status).toBe(400)
  })

  test('nobody sees a secret or its hash', async () => {
    const make = new Maker(api)
    const { record, text } = await make.workload()
    for (const url of ['/v1/tokens', `/v1/tokens/${record.id}`, '/v1/admins', '/v1/audit']) {
      const answer = await api.done('GET', url)
      expect(answer.text).not.toContain(text)
      expect(answer.text).not.toMatch(/hash/i)
    }
  })

  test('a revoked token is refused with the next request', async () => {
    const { token, text } = (await api.done('POST', '/v1/admins', { name: 'eve', roles: ['role:viewer'] }))
      .body as {
      token: { id: string }
      text: string
    }
    expect((await api.ask('GET', '/v1/whoami', { token: text })).body.groups).toContain('role:viewer')
    await api.done('DELETE', `/v1/admins/${token.id}`)
    expect((await api.ask('GET', '/v1/whoami', { token: text })).status).toBe(401)
  })

  test('the last who can make administrators cannot be revoked', async () => {
    const { items } = (await api.done('GET', '/v1/admins')).body
    const owner = items.find(({ subject }) => subject === 'admin:owner')!
    const refused = await api.ask('DELETE', `/v1/admins/${owner.id}`, { token: api.tokens.owner })
    expect(refused.status).toBe(409)
    await api.done('POST', '/v1/admins', { name: 'second', roles: ['role:owner'] })
    await api.done('DELETE', `/v1/admins/${owner.id}`)
  })
})

describe('rules that would leave nobody to make administrators are refused', () => {
  const owners = { kind: 'g', subject: 'admin:owner', object: 'role:owner' } as const
  const ask = (method: string, url: string, body?: unknown) =>
    api.ask(method, url, { token: api.tokens.owner, body })
  const expectRefusal = async (method: string, url: string, body?: unknown) => {
    const { status, body: problem } = await ask(method, url, body)
    expect([status, problem.type]).toEqual([409, '/problems/conflict'])
    expect(problem.detail).toContain('admin:owner could make administrators no more')
    expect(problem.detail).toContain('keep a rule that gives role:owner')
  }
  const roleOf = () => `/v1/rules/${api.services.rules.find(owners)!.id}`
  const second = async () => {
    const { token, text } = (await api.done('POST', '/v1/admins', { name: 'second', roles: ['role:owner'] }))
      .body
    return { id: token.id, text }
  }

  test('the removal of the last owner’s role, also as a dry run', async () => {
    await expectRefusal('DELETE', roleOf())
    await expectRefusal('DELETE', `${roleOf()}?dryRun=true`)
    expect((await ask('GET', '/v1/admins')).status).toBe(200)
    await second()
    expect((await ask('DELETE', `${roleOf()}?dryRun=true`)).status).toBe(200)
    expect((await ask('DELETE', roleOf())).status).toBe(204)
    expect((await ask('GET', '/v1/admins')).status).toBe(403)
  })

  test('all rules at once, also as a dry run', async () => {
    const before = api.services.rules.all()
    const stranger = { ...owners, subject: 'admin:stranger' }
    for (const rules of [[], [stranger]])
      for (const query of ['', '?dryRun=true']) await expectRefusal('PUT', `/v1/rules${query}`, { rules })
    expect(api.services.rules.all()).toEqual(before)
    await api.done('PUT', '/v1/rules', { rules: [owners, stranger] })
  })

  test('one that denies, and a role that does', async () => {
    const deny = { kind: 'p', object: '/@admin/**', action: '*', effect: 'deny' }
    await expectRefusal('POST', '/v1/rules', { ...deny, subject: '*' })
    await api.done('POST', '/v1/rules', { ...deny, subject: 'role:out' })
    await expectRefusal('POST', '/v1/rules', { ...owners, object: 'role:out' })
    await expectRefusal('POST', '/v1/admins', { name: 'owner', roles: ['role:out'] })
  })

  test('an owner without a valid token does not count', async () => {
    const { id } = await second()
    await api.done('DELETE', `/v1/admins/${id}`)
    await expectRefusal('DELETE', roleOf())
  })

  test('of two that come together one', async () => {
    const { id } = await second()
    const answers = await Promise.all([ask('DELETE', roleOf()), ask('DELETE', `/v1/admins/${id}`)])
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
  })

  test('not what touches no administrator', async () => {
    await api.done('POST', '/v1/rules', { ...owners, subject: 'app:payroll', object: 'role:viewer' })
    const { id } = api.services.rules.find({ ...owners, subject: 'app:payroll', object: 'role:viewer' })!
    await api.done('DELETE', `/v1/rules/${id}`)
  })
})

describe('the audit', () => {
  test('has changes, refusals and exports, and who asked', async () => {
    const { owner, viewer } = api.tokens
    await api.done('POST', '/v1/folders', { path: '/audited' })
    await api.ask('POST', '/v1/folders', { token: viewer, body: { path: '/x' } })
    await api.ask('GET', '/v1/catalog/export', { token: viewer })
    await api.ask('GET', '/v1/catalog/export', { token: owner })
    await api.ask('GET', '/v1/whoami', { token: 'berth_none' })
    await api.ask('GET', '/v1/whoami', { token: owner })
    await api.ask('DELETE', '/v1/folders/4711', { token: owner })
    await api.ask('DELETE', '/v1/folders/1?dryRun=true', { token: owner })
    const lines = (await api.audited()).map(({ operation, subject, result, path }) => [
      operation,
      subject,
      result,
      path,
    ])
    expect(lines.reverse()).toEqual([
      ['CREATE_FOLDER', 'admin:owner', 'OK', '/audited'],
      ['CREATE_FOLDER', 'admin:viewer', 'forbidden', '/v1/folders'],
      ['EXPORT_CATALOG', 'admin:viewer', 'forbidden', '/v1/catalog/export'],
      ['EXPORT_CATALOG', 'admin:owner', 'OK', '/v1/catalog/export'],
      ['WHOAMI', '', 'unauthorized', '/v1/whoami'],
      ['DELETE_FOLDER', 'admin:owner', 'not-found', '/v1/folders/4711'],
    ])
  })

  test('names the share, and is whole', async () => {
    const { id } = (await api.done('POST', '/v1/shares', { path: '/a' })).body
    await api.done('PATCH', `/v1/shares/${id}`, { readOnly: true })
    await api.services.audit.flush()
    const { items } = (await api.done('GET', `/v1/audit?share=${id}`)).body
    expect(items.map(({ operation }) => operation)).toEqual(['UPDATE_SHARE', 'CREATE_SHARE'])
    expect((await api.done('GET', '/v1/audit/verify')).body).toMatchObject({ ok: true, problems: [] })
  })
})

describe('the first administrator', () => {
  const first = () => ensureFirstAdmin({ ...api.services, directory: api.data })
  const file = () => join(api.data, 'admin.token')

  test('its token lies in the data directory, for its owner alone', () => {
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(readFileSync(file(), 'utf8')).toMatch(/^berth_[0-9a-z]{55}\n$/)
  })

  test('is made once', async () => {
    const before = readFileSync(file(), 'utf8')
    expect(await first()).toBeUndefined()
    expect(readFileSync(file(), 'utf8')).toBe(before)
  })

  test('is made again when nobody can make administrators any more', async () => {
    const { rules } = api.services
    const role = rules.find({ kind: 'g', subject: 'admin:owner', object: 'role:owner' })!
    await rules.remove(role.id)
    expect(await first()).toBe(file())
    const token = readFileSync(file(), 'utf8').trim()
    expect((await api.ask('GET', '/v1/catalog/export', { token })).status).toBe(200)
  })

  test('is made again when a crash has lost its text', async () => {
    const before = readFileSync(file(), 'utf8').trim()
    await deleteFact(api.services.catalog.db, 'first-admin-token')
    expect(await first()).toBe(file())
    expect((await api.ask('GET', '/v1/whoami', { token: before })).status).toBe(401)
    const token = readFileSync(file(), 'utf8').trim()
    expect((await api.ask('GET', '/v1/whoami', { token })).status).toBe(200)
    expect(existsSync(`${file()}.new`)).toBe(false)
  })
})
