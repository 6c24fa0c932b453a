import { setImmediate } from 'node:timers/promises'

/** Longest time in milliseconds that one piece of work holds the event loop. */
const holdMsMax = 5

/**
 * For long loops in the control plane: `await breath()` in each round lets others run once the loop has held the event
 * loop for {@link holdMsMax}.
 */
export function breathe(): () => Promise<void> | undefined {
  let since = performance.now()
  return () => {
    if (performance.now() - since < holdMsMax) return undefined
    return setImmediate().then(() => {
      since = performance.now()
    })
  }
}
