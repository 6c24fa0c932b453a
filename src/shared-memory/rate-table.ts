/** How much may be asked of something in a second; null: as much as it can do. */
export interface RateLimit {
  readonly callsPerSecond: number | null
  readonly bytesPerSecond: number | null
  /** How long nobody need have asked so that nobody waits: what fits this time may come at once. */
  readonly burstSeconds: number
}

/** Whether it limits anything. */
export function isLimit({ callsPerSecond, bytesPerSecond }: RateLimit): boolean {
  return callsPerSecond !== null || bytesPerSecond !== null
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
/** Before the entries: how many owners have a limit. Its cache line is written only when that changes. */
const headerFields = 8

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
    return new RateTable(new SharedArrayBuffer((headerFields + capacity * entryFields) * 8), clock)
  }

  /** `buffer`: of a table made in another thread, or zeroes. */
  constructor(buffer: SharedArrayBuffer, clock: SharedClock = process.hrtime.bigint) {
    this.buffer = buffer
    this.capacity = (buffer.byteLength / 8 - headerFields) / entryFields
    this.#numbers = new Float64Array(buffer)
    this.#times = new BigInt64Array(buffer)
    this.#clock = clock
  }

  /** Whether nobody has a limit: no call need be looked at. */
  get isEmpty(): boolean {
    return this.#numbers[0] === 0
  }

  has(owner: number): boolean {
    return owner !== 0 && this.#numbers[this.#place(owner) + Field.OWNER] === owner
  }

  /**
   * Sets the limit of an owner, true from the next call on. One that changes begins anew: what was booked under one that was
   * far too low would else keep everybody waiting. For the control plane alone.
   */
  set(owner: number, limit: RateLimit): void {
    if (!isLimit(limit)) {
      this.remove(owner)
      return
    }
    const at = this.#place(owner)
    const numbers = this.#numbers
    const [call, byte] = [timeOf(limit.callsPerSecond), timeOf(limit.bytesPerSecond)]
    const burst = limit.burstSeconds * nanosecondsPerSecond
    const present = numbers[at + Field.OWNER]
    const isSame =
      numbers[at + Field.CALL] === call &&
      numbers[at + Field.BYTE] === byte &&
      numbers[at + Field.BURST] === burst
    if (present === owner && isSame) return
    this.#forget(at)
    numbers[at + Field.CALL] = call
    numbers[at + Field.BYTE] = byte
    numbers[at + Field.BURST] = burst
    numbers[at + Field.OWNER] = owner
    numbers[0]! += 1
  }

  /** An owner has no limit any more. For the control plane alone. */
  remove(owner: number): void {
    if (this.has(owner)) this.#forget(this.#place(owner))
  }

  /**
   * Books a call of `bytes`: milliseconds that it has to wait, 0 for none. Undefined: it would wait for longer than
   * `waitMsMax`, and is not booked.
   */
  book(owner: number, bytes: number, waitMsMax: number): number | undefined {
    if (!this.has(owner)) return 0
    const at = this.#place(owner)
    const numbers = this.#numbers
    const now = this.#clock()
    const burst = numbers[at + Field.BURST]!
    const waitMax = burst + waitMsMax * 1e6
    const callWait = this.#move(at + Field.CALLS_UNTIL, now, numbers[at + Field.CALL]!, waitMax)
    if (callWait === undefined) return undefined
    const byteWait = this.#move(at + Field.BYTES_UNTIL, now, numbers[at + Field.BYTE]! * bytes, waitMax)
    if (byteWait === undefined) {
      this.#moveBack(at + Field.CALLS_UNTIL, numbers[at + Field.CALL]!)
      return undefined
    }
    return Math.max(0, callWait - burst, byteWait - burst) / 1e6
  }

  /** A call that was booked is not done after all. */
  giveBack(owner: number, bytes: number): void {
    if (!this.has(owner)) return
    const at = this.#place(owner)
    this.#moveBack(at + Field.CALLS_UNTIL, this.#numbers[at + Field.CALL]!)
    this.#moveBack(at + Field.BYTES_UNTIL, this.#numbers[at + Field.BYTE]! * bytes)
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

  #moveBack(at: number, nanoseconds: number): void {
    Atomics.sub(this.#times, at, BigInt(Math.round(nanoseconds)))
  }

  #place(owner: number): number {
    return headerFields + (owner % this.capacity) * entryFields
  }

  /** Empties a place, of which nobody may be the owner. */
  #forget(at: number): void {
    if (this.#numbers[at + Field.OWNER] !== 0) this.#numbers[0]! -= 1
    this.#numbers.fill(0, at, at + entryFields)
  }
}

function timeOf(perSecond: number | null): number {
  return perSecond === null ? 0 : nanosecondsPerSecond / perSecond
}

/** The limits of all shares, and of all grants. */
export interface Rates {
  readonly shares: RateTable
  readonly grants: RateTable
}
