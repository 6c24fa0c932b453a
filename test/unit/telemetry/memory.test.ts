import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { collectGarbage, collectWhileWorthwhile } from '../../../src/telemetry/memory.ts'

it.each([
  { name: 'looks a second time though the first gave nothing', heap: [200, 200, 120, 80, 79, 78], count: 4 },
  { name: 'ends when a collection gave next to nothing', heap: [200, 150, 149, 100], count: 2 },
  { name: 'ends after five, however much each gives', heap: [640, 320, 160, 80, 40, 20, 10], count: 5 },
])('$name', ({ heap, count }) => {
  let collected = 0
  collectWhileWorthwhile(
    () => collected++,
    () => heap[collected]!,
  )
  expect(collected).toBe(count)
})

it('collects what nobody has any more', async () => {
  const kept = { what: 'kept' }
  const [ofKept, ofGone] = [new WeakRef(kept), new WeakRef({ what: 'gone' })]
  // Until the end of its turn, what a WeakRef was made for is kept.
  await setImmediate()
  collectGarbage()
  expect(ofGone.deref()).toBeUndefined()
  expect(ofKept.deref()).toBe(kept)
})
