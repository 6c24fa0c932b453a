import { beforeEach, expect, test } from 'vitest'
import type { Descriptor } from '../../../src/filesystem/inode.ts'
import { ReadAhead, readAheadSize } from '../../../src/filesystem/read-ahead.ts'

const MiB = 1024 * 1024

/** Where the disk was asked to read ahead, in MiB. */
let asked: number[]
let pins: number
let ahead: ReadAhead
const descriptor = {
  fd: 5,
  pin: () => pins++,
  unpin: () => pins--,
  disk: {
    readAhead(fd: number, count: number, position: number, done: () => void) {
      expect([fd, count, pins]).toEqual([5, readAheadSize, 1])
      asked.push(position / MiB)
      done()
    },
  },
} as unknown as Descriptor

beforeEach(() => {
  asked = []
  pins = 0
  ahead = new ReadAhead()
})

const found = (mib: number) => ahead.found(descriptor, mib * MiB, MiB)
const missed = (mib: number) => ahead.missed(mib * MiB, MiB) / MiB

test('who reads one after the other has it read before', () => {
  expect(missed(0)).toBe(0)
  expect(missed(1)).toBe(4)
  for (let mib = 2; mib < 20; mib++) found(mib)
  expect(asked).toEqual([6, 10, 14, 18])
  expect(pins).toBe(0)
})

test('also when several are in flight, and come in any order', () => {
  expect([3, 1, 2, 0].map(missed)).toEqual([0, 4, 4, 4])
  for (const mib of [5, 4, 7, 6]) found(mib)
  expect(asked).toEqual([5, 9])
})

test('who reads here and there has not', () => {
  for (let i = 0; i < 50; i++) expect(missed((i * 37) % 100)).toBe(0)
  for (let mib = 0; mib < 50; mib++) found(mib)
  expect(asked).toEqual([])
})

test('who goes elsewhere is left alone from then on', () => {
  missed(0)
  missed(1)
  found(500)
  for (let mib = 2; mib < 20; mib++) found(mib)
  expect(asked).toEqual([])
})
