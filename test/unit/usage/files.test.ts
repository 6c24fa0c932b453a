import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { saveCount, type SavedCount } from '../../../src/usage/position.ts'
import { readCount } from '../../../src/usage/saved-count.ts'
import { readState, writeState, type UsageState } from '../../../src/usage/state-file.ts'
import { useDirectory } from './fixture.ts'

const directory = useDirectory()
const file = () => join(directory.path, 'file')

const count: SavedCount = {
  ...{ shareId: 4_294_967_295, startedAt: 1_800_000_000_000 },
  position: {
    ...{ root: '18446744073709551615', path: ['a', '...', '\u0001\n"\\\u00ff'] },
    ...{ bytes: 12.5, files: 3.25, entries: 4, missed: 1, firstMissed: 'EACCES a/\ufffd' },
    hardLinks: { isFull: true, open: [['12', 3]] },
  },
}
const state: UsageState = {
  ...{ isClean: true, trustedSince: 1_800_000_000_000, asked: [3, 1] },
  interrupted: { shareId: 7, startedAt: 5, bytes: -4096, files: 2 },
}

/** The file with one thing in it changed. */
function spoil(from: string, to: string): void {
  const text = readFileSync(file(), 'utf8')
  expect(text).toContain(from)
  writeFileSync(file(), text.replace(from, to))
}

describe('the place in a walk', () => {
  test('comes back as it was, for nobody else to read', () => {
    expect(readCount(file())).toBeUndefined()
    saveCount(file(), count)
    expect(readCount(file())).toEqual(count)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['cut off', '"hardLinks"', '{'],
    ['of another version', '"version":1', '"version":2'],
    ['of a name with a slash', '"..."', '"a/b"'],
    ['of a name that leads up', '"..."', '".."'],
    ['of a name that is no bytes', '"..."', '"\u0100"'],
    ['of an empty name', '"..."', '""'],
    ['of no share', '"shareId":4294967295', '"shareId":0'],
    ['of negative sums', '"bytes":12.5', '"bytes":-1'],
    ['of sums that are none', '"files":3.25', '"files":null'],
    ['of an inode that is none', '"12"', '"1e3"'],
  ])('%s is refused', (_, from, to) => {
    saveCount(file(), count)
    spoil(from, to)
    expect(readCount(file())).toBe('damaged')
  })
})

describe('the state', () => {
  test('comes back as it was, for nobody else to read', () => {
    expect(readState(file())).toBeUndefined()
    writeState(file(), state)
    expect(readState(file())).toEqual(state)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    writeState(file(), { isClean: false, trustedSince: 0, asked: [] })
    expect(readState(file())).toEqual({ isClean: false, trustedSince: 0, asked: [] })
  })

  test.each([
    ['cut off', '"asked"', '{'],
    ['of another version', '"version":1', '"version":0'],
    ['without an end', '"isClean":true,', ''],
    ['of no share', '"asked":[3,1]', '"asked":[0]'],
  ])('%s is refused', (_, from, to) => {
    writeState(file(), state)
    spoil(from, to)
    expect(readState(file())).toBe('damaged')
  })
})
