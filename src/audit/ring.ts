import type { FileEvent } from './event.ts'

/**
 * File operations on their way from a lane to the writer: a ring of bytes in shared memory with one who appends and one
 * who takes. Nobody waits. What finds no room is counted.
 *
 * Memory: three words that {@link Word} names, then the ring. A record begins with its size and lies in one piece; a
 * size of 0 says that the rest up to the ring's end is unused. All is in multiples of 4 bytes.
 */
const Word = {
  /** Bytes ever appended and ever taken, modulo 2^32. */
  APPENDED: 0,
  TAKEN: 1,
  /** Events ever dropped, modulo 2^32. */
  DROPPED: 2,
} as const
const wordsSize = 16

/** Words of a record before its paths. */
const Field = {
  SIZE: 0,
  OPERATION: 1,
  STATUS: 2,
  GRANT: 3,
  SHARE: 4,
  UID: 5,
  GID: 6,
  AT_HIGH: 7,
  AT_LOW: 8,
  PATH_SIZE: 9,
  /** The upper bit says that a path was cut. */
  TO_SIZE: 10,
} as const
const fieldsSize = 44
const cutFlag = 0x8000_0000
const twoTo32 = 0x1_0000_0000

/** A fifth of a second of what one lane can create and remove at most. A power of two. */
export const ringSizeDefault = 4 * 1024 * 1024

/** A directory's path is cut here, which is PATH_MAX of Linux: deeper ones can be made, but hardly by accident. */
export const directorySizeMax = 4096
/** NAME_MAX of Linux: what is longer was refused, and its beginning says enough. */
export const nameSizeMax = 255

/** Up to this size a loop copies faster than a call of `set`. */
const loopCopySizeMax = 48

const nothing = new Uint8Array(0)

/** Shared memory for one lane's file operations. */
export function createRing(sizeBytes = ringSizeDefault): SharedArrayBuffer {
  return new SharedArrayBuffer(wordsSize + sizeBytes)
}

/** The lane's end. */
export class AuditBuffer {
  readonly #state: Int32Array
  readonly #words: Uint32Array
  readonly #bytes: Uint8Array
  readonly #size: number
  #appended: number

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, wordsSize / 4)
    this.#words = new Uint32Array(memory, wordsSize)
    this.#bytes = new Uint8Array(memory, wordsSize)
    this.#size = this.#bytes.length
    this.#appended = Atomics.load(this.#state, Word.APPENDED) >>> 0
  }

  /** Takes note of an operation, or counts it as dropped when the writer is behind by the whole ring. */
  append(event: FileEvent): void {
    const { directory, name, toDirectory = nothing, toName = nothing } = event
    const pathSize = joinedSize(directory, name)
    const toSize = joinedSize(toDirectory, toName)
    const size = fieldsSize + ((pathSize + toSize + 3) & ~3)
    const start = this.#room(size)
    if (start < 0) {
      Atomics.add(this.#state, Word.DROPPED, 1)
      return
    }
    const words = this.#words
    const word = start >>> 2
    const isCut = isTooLong(directory, name) || isTooLong(toDirectory, toName)
    words[word + Field.SIZE] = size
    words[word + Field.OPERATION] = event.operation
    words[word + Field.STATUS] = event.status
    words[word + Field.GRANT] = event.grant
    words[word + Field.SHARE] = event.shareId
    words[word + Field.UID] = event.uid
    words[word + Field.GID] = event.gid
    words[word + Field.AT_HIGH] = event.at / twoTo32
    words[word + Field.AT_LOW] = event.at
    words[word + Field.PATH_SIZE] = pathSize
    words[word + Field.TO_SIZE] = isCut ? toSize | cutFlag : toSize
    this.#join(directory, name, start + fieldsSize)
    if (toSize > 0) this.#join(toDirectory, toName, start + fieldsSize + pathSize)
    this.#appended = (this.#appended + size) >>> 0
    // The writer sees the record only now, and whole.
    Atomics.store(this.#state, Word.APPENDED, this.#appended | 0)
  }

  /** Where a record of this size can begin; -1: nowhere. */
  #room(size: number): number {
    const free = this.#size - ((this.#appended - Atomics.load(this.#state, Word.TAKEN)) >>> 0)
    const start = this.#appended & (this.#size - 1)
    const toEnd = this.#size - start
    if (size <= toEnd) return size <= free ? start : -1
    if (toEnd + size > free) return -1
    this.#words[(start >>> 2) + Field.SIZE] = 0
    this.#appended = (this.#appended + toEnd) >>> 0
    return 0
  }

  #join(directory: Uint8Array, name: Uint8Array, start: number): void {
    const directorySize = Math.min(directory.length, directorySizeMax)
    let at = start
    if (directorySize > 0) {
      this.#copy(directory, directorySize, at)
      at += directorySize
      if (name.length === 0) return
      this.#bytes[at++] = 0x2f
    }
    this.#copy(name, Math.min(name.length, nameSizeMax), at)
  }

  #copy(from: Uint8Array, size: number, at: number): void {
    if (size > loopCopySizeMax) {
      this.#bytes.set(size === from.length ? from : from.subarray(0, size), at)
      return
    }
    const bytes = this.#bytes
    for (let index = 0; index < size; index++) bytes[at + index] = from[index]!
  }
}

