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

/** Gives back what only starting needed: V8 itself would look for it much later. */
export function collectGarbage(): void {
  // Node has no call for it; this is the collection that --expose-gc offers, for the one context that asks.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  collect()
}
