import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathMatches, patternFault } from '../../../../src/access/policy/path-pattern.ts'

describe('pathMatches', () => {
  test.each([
    ['/finance/payroll/db', '/finance/payroll/db', true],
    ['/finance/payroll/db', '/finance/payroll', false],
    ['/finance/payroll/db', '/finance/*/db', true],
    ['/finance/db', '/finance/*/db', false],
    ['/finance/a/b/db', '/finance/*/db', false],
    ['/finance/payroll/db-7', '/finance/payroll/db-*', true],
    ['/finance/payroll/db-', '/finance/payroll/db-*', true],
    ['/finance/payroll/db', '/finance/payroll/db-*', false],
    ['/finance/payroll/a-b-c', '/finance/payroll/*-b-*', true],
    ['/finance', '/finance/**', true],
    ['/finance/payroll/db', '/finance/**', true],
    ['/financed', '/finance/**', false],
    ['/', '/**', true],
    ['/a', '/**', true],
    ['/', '/', true],
    ['/a', '/', false],
    ['/', '/*', false],
    ['/Finance', '/finance', false],
    // What is special in a regular expression is not here.
    ['/a.b', '/a.b', true],
    ['/axb', '/a.b', false],
    ['/a+', '/a+', true],
    ['/(a|b)[c]{2}$^\\', '/(a|b)[c]{2}$^\\', true],
    ['/.*', '/secret', false],
    ['/*', '/secret', false],
    ['/**', '/secret/x', false],
    // Nor is a name that only looks like a pattern.
    ['/a*', '/a*', true],
  ])('%s by %s: %s', (path, pattern, expected) => expect(pathMatches(path, pattern)).toBe(expected))

  test('is what the same pattern means as a regular expression', () => {
    const segment = fc.stringMatching(/^[ab.*-]{1,5}$/).filter((text) => !text.includes('**'))
    const pattern = fc
      .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
      .map(([segments, isSubtree]) => `/${[...segments, ...(isSubtree ? ['**'] : [])].join('/')}`)
    const path = fc
      .array(fc.stringMatching(/^[ab.*-]{1,5}$/), { maxLength: 5 })
      .map((names) => `/${names.join('/')}`)
    fc.assert(
      fc.property(path, pattern, (path, pattern) => {
        expect(pathMatches(path, pattern)).toBe(asRegExp(pattern).test(path))
      }),
      { numRuns: 2000 },
    )
  })

  test('no pattern takes long', () => {
    expect(pathMatches(`/${'a'.repeat(250)}b`, `/${'*a'.repeat(120)}*c`)).toBe(false)
  })
})

/** Written another way on purpose. No name is empty, so the root is no `*`. */
function asRegExp(pattern: string): RegExp {
  if (pattern === '/') return /^\/$/
  const isSubtree = pattern.endsWith('/**')
  const source = (isSubtree ? pattern.slice(0, -3) : pattern)
    .split('/')
    .slice(1)
    .map((segment) => `/(?=[^/])${segment.replace(/[.+?^${}()|[\]\\-]/g, '\\$&').replaceAll('*', '[^/]*')}`)
    .join('')
  return new RegExp(isSubtree ? `^${source}(/.*)?$` : `^${source}$`)
}

describe('patternFault', () => {
  test.each(['/', '/**', '/a/*/b', '/a/db-*', '/.backup', '/ünïcode/**', `/${'a'.repeat(255)}`])(
    '%s is a pattern',
    (text) => expect(patternFault(text)).toBeUndefined(),
  )

  test.each([
    '',
    'a',
    'a/b',
    '//',
    '/a//b',
    '/a/',
    '/./a',
    '/a/..',
    '/**/a',
    '/a**',
    '/a/***',
    '/a\u0000',
    '/a\nb',
    '/\ud800',
    `/${'a'.repeat(256)}`,
    `/${'é'.repeat(128)}`,
    '/a'.repeat(33),
    `/${'a'.repeat(250)}`.repeat(5),
  ])('%j is none', (text) => expect(patternFault(text)).toMatch(/\w/))
})
