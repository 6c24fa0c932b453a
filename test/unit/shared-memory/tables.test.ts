import { describe, expect, it } from 'vitest'
import { GrantTable, Right, type GrantEntry } from '../../../src/shared-memory/grant-table.ts'
import { ShareFlag, ShareTable, type ShareState } from '../../../src/shared-memory/share-table.ts'

const entry: GrantEntry = {
  number: 5,
  shareId: 3,
  rights: Right.READ | Right.WRITE,
  rule: { squash: 'all', uid: 4_000_000_000, gid: 7, gids: [1, 2, 4_294_967_294] },
  address: 'fe80::1234:5678:9abc:def0%interface0',
}

describe('GrantTable', () => {
  it('shows another thread what was put in, and every change by a new stamp', () => {
    const table = GrantTable.create(8)
    const lane = new GrantTable(table.buffer)
    expect(lane.read(5)).toBeUndefined()
    table.set(entry)
    const first = lane.read(5)
    expect(first).toMatchObject(entry)
    expect(lane.stamp(5)).toBe(first!.stamp)
    table.set({ ...entry, rights: Right.READ })
    expect(lane.stamp(5)).not.toBe(first!.stamp)
    expect(lane.read(5)!.rights).toBe(Right.READ)
  })

  it('forgets a revoked grant, and does not take its successor in the same place for it', () => {
    const table = GrantTable.create(8)
    table.set(entry)
    expect(table.hasRoomFor(13)).toBe(false)
    expect(() => table.set({ ...entry, number: 13 })).toThrow('its place is taken by grant 5')
    const { stamp } = table.read(5)!
    table.revoke(5)
    expect(table.read(5)).toBeUndefined()
    expect(table.stamp(5)).not.toBe(stamp)
    table.set({ ...entry, number: 13 })
    expect(table.read(5)).toBeUndefined()
    table.revoke(5)
    expect(table.read(13)).toMatchObject({ number: 13 })
  })

  it('refuses what does not fit', () => {
    const table = GrantTable.create(8)
    const gids = Array<number>(33).fill(1)
    expect(() => table.set({ ...entry, rule: { ...entry.rule, gids } })).toThrow(RangeError)
    expect(() => table.set({ ...entry, address: 'x'.repeat(65) })).toThrow(RangeError)
    expect(table.read(5)).toBeUndefined()
  })

  it('tells when a grant was last in use', () => {
    const table = GrantTable.create(8)
    table.set(entry)
    new GrantTable(table.buffer).use(5, 1_800_000_000)
    expect(table.lastUsed(5)).toBe(1_800_000_000)
    // Changing a grant does not make it look unused.
    table.set({ ...entry, rights: Right.READ })
    expect(table.lastUsed(5)).toBe(1_800_000_000)
  })
})

const state: ShareState = {
  readOnly: false,
  relaxed: false,
  offline: false,
  audit: 'off',
  quotaBytes: 1000,
  quotaFiles: undefined,
}

describe('ShareTable', () => {
  it('sums what all lanes add, from the last count on', () => {
    const table = ShareTable.create(4, 2)
    table.add(6, state, { bytes: 100, files: 10 })
    const other = new ShareTable(table.buffer, 2)
    const [one, two] = [table.slot(6, 0), other.slot(6, 1)]
    one.add(300, 2)
    two.add(-50, -1)
    expect(table.used(6)).toEqual({ bytes: 350, files: 11 })
    expect(two.hasRoom(650, 1_000_000)).toBe(true)
    expect(two.hasRoom(651, 0)).toBe(false)
    table.counted(6, { bytes: 500, files: 5 })
    expect(one.used()).toEqual({ bytes: 500, files: 5 })
    one.add(1, 0)
    expect(two.used()).toEqual({ bytes: 501, files: 5 })
  })

  it('never tells a negative use', () => {
    const table = ShareTable.create(4, 1)
    table.add(1, state, { bytes: 0, files: 0 })
    table.slot(1, 0).add(-10, -1)
    expect(table.used(1)).toEqual({ bytes: 0, files: 0 })
  })

  it('shows flags at once, and none for a share that is gone', () => {
    const table = ShareTable.create(4, 1)
    table.add(2, state, { bytes: 0, files: 0 })
    const slot = new ShareTable(table.buffer, 1).slot(2, 0)
    expect(slot.flags).toBe(ShareFlag.PRESENT)
    table.change(2, { ...state, readOnly: true, relaxed: true, offline: true, audit: 'opens' })
    expect(slot.flags).toBe(63)
    table.remove(2)
    expect(slot.flags).toBe(0)
    expect(table.hasRoomFor(6)).toBe(true)
    table.add(6, state, { bytes: 7, files: 0 })
    expect(() => table.add(2, state, { bytes: 0, files: 0 })).toThrow('its place is taken')
    // What its predecessor in the place had is not its own.
    expect(table.used(6)).toEqual({ bytes: 7, files: 0 })
  })
})
