import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { problemNameOf, problemOf, RequestError } from '../../../src/admin/problem.ts'
import { ServiceError } from '../../../src/config/service-error.ts'

const id = '0019fe1e-d5a3-4535-862f-be0a10460ca9'

function thrownBy(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

describe('a problem', () => {
  test('of a service says what it said', () => {
    expect(problemOf(new ServiceError('stale', 'changed'), id)).toEqual({
      type: '/problems/stale',
      title: 'Changed meanwhile',
      status: 412,
      detail: 'changed',
      instance: `urn:uuid:${id}`,
    })
  })

  test('of the request names the field', () => {
    expect(problemOf(new RequestError('invalid', 'no', 'body.path'), id).field).toBe('body.path')
  })

  test('of nobody knows what tells nothing', () => {
    const problem = problemOf(new TypeError('secret of the house'), id)
    expect(problem.status).toBe(500)
    expect(JSON.stringify(problem)).not.toContain('house')
    expect(problemNameOf('thrown text')).toBe('bug')
    expect(problemNameOf(undefined)).toBe('bug')
  })

  test('of the host is none of ours, and names no path', () => {
    const problem = problemOf(
      thrownBy(() => readFileSync('/none/such')),
      id,
    )
    expect(problem).toMatchObject({ status: 503, type: '/problems/unavailable' })
    expect(problem.detail).toContain('ENOENT')
    expect(problem.detail).not.toContain('/none')
  })

  test('holds no secret', () => {
    const { detail } = problemOf(new ServiceError('invalid', 'path "/@berth_0123456789abcdef/a" is none'), id)
    expect(detail).toBe('path "/@berth_****/a" is none')
  })

  test('of the framework keeps its status', () => {
    const large = Object.assign(new Error('Request body is too large'), { statusCode: 413 })
    expect(problemNameOf(large)).toBe('too-large')
    expect(problemNameOf(Object.assign(new Error(), { statusCode: 418 }))).toBe('bad-request')
    expect(problemNameOf(Object.assign(new Error(), { statusCode: 500 }))).toBe('bug')
  })
})
