import { Type, type TSchema } from 'typebox'
import { describe, expect, test } from 'vitest'
import { exactly } from '../../../src/admin/operation.ts'
import { RequestError } from '../../../src/admin/problem.ts'
import { validatorCompiler } from '../../../src/admin/validation.ts'

const schema = exactly({
  count: Type.Optional(Type.Integer({ minimum: 1 })),
  dry: Type.Optional(Type.Boolean()),
  name: Type.Optional(Type.String({ maxLength: 3 })),
  inner: Type.Optional(exactly({ list: Type.Array(Type.Enum(['a', 'b'])) })),
})

function check(value: unknown, httpPart: 'body' | 'querystring', given: TSchema = schema): unknown {
  const validate = validatorCompiler({ schema: given, method: 'GET', url: '/', httpPart })
  const result = validate(value) as { value?: unknown; error?: RequestError }
  if (result.error === undefined) return result.value
  expect(result.error).toBeInstanceOf(RequestError)
  return `${result.error.field ?? ''}: ${result.error.message}`
}

describe('what a route describes', () => {
  test.each([
    [{ colour: 1 }, 'body.colour: body.colour is not known'],
    [{ count: '1' }, 'body.count: body.count must be integer'],
    [{ dry: 'true' }, 'body.dry: body.dry must be boolean'],
    [{ name: 'long' }, 'body.name: body.name must not have more than 3 characters'],
    [{ inner: { list: ['a', 'c'] } }, 'body.inner.list.1: body.inner.list.1 must be one of a, b'],
    [{ inner: {} }, 'body.inner.list: body.inner.list is missing'],
    [[], 'body: body must be object'],
    [undefined, 'body: body must be object'],
  ])('a body must be exact: %j', (body, fault) => {
    expect(check(body, 'body')).toBe(fault)
  })

  test('the texts of a URL become numbers and truth', () => {
    expect(check({ count: '12', dry: 'false', name: '12' }, 'querystring')).toEqual({
      count: 12,
      dry: false,
      name: '12',
    })
  })

  test.each(['', ' 1', '1e3', '0x1', '1.0', '12345678901234567'])('%j is no whole number', (count) => {
    expect(check({ count }, 'querystring')).toMatch(/^query\.count: /)
  })

  test.each(['', '1', 'True', 'yes'])('%j is no truth', (dry) => {
    expect(check({ dry }, 'querystring')).toMatch(/^query\.dry: /)
  })
})
