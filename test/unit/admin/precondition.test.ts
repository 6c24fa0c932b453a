import { describe, expect, test } from 'vitest'
import { etagOf, ifMatchVersion } from '../../../src/admin/precondition.ts'

describe('If-Match', () => {
  test('asks for the version of an ETag', () => {
    expect(ifMatchVersion(etagOf(12))).toBe(12)
  })

  test.each([undefined, '*'])('%s: any', (header) => {
    expect(ifMatchVersion(header)).toBeUndefined()
  })

  test.each(['"x"', '""', '"-1"', '"1.0"', 'W/"1"', '"9999999999999999"'])('%s matches nothing', (header) => {
    expect(() => ifMatchVersion(header)).toThrow(/is the ETag of nothing here/)
  })

  test.each(['', '1', '"1', '"1", "2"', 'w/"1"'])('%j is no entity tag', (header) => {
    expect(() => ifMatchVersion(header)).toThrow(/must be \* or one ETag/)
  })
})
