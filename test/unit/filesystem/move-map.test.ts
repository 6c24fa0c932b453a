import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MoveMap, MoveMapSegment, type NamedHandle } from '../../../src/filesystem/move-map.ts'
import { handleBytes, native, statFieldCount, StatField, statRows } from '../../../src/native/index.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-move-map-'))
  file = join(directory, 'map')
})
afterEach(() => rmSync(directory, { recursive: true }))

const stale = -constants.errno.ESTALE

function handle(generation: number, type: number, text: string): NamedHandle {
  const bytes = Buffer.from(text, 'latin1')
  return { packed: (generation << 16) | (type << 8) | bytes.length, bytes }
}

/** As clients have it, without its MAC. */
function wire({ packed, bytes }: NamedHandle): Buffer {
  const generation = packed >> 16
  const header = Buffer.alloc(12)
  header[0] = generation === 0 ? 1 : 0x80 | generation
  header[2] = (packed >> 8) & 0xff
  header[3] = bytes.length
  return Buffer.concat([header, bytes])
}

/** What clients call an object. */
function nameOf(map: MoveMap, here: NamedHandle): NamedHandle {
  here.bytes.copy(handleBytes)
  const packed = map.name(here.packed)
  return { packed, bytes: Buffer.from(handleBytes.subarray(0, packed & 0xff)) }
}

function find(map: MoveMap, client: NamedHandle): NamedHandle | number {
  const packed = map.find(wire(client))
  return packed < 0 ? packed : { packed, bytes: Buffer.from(handleBytes.subarray(0, packed & 0xff)) }
}

function told(map: MoveMap, number: bigint, ctime = 5, ctimeNs = 6) {
  const row = 0
  statRows[row * statFieldCount + StatField.INO_HIGH] = Number(number >> 32n)
  statRows[row * statFieldCount + StatField.INO_LOW] = Number(number & 0xffff_ffffn)
  statRows[row * statFieldCount + StatField.CTIME] = ctime
  statRows[row * statFieldCount + StatField.CTIME_NS] = ctimeNs
  const { high, low, ...times } = map.numberOf(0)
  return { number: (BigInt(high) << 32n) | BigInt(low), ...times }
}

const number = (value: bigint, ctime: number, ctimeNs: number) => ({
  high: Number(value >> 32n),
  low: Number(value & 0xffff_ffffn),
  ctime,
  ctimeNs,
})

function opened<T>(work: (map: MoveMap) => T): T {
  const map = MoveMap.open(file)
  try {
    return work(map)
  } finally {
    map.close()
  }
}

test('an object is known by what it was called before; one made here by its own name and generation', () => {
  const segment = new MoveMapSegment(2)
  const [here, before] = [handle(0, 129, 'twelve bytes'), handle(1, 1, '8 bytes.')]
  segment.addHandle(here, before)
  segment.append(file)
  opened((map) => {
    expect(map.generation).toBe(2)
    expect(nameOf(map, here)).toEqual(before)
    expect(find(map, before)).toEqual(here)
    const made = handle(0, 129, 'twelve byteZ')
    expect(nameOf(map, made)).toEqual({ ...made, packed: (2 << 16) | made.packed })
    expect(find(map, handle(2, 129, 'twelve byteZ'))).toEqual(made)
    // The same bytes of another generation or type are of nothing, and so are those that the copy of one has here.
    for (const other of [handle(0, 1, '8 bytes.'), handle(1, 2, '8 bytes.'), handle(2, 129, 'twelve bytes')])
      expect(find(map, other)).toBe(stale)
  })
})

test('a later segment holds: what it calls otherwise is not found by its earlier name', () => {
  const first = new MoveMapSegment(1)
  first.addHandle(handle(0, 1, 'copy-one'), handle(0, 1, 'old-gen1'))
  first.addHandle(handle(0, 1, 'copy-two'), handle(0, 1, 'replaced'))
  first.append(file)
  const second = new MoveMapSegment(1)
  // An inode number that was given anew while the share was copied; and an object that was copied anew.
  second.addHandle(handle(0, 1, 'copy-one'), handle(0, 1, 'old-gen2'))
  second.addHandle(handle(0, 1, 'copy-new'), handle(0, 1, 'replaced'))
  second.append(file)
  opened((map) => {
    expect(find(map, handle(0, 1, 'old-gen1'))).toBe(stale)
    expect(find(map, handle(0, 1, 'old-gen2'))).toEqual(handle(0, 1, 'copy-one'))
    expect(find(map, handle(0, 1, 'replaced'))).toEqual(handle(0, 1, 'copy-new'))
    expect(nameOf(map, handle(0, 1, 'copy-one'))).toEqual(handle(0, 1, 'old-gen2'))
  })
})

