import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normaliseSharePath } from '../../../src/config/share-path.ts'

describe('normaliseSharePath', () => {
  test.each([
    ['/a', '/a'],
    ['//a///b/', '/a/b'],
    ['/with space/ünï', '/with space/ünï'],
    ['/...', '/...'],
    ['/.snapshot', '/.snapshot'],
  ])('%j is %j', (text, path) => expect(normaliseSharePath(text)).toBe(path))

  test.each([
    '',
    'a',
    '/',
    '///',
    '/a/./b',
    '/..',
    '/a/..',
    '/a\nb',
    '/a\u0000',
    '/a\u007f',
    `/${'x'.repeat(256)}`,
  ])('%j is refused', (text) => expect(normaliseSharePath(text)).toBeUndefined())

  test('counts bytes, not letters', () => {
    expect(normaliseSharePath(`/${'é'.repeat(127)}`)).toBeDefined()
    expect(normaliseSharePath(`/${'é'.repeat(128)}`)).toBeUndefined()
    expect(normaliseSharePath('/0123456789abcdef'.repeat(61))).toBeUndefined()
  })

  test('what comes out is its own one spelling and leads nowhere else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '.', 'a', '\n', 'é') }), (text) => {
        const path = normaliseSharePath(text)
        if (path === undefined) return
        expect(normaliseSharePath(path)).toBe(path)
        expect(path).toMatch(/^(\/[^/\n]+)+$/)
        expect(path.split('/')).not.toContain('..')
      }),
    )
  })
})
