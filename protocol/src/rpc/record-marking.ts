import type { BufferPool } from './buffer-pool.ts'

/** Bytes that cannot be cut into records, or a record that is no call: the connection is closed. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

export interface RecordLimits {
  readonly recordSizeMax: number
  readonly fragmentCountMax: number
  readonly assemblyBytesMax: number
}

/** Bytes taken by incomplete records, counted over all connections. */
export interface AssemblyUsage {
  bytes: number
}

const lastFragmentBit = 0x8000_0000
/** Records of at least this many bytes are assembled in pooled buffers. */
const pooledSizeMin = 64 * 1024
/** A fragment with this many bytes to come is worth receiving in place. */
const inPlaceSizeMin = 32 * 1024
/** What is kept of a chunk beyond this is kept in a pooled buffer. */
const smallSizeMax = 512
const nothing = Buffer.alloc(0)

/**
 * Cuts a TCP stream into records, RFC 5531 §11: each is a sequence of fragments, each fragment a header of 4 bytes (the
 * top bit marks the last one, the rest is its size) and its data.
 *
 * `push` takes a chunk, `next` finds the records in it one by one. A record that lies whole in the chunk is a view of
 * it; any other is copied once into a buffer of its own. A record is valid until the following `next`.
 */
export class RecordDecoder {
  readonly #limits: RecordLimits
  readonly #pool: BufferPool
  readonly #usage: AssemblyUsage

  #chunk: Buffer | undefined
  #at = 0
  /** The pooled buffer in which the chunk is kept, if it is. */
  #kept: Buffer | undefined

  // The header of the current fragment, and how many of its 4 bytes have come.
  #header = 0
  #headerBytes = 0
  /** Bytes of the current fragment still to come. */
  #fragmentLeft = 0
  #fragmentCount = 0

  // The record being assembled: `#assembled` bytes of it are here.
  #assembly: Buffer | undefined
  #assembled = 0
  #complete = false
  /** Size of the last record found. */
  #lastSize = 0

  /** The record found by the last `next()`: bytes `start` to `end` of `buffer`. */
  buffer: Buffer = Buffer.alloc(0)
  start = 0
  end = 0

  constructor(limits: RecordLimits, pool: BufferPool, usage: AssemblyUsage) {
    this.#limits = limits
    this.#pool = pool
    this.#usage = usage
  }