test('numbers: those of before, with the ctime of before until it changes; those made here have their generation', () => {
  const segment = new MoveMapSegment(3)
  segment.addNumber(number(700n, 100, 200), number(2n ** 33n + 7n, 50, 60))
  segment.addNumber(number(800n, 0, 0), undefined)
  segment.append(file)
  opened((map) => {
    expect(told(map, 700n, 100, 200)).toEqual({ number: 2n ** 33n + 7n, ctime: 50, ctimeNs: 60 })
    expect(told(map, 700n, 100, 201)).toEqual({ number: 2n ** 33n + 7n, ctime: 100, ctimeNs: 201 })
    for (const own of [800n, 801n])
      expect(told(map, own)).toEqual({ number: own | (3n << 56n), ctime: 5, ctimeNs: 6 })
    const page = Buffer.alloc(24)
    page.writeBigUInt64LE(700n, 0)
    page.writeUInt16LE(24, 16)
    map.tellPage(page, 24)
    expect(page.readBigUInt64LE(0)).toBe(2n ** 33n + 7n)
  })
})

test('any handles and numbers are found again, and no others', () => {
  const handles = fc.uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 36 }), {
    minLength: 1,
    maxLength: 300,
    selector: (bytes) => Buffer.from(bytes).toString('hex'),
  })
  fc.assert(
    fc.property(handles, handles, (left, right) => {
      rmSync(file, { force: true })
      const count = Math.min(left.length, right.length)
      const segment = new MoveMapSegment(127)
      const pairs = left.slice(0, count).map((bytes, place) => {
        const here = { packed: (7 << 8) | bytes.length, bytes: Buffer.from(bytes) }
        const other = Buffer.from(right[place]!)
        const client = { packed: ((place % 127) << 16) | (9 << 8) | other.length, bytes: other }
        segment.addHandle(here, client)
        segment.addNumber(number(BigInt(place * 3), 1, 2), number(BigInt(place), 3, 4))
        return { here, client }
      })
      segment.append(file)
      opened((map) => {
        for (const [place, { here, client }] of pairs.entries()) {
          expect(nameOf(map, here)).toEqual(client)
          expect(find(map, client)).toEqual(here)
          expect(told(map, BigInt(place * 3)).number).toBe(BigInt(place))
          expect(told(map, BigInt(place * 3 + 1)).number).toBe(BigInt(place * 3 + 1) | (127n << 56n))
        }
        for (const bytes of right.slice(count))
          expect(find(map, { packed: (1 << 16) | (9 << 8) | bytes.length, bytes: Buffer.from(bytes) })).toBe(
            stale,
          )
      })
    }),
    { numRuns: 30 },
  )
})

test('a map that is cut short, or none, is refused', () => {
  const segment = new MoveMapSegment(1)
  for (let place = 0; place < 200; place++)
    segment.addHandle(handle(0, 1, `here-${place}`), handle(0, 1, `there-${place}`))
  segment.append(file)
  for (const size of [5000, 100, 63, 0]) {
    truncateSync(file, size)
    expect(() => MoveMap.open(file)).toThrow('it is damaged')
  }
  writeFileSync(file, 'x'.repeat(100))
  expect(() => MoveMap.open(file)).toThrow('it is damaged')
  expect(() => MoveMap.open(join(directory, 'none'))).toThrow(/ENOENT/)
})

test('records are sorted by their bytes', () => {
  const records = Buffer.from('cc1ab0aa9', 'latin1')
  native.sortRecords(records, 3)
  expect(records.toString('latin1')).toBe('aa9ab0cc1')
  expect(() => native.sortRecords(records, 4)).toThrow(TypeError)
})
