import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TemporaryApi, roles, type Role } from './admin-fixture.ts'
import { Maker, rulesById } from './admin-samples.ts'
import { expectDocumented, operationsIn, type DocumentedOperation } from './openapi-document.ts'

let api: TemporaryApi
let make: Maker
let operations: DocumentedOperation[]
beforeAll(async () => {
  api = await TemporaryApi.open()
  make = new Maker(api)
  operations = operationsIn(await api.ask('GET', '/openapi.json'))
})
afterAll(() => api.close())

const rank = (role: Role) => roles.indexOf(role)

describe('each operation and each role', () => {
  test('every operation says who may, and no other is said of', () => {
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(rulesById).sort())
  })

  test.each(Object.keys(rulesById))('%s', async (operationId) => {
    const operation = operations.find((other) => other.operationId === operationId)!
    const [least, sample] = rulesById[operationId]!
    for (const role of roles) {
      const { url, body, headers, token = api.tokens[role] } = await sample(make)
      const answer = await api.ask(operation.method, url, { token, body, ...(headers && { headers }) })
      expectDocumented(operation, answer)
      const isAllowed = least === 'workload' || rank(role) >= rank(least)
      const told = `${role} ${operation.method} ${url}: ${answer.text.slice(0, 300)}`
      if (isAllowed) expect(answer.status, told).toBeLessThan(300)
      // What a role may not see is not there for it.
      else expect(role === 'none' ? [403, 404] : [403], told).toContain(answer.status)
    }
  })

  test('without a token, with one that is none, and with one of the wrong kind', async () => {
    const workload = (await make.workload()).text
    let address = 0
    const asked = Object.entries(rulesById).map(async ([operationId, [least]]) => {
      const { method, path } = operations.find((other) => other.operationId === operationId)!
      const url = path.replace(/\{\w+\}/g, '1')
      const wrongKind = least === 'workload' ? api.tokens.owner : workload
      for (const token of [undefined, 'berth_1', wrongKind]) {
        // Each from elsewhere: refusals of one address wait for longer and longer.
        const answer = await api.ask(method, url, {
          token,
          address: `10.1.${address >> 8}.${address++ & 255}`,
        })
        expect(answer.status, url).toBe(401)
        expect(answer.headers['www-authenticate']).toBe('Bearer')
        expect(answer.body).toMatchObject({ type: '/problems/unauthorized' })
      }
    })
    await Promise.all(asked)
  })
})
