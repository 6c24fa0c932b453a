import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeTreesIn } from '../../../src/namespace/remove-tree.ts'

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'berth-remove-tree-'))
})
afterEach(() => rmSync(top, { recursive: true }))

test('directories go with all that is in them, whatever files beside them are called', async () => {
  const files = Array.from({ length: 20 }, (_, i) => String(i)).concat('9007199254740991')
  for (const name of files) writeFileSync(join(top, name), '')
  for (let i = 30; i < 33; i++) {
    mkdirSync(join(top, `${i}/a/b/c`), { recursive: true })
    mkdirSync(join(top, `${i}/d/e`), { recursive: true })
    writeFileSync(join(top, `${i}/a/b/file`), '')
  }
  expect(await removeTreesIn(top, new AbortController().signal)).toBe(true)
  expect(readdirSync(top).sort()).toEqual(files.sort())
})

test('what was ended early goes on', async () => {
  mkdirSync(join(top, 'a/b/c'), { recursive: true })
  writeFileSync(join(top, 'a/b/c/file'), '')
  expect(await removeTreesIn(top, AbortSignal.abort())).toBe(false)
  expect(await removeTreesIn(top, new AbortController().signal)).toBe(true)
  expect(readdirSync(top)).toEqual([])
})
