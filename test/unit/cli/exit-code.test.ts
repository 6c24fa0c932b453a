import { expect, test } from 'vitest'
import { exitCodeMeanings, exitCodeOfService, exitCodeOfStatus } from '../../../src/cli/exit-code.ts'

test('each code has one meaning, and every error has one of them', () => {
  const codes = exitCodeMeanings.map(([code]) => code)
  expect(new Set(codes).size).toBe(codes.length)
  const statuses = [400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 500, 502, 503]
  for (const code of [...Object.values(exitCodeOfService), ...statuses.map(exitCodeOfStatus)])
    expect(codes).toContain(code)
  expect(statuses.map(exitCodeOfStatus)).toEqual([2, 4, 4, 3, 5, 5, 2, 2, 5, 4, 1, 1, 1])
})
