import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonObjects } from '../../../src/backups/json-objects.ts'

function read(chunks: readonly Buffer[]): unknown[] {
  const found: unknown[] = []
  const objects = new JsonObjects((object) => found.push(object))
  for (const chunk of chunks) objects.write(chunk)
  return found
}

const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 5 })

test('objects of a list or of lines are found, however they are cut into pieces', () => {
  fc.assert(
    fc.property(objects, fc.boolean(), fc.integer({ min: 1, max: 7 }), (wanted, isList, size) => {
      const text = isList
        ? JSON.stringify(wanted)
        : wanted.map((one) => `${JSON.stringify(one)}\n`).join('created repository "x"\n')
      const bytes = Buffer.from(text)
      const chunks: Buffer[] = []
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
      // Through JSON, as what is found has come: -0 and a key such as __proto__ are none of ours to judge.
      expect(JSON.stringify(read(chunks))).toBe(JSON.stringify(wanted))
    }),
  )
})

test('braces and quotes in texts are no objects', () => {
  expect(read([Buffer.from('[{"a":"}{\\"\\\\"},{"b":"[{"}]')])).toEqual([{ a: '}{"\\' }, { b: '[{' }])
})

test('an object that does not end is refused, not kept', () => {
  const endless = new JsonObjects(() => {})
  endless.write(Buffer.from('{"a":"'))
  const chunk = Buffer.alloc(64 * 1024, 'x')
  expect(() => {
    for (let n = 0; n < 17; n++) endless.write(chunk)
  }).toThrow('over 1048576 bytes')
})
