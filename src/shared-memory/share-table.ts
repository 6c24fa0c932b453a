/** How a share stands, as lanes need to know it on each call. */
export interface ShareState {
  readonly readOnly: boolean
  /** CREATE, REMOVE and the like are left to the kernel to bring to disk. */
  readonly relaxed: boolean
  /** Its calls are put off: clients wait and try again. */
  readonly offline: boolean
  readonly audit: 'off' | 'changes' | 'opens'
  /** Whether `.snapshot` is listed at its root. */
  readonly listsSnapshots?: boolean
  /** Whether its snapshots are for backups alone. */
  readonly closesSnapshots?: boolean
  /** Bytes; undefined: no limit. */
  readonly quotaBytes: number | undefined
  readonly quotaFiles: number | undefined
}

/** Bits of a share's flags. */
export const ShareFlag = {
  /** The place holds a share. */
  PRESENT: 1,
  READ_ONLY: 2,
  RELAXED: 4,
  OFFLINE: 8,
  AUDIT_CHANGES: 16,
  AUDIT_OPENS: 32,
  LISTS_SNAPSHOTS: 64,
  CLOSES_SNAPSHOTS: 128,
} as const

export interface ShareUse {
  bytes: number
  files: number
}

/** Told of what calls on a share take and give back. */
export type OnAdded = (shareId: number, bytes: number, files: number) => void

/** Numbers of an entry before those of the lanes, 64 bits each. Infinity stands for no limit. */
const Field = { ID: 0, FLAGS: 1, QUOTA_BYTES: 2, QUOTA_FILES: 3, COUNTED_BYTES: 4, COUNTED_FILES: 5 } as const
const fixedFields = 6

/**
 * The shares that are served, in memory that the control plane writes and every lane reads: flags, quotas, and what is
 * used. A lane adds what its own calls take and give back in numbers that no other thread writes, so that counting needs
 * no lock; the sum of all is what is used.
 *
 * A share's place is its number modulo the capacity; the control plane gives out only numbers whose place is free.
 */
export class ShareTable {
  readonly buffer: SharedArrayBuffer
  readonly laneCount: number
  readonly capacity: number
  readonly #fieldCount: number
  readonly #numbers: Float64Array
  /** The same memory, for flags: they are read and written whole. */
  readonly #words: Int32Array
  readonly #onAdded: OnAdded | undefined

  /** A new table; `capacity` is the most shares that are served at once. */
  static create(capacity: number, laneCount: number): ShareTable {
    const fieldCount = fixedFields + 2 * laneCount
    return new ShareTable(new SharedArrayBuffer(capacity * fieldCount * 8), laneCount)
  }

