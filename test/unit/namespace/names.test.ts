import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ServiceError } from '../../../src/config/service-error.ts'
import { formatPath, isWithin, parsePath, readPath } from '../../../src/namespace/names.ts'

const good: [string, string[]][] = [
  ['/', []],
  ['//', []],
  ['/a', ['a']],
  ['//a///b/', ['a', 'b']],
  ['/with space/ünï/.hidden/@sign', ['with space', 'ünï', '.hidden', '@sign']],
  [`/${'x'.repeat(255)}`, ['x'.repeat(255)]],
  [`/${'é'.repeat(127)}`, ['é'.repeat(127)]],
  ['/a'.repeat(32), Array<string>(32).fill('a')],
  ['/__proto__/constructor', ['__proto__', 'constructor']],
  ['/*', ['*']],
  ['/a\\b', ['a\\b']],
  ['/\ufeffa', ['\ufeffa']],
  ['/😀', ['😀']],
]
const bad: [string, RegExp][] = [
  ['', /not absolute/],
  ['a', /not absolute/],
  ['a/b', /not absolute/],
  ['/a/../b', /"\.\."/],
  ['/a/./b', /"\."/],
  ['/a/..', /"\.\."/],
  ['/..', /reserved/],
  ['/.', /reserved/],
  ['/.snapshot', /reserved/],
  ['/.backup/a', /reserved/],
  ['/@token/a', /reserved/],
  ['/a\0b', /control/],
  ['/a/b\nc', /control/],
  ['/a\u007f', /control/],
  ['/a\u0085', /control/],
  ['/a\ud800', /Unicode/],
  ['/a\udc00b', /Unicode/],
  [`/${'x'.repeat(256)}`, /over 255 bytes/],
  [`/${'é'.repeat(128)}`, /over 255 bytes/],
  ['/a'.repeat(33), /over 32 names/],
  [`/${'x'.repeat(254)}`.repeat(5), /over 1024 bytes/],
]

describe('parsePath and readPath', () => {
  test.each(good)('%j', (path, names) => {
    expect(parsePath(path)).toEqual(names)
    expect(readPath(path)).toEqual(names)
    expect(readPath(Buffer.from(path))).toEqual(names)
  })

  test.each(bad)('%j is refused', (path, why) => {
    expect(() => parsePath(path)).toThrow(why)
    expect(() => parsePath(path)).toThrow(ServiceError)
    expect(readPath(path)).toBeUndefined()
    if (!/[\ud800-\udfff]/.test(path)) expect(readPath(Buffer.from(path))).toBeUndefined()
  })

  test.each(['2fff', '2f61c0af', '2f61eda080', '2fc3', '2f61f8888080'])('bytes %s are no UTF-8', (bytes) =>
    expect(readPath(Buffer.from(bytes, 'hex'))).toBeUndefined(),
  )

  test('a refusal is one line, however long and strange the path', () => {
    const path = `/a\n\u001b[31m${'x'.repeat(10_000)}`
    expect(() => parsePath(path)).toThrow(/^[\x20-\x7e…]{1,300}$/)
  })

  test('names are compared as bytes: two spellings of é are two names', () => {
    expect(parsePath('/\u00e9')).not.toEqual(parsePath('/e\u0301'))
  })

  test('what is read from any bytes leads nowhere but down, and is written as it is read', () => {
    const pieces = fc.constantFrom('/', '.', '..', 'a', '@', '\0', '\n', 'é', '\u0080', '%2e', '\\', '\xff')
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 12 }),
        fc.constantFrom('utf8', 'latin1'),
        (parts, encoding) => {
          const names = readPath(Buffer.from(parts.join(''), encoding as BufferEncoding))
          if (names === undefined) return
          for (const name of names) {
            expect(name).not.toMatch(/^\.{0,2}$|[/\0]/)
            expect(Buffer.from(Buffer.from(name).toString()).toString()).toBe(name)
          }
          expect(readPath(formatPath(names))).toEqual(names)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

test.each([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/ab', '/a', false],
  ['/a', '/a/b', false],
  ['/', '/', true],
  ['/a', '/', true],
])('%s within %s: %s', (path, ancestor, is) => expect(isWithin(path, ancestor)).toBe(is))
