import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { verifyAudit } from '../../../src/audit/verify.ts'
import { filesIn, openWriter, useDirectory } from './fixture.ts'

/** Four files: the first was removed for its age, each of the others has three seals of two lines. */
let original: string
beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), 'berth-audit-'))
  const { writer, write } = await openWriter(original, { fileSizeMax: 1200, filesMax: 3 })
  for (let round = 0; filesIn(original).at(-1)?.endsWith('-4.jsonl') !== true; round++)
    write(`/a/${round}`, `/b/${round}`)
  write('/c', '/d')
  writer.close()
})
afterAll(() => rmSync(original, { recursive: true }))

const directory = useDirectory()
beforeEach(() => cpSync(original, directory.path, { recursive: true }))

const pathOf = (name: string) => join(directory.path, name)
const fileAt = (index: number) => pathOf(filesIn(directory.path)[index]!)

function edit(path: string, change: (lines: string[]) => string[]): void {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(path, `${change(lines).join('\n')}\n`)
}

async function whatIsWrong(): Promise<string[]> {
  const { ok, problems } = await verifyAudit(directory.path)
  expect(ok).toBe(problems.length === 0)
  return problems.map(({ file, firstLine, lastLine, what }) => `${file} ${firstLine}-${lastLine} ${what}`)
}

describe('verify', () => {
  test('finds nothing wrong with what was written', async () => {
    const { ok, files, lines, seals, unsealed, head, problems } = await verifyAudit(directory.path)
    expect(problems).toEqual([])
    expect({ ok, files, unsealed }).toEqual({ ok: true, files: 3, unsealed: 0 })
    const texts = filesIn(directory.path).flatMap((name) => readFileSync(pathOf(name), 'utf8').match(/.+/g))
    expect(lines + seals).toBe(texts.length)
    expect(texts.at(-1)).toContain(head!.sha256)
  })

  test('shows a newest seal that is said to come before the oldest file', async () => {
    const anchor = readFileSync(pathOf('anchor.json'), 'utf8')
    const changed = anchor.replace(/(?<="head".*"sequence": )\d+/s, '-7')
    expect(changed).not.toBe(anchor)
    writeFileSync(pathOf('anchor.json'), changed)
    expect(await whatIsWrong()).toEqual([expect.stringContaining('the seal of line -7, ')])
  })

  test('shows any byte that is changed, in any file', async () => {
    const names = readdirSync(directory.path)
    expect(names).toHaveLength(4)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, at, by) => {
          const path = pathOf(name)
          const whole = readFileSync(path)
          const changed = Buffer.from(whole)
          changed[at % whole.length]! ^= by
          writeFileSync(path, changed)
          const wrong = await whatIsWrong()
          writeFileSync(path, whole)
          expect(wrong).not.toEqual([])
        },
      ),
      { numRuns: 300 },
    )
    expect(await whatIsWrong()).toEqual([])
  })

  test('shows a line that was altered, and where', async () => {
    edit(fileAt(1), (lines) => lines.map((line, index) => (index === 3 ? line.replace('OK', 'NO') : line)))
    expect(await whatIsWrong()).toEqual([
      expect.stringMatching(/-3\.jsonl 3-5 lines are not as they were sealed/) as string,
    ])
  })

  test.each([
    ['a line', 3, 4],
    ['a line with its seal', 3, 6],
    ['a seal', 5, 6],
    ['the header', 0, 1],
  ])('shows that %s was removed', async (_what, from, to) => {
    edit(fileAt(1), (lines) => lines.filter((_line, index) => index < from || index >= to))
    expect(await whatIsWrong()).not.toEqual([])
  })

  test('shows that a line was added, before a seal and between files', async () => {
    edit(fileAt(0), (lines) => [...lines.slice(0, 3), lines[3]!, ...lines.slice(3)])
    expect(await whatIsWrong()).toHaveLength(1)
    appendFileSync(fileAt(1), '{"at":"2026-01-31T23:59:59.999Z","kind":"mount"}\n')
    expect(await whatIsWrong()).toHaveLength(2)
  })

  test.each([0, 1, 2])('shows that file %i of 3 was removed', async (index) => {
    rmSync(fileAt(index))
    expect(await whatIsWrong()).not.toEqual([])
  })

  test('shows that two files were swapped', async () => {
    const [a, b] = [fileAt(0), fileAt(1)]
    renameSync(a, pathOf('aside'))
    renameSync(b, a)
    renameSync(pathOf('aside'), b)
    expect((await whatIsWrong()).join('\n')).toMatch(/the file was called/)
  })

  test('shows that the end was cut off, at a seal too', async () => {
    edit(fileAt(2), (lines) => lines.slice(0, 2))
    expect((await whatIsWrong()).join('\n')).toMatch(/the end was cut off/)
    truncateSync(fileAt(2), 10)
    expect((await whatIsWrong()).join('\n')).toMatch(/the end was cut off/)
  })

  test('shows that all is gone but the anchor, and the anchor but all', async () => {
    rmSync(pathOf('anchor.json'))
    expect(await whatIsWrong()).toEqual(['anchor.json 0-0 missing'])
    cpSync(join(original, 'anchor.json'), pathOf('anchor.json'))
    for (const name of filesIn(directory.path)) rmSync(pathOf(name))
    expect(await whatIsWrong()).not.toEqual([])
  })

  test('does not look at files that were on their way out', async () => {
    writeFileSync(pathOf('audit-20260131T235959Z-1.jsonl'), 'half removed')
    expect(await whatIsWrong()).toEqual([])
  })

  test('shows by a head noted elsewhere that everything was written anew', async () => {
    const { head } = await verifyAudit(directory.path)
    expect(await verifyAudit(directory.path, { head: head! })).toMatchObject({ ok: true })
    const forged = { sequence: head!.sequence, sha256: 'f'.repeat(64) }
    expect(await verifyAudit(directory.path, { head: forged })).toMatchObject({
      ok: false,
      problems: [{ what: expect.stringMatching(/ffffffffffff…, is not there/) as string }],
    })
    // Older than all that is kept: nothing can be said.
    const removed = { sequence: 1, sha256: 'f'.repeat(64) }
    expect(await verifyAudit(directory.path, { head: removed })).toMatchObject({ ok: true })
  })

  test('goes on with the next seal after a wrong one', async () => {
    edit(fileAt(0), (lines) => lines.map((line, index) => (index === 2 ? `${line} ` : line)))
    edit(fileAt(2), (lines) => lines.map((line, index) => (index === 2 ? `${line} ` : line)))
    expect(await whatIsWrong()).toHaveLength(2)
  })
})
