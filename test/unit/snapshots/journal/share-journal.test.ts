import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readJournal, journalSince } from '../../../../src/snapshots/journal/journal-file.ts'
import {
  journalSizeMax,
  ShareJournal,
  waitingSizeMax,
} from '../../../../src/snapshots/journal/share-journal.ts'

let directory: string
let path: string
let failures: unknown[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-journal-'))
  path = join(directory, 'journals', '1')
  failures = []
})
afterEach(() => {
  rmSync(directory, { recursive: true })
  if (failures.length > 0) throw failures[0] as Error
})

const open = (closed?: { since: number; size: number }, at = path): ShareJournal =>
  new ShareJournal(
    () => at,
    closed,
    (error) => failures.push(error),
  )

const text = (journal: { readonly entries: Buffer } | undefined): string | undefined =>
  journal?.entries.toString()

test('what is told belongs to the snapshot before it, and after it to the next', async () => {
  const journal = open()
  journal.add(Buffer.from('before '))
  const first = journal.position
  journal.add(Buffer.from('after '))
  expect(await journal.before(first)).toBeUndefined()
  await journal.begin(first, 12)
  journal.add(Buffer.from('more '))
  const second = journal.position
  journal.add(Buffer.from('new'))
  expect(text(await journal.before(second))).toBe('after more ')
  expect(journal.since).toBe(12)
  await journal.begin(second, 14)
  expect(await journal.close()).toEqual({ since: 14, size: 3 })
  expect(await readJournal(path, 100)).toEqual({ since: 14, entries: Buffer.from('new') })

  const again = open({ since: 14, size: 3 })
  again.add(Buffer.from('er'))
  expect(text(await again.before(again.position))).toBe('newer')
  await again.remove()
  expect(await readJournal(path, 100)).toBeUndefined()
})

test('what changed before it is put in front; positions stay what they are', async () => {
  const journal = open()
  await journal.begin(journal.position, 12)
  journal.add(Buffer.from('b'))
  const position = journal.position
  await journal.prepend({ since: 10, entries: Buffer.from('a') })
  journal.add(Buffer.from('c'))
  expect(await journal.before(position)).toEqual({ since: 10, entries: Buffer.from('ab') })
  await journal.begin(position, 14)
  expect(await journal.before(journal.position)).toEqual({ since: 14, entries: Buffer.from('c') })
})

test('one that is lost counts again from the next snapshot on', async () => {
  const journal = open()
  await journal.begin(journal.position, 12)
  journal.add(Buffer.from('a'))
  const before = journal.position
  journal.lose()
  journal.add(Buffer.from('b'))
  expect(await journal.before(before)).toBeUndefined()
  await journal.prepend({ since: 10, entries: Buffer.from('x') })
  expect(journal.since).toBeUndefined()
  await journal.begin(before, 14)
  journal.add(Buffer.from('c'))
  expect(text(await journal.before(journal.position))).toBe('bc')
  // Lost after the cut: it is not whole since that.
  const cut = journal.position
  journal.add(Buffer.from('d'))
  journal.lose()
  await journal.begin(cut, 16)
  expect(journal.since).toBeUndefined()
  expect(await journal.close()).toBeUndefined()
})

test('it holds no more than it may, and goes on after', async () => {
  const journal = open()
  await journal.begin(journal.position, 12)
  const much = Buffer.alloc(waitingSizeMax / 2 + 1)
  journal.add(much)
  journal.add(much)
  expect(journal.since).toBeUndefined()
  await journal.begin(journal.position, 14)
  for (let size = 0; size <= journalSizeMax; size += much.length) {
    journal.add(much)
    await journal.before(0)
  }
  expect(journal.since).toBeUndefined()
  await journal.begin(journal.position, 16)
  journal.add(Buffer.from('a'))
  expect(await journal.before(journal.position)).toEqual({ since: 16, entries: Buffer.from('a') })
})

test('a disk that refuses loses the journal, says so, and nothing else', async () => {
  writeFileSync(join(directory, 'file'), '')
  const journal = open(undefined, join(directory, 'file', '1'))
  journal.add(Buffer.from('a'))
  expect(await journal.before(journal.position)).toBeUndefined()
  expect(failures.splice(0)).toMatchObject([{ code: 'EEXIST' }])
  await journal.begin(journal.position, 12)
  expect(journal.since).toBeUndefined()
  // It is told once.
  expect(failures).toEqual([])
})

test('a file that is none of ours is none', async () => {
  const journal = open()
  await journal.begin(journal.position, 12)
  expect(await journalSince(path)).toBe(12)
  const bytes = readFileSync(path)
  for (const damaged of [
    Buffer.alloc(0),
    bytes.subarray(0, 15),
    Buffer.from('x').fill(0),
    Buffer.from(bytes).fill(9, 8, 9),
  ]) {
    writeFileSync(path, damaged)
    expect(await journalSince(path)).toBeUndefined()
    expect(await readJournal(path, 100)).toBeUndefined()
  }
})
