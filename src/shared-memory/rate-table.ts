/** How much may be asked of something in a second. */
export interface RateLimit {
  readonly callsPerSecond: number | undefined
  readonly bytesPerSecond: number | undefined
  /** How long nobody need have asked so that nobody waits: what fits this time may come at once. */
  readonly burstSeconds: number
}

/** Words of an entry, 64 bits each. */
const Field = {
  /** Whose the entry is; 0: nobody's. */
  OWNER: 0,
  /** Nanoseconds that a call takes, and that a byte takes; 0: no limit. */
  CALL: 1,
  BYTE: 2,
  /** Nanoseconds. */
  BURST: 3,
  /** When all calls, and all bytes, that were booked have had their time: nanoseconds of the clock. */
  CALLS_UNTIL: 4,
  BYTES_UNTIL: 5,
} as const
const entryFields = 6

const nanosecondsPerSecond = 1e9

/** A clock that all threads of the process have in common, in nanoseconds. */
export type SharedClock = () => bigint

/**
 * Rates that all lanes keep together, in memory that the control plane writes and every lane books in.
 *
 * A bucket is one number: when all that was booked has had its time (the generic cell rate algorithm, ITU-T I.371, of a
 * leaky bucket as a meter). To book is to move it on by what the call takes; who finds it further ahead than the burst
 * waits for the difference. So there is no lock, no refill, no lane that gets more than another, and who waits keeps its
 * place.
 *
 * The place of an owner is its number modulo the capacity, as in the tables of shares and grants.
 */
export class RateTable {
  readonly buffer: SharedArrayBuffer
  readonly capacity: number
  readonly #numbers: Float64Array
  /** The same memory, for times. */
  readonly #times: BigInt64Array
  readonly #clock: SharedClock

  /** A new table for as many owners as live at once. */
  static create(capacity: number, clock?: SharedClock): RateTable {
    return new RateTable(new SharedArrayBuffer(capacity * entryFields * 8), clock)
  }

  /** `buffer`: of a table made in another thread, or zeroes. */
  constructor(buffer: SharedArrayBuffer, clock: SharedClock = process.hrtime.bigint) {
    this.buffer = buffer
    this.capacity = buffer.byteLength / (entryFields * 8)
    this.#numbers = new Float64Array(buffer)
    this.#times = new BigInt64Array(buffer)
    this.#clock = clock
  }

  /** Sets the limit of an owner, true from the next call on; what was booked stays booked. For the control plane alone. */
  set(owner: number, limit: RateLimit): void {
    const at = this.#place(owner)
    if (this.#numbers[at + Field.OWNER] !== owner) this.#forget(at)
    this.#numbers[at + Field.CALL] = timeOf(limit.callsPerSecond)
    this.#numbers[at + Field.BYTE] = timeOf(limit.bytesPerSecond)
    this.#numbers[at + Field.BURST] = limit.burstSeconds * nanosecondsPerSecond
    this.#numbers[at + Field.OWNER] = owner
  }

  /** An owner has no limit any more. For the control plane alone. */
  remove(owner: number): void {
    const at = this.#place(owner)
    if (this.#numbers[at + Field.OWNER] === owner) this.#forget(at)
  }

  /**
   * Books a call of `bytes`: milliseconds that it has to wait, 0 for none. Undefined: it would wait for longer than
   * `waitMsMax`, and is not booked.
   */
  book(owner: number, bytes: number, waitMsMax: number): number | undefined {
    const at = this.#place(owner)
    const numbers = this.#numbers
    if (numbers[at + Field.OWNER] !== owner) return 0
    const now = this.#clock()
    const burst = numbers[at + Field.BURST]!
    const waitMax = burst + waitMsMax * 1e6
    const callWait = this.#move(at + Field.CALLS_UNTIL, now, numbers[at + Field.CALL]!, waitMax)
    if (callWait === undefined) return undefined
    const byteWait = this.#move(at + Field.BYTES_UNTIL, now, numbers[at + Field.BYTE]! * bytes, waitMax)
    if (byteWait === undefined) {
      Atomics.sub(this.#times, at + Field.CALLS_UNTIL, BigInt(Math.round(numbers[at + Field.CALL]!)))
      return undefined
    }
    return Math.max(0, callWait - burst, byteWait - burst) / 1e6
  }

  /** Moves a bucket on. Answers how far ahead of now it was, in nanoseconds; undefined: too far, and it stays. */
  #move(at: number, now: bigint, nanoseconds: number, aheadMax: number): number | undefined {
    if (nanoseconds === 0) return 0
    const step = BigInt(Math.round(nanoseconds))
    for (;;) {
      const until = Atomics.load(this.#times, at)
      const from = until > now ? until : now
      const ahead = Number(from - now)
      if (ahead > aheadMax) return undefined
      if (Atomics.compareExchange(this.#times, at, until, from + step) === until) return ahead
    }
  }

  #place(owner: number): number {
    return (owner % this.capacity) * entryFields
  }

  #forget(at: number): void {
    this.#numbers.fill(0, at, at + entryFields)
  }
}

function timeOf(perSecond: number | undefined): number {
  return perSecond === undefined ? 0 : nanosecondsPerSecond / perSecond
}
