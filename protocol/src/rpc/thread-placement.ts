/** Lone calls of one connection in a row before the thread moves. */
const loneCallCountMin = 64
/** How often it is then looked where packets arrive: some are acknowledgements of what this thread sent, taken in by its processor. */
const lookCount = 8
/** Idle before each of them, in ms: less, and the client is near already or sends without waiting; more, and it rests. */
const idleMinMs = 0.03
const idleMaxMs = 1

/**
 * Brings the thread that serves to the processor of a client that waits for every reply.
 *
 * With one call in flight, client and server take turns. On one processor each turn is a context switch; on two, each wakes
 * the other's processor from its sleep, which takes several times as long, most of all in virtual machines. The scheduler
 * leaves the two where they are, together or apart. So when one connection alone has sent call after call, each after a
 * wait, the thread goes to where its packets arrive: for clients on this machine that is where they run, for others where
 * the network card interrupts. It is not bound to it: when there is more to do, the scheduler spreads the two again.
 */
export class ThreadPlacement {
  readonly #approach: ((socketFd: number) => number) | undefined
  #fd = -1
  #loneCallCount = 0
  #looksLeft = 0
  #restingSinceMs = 0

  /** `approach` as in DescriptorCalls; without it nothing is done. */
  constructor(approach: ((socketFd: number) => number) | undefined) {
    this.#approach = approach
  }

  /** A socket has sent something, and nothing of it is answered. */
  received(socketFd: number): void {
    if (this.#looksLeft === 0) return
    const isThere = socketFd !== this.#fd || this.#approach?.(socketFd) === 1
    this.#looksLeft = isThere ? 0 : this.#looksLeft - 1
  }

  /**
   * What a socket has sent is answered: `callCount` calls, begun and ended at these times on one clock, in ms. The time
   * between the last end and this begin was idle.
   */
  served(socketFd: number, callCount: number, beganMs: number, endedMs: number): void {
    const idleMs = beganMs - this.#restingSinceMs
    this.#restingSinceMs = endedMs
    const isLone = callCount === 1 && socketFd === this.#fd && idleMs >= idleMinMs && idleMs <= idleMaxMs
    this.#fd = socketFd
    if (!isLone) this.#loneCallCount = 0
    else if (++this.#loneCallCount === loneCallCountMin) {
      this.#loneCallCount = 0
      this.#looksLeft = lookCount
    }
  }
}
