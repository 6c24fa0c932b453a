import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csvField, fstabField, shellWord } from '../../../../src/admin/render/quoting.ts'

/** Whatever a logical path may hold: no NUL, no control character, no half of a letter. */
const texts = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((text) => !/[\p{Cc}\p{Surrogate}]/u.test(text))
const hostile = fc.oneof(
  texts,
  fc.string({ unit: fc.constantFrom(...Array.from(`'"\\ $\`#,!*?~;&|<>(){}[]a\t`)), minLength: 1 }),
)

describe('a shell', () => {
  test('takes any word as it is', () => {
    const words = fc.sample(hostile, 300).filter((text) => !text.includes('\0'))
    const command = words.map((word) => `printf '%s\\0' ${shellWord(word)}`).join('\n')
    expect(execFileSync('sh', ['-c', command]).toString().split('\0').slice(0, -1)).toEqual(words)
  })
})

describe('fstab', () => {
  test('a field stays one, and is what it was once its escapes are read', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const field = fstabField(text)
        expect(field).not.toMatch(/[\s#]/u)
        const bytes = field
          .split(/(\\[0-7]{3})/)
          .map((part) =>
            part.startsWith('\\') ? Buffer.from([parseInt(part.slice(1), 8)]) : Buffer.from(part),
          )
        expect(Buffer.concat(bytes).toString()).toBe(text)
      }),
    )
  })

  test('as fstab(5) has it', () => {
    expect(fstabField('/a b\\c#d\te')).toBe('/a\\040b\\134c\\043d\\011e')
  })
})

describe('comma-separated fields', () => {
  test('can be taken apart again', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), (fields) => {
        expect(readCsv(fields.map(csvField).join(','))).toEqual(fields)
      }),
    )
  })
})

/** RFC 4180 §2. */
function readCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gu)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  )
}
