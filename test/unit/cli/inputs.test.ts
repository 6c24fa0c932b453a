import { InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import {
  changedLabels,
  collectLabel,
  parseCount,
  parseDuration,
  parseExpiry,
  parseIdentity,
  parseSize,
  parseTime,
} from '../../../src/cli/inputs.ts'

describe('what people write', () => {
  test.each([
    ['1048576', 1_048_576],
    ['500M', 500_000_000],
    ['10Gi', 10 * 1024 ** 3],
    ['1.5TiB', 1.5 * 1024 ** 4],
    ['none', 'none'],
  ])('%s is a size', (text, size) => {
    expect(parseSize(text)).toBe(size)
  })

  test.each([
    ['90s', 90],
    ['2w', 1_209_600],
  ])('%s is a duration', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds)
  })

  test('times: a day here, a moment there', () => {
    expect(parseTime('2026-03-01')).toBe(new Date(2026, 2, 1).toISOString())
    expect(parseTime('2026-03-01 14:05')).toBe(new Date(2026, 2, 1, 14, 5).toISOString())
    expect(parseTime('2026-03-01T14:05:06Z')).toBe('2026-03-01T14:05:06.000Z')
    expect(parseTime('2026-03-01T14:05:06+02:00')).toBe('2026-03-01T12:05:06.000Z')
    expect(parseExpiry('never')).toBe('none')
    expect(Date.parse(parseExpiry('1h')) - Date.now()).toBeGreaterThan(3_500_000)
  })

  test('identity rules', () => {
    const nobody = { uid: 65534, gid: 65534, gids: [] }
    expect(parseIdentity('none')).toEqual({ squash: 'none', ...nobody })
    expect(parseIdentity('root')).toEqual({ squash: 'root', ...nobody })
    expect(parseIdentity('all:1000:100:5,6')).toEqual({ squash: 'all', uid: 1000, gid: 100, gids: [5, 6] })
  })

  test('labels: gathered, set, taken away', () => {
    expect(collectLabel('b=x=y', { a: '1' })).toEqual({ a: '1', b: 'x=y' })
    expect(changedLabels({ a: '1', b: '2' }, ['b-', 'c=3', 'a='])).toEqual({ a: '', c: '3' })
  })

  test.each<[(text: string) => unknown, string[]]>([
    [parseSize, ['', '0', '-1', '1X', '1i', '9'.repeat(30), '1e3']],
    [parseCount, ['', '0', '1.5', 'x']],
    [parseDuration, ['', '5', '1y', '-1d']],
    [parseTime, ['', 'tomorrow', '2026-13-01', '2026-3-1', '2026-03-01T25:00']],
    [parseIdentity, ['', 'all', 'root:1', 'none:1:2:3', 'all:1:2:', 'some:1:2']],
    [collectLabel, ['', 'x', '=y']],
  ])('%o refuses what is none', (parse, texts) => {
    for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError)
  })
})