  /**
   * `onAdded`: for a thread that is no lane, told of what its calls take and give back instead of its being counted: a lane
   * counts it for the thread.
   */
  constructor(buffer: SharedArrayBuffer, laneCount: number, onAdded?: OnAdded) {
    this.buffer = buffer
    this.laneCount = laneCount
    this.#onAdded = onAdded
    this.#fieldCount = fixedFields + 2 * laneCount
    this.capacity = buffer.byteLength / (this.#fieldCount * 8)
    this.#numbers = new Float64Array(buffer)
    this.#words = new Int32Array(buffer)
  }

  /** Whether a share with this number can be put in: no other has its place. */
  hasRoomFor(id: number): boolean {
    const present = this.#numbers[this.#place(id) + Field.ID]!
    return present === 0 || present === id
  }

  /** Whether the share is served. */
  has(id: number): boolean {
    return this.#numbers[this.#place(id) + Field.ID] === id
  }

  /** Puts a share in. For the control plane alone. @throws RangeError if its place is taken. */
  add(id: number, state: ShareState, used: ShareUse): void {
    if (!this.hasRoomFor(id)) throw new RangeError(`share ${id}: its place is taken`)
    const at = this.#place(id)
    this.#numbers.fill(0, at, at + this.#fieldCount)
    this.#numbers[at + Field.ID] = id
    this.#numbers[at + Field.COUNTED_BYTES] = used.bytes
    this.#numbers[at + Field.COUNTED_FILES] = used.files
    this.#write(at, state)
  }

  /** Changes how a share stands: true from the next call on. For the control plane alone. */
  change(id: number, state: ShareState): void {
    const at = this.#place(id)
    if (this.#numbers[at + Field.ID] === id) this.#write(at, state)
  }

  /** The share is served no more. For the control plane alone. */
  remove(id: number): void {
    const at = this.#place(id)
    if (this.#numbers[at + Field.ID] !== id) return
    Atomics.store(this.#words, (at + Field.FLAGS) * 2, 0)
    this.#numbers[at + Field.ID] = 0
  }

  /** What is used by the last count and the calls since. */
  used(id: number): ShareUse {
    return this.slot(id, 0).used()
  }

  /** A count of all files has ended: what is used is now what it found. For the control plane alone. */
  counted(id: number, found: ShareUse): void {
    const slot = this.slot(id, 0)
    const { bytes, files } = slot.addedByLanes()
    const at = this.#place(id)
    if (this.#numbers[at + Field.ID] !== id) return
    this.#numbers[at + Field.COUNTED_BYTES] = found.bytes - bytes
    this.#numbers[at + Field.COUNTED_FILES] = found.files - files
  }

  /** One share as the lane with this index, counted from 0, sees it. */
  slot(id: number, lane: number): ShareSlot {
    if (lane >= this.laneCount) throw new RangeError(`lane ${lane} of ${this.laneCount}`)
    const onAdded = this.#onAdded
    const told = onAdded && ((bytes: number, files: number) => onAdded(id, bytes, files))
    return new ShareSlot(this.#numbers, this.#words, this.#place(id), this.laneCount, lane, told)
  }

  #place(id: number): number {
    return (id % this.capacity) * this.#fieldCount
  }

  #write(at: number, state: ShareState): void {
    this.#numbers[at + Field.QUOTA_BYTES] = state.quotaBytes ?? Infinity
    this.#numbers[at + Field.QUOTA_FILES] = state.quotaFiles ?? Infinity
    Atomics.store(this.#words, (at + Field.FLAGS) * 2, flagsOf(state))
  }
}

function flagsOf({ readOnly, relaxed, offline, audit, listsSnapshots, closesSnapshots }: ShareState): number {
  return (
    ShareFlag.PRESENT |
    (readOnly ? ShareFlag.READ_ONLY : 0) |
    (relaxed ? ShareFlag.RELAXED : 0) |
    (offline ? ShareFlag.OFFLINE : 0) |
    (audit === 'off' ? 0 : ShareFlag.AUDIT_CHANGES) |
    (audit === 'opens' ? ShareFlag.AUDIT_OPENS : 0) |
    (listsSnapshots === true ? ShareFlag.LISTS_SNAPSHOTS : 0) |
    (closesSnapshots === true ? ShareFlag.CLOSES_SNAPSHOTS : 0)
  )
}

/** A share's entry in the table. */
export class ShareSlot {
  readonly #numbers: Float64Array
  readonly #words: Int32Array
  readonly #at: number
  readonly #laneCount: number
  readonly #own: number
  readonly #onAdded: ((bytes: number, files: number) => void) | undefined

  constructor(
    numbers: Float64Array,
    words: Int32Array,
    at: number,
    laneCount: number,
    lane: number,
    onAdded?: (bytes: number, files: number) => void,
  ) {
    this.#onAdded = onAdded
    this.#numbers = numbers
    this.#words = words
    this.#at = at
    this.#laneCount = laneCount
    this.#own = at + fixedFields + 2 * lane
  }

  /** Bits of {@link ShareFlag}; 0 when the share is no more. */
  get flags(): number {
    return Atomics.load(this.#words, (this.#at + Field.FLAGS) * 2)
  }

  /** Bytes that may be used; Infinity without a limit. */
  get quotaBytes(): number {
    return this.#numbers[this.#at + Field.QUOTA_BYTES]!
  }

  get quotaFiles(): number {
    return this.#numbers[this.#at + Field.QUOTA_FILES]!
  }

  /** Counts what a call of this lane has taken, or given back. */
  add(bytes: number, files: number): void {
    if (this.#onAdded !== undefined) {
      this.#onAdded(bytes, files)
      return
    }
    this.#numbers[this.#own]! += bytes
    this.#numbers[this.#own + 1]! += files
  }

  /** Whether that much more fits. */
  hasRoom(bytes: number, files: number): boolean {
    const numbers = this.#numbers
    let [bytesUsed, filesUsed] = [
      numbers[this.#at + Field.COUNTED_BYTES]!,
      numbers[this.#at + Field.COUNTED_FILES]!,
    ]
    const end = this.#at + fixedFields + 2 * this.#laneCount
    for (let at = this.#at + fixedFields; at < end; at += 2) {
      bytesUsed += numbers[at]!
      filesUsed += numbers[at + 1]!
    }
    return bytesUsed + bytes <= this.quotaBytes && filesUsed + files <= this.quotaFiles
  }

  /** Never below zero: files removed on the host are counted at the next count. */
  used(): ShareUse {
    const { bytes, files } = this.addedByLanes()
    return {
      bytes: Math.max(0, this.#numbers[this.#at + Field.COUNTED_BYTES]! + bytes),
      files: Math.max(0, this.#numbers[this.#at + Field.COUNTED_FILES]! + files),
    }
  }

  /** What the calls of all lanes have taken since the share was put in. */
  addedByLanes(): ShareUse {
    const added = { bytes: 0, files: 0 }
    const end = this.#at + fixedFields + 2 * this.#laneCount
    for (let at = this.#at + fixedFields; at < end; at += 2) {
      added.bytes += this.#numbers[at]!
      added.files += this.#numbers[at + 1]!
    }
    return added
  }
}
