const [quote, backslash, open, close] = [0x22, 0x5c, 0x7b, 0x7d]

/** Bytes of one object: a status line, a snapshot with its tags. */
const objectSizeMax = 1024 * 1024

/**
 * Finds the JSON objects in what restic writes: one a line, or all in one list. What is around them is passed over. So a
 * list of any length is read piece by piece.
 */
export class JsonObjects {
  readonly #onObject: (object: Readonly<Record<string, unknown>>) => void
  #pieces: Buffer[] = []
  #size = 0
  #depth = 0
  #isInText = false
  #isEscaped = false

  constructor(onObject: (object: Readonly<Record<string, unknown>>) => void) {
    this.#onObject = onObject
  }

  /** @throws {Error} for what is no JSON, or an object over {@link objectSizeMax} */
  write(chunk: Buffer): void {
    let begin = this.#depth > 0 ? 0 : -1
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#isInText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === backslash) this.#isEscaped = true
        else if (byte === quote) this.#isInText = false
      } else if (byte === quote) this.#isInText = this.#depth > 0
      else if (byte === open && this.#depth++ === 0) begin = at
      else if (byte === close && this.#depth > 0 && --this.#depth === 0) {
        this.#keep(chunk.subarray(begin, at + 1))
        this.#tell()
        begin = -1
      }
    }
    if (begin >= 0) this.#keep(Buffer.from(chunk.subarray(begin)))
  }

  #keep(piece: Buffer): void {
    this.#size += piece.length
    if (this.#size > objectSizeMax)
      throw new Error(`restic has written an object over ${objectSizeMax} bytes`)
    this.#pieces.push(piece)
  }

  #tell(): void {
    const object = JSON.parse(Buffer.concat(this.#pieces).toString()) as Record<string, unknown>
    this.#pieces = []
    this.#size = 0
    this.#onObject(object)
  }
}
