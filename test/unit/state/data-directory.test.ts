import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeDemoDirectories, openDataDirectory } from '../../../src/state/data-directory.ts'

let path: string
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'berth-data-'))
})
afterEach(() => rmSync(path, { recursive: true }))

describe('handle key', () => {
  test('is made once, for nobody else to read, and kept', () => {
    const first = openDataDirectory(path)
    expect(first.handleKey).toHaveLength(16)
    expect(statSync(join(path, 'handle.key')).mode & 0o777).toBe(0o600)
    first.unlock()
    const second = openDataDirectory(path)
    expect(second.handleKey).toEqual(first.handleKey)
    second.unlock()
  })

  test.each([
    [
      'short',
      () => writeFileSync(join(path, 'handle.key'), 'x'.repeat(15), { mode: 0o600 }),
      /has 15 bytes instead of 16/,
    ],
    ['empty', () => writeFileSync(join(path, 'handle.key'), '', { mode: 0o600 }), /has 0 bytes/],
    [
      'readable by the group',
      () => {
        writeFileSync(join(path, 'handle.key'), 'x'.repeat(16))
        chmodSync(join(path, 'handle.key'), 0o640)
      },
      /mode 0640\): run chmod 600/,
    ],
    ['a symbolic link', () => symlinkSync('/dev/zero', join(path, 'handle.key')), /is not a regular file/],
  ])('that is %s is refused, and the directory is free again', (_, spoil, message) => {
    spoil()
    const before = lstatSync(join(path, 'handle.key')).ctimeMs
    expect(() => openDataDirectory(path)).toThrow(message)
    expect(lstatSync(join(path, 'handle.key')).ctimeMs).toBe(before)
    rmSync(join(path, 'handle.key'))
    openDataDirectory(path).unlock()
  })
})

describe('lock', () => {
  test('keeps a second server out and names the first', () => {
    const directory = openDataDirectory(path)
    expect(() => openDataDirectory(path)).toThrow(`in use by another server, process ${process.pid}`)
    directory.unlock()
    openDataDirectory(path).unlock()
  })

  test('a pid that was left behind locks nobody out', () => {
    writeFileSync(join(path, 'lock'), '1\n')
    openDataDirectory(path).unlock()
    expect(readFileSync(join(path, 'lock'), 'utf8')).toBe(`${process.pid}\n`)
  })

  test('a program started by the server does not hold it', () => {
    const directory = openDataDirectory(path)
    const { stdout } = spawnSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })
    expect(stdout).not.toContain(path)
    directory.unlock()
  })
})

describe('a directory that cannot be used', () => {
  test('missing: is not made', () => {
    expect(() => openDataDirectory(join(path, 'gone'))).toThrow(/does not exist: make it/)
    expect(readdirSync(path)).toEqual([])
  })

  test('a file', () => {
    writeFileSync(join(path, 'file'), '')
    expect(() => openDataDirectory(join(path, 'file'))).toThrow(/does not exist/)
  })
})

describe('demo', () => {
  test('makes a closed data directory with an open share, and touches neither again', () => {
    const data = join(path, 'new', 'berth-data')
    const share = join(data, 'demo')
    makeDemoDirectories(data, share)
    expect(statSync(data).mode & 0o777).toBe(0o700)
    expect(statSync(share).mode & 0o777).toBe(0o777)
    expect(readdirSync(share)).toEqual(['WELCOME.txt'])
    rmSync(join(share, 'WELCOME.txt'))
    chmodSync(share, 0o750)
    makeDemoDirectories(data, share)
    expect(readdirSync(share)).toEqual([])
    expect(statSync(share).mode & 0o777).toBe(0o750)
  })

  test('where no directory can be made: one line', () => {
    writeFileSync(join(path, 'file'), '')
    mkdirSync(join(path, 'x'))
    expect(() => makeDemoDirectories(join(path, 'file'), join(path, 'file', 'demo'))).toThrow(
      /cannot be made: EEXIST|ENOTDIR/,
    )
  })
})
