import { beforeEach, expect, test } from 'vitest'
import { RefusalDelay } from '../../../src/access/refusal-delay.ts'

let now: number
let delay: RefusalDelay
beforeEach(() => {
  now = 1_000_000
  delay = new RefusalDelay(() => now)
})

test('grows with each refusal up to five seconds', () => {
  const delays = Array.from({ length: 9 }, () => delay.refused('10.0.0.1'))
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
  expect(delay.delayFor('10.0.0.1')).toBe(5000)
})

test('is that of one address', () => {
  delay.refused('10.0.0.1')
  delay.refused('10.0.0.1')
  expect(delay.delayFor('10.0.0.2')).toBe(0)
  expect(delay.refused('10.0.0.2')).toBe(100)
  expect(delay.refused('::ffff:10.0.0.1')).toBe(400)
})

test('is that of one /64 of IPv6, whichever address is taken of it', () => {
  expect(delay.refused('2001:db8::1')).toBe(100)
  expect(delay.refused('2001:db8::ffff:1')).toBe(200)
  expect(delay.refused('2001:db8:0:1::1')).toBe(100)
})

test('falls back with time, and by a step with a mount that succeeds', () => {
  for (let count = 0; count < 50; count += 1) delay.refused('10.0.0.1')
  now += 10_000
  expect(delay.delayFor('10.0.0.1')).toBe(3200)
  delay.admitted('10.0.0.1')
  expect(delay.delayFor('10.0.0.1')).toBe(1600)
  now += 3_600_000
  expect(delay.delayFor('10.0.0.1')).toBe(0)
  expect(delay.refused('10.0.0.1')).toBe(100)
})

test('remembers a bounded number of addresses, the latest', () => {
  for (let index = 0; index < 20_000; index += 1) delay.refused(`10.0.${index >> 8}.${index & 255}`)
  expect(delay.size).toBe(10_000)
  expect(delay.delayFor('10.0.0.0')).toBe(0)
  expect(delay.delayFor(`10.0.${19_999 >> 8}.${19_999 & 255}`)).toBe(100)
})
