import { type FileData, XdrWriter } from '../xdr/index.ts'
import type { BufferPool } from './buffer-pool.ts'

/** Size of the buffer in which a batch starts: the pool should have it. */
export const batchBufferSize = 64 * 1024
/** Room that every reply finds. One that needs more says so with `ensure` before it has written much. */
const replyRoom = 4096
/** A segment smaller than its buffer by this factor is copied out: a client that does not read must not hold the buffer. */
const copiedShare = 16

/** Size of the buffer into which it is copied; what is still smaller is copied into memory that others share. */
export const copyBufferSize = batchBufferSize / copiedShare
const tinySizeMax = 512

const freeBatchCountMax = 16

const lastFragmentBit = 0x8000_0000

/** Size of an opaque's data with its padding. */
export function paddedSize(size: number): number {
  return size + (-size & 3)
}

/** Takes the bytes of a batch, to be sent in this order. `pooled` goes back to the pool once `bytes` are sent. */
export interface ReplyOutput {
  send(bytes: Buffer, pooled: Buffer | undefined): void
}

interface Segment {
  buffer: Buffer
  start: number
  end: number
}

/**
 * The replies to one chunk of calls, each with its record mark, in as few buffers as will hold them.
 *
 * A reply that outgrows its buffer moves to a larger one, alone: the replies before it stay where they are. It keeps
 * its offset there, so that an offset taken before `ensure` is right after it.
 */
export class ReplyBatch extends XdrWriter {
  readonly #pool: BufferPool
  /** What is finished in earlier buffers. */
  #segments: Segment[] = []
  #segmentBytes = 0
  /** Where this batch starts in the current buffer. */
  #start = 0
  /** Where the current reply starts: its record mark. */
  #replyStart = 0
  #replyOpen = false
  #takesFile = false
  #file: FileData | undefined

  constructor(pool: BufferPool) {
    super(pool.take(batchBufferSize))
    this.#pool = pool
  }

  /** Bytes written since the last flush. */
  get size(): number {
    return this.#segmentBytes + this.offset - this.#start
  }

  /** Pieces in which this batch would be sent now. */
  get pieceCount(): number {
    return this.#segments.length + (this.offset > this.#start ? 1 : 0)
  }

  override get takesFile(): boolean {
    return this.#takesFile
  }

  /** Set by who will send the batch: whether the reply written next may end in a file's data. */
  override set takesFile(takes: boolean) {
    this.#takesFile = takes
  }

  override appendFile(file: FileData): void {
    this.#file = file
  }

  /** The data that follows the last reply; the batch must be sent before the next reply is started. */
  get file(): FileData | undefined {
    return this.#file
  }

  /** The bytes of this batch, when they are in one piece: a view. */
  get piece(): Buffer | undefined {
    return this.#segments.length === 0 ? this.buffer.subarray(this.#start, this.offset) : undefined
  }

  /** Has `send` take the bytes of this batch, if they are in one piece: it answers how many it took, which are forgotten. */
  offer(send: (bytes: Buffer, start: number, end: number) => number): void {
    if (this.#segments.length > 0 || this.offset === this.#start) return
    this.skip(Math.max(0, send(this.buffer, this.#start, this.offset)))
  }

  /** Forgets the first `size` bytes, which have been sent; they are in one piece. */
  skip(size: number): void {
    this.#start += size
    if (this.#start === this.offset) this.#start = this.offset = 0
  }

  override ensure(size: number): void {
    const { buffer, offset } = this
    if (offset + size <= buffer.length) return
    const larger = this.#pool.take(offset + size)
    buffer.copy(larger, this.#replyStart, this.#replyStart, offset)
    if (this.#replyStart > this.#start) this.#seal(buffer, this.#replyStart)
    else this.#pool.give(buffer)
    this.#start = this.#replyStart
    this.reset(larger, offset)
  }

  /** Starts a reply: what follows belongs to it, up to {@link finishReply} or {@link dropReply}. */
  startReply(): void {
    if (this.offset > batchBufferSize - replyRoom) {
      this.#seal(this.buffer, this.offset)
      this.#start = 0
      this.reset(this.#pool.take(batchBufferSize))
    }
    this.#replyStart = this.offset
    this.#replyOpen = true
    this.uint32(0)
  }

  /** Ends a reply, as a record of one fragment (RFC 5531 §11). */
  finishReply(): void {
    this.#replyOpen = false
    const fileSize = this.#file === undefined ? 0 : paddedSize(this.#file.count)
    this.patchUint32(this.#replyStart, (this.offset - this.#replyStart - 4 + fileSize) | lastFragmentBit)
  }

  /** Forgets the reply that was started and not finished, if there is one. */
  dropReply(): void {
    if (this.#replyOpen) this.offset = this.#replyStart
    this.#replyOpen = false
    this.#file = undefined
  }

  /** Empties the reply, but for its mark. */
  restartReply(): void {
    this.offset = this.#replyStart + 4
    this.#file = undefined
  }

  /** The reply finished last, without its mark: a view, valid until the next write. */
  reply(): Buffer {
    return this.buffer.subarray(this.#replyStart + 4, this.offset)
  }

  /** Adds a reply made earlier, given without its mark. */
  appendReply(bytes: Buffer): void {
    this.startReply()
    this.ensure(bytes.length)
    bytes.copy(this.buffer, this.offset)
    this.offset += bytes.length
    this.finishReply()
  }

  /** Hands everything to `output` and is empty again. */
  flush(output: ReplyOutput): void {
    this.#file = undefined
    for (const { buffer, start, end } of this.#segments)
      if (!this.#hand(output, buffer, start, end)) this.#pool.give(buffer)
    this.#segments = []
    this.#segmentBytes = 0
    if (this.offset === this.#start) return
    if (this.#hand(output, this.buffer, this.#start, this.offset))
      this.reset(this.#pool.take(batchBufferSize))
    this.#start = this.offset = 0
  }

  /** Hands out a segment; returns whether its buffer went with it. */
  #hand(output: ReplyOutput, buffer: Buffer, start: number, end: number): boolean {
    const bytes = buffer.subarray(start, end)
    const lent = bytes.length > buffer.length / copiedShare
    if (lent) output.send(bytes, buffer)
    else if (bytes.length <= tinySizeMax) output.send(Buffer.from(bytes), undefined)
    else {
      const copy = this.#pool.take(bytes.length)
      bytes.copy(copy)
      output.send(copy.subarray(0, bytes.length), copy)
    }
    return lent
  }

  /** Forgets everything written. */
  clear(): void {
    for (const { buffer } of this.#segments) this.#pool.give(buffer)
    this.#segments = []
    this.#segmentBytes = 0
    this.offset = this.#start
    this.#replyOpen = false
    this.#file = undefined
    this.#takesFile = false
  }

  #seal(buffer: Buffer, end: number): void {
    this.#segments.push({ buffer, start: this.#start, end })
    this.#segmentBytes += end - this.#start
  }
}

/** Empty batches for those who have replies to write: one or two serve any number of connections. */
export class ReplyBatches {
  readonly #pool: BufferPool
  readonly #free: ReplyBatch[] = []

  constructor(pool: BufferPool) {
    this.#pool = pool
  }

  take(): ReplyBatch {
    return this.#free.pop() ?? new ReplyBatch(this.#pool)
  }

  give(batch: ReplyBatch): void {
    batch.clear()
    if (this.#free.length < freeBatchCountMax) this.#free.push(batch)
    else this.#pool.give(batch.buffer)
  }
}
