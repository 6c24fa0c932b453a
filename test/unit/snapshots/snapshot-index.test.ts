import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SnapshotRecord } from '../../../src/catalog/snapshots.ts'
import { SnapshotIndex } from '../../../src/snapshots/snapshot-index.ts'
import { snapshotRecord } from './records.ts'

describe('the index of snapshots', () => {
  test('has complete ones of a share, the newest cut first; of one cut the highest number', () => {
    const index = new SnapshotIndex()
    for (const [id, cutAt] of [
      [1, 30],
      [2, 10],
      [3, 20],
      [4, 20],
    ] as const)
      index.put(snapshotRecord(id, { cutAt }))
    index.put(snapshotRecord(5, { cutAt: null, state: 'making' }))
    index.put(snapshotRecord(6, { cutAt: 40, shareId: 9 }))
    expect(index.ready(3).map(({ id }) => id)).toEqual([1, 4, 3, 2])
    expect(index.ready(7)).toEqual([])
    expect(index.countOf(3)).toBe(5)
    expect(index.size).toBe(6)
  })

  test('a list that was handed out does not change', () => {
    const index = new SnapshotIndex()
    index.put(snapshotRecord(1))
    const list = index.ready(3)
    index.put(snapshotRecord(2))
    index.remove(1)
    expect(list.map(({ id }) => id)).toEqual([1])
  })

  test('a name that was given up is free, and may be taken by another', () => {
    const index = new SnapshotIndex()
    index.put(snapshotRecord(1, { name: 'a' }))
    index.put(snapshotRecord(1, { name: '.removing-1', state: 'removing' }))
    expect(index.named(3, 'a')).toBeUndefined()
    index.put(snapshotRecord(2, { name: 'a' }))
    index.remove(1)
    expect(index.named(3, 'a')?.id).toBe(2)
    expect(index.ready(3).map(({ id }) => id)).toEqual([2])
  })

  test('says what a plain list of records says, whatever is put and removed', () => {
    const record = fc.record({
      id: fc.integer({ min: 1, max: 12 }),
      cutAt: fc.integer({ min: 1, max: 4 }),
      state: fc.constantFrom('making', 'ready', 'removing'),
      isRemoval: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 60 }), (steps) => {
        const index = new SnapshotIndex()
        const plain = new Map<number, SnapshotRecord>()
        for (const { id, cutAt, state, isRemoval } of steps) {
          const record = snapshotRecord(id, { cutAt, state, shareId: 1 + (id % 2) })
          if (isRemoval) {
            index.remove(id)
            plain.delete(id)
          } else {
            index.put(record)
            plain.set(id, record)
          }
        }
        expect(index.size).toBe(plain.size)
        for (const shareId of [1, 2]) {
          const own = [...plain.values()].filter((record) => record.shareId === shareId)
          const ready = own.filter(({ state }) => state === 'ready')
          ready.sort((a, b) => b.cutAt! - a.cutAt! || b.id - a.id)
          expect(index.ready(shareId)).toEqual(ready)
          expect(new Set(index.ofShare(shareId))).toEqual(new Set(own))
        }
      }),
    )
  })
})
