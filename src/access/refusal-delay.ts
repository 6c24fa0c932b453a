import { networkKey, parseRange } from './addresses.ts'

/** Delay after the first refusal; it doubles with each further one up to the second of these. */
const delayMsMin = 100
const delayMsMax = 5000
/** Time without a refusal that halves the delay. */
const halvingMs = 10_000
/** Addresses remembered; the one refused longest ago makes room. */
const addressCountMax = 10_000
/** Addresses of IPv6 are counted by network: one client may take any address of its own. */
const ipv6Prefix = 64

interface Refused {
  /** Refusals at the time `at`, less those forgiven. */
  readonly count: number
  readonly at: number
}

/**
 * How long a refused client waits for its answer, so that guessing is slow: 0.1 s, 0.2 s, … 5 s with each refusal to one
 * address, and by and by less again.
 */
export class RefusalDelay {
  readonly #now: () => number
  /** The one refused last comes last. */
  readonly #byAddress = new Map<string, Refused>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** A client was refused. Returns how many milliseconds its answer is to wait. */
  refused(address: string): number {
    const key = keyOf(address)
    const count = this.#countNow(key) + 1
    this.#byAddress.delete(key)
    this.#byAddress.set(key, { count, at: this.#now() })
    if (this.#byAddress.size > addressCountMax) {
      const [oldest] = this.#byAddress.keys()
      this.#byAddress.delete(oldest!)
    }
    return delayOf(count)
  }

  /** Milliseconds that a refusal to this address would wait if it had just been counted; 0 for one without any. */
  delayFor(address: string): number {
    return delayOf(this.#countNow(keyOf(address)))
  }

  /** A client was let in: one step is forgiven. All would let who has one token guess others without delay. */
  admitted(address: string): void {
    const key = keyOf(address)
    const count = this.#countNow(key) - 1
    if (count > 0) this.#byAddress.set(key, { count, at: this.#now() })
    else this.#byAddress.delete(key)
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#byAddress.size
  }

  #countNow(key: string): number {
    const refused = this.#byAddress.get(key)
    if (refused === undefined) return 0
    const steps = Math.floor((this.#now() - refused.at) / halvingMs)
    return Math.max(0, Math.min(refused.count, countMax) - steps)
  }
}

/** Refusals after which the delay grows no more. */
const countMax = 1 + Math.ceil(Math.log2(delayMsMax / delayMsMin))

function delayOf(count: number): number {
  return count <= 0 ? 0 : Math.min(delayMsMax, delayMsMin * 2 ** (count - 1))
}

function keyOf(address: string): string {
  const range = parseRange(address)
  // A transport that names its peers otherwise: each name is one.
  if (range === undefined) return address
  return networkKey(range, range.family === 4 ? 32 : ipv6Prefix)
}
