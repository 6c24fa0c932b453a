import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

// V8's own flags, of which Node promises nothing: where one is unknown, V8 says so on stderr and goes on.

/**
 * Starting leaves much garbage and little else: a young space that does not grow is collected before it costs tens of
 * MiB, which a quiet process would then keep for hours. For all threads, until {@link letYoungSpaceGrow}.
 */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** The young space grows as it is needed, as usual. */
export function letYoungSpaceGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}

/** The first collection finds what is garbage; each after it moves together what is left on the emptiest pages. */
const collectionCountMin = 2
const collectionCountMax = 5
/** A collection that gave back less than this part of the heap is the last. */
const worthwhileShare = 1 / 16

/** Collects for as long as that gives memory back. `heapBytes`: of all that the heap has taken. */
export function collectWhileWorthwhile(collect: () => void, heapBytes: () => number): void {
  let taken = heapBytes()
  for (let count = 1; count <= collectionCountMax; count++) {
    collect()
    const left = heapBytes()
    if (count >= collectionCountMin && left > taken * (1 - worthwhileShare)) return
    taken = left
  }
}

/**
 * Gives back what only starting needed: V8 itself would look for it much later, if ever. Of 5,000 shares that are two thirds of
 * the heap of the main thread. Takes some 20 ms, and 300 ms with 5,000 shares.
 */
export function collectGarbage(): void {
  // Node has no call for it; this is the collection that --expose-gc offers, for the one context that asks.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  collectWhileWorthwhile(collect, () => process.memoryUsage().heapTotal)
}
