import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { NumberedLine } from '../../../src/audit/event.ts'
import { controlLine } from '../../../src/audit/line.ts'
import { RecentWindow, type RecentQuestion } from '../../../src/audit/recent-window.ts'
import { temporaryCatalog, type TemporaryCatalog } from '../catalog/fixture.ts'
import { mountEvent, noon } from './fixture.ts'

let temporary: TemporaryCatalog
beforeEach(async () => {
  temporary = await temporaryCatalog()
})
afterEach(() => temporary.remove())

const countMax = 400

async function windowWith(lines: readonly NumberedLine[]): Promise<RecentWindow> {
  const window = new RecentWindow(temporary.catalog, countMax)
  await window.begin(0)
  window.add(lines)
  await window.write()
  return window
}

function lineOf(sequence: number, change: Partial<typeof mountEvent> = {}): NumberedLine {
  return { ...controlLine({ ...mountEvent, at: noon + sequence, ...change }, 0), sequence }
}

const linesTo = (count: number) => Array.from({ length: count }, (_, index) => lineOf(index + 1))
const numbersOf = (lines: readonly NumberedLine[]) => lines.map(({ sequence }) => sequence)

describe('the recent window', () => {
  test('gives back whole lines, the newest first', async () => {
    const lines = linesTo(3)
    const window = await windowWith(lines)
    expect(await window.recent({})).toEqual({ items: lines.toReversed() })
  })

  test('answers page by page', async () => {
    const window = await windowWith(linesTo(7))
    const pages: number[][] = []
    let after: string | undefined
    do {
      const { items, next } = await window.recent({ limit: 3, ...(after === undefined ? {} : { after }) })
      pages.push(numbersOf(items))
      after = next
    } while (after !== undefined)
    expect(pages).toEqual([[7, 6, 5], [4, 3, 2], [1]])
  })

  test.each<[RecentQuestion, number[]]>([
    [{ kind: 'refusal' }, [2]],
    [{ subject: 'app:other' }, [3]],
    [{ shareId: 99 }, [4]],
    [{ pathPrefix: '/finance/' }, [6, 5]],
    [{ pathPrefix: '/ünïcode/\u{1f512}' }, [7]],
    [{ pathPrefix: '/%' }, []],
    [{ since: noon + 6 }, [7, 6]],
    [{ kind: 'mount', shareId: 12, pathPrefix: '/finance', since: noon + 2, limit: 2 }, [6, 5]],
  ])('answers %j', async (question, numbers) => {
    const window = await windowWith([
      lineOf(1),
      lineOf(2, { kind: 'refusal' }),
      lineOf(3, { subject: 'app:other' }),
      lineOf(4, { shareId: 99 }),
      lineOf(5, { path: '/finance/a' }),
      lineOf(6, { path: '/finance/b' }),
      lineOf(7, { path: '/ünïcode/\u{1f512}x' }),
    ])
    expect(numbersOf((await window.recent(question)).items)).toEqual(numbers)
  })

  test.each([{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { after: 'x' }, { after: '-1' }])(
    'refuses %j',
    async (question) => {
      const window = await windowWith([])
      await expect(window.recent(question)).rejects.toMatchObject({ code: 'invalid' })
    },
  )

  test('is bounded, and holds the newest', async () => {
    const window = await windowWith([])
    for (let start = 0; start < 5 * countMax; start += 10) {
      window.add(linesTo(start + 10).slice(start))
      await window.write()
      const numbers = numbersOf((await window.recent({ limit: 1000 })).items)
      const end = start + 10
      expect(numbers.length).toBeLessThanOrEqual(countMax)
      expect(numbers.length).toBeGreaterThanOrEqual(Math.min(end, countMax * 0.9))
      expect(numbers).toEqual(Array.from(numbers, (_, index) => end - index))
    }
  })

  test('is bounded also when much comes at once', async () => {
    const window = await windowWith(linesTo(3 * countMax))
    const numbers = numbersOf((await window.recent({ limit: 1000 })).items)
    expect(numbers.length).toBeLessThanOrEqual(countMax)
    expect(numbers[0]).toBe(3 * countMax)
  })

  test('keeps what the control plane did, however much is done to files', async () => {
    const window = await windowWith(linesTo(100))
    const files = linesTo(2000).map((line) => ({ ...line, kind: 'file' as const }))
    for (let start = 100; start < files.length; start += 10) {
      window.add(files.slice(start, start + 10))
      await window.write()
    }
    expect((await window.recent({ kind: 'mount', limit: 1000 })).items).toHaveLength(100)
    const { items } = await window.recent({ kind: 'file', limit: 1000 })
    expect(items.length).toBeLessThanOrEqual(countMax / 2 + countMax / 20)
    expect(items[0]!.sequence).toBe(2000)
  })

  test('lets go of lines that the files do not have', async () => {
    const window = await windowWith(linesTo(5))
    await window.begin(3)
    expect(numbersOf((await window.recent({})).items)).toEqual([3, 2, 1])
  })

  test('writes what the catalog refused with the next write', async () => {
    const window = await windowWith([lineOf(2)])
    // The same number again: a constraint, for want of a full disk.
    window.add([lineOf(1), lineOf(2)])
    await expect(window.write()).rejects.toThrow(/UNIQUE/)
    await window.begin(1)
    await window.write()
    expect(numbersOf((await window.recent({})).items)).toEqual([2, 1])
  })
})