  /** True between the first byte of a record and its last. */
  get midRecord(): boolean {
    return (this.#fragmentCount > 0 && !this.#complete) || this.#headerBytes > 0
  }

  /** Takes the next bytes of the stream, after `next` has returned false or all was used when the chunk was let go. */
  push(chunk: Buffer): void {
    this.#chunk = chunk
    this.#at = 0
  }

  /** Whether `next` has something to look at: a record, or the begin of one. */
  get hasMore(): boolean {
    return this.#chunk !== undefined && this.#at < this.#chunk.length
  }

  /**
   * Where the next bytes of the stream may be put instead of being pushed: the rest of a large fragment, in the record's
   * own buffer. Whoever puts bytes there says how many by {@link received}.
   */
  get room(): Buffer | undefined {
    if (this.#fragmentLeft < inPlaceSizeMin || this.#assembly === undefined || this.#chunk !== undefined)
      return undefined
    return this.#assembly.subarray(this.#assembled, this.#assembled + this.#fragmentLeft)
  }

  /** Whether the last record was large: then the next one is likely to be, and its head is best received alone. */
  get expectsLarge(): boolean {
    return this.#lastSize >= pooledSizeMin && this.#chunk === undefined
  }

  /** Takes `size` bytes that have been put into {@link room}. */
  received(size: number): void {
    this.#assembled += size
    this.#fragmentLeft -= size
    if (this.#fragmentLeft > 0) return
    this.#chunk = nothing
    this.#at = 0
  }

  /** Copies what of the chunk is not used yet: its buffer is about to be used again. */
  keepChunk(): void {
    const chunk = this.#chunk
    if (chunk === undefined) return
    const size = chunk.length - this.#at
    if (size <= smallSizeMax) this.#chunk = Buffer.from(chunk.subarray(this.#at))
    else {
      this.#kept = this.#pool.take(size)
      chunk.copy(this.#kept, 0, this.#at)
      this.#chunk = this.#kept.subarray(0, size)
    }
    this.#at = 0
  }

  /** Lets the chunk go if all of it is used; so does `next` when it finds that. */
  dropUsedChunk(): void {
    if (!this.hasMore) this.#dropChunk()
  }

  #dropChunk(): void {
    this.#chunk = undefined
    if (this.#kept === undefined) return
    this.#pool.give(this.#kept)
    this.#kept = undefined
  }

  /** Finds the next record. Errors: RecordError, and the stream is lost. */
  next(): boolean {
    if (this.#complete) this.#releaseAssembly()
    const chunk = this.#chunk
    if (chunk === undefined) return false
    if (!this.midRecord && chunk.length - this.#at >= 4) {
      const header = chunk.readUInt32BE(this.#at)
      const size = header & ~lastFragmentBit
      if (header >= lastFragmentBit && size <= chunk.length - this.#at - 4) {
        this.#checkSize(size)
        this.#lastSize = size
        return this.#found(chunk, this.#at + 4, (this.#at += 4 + size))
      }
    }
    return this.#assemble(chunk)
  }

  /** Gives back what an unfinished record holds. */
  dispose(): void {
    this.#dropChunk()
    this.#releaseAssembly()
  }

  #assemble(chunk: Buffer): boolean {
    for (;;) {
      if (this.#headerBytes === 4 && this.#fragmentLeft === 0) {
        this.#headerBytes = 0
        if (this.#header >= lastFragmentBit) {
          this.#complete = true
          this.#lastSize = this.#assembled
          return this.#found(this.#assembly!, 0, this.#assembled)
        }
      }
      if (this.#at >= chunk.length) break
      if (this.#headerBytes < 4) {
        this.#header = ((this.#header << 8) | chunk[this.#at++]!) >>> 0
        if (++this.#headerBytes === 4) this.#startFragment()
      } else {
        const end = Math.min(chunk.length, this.#at + this.#fragmentLeft)
        chunk.copy(this.#assembly!, this.#assembled, this.#at, end)
        this.#assembled += end - this.#at
        this.#fragmentLeft -= end - this.#at
        this.#at = end
      }
    }
    this.#dropChunk()
    return false
  }

  #startFragment(): void {
    const size = this.#header & ~lastFragmentBit
    this.#checkSize(this.#assembled + size)
    if (++this.#fragmentCount > this.#limits.fragmentCountMax)
      throw new RecordError(`record of over ${this.#limits.fragmentCountMax} fragments`)
    this.#fragmentLeft = size
    this.#makeRoom(this.#assembled + size)
  }

  /** Room for `size` bytes: exactly that for a record of one fragment, doubling when more fragments follow. */
  #makeRoom(size: number): void {
    const old = this.#assembly
    if (old !== undefined && size <= old.length) return
    const wanted =
      old === undefined ? size : Math.min(this.#limits.recordSizeMax, Math.max(size, 2 * old.length))
    if (this.#usage.bytes - (old?.length ?? 0) + wanted > this.#limits.assemblyBytesMax)
      throw new RecordError(`incomplete records over ${this.#limits.assemblyBytesMax} bytes`)
    const buffer = wanted >= pooledSizeMin ? this.#pool.take(wanted) : Buffer.allocUnsafe(wanted)
    old?.copy(buffer, 0, 0, this.#assembled)
    this.#dropBuffer()
    this.#assembly = buffer
    this.#usage.bytes += buffer.length
  }

  #checkSize(size: number): void {
    const { recordSizeMax } = this.#limits
    if (size > recordSizeMax) throw new RecordError(`record of ${size} bytes, limit ${recordSizeMax}`)
  }

  #found(buffer: Buffer, start: number, end: number): true {
    this.buffer = buffer
    this.start = start
    this.end = end
    return true
  }

  #releaseAssembly(): void {
    this.#dropBuffer()
    this.#assembled = 0
    this.#fragmentCount = 0
    this.#complete = false
  }

  #dropBuffer(): void {
    const buffer = this.#assembly
    if (buffer === undefined) return
    this.#assembly = undefined
    this.#usage.bytes -= buffer.length
    this.#pool.give(buffer)
  }
}
