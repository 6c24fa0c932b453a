import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Clock, type ClockItem } from '../../../src/filesystem/clock.ts'

interface Item extends ClockItem {
  id: number
  held: boolean
}
const item = (id: number): Item => ({ id, held: false, recentlyUsed: false })

describe('Clock', () => {
  it('never holds more than its limit, and evicts each item at most once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 300 }),
        (limit, steps) => {
          const live = new Set<Item>()
          const clock = new Clock<Item>(limit, (evicted) => live.delete(evicted))
          steps.forEach((step, id) => {
            if (step < 3) {
              const added = item(id)
              clock.add(added)
              live.add(added)
            } else {
              const [first] = live
              if (first === undefined) return
              clock.remove(first)
              live.delete(first)
            }
            expect(clock.size).toBe(live.size)
            expect(clock.size).toBeLessThanOrEqual(limit)
          })
        },
      ),
    )
  })

  it('spares what was used since the hand came by', () => {
    const evicted: number[] = []
    const clock = new Clock<Item>(3, ({ id }) => evicted.push(id) > 0)
    const items = [0, 1, 2].map(item)
    for (const each of items) clock.add(each)
    clock.add(item(3))
    items.forEach((each) => (each.recentlyUsed = each.id !== evicted[0]))
    const survivor = items.find(({ id }) => id !== evicted[0])!
    survivor.recentlyUsed = true
    clock.add(item(4))
    expect(evicted).not.toContain(survivor.id)
  })

  it('goes over its limit rather than let go of what is held, and comes back', () => {
    const clock = new Clock<Item>(2, ({ held }) => !held)
    const held = [item(0), item(1)]
    for (const each of held) {
      each.held = true
      clock.add(each)
    }
    clock.add(item(2))
    expect(clock.size).toBe(3)
    for (const each of held) each.held = false
    clock.add(item(3))
    expect(clock.size).toBe(2)
    clock.clear()
    expect(clock.size).toBe(0)
  })

  it('sweeps what was not used since the last sweep', () => {
    const evicted: number[] = []
    const clock = new Clock<Item>(10, ({ id }) => evicted.push(id) > 0)
    const items = [0, 1].map(item)
    for (const each of items) clock.add(each)
    clock.sweep()
    expect(evicted).toEqual([])
    items[1]!.recentlyUsed = true
    clock.sweep()
    expect(evicted).toEqual([0])
  })
})
