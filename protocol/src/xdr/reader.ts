import { XdrError } from './error.ts'

/**
 * Reads XDR (RFC 4506) from a slice of a buffer.
 *
 * Opaques are views of the buffer, not copies: a caller that keeps one past the call copies it. One reader serves
 * many records through {@link reset}, so that the hot path allocates none.
 */
export class XdrReader {
  #buffer: Buffer
  #view: DataView
  #offset: number
  #end: number

  constructor(buffer: Buffer, offset = 0, end = buffer.length) {
    this.#buffer = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    this.#offset = offset
    this.#end = end
  }

  /** Points the reader at bytes `offset` (inclusive) to `end` (exclusive) of `buffer`. */
  reset(buffer: Buffer, offset = 0, end = buffer.length): void {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer
      this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    }
    this.#offset = offset
    this.#end = end
  }

  get buffer(): Buffer {
    return this.#buffer
  }

  /** Offset in {@link buffer} of the next byte to be read. */
  get offset(): number {
    return this.#offset
  }

  /** Offset in {@link buffer} just past the last byte that belongs to this message. */
  get end(): number {
    return this.#end
  }

  get remaining(): number {
    return this.#end - this.#offset
  }

  /** Unsigned integer, RFC 4506 §4.2. */
  uint32(): number {
    const at = this.#offset
    if (at + 4 > this.#end) throw new XdrError('message ends inside a 4-byte integer', at)
    this.#offset = at + 4
    return this.#view.getUint32(at)
  }

  /** Integer, RFC 4506 §4.1. */
  int32(): number {
    return this.uint32() | 0
  }

  /** Boolean, RFC 4506 §4.4: 0 or 1, anything else is an error. */
  bool(): boolean {
    const value = this.uint32()
    if (value > 1) throw new XdrError(`boolean of value ${value}`, this.#offset - 4)
    return value === 1
  }

  /**
   * Unsigned hyper integer, RFC 4506 §4.5, as a number. Above 2^53-1 the value is rounded, never wrapped, so that a
   * comparison with a limit below 2^53 is right for every input. Use two {@link uint32} for opaque 64-bit values.
   */
  uint64(): number {
    const high = this.uint32()
    return high * 0x1_0000_0000 + this.uint32()
  }

  /** Fixed-length opaque, RFC 4506 §4.9: a view of `size` bytes. */
  fixedOpaque(size: number): Buffer {
    const start = this.#take(size)
    return this.#buffer.subarray(start, start + size)
  }

  /** Variable-length opaque of at most `sizeMax` bytes, RFC 4506 §4.10: a view. */
  opaque(sizeMax: number): Buffer {
    const size = this.opaqueSize(sizeMax)
    const start = this.#take(size)
    return this.#buffer.subarray(start, start + size)
  }

  /** Skips a variable-length opaque of at most `sizeMax` bytes and returns its size; its data starts at {@link offset} - padded size. */
  skipOpaque(sizeMax: number): number {
    const size = this.opaqueSize(sizeMax)
    this.#take(size)
    return size
  }

  /** The length word of a variable-length opaque, checked against `sizeMax` before a byte of it is taken. */
  opaqueSize(sizeMax: number): number {
    const size = this.uint32()
    if (size > sizeMax) throw new XdrError(`opaque of ${size} bytes, limit ${sizeMax}`, this.#offset - 4)
    return size
  }

  /** Fails unless every byte of the message has been read: trailing bytes mean that the two sides disagree on its type. */
  expectEnd(): void {
    if (this.#offset !== this.#end)
      throw new XdrError(`${this.remaining} bytes after the end of the message`, this.#offset)
  }

  /** Takes `size` bytes and their padding, returns where they start. */
  #take(size: number): number {
    const start = this.#offset
    const next = start + size + (-size & 3)
    if (next > this.#end) throw new XdrError(`message ends inside an opaque of ${size} bytes`, start)
    this.#offset = next
    return start
  }
}