function joinedSize(directory: Uint8Array, name: Uint8Array): number {
  const directorySize = Math.min(directory.length, directorySizeMax)
  const nameSize = Math.min(name.length, nameSizeMax)
  return directorySize + nameSize + (directorySize > 0 && nameSize > 0 ? 1 : 0)
}

function isTooLong(directory: Uint8Array, name: Uint8Array): boolean {
  return directory.length > directorySizeMax || name.length > nameSizeMax
}

/** A record in the ring. The same object serves for each; its bytes are good until the next. */
export interface RingRecord {
  at: number
  operation: number
  status: number
  grant: number
  shareId: number
  uid: number
  gid: number
  isCut: boolean
  /** Where the paths are in {@link RingReader.bytes}; `to` is empty but for RENAME and LINK. */
  pathStart: number
  pathEnd: number
  toEnd: number
}

/** The writer's end. */
export class RingReader {
  readonly bytes: Buffer
  readonly #state: Int32Array
  readonly #words: Uint32Array
  readonly #record: RingRecord = {
    ...{ at: 0, operation: 0, status: 0, grant: 0, shareId: 0, uid: 0, gid: 0 },
    ...{ isCut: false, pathStart: 0, pathEnd: 0, toEnd: 0 },
  }
  #taken: number
  #dropped: number

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory, 0, wordsSize / 4)
    this.#words = new Uint32Array(memory, wordsSize)
    this.bytes = Buffer.from(memory, wordsSize)
    this.#taken = Atomics.load(this.#state, Word.TAKEN) >>> 0
    this.#dropped = Atomics.load(this.#state, Word.DROPPED) >>> 0
  }

  /** How far the lane has come: what {@link take} may take. */
  appended(): number {
    return Atomics.load(this.#state, Word.APPENDED) >>> 0
  }

  /** Hands over each record up to `end`, oldest first. */
  take(end: number, handle: (record: RingRecord, bytes: Buffer) => void): void {
    const size = this.bytes.length
    while (this.#taken !== end) {
      const start = this.#taken & (size - 1)
      const recordSize = this.#words[start >>> 2]!
      if (recordSize > 0) handle(this.#read(start), this.bytes)
      this.#taken = (this.#taken + (recordSize > 0 ? recordSize : size - start)) >>> 0
      Atomics.store(this.#state, Word.TAKEN, this.#taken | 0)
    }
  }

  /** How many events were dropped since this was last asked. */
  takeDropped(): number {
    const dropped = Atomics.load(this.#state, Word.DROPPED) >>> 0
    const news = (dropped - this.#dropped) >>> 0
    this.#dropped = dropped
    return news
  }

  #read(start: number): RingRecord {
    const words = this.#words
    const word = start >>> 2
    const record = this.#record
    const toSize = words[word + Field.TO_SIZE]!
    record.operation = words[word + Field.OPERATION]!
    record.status = words[word + Field.STATUS]!
    record.grant = words[word + Field.GRANT]!
    record.shareId = words[word + Field.SHARE]!
    record.uid = words[word + Field.UID]!
    record.gid = words[word + Field.GID]!
    record.at = words[word + Field.AT_HIGH]! * twoTo32 + words[word + Field.AT_LOW]!
    record.isCut = toSize >= cutFlag
    record.pathStart = start + fieldsSize
    record.pathEnd = record.pathStart + words[word + Field.PATH_SIZE]!
    record.toEnd = record.pathEnd + (toSize & ~cutFlag)
    return record
  }
}
