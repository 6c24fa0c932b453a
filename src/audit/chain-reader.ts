import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeHeader, decodeSeal, genesis, Seal, type FileHeader, type Head } from './chain.ts'

/** Something in the audit that is not as it was written. */
export interface Problem {
  readonly file: string
  /** Lines of the file between which it is, from 1; 0 when it is about the whole file. */
  readonly firstLine: number
  readonly lastLine: number
  readonly what: string
}

/** No line of ours comes near this. */
export const lineSizeMax = 1024 * 1024

const chunkSize = 1024 * 1024

/** What one file of the chain says. */
export interface FileReading {
  readonly header: FileHeader | undefined
  /** The last seal, as it claims to be: what comes after is judged by it, so that one wrong line is told once. */
  readonly head: Head
  readonly lines: number
  readonly seals: number
  /** Which of the seals asked for are here. */
  readonly found: ReadonlySet<Head>
  /** Whole lines after the last seal, as a seal begun. */
  readonly unsealed: Seal
  /** Where the last whole line ends. */
  readonly sizeBytes: number
  /** What follows it. */
  readonly torn: Buffer
  readonly problems: readonly Problem[]
}

export interface Expected {
  /** The file before and its last seal. */
  readonly previous?: Previous | undefined
  /** Seals to look for. */
  readonly heads?: readonly Head[]
}

export interface Previous {
  /** Null: none. Undefined: it was removed for its age. */
  readonly file: string | null | undefined
  readonly head: Head
}

/** Reads a file of the chain and checks every seal in it. */
export async function readChainFile(
  directory: string,
  file: string,
  expected: Expected = {},
): Promise<FileReading> {
  const reader = new ChainReader(file, expected)
  const handle = await open(join(directory, file))
  try {
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      // A fresh buffer each time: `rest` may be a view of the last.
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(chunkSize) })
      if (bytesRead === 0 || rest.length > lineSizeMax) break
      const chunk = buffer.subarray(0, bytesRead)
      rest = reader.takeLines(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]))
    }
    return reader.end(rest)
  } finally {
    await handle.close()
  }
}

class ChainReader {
  readonly #file: string
  readonly #expected: Expected
  readonly #problems: Problem[] = []
  #header: FileHeader | undefined
  #head: Head
  #seal: Seal
  #line = 0
  #lineOfSeal = 0
  #seals = 0
  #sizeBytes = 0
  readonly #found = new Set<Head>()

  constructor(file: string, expected: Expected) {
    this.#file = file
    this.#expected = expected
    this.#head = expected.previous?.head ?? genesis
    this.#seal = new Seal(this.#head)
  }

  /** Takes the whole lines of `bytes`; answers what is left. */
  takeLines(bytes: Buffer): Buffer {
    let start = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      this.#take(bytes.subarray(start, end + 1))
      start = end + 1
    }
    this.#sizeBytes += start
    return bytes.subarray(start)
  }

  end(torn: Buffer): FileReading {
    if (this.#line === 0) this.#problem(0, 'the file is empty')
    if (torn.length > lineSizeMax) this.#problem(this.#line + 1, 'a line of more than 1 MiB')
    return {
      ...{ header: this.#header, head: this.#head, found: this.#found },
      ...{ lines: this.#line - this.#seals, seals: this.#seals, unsealed: this.#seal },
      ...{ sizeBytes: this.#sizeBytes, torn, problems: this.#problems },
    }
  }

  #take(line: Buffer): void {
    this.#line++
    if (this.#line === 1) this.#begin(line)
    const claim = decodeSeal(line)
    if (claim === undefined) {
      this.#seal.add(line)
      return
    }
    const { lines } = this.#seal
    const head = this.#seal.head()
    if (claim.sha256 !== head.sha256 || claim.lines !== lines) {
      this.#problem(this.#lineOfSeal + 1, 'lines are not as they were sealed: altered, removed or added')
    }
    this.#head = { sequence: this.#head.sequence + claim.lines, sha256: claim.sha256 }
    this.#seal = new Seal(this.#head)
    this.#lineOfSeal = this.#line
    this.#seals++
    for (const wanted of this.#expected.heads ?? []) {
      if (isSameHead(wanted, this.#head)) this.#found.add(wanted)
    }
  }

  #begin(line: Buffer): void {
    const header = decodeHeader(line.toString())
    const { previous } = this.#expected
    if (header === undefined) {
      this.#problem(1, 'the first line does not name the file')
      return
    }
    this.#header = header
    if (header.file !== this.#file) this.#problem(1, `the file was called ${header.file}`)
    if (previous?.file !== undefined && header.previous !== previous.file) {
      this.#problem(1, `goes on from ${header.previous ?? 'nothing'}, not from ${previous.file ?? 'nothing'}`)
    }
    if (previous !== undefined && !isSameHead(header, previous.head)) {
      this.#problem(
        1,
        `goes on from line ${header.sequence}, seal ${header.sha256.slice(0, 12)}…; ` +
          `before it are line ${previous.head.sequence}, seal ${previous.head.sha256.slice(0, 12)}…`,
      )
    }
    this.#head = { sequence: header.sequence, sha256: header.sha256 }
    this.#seal = new Seal(this.#head)
  }

  #problem(firstLine: number, what: string): void {
    this.#problems.push({ file: this.#file, firstLine, lastLine: this.#line, what })
  }
}

export function isSameHead(a: Head, b: Head): boolean {
  return a.sequence === b.sequence && a.sha256 === b.sha256
}

/** Whether a file was only being made: nothing is in it but, perhaps, its own name. */
export function isUnborn({ seals, lines, torn }: FileReading): boolean {
  return seals === 0 && lines <= 1 && torn.length < lineSizeMax
}
