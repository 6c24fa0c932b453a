import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyFileBy, copyRangesBy, type CopyFile } from '../../../../src/snapshots/drivers/contents.ts'
import { TreeCopy } from '../../../../src/snapshots/drivers/tree-copy.ts'

// What a real filesystem does only in rare moments; the rest is tested on real ones, for all drivers alike.

let work: string
let source: string
let directory: string
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'berth-tree-copy-'))
  source = join(work, 'source')
  directory = join(work, 'directory')
  mkdirSync(join(source, 'a'), { recursive: true })
  mkdirSync(directory)
  writeFileSync(join(source, 'a/1'), 'one')
  writeFileSync(join(source, 'a/2'), 'two')
})
afterEach(() => rmSync(work, { recursive: true }))

const copyFile = copyFileBy(() => {})
const copyRanges = copyRangesBy(() => {})
const copied = (path: string): string => readFileSync(join(directory, 'data', path), 'utf8')

/** Copies; `meanwhile` runs before and after the file of that name is copied for the first time. */
function copyWith(name: string, meanwhile: { before?: () => void; after?: () => void }): TreeCopy {
  let isFirst = true
  const interrupted: CopyFile = (fromDirfd, fromName, toDirfd, toName, isThere) => {
    if (!isFirst || fromName.toString() !== name)
      return copyFile(fromDirfd, fromName, toDirfd, toName, isThere)
    isFirst = false
    meanwhile.before?.()
    const result = copyFile(fromDirfd, fromName, toDirfd, toName, isThere)
    meanwhile.after?.()
    return result
  }
  return new TreeCopy({ source, directory, copyFile: interrupted, copyRanges, breath: () => {} })
}

describe('what changes unheard of while it is copied is found in the cut', () => {
  test.each([
    ['a file that is gone when its turn comes', { before: () => rmSync(join(source, 'a/2')) }, ['1']],
    [
      'a file that came after its directory was read',
      { after: () => writeFileSync(join(source, 'a/0'), 'zero') },
      ['0', '1', '2'],
    ],
    [
      'a file that is a directory when its turn comes',
      {
        before: () => {
          rmSync(join(source, 'a/2'))
          mkdirSync(join(source, 'a/2'))
        },
      },
      ['1', '2'],
    ],
  ])('%s', async (_, meanwhile, expected) => {
    const copy = copyWith('2', meanwhile)
    copy.prepare()
    copy.cut(new Float64Array())
    expect(await copy.finish()).toMatchObject({ files: expected.length + 2 })
    copy.close()
    expect(readdirSync(join(directory, 'data/a')).sort()).toEqual(expected)
  })

  test('directories that are gone when their turn comes', async () => {
    for (let i = 0; i < 9; i++) mkdirSync(join(source, `a${i}`))
    for (let i = 0; i < 9; i++) writeFileSync(join(source, `a${i}/file`), '')
    let met = 0
    const breath = (): void => {
      // The ten directories of the root have been met, and the first of them has been entered.
      if (++met === 11)
        for (const name of readdirSync(source)) rmSync(join(source, name), { recursive: true })
    }
    const copy = new TreeCopy({ source, directory, copyFile, copyRanges, breath })
    copy.prepare()
    expect(readdirSync(join(directory, 'data'))).toHaveLength(10)
    copy.cut(new Float64Array())
    expect(await copy.finish()).toMatchObject({ files: 1, bytes: 0 })
    copy.close()
    expect(readdirSync(join(directory, 'data'))).toEqual([])
  })
})

test('what a walk throws ends it, and names the file that cannot be copied', () => {
  const refused: CopyFile = (_fromDirfd, name) => (name.toString() === '2' ? -28 : 0)
  const copy = new TreeCopy({ source, directory, copyFile: refused, copyRanges, breath: () => {} })
  expect(() => copy.prepare()).toThrow('cannot copy "a/2": ENOSPC')
  copy.close()
})

test('the copy of a file that changed is made in place', async () => {
  const copy = copyWith('1', { after: () => writeFileSync(join(source, 'a/1'), 'changed') })
  copy.prepare()
  expect(copied('a/1')).toBe('one')
  copy.cut(undefined)
  expect(copied('a/1')).toBe('changed')
  await copy.finish()
  copy.close()
})
