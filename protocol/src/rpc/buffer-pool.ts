/**
 * Keeps used buffers for the next one who needs that size. A fresh 1 MiB buffer costs more than filling it: the kernel
 * zeroes its pages one by one as they are touched.
 */
export class BufferPool {
  readonly #sizes: readonly number[]
  readonly #free: readonly Buffer[][]
  readonly #bytesMax: number
  #bytes = 0

  /** Buffers of these sizes (bytes, ascending) are kept, `bytesMax` bytes of them in all. */
  constructor(sizes: readonly number[], bytesMax: number) {
    this.#sizes = sizes
    this.#free = sizes.map(() => [])
    this.#bytesMax = bytesMax
  }

  /** Bytes kept for reuse. */
  get bytes(): number {
    return this.#bytes
  }

  /** A buffer of at least `size` bytes. Its content is old: not zeroed. */
  take(size: number): Buffer {
    for (let i = 0; i < this.#sizes.length; i++) {
      const pooledSize = this.#sizes[i]!
      if (size > pooledSize) continue
      const buffer = this.#free[i]!.pop()
      if (buffer === undefined) return Buffer.allocUnsafeSlow(pooledSize)
      this.#bytes -= pooledSize
      return buffer
    }
    // A power of two, so that a writer which grows beyond all sizes doubles.
    return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(size)))
  }

  /** Takes back a buffer that nobody uses any more. */
  give(buffer: Buffer): void {
    const i = this.#sizes.indexOf(buffer.length)
    if (i < 0 || this.#bytes + buffer.length > this.#bytesMax) return
    this.#bytes += buffer.length
    this.#free[i]!.push(buffer)
  }
}
