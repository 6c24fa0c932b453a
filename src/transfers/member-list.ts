const lineFeed = 0x0a
/** What `tar --verbose --verbose` begins the line of a device with. */
const deviceMarks: ReadonlySet<number> = new Set(Buffer.from('bc'))
/** Characters of a line that are kept. */
const lineSizeMax = 512

/**
 * Reads what `tar --extract --verbose --verbose --quoting-style=escape` lists: a line for each object, whose first letter
 * is its type. Control characters in names are escaped, so that a name cannot look like a line.
 */
export class MemberList {
  readonly #onLine: (list: MemberList, line: string) => void
  #line: Buffer[] = []
  #lineSize = 0
  #count = 0
  #deviceCount = 0

  /** `onLine` is told of each object. */
  constructor(onLine: (list: MemberList, line: string) => void) {
    this.#onLine = onLine
  }

  get count(): number {
    return this.#count
  }

  get deviceCount(): number {
    return this.#deviceCount
  }

  add(chunk: Buffer): void {
    for (let start = 0; start < chunk.length;) {
      const end = chunk.indexOf(lineFeed, start)
      this.#keep(chunk.subarray(start, end < 0 ? chunk.length : end))
      if (end < 0) return
      this.#endLine()
      start = end + 1
    }
  }

  #keep(part: Buffer): void {
    const kept = part.subarray(0, Math.max(0, lineSizeMax - this.#lineSize))
    this.#lineSize += kept.length
    if (kept.length > 0) this.#line.push(Buffer.from(kept))
  }

  #endLine(): void {
    const line = Buffer.concat(this.#line)
    this.#line = []
    this.#lineSize = 0
    this.#count += 1
    if (line.length > 0 && deviceMarks.has(line[0]!)) this.#deviceCount += 1
    this.#onLine(this, line.toString('latin1'))
  }
}
