/** Connections of all lanes together: a limit is one of the gateway, not of a lane. */
export class ConnectionCount {
  readonly buffer: SharedArrayBuffer
  readonly #count: Int32Array
  readonly #max: number

  static create(max: number): ConnectionCount {
    return new ConnectionCount(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT), max)
  }

  constructor(buffer: SharedArrayBuffer, max: number) {
    this.buffer = buffer
    this.#count = new Int32Array(buffer)
    this.#max = max
  }

  /** Counts one more, if there may be one more. */
  enter(): boolean {
    if (Atomics.add(this.#count, 0, 1) < this.#max) return true
    this.leave()
    return false
  }

  leave(): void {
    Atomics.sub(this.#count, 0, 1)
  }
}
