/** Bytes of an open file: `count` of them from `position` on. */
export interface FileData {
  readonly fd: number
  /** Keeps the descriptor open while it is held. */
  readonly holder: { pin(): void; unpin(): void }
  readonly position: number
  readonly count: number
}

/**
 * Writes XDR (RFC 4506) into a buffer that grows when it must.
 *
 * The RPC layer keeps one writer for a batch of replies: nobody holds it across an `await`.
 */
export class XdrWriter {
  #buffer: Buffer
  #view: DataView
  #offset: number

  constructor(buffer: Buffer = Buffer.allocUnsafe(1024), offset = 0) {
    this.#buffer = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    this.#offset = offset
  }

  /** The buffer written into. It is another one after the writer has grown: never keep it across a write. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /** Offset in {@link buffer} at which the next byte goes. */
  get offset(): number {
    return this.#offset
  }

  /** Goes on at `offset`: back, to drop what was written after it. */
  set offset(offset: number) {
    this.#offset = offset
  }

  /** Goes on in another buffer. */
  reset(buffer: Buffer, offset = 0): void {
    this.#buffer = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    this.#offset = offset
  }

  /** What has been written: a view. */
  bytes(start = 0): Buffer {
    return this.#buffer.subarray(start, this.#offset)
  }

  /** Makes room for `size` more bytes without moving the offset. */
  ensure(size: number): void {
    const needed = this.#offset + size
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#offset)
    this.#buffer = larger
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.length)
  }

  uint32(value: number): void {
    if (this.#offset + 4 > this.#buffer.length) this.ensure(4)
    this.#view.setUint32(this.#offset, value)
    this.#offset += 4
  }

  /** Overwrites the 4 bytes at `offset`: for a length known only after what it counts. */
  patchUint32(offset: number, value: number): void {
    this.#view.setUint32(offset, value)
  }

  /** The 4 bytes that were written at `offset`. */
  peekUint32(offset: number): number {
    return this.#view.getUint32(offset)
  }

  bool(value: boolean): void {
    this.uint32(value ? 1 : 0)
  }

  /** Unsigned hyper integer from a safe integer. */
  uint64(value: number): void {
    if (this.#offset + 8 > this.#buffer.length) this.ensure(8)
    this.#view.setUint32(this.#offset, Math.floor(value / 0x1_0000_0000))
    this.#view.setUint32(this.#offset + 4, value >>> 0)
    this.#offset += 8
  }

  /** Unsigned hyper integer from its halves, each 0 to 2^32-1. */
  uint64Parts(high: number, low: number): void {
    if (this.#offset + 8 > this.#buffer.length) this.ensure(8)
    this.#view.setUint32(this.#offset, high)
    this.#view.setUint32(this.#offset + 4, low)
    this.#offset += 8
  }

  /** Fixed-length opaque with its padding. */
  fixedOpaque(bytes: Uint8Array): void {
    this.ensure(bytes.length + 3)
    this.#buffer.set(bytes, this.#offset)
    this.#offset += bytes.length
    this.#pad(bytes.length)
  }

  /** Variable-length opaque: length, bytes, padding. */
  opaque(bytes: Uint8Array): void {
    this.uint32(bytes.length)
    this.fixedOpaque(bytes)
  }

  /** Variable-length opaque from part of a buffer, without a view object. */
  opaqueRange(source: Buffer, start: number, end: number): void {
    const size = end - start
    this.ensure(size + 7)
    this.uint32(size)
    source.copy(this.#buffer, this.#offset, start, end)
    this.#offset += size
    this.#pad(size)
  }

  /** String in UTF-8. */
  string(text: string): void {
    this.opaque(Buffer.from(text, 'utf8'))
  }

  /** Counts `size` bytes that someone else wrote at {@link offset}, and pads them. Room is made by {@link ensure} first. */
  advanceOpaque(size: number): void {
    this.#offset += size
    this.ensure(3)
    this.#pad(size)
  }

  /** Whether this message may end in data that is sent from a file: {@link appendFile}. */
  get takesFile(): boolean {
    return false
  }

  /** Ends the message with an opaque's data, and its padding, that are in a file and not to be copied here. */
  appendFile(_file: FileData): void {
    throw new Error('this writer takes no file data')
  }

  // allocUnsafe is not zeroed: padding must be, or old memory reaches the client.
  #pad(size: number): void {
    for (let missing = -size & 3; missing > 0; missing--) this.#buffer[this.#offset++] = 0
  }
}
