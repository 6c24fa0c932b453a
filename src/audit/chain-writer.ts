import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { syncDirectory } from '../state/durable-file.ts'
import { writeAnchor, type Place } from './anchor.ts'
import { findChainEnd, type ChainEnd } from './chain-end.ts'
import type { FileReading, Problem } from './chain-reader.ts'
import {
  auditFileName,
  auditFiles,
  decodeHeader,
  encodeHeader,
  encodeSeal,
  genesis,
  Seal,
  type AuditFile,
  type FileHeader,
  type Head,
} from './chain.ts'

export interface ChainLimits {
  /** Bytes; a file that has grown to this is followed by the next. */
  readonly fileSizeMax: number
  /** Files kept; older ones are removed. */
  readonly filesMax: number
}

export const chainLimitsDefault: ChainLimits = { fileSizeMax: 64 * 1024 * 1024, filesMax: 100 }

export interface ChainOptions {
  readonly directory: string
  readonly limits: ChainLimits
  readonly now: () => number
  /** A file was removed, since there were more than `filesMax`. */
  readonly onRemove: (file: string) => void
}

/** What the process before has left. */
export interface Recovery {
  /** Lines that it had not sealed, the torn one too: they are sealed now. */
  readonly unsealed: number
  /** Why the audit goes on in a new file: what was there is not what was written. */
  readonly problems: readonly Problem[]
}

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

/** The files of the audit, open at their end. One writer: the data directory's lock sees to it. */
export class ChainWriter {
  readonly recovery: Recovery
  readonly #options: ChainOptions
  #file: AuditFile
  #fd: number
  #size: number
  #head: Head
  #first: Place
  /** Something is not yet on the disk. */
  #isDirty = true
  /** A write failed half-way: what follows {@link #size} is none of ours. */
  #isTorn = false

  /** Opens the audit of a directory, or begins it. What a crash has left unsealed is sealed. */
  static async open(options: ChainOptions): Promise<ChainWriter> {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 })
    const chain = new ChainWriter(options, await findChainEnd(options.directory))
    chain.sync()
    return chain
  }

  private constructor(options: ChainOptions, end: ChainEnd) {
    const { directory, now } = options
    this.#options = options
    this.#head = end.head
    if (end.open === undefined) {
      this.#file = { name: auditFileName(now(), end.nextNumber), number: end.nextNumber }
      const previous = end.files.at(-1)?.name ?? end.anchor?.head.file ?? null
      const [problem] = end.problems.map(({ file, what }) => `${file}: ${what}`)
      const made = createFile(directory, { file: this.#file.name, previous, ...end.head, problem })
      this.#fd = made.fd
      this.#size = made.size
      this.#head = made.head
      this.recovery = { unsealed: 0, problems: end.problems }
    } else {
      const { file, reading } = end.open
      this.#file = file
      this.#fd = openSync(join(directory, file.name), O_RDWR | O_NOFOLLOW)
      this.#size = reading.sizeBytes
      this.recovery = { unsealed: this.#sealRest(reading), problems: [] }
    }
    this.#first = end.anchor?.first ?? placeOf(directory, end.files[0] ?? this.#file)
  }

  /** The newest seal. */
  get head(): Head {
    return this.#head
  }

  /**
   * Seals and writes what the first `size` bytes hold, whole lines. The seal goes into `bytes` behind them, where
   * `sealSizeMax` bytes must be free: so it is one write.
   * @throws the error of the disk: then none of them is in the file.
   */
  append(bytes: Buffer, size: number, lines: number): void {
    this.#trim()
    if (this.#size >= this.#options.limits.fileSizeMax) this.#rotate()
    const seal = new Seal(this.#head)
    seal.add(bytes.subarray(0, size), lines)
    const head = seal.head()
    const sealSize = bytes.write(encodeSeal({ lines, sha256: head.sha256, recovered: false }), size, 'latin1')
    this.#write(bytes.subarray(0, size + sealSize))
    this.#head = head
  }

  /** Brings to the disk what is not there yet, then the place of the newest seal. */
  sync(): void {
    if (!this.#isDirty) return
    fsyncSync(this.#fd)
    writeAnchor(this.#options.directory, {
      first: this.#first,
      head: { file: this.#file.name, ...this.#head },
    })
    this.#isDirty = false
  }

  close(): void {
    this.sync()
    closeSync(this.#fd)
  }

  #write(bytes: Buffer): void {
    this.#isTorn = true
    this.#isDirty = true
    writeWhole(this.#fd, bytes, this.#size)
    this.#isTorn = false
    this.#size += bytes.length
  }

  #trim(): void {
    if (!this.#isTorn) return
    ftruncateSync(this.#fd, this.#size)
    this.#isTorn = false
  }

  #rotate(): void {
    this.sync()
    const { directory, now } = this.#options
    const number = this.#file.number + 1
    const file = { name: auditFileName(now(), number), number }
    const made = createFile(directory, { file: file.name, previous: this.#file.name, ...this.#head })
    closeSync(this.#fd)
    this.#file = file
    this.#fd = made.fd
    this.#size = made.size
    this.#head = made.head
    this.#isDirty = true
    this.#removeOld()
    this.sync()
  }

  #removeOld(): void {
    const { directory, limits, onRemove } = this.#options
    const files = auditFiles(readdirSync(directory))
    const old = files.slice(0, -limits.filesMax)
    if (old.length === 0) return
    this.#first = placeOf(directory, files[old.length]!)
    // The anchor first: a file that is there though it should not be is no gap.
    this.sync()
    for (const { name } of old) {
      rmSync(join(directory, name))
      onRemove(name)
    }
  }

  /** Seals the lines at the end, the torn one as it is inside of a record. Answers how many they were. */
  #sealRest({ unsealed, torn }: FileReading): number {
    if (unsealed.lines === 0 && torn.length === 0) return 0
    // As Latin-1 every byte is a letter, and the record longer than what it replaces.
    const record = torn.length > 0 ? `${JSON.stringify({ torn: torn.toString('latin1') })}\n` : ''
    if (record !== '') unsealed.add(Buffer.from(record))
    const { lines } = unsealed
    const head = unsealed.head()
    this.#write(Buffer.from(record + encodeSeal({ lines, sha256: head.sha256, recovered: true })))
    this.#head = head
    return lines
  }
}

/** Makes a file with its sealed header, on the disk; or leaves none. */
function createFile(directory: string, header: FileHeader): { fd: number; size: number; head: Head } {
  const path = join(directory, header.file)
  const seal = new Seal(header)
  const line = encodeHeader(header)
  seal.add(Buffer.from(line))
  const head = seal.head()
  const content = Buffer.from(line + encodeSeal({ lines: 1, sha256: head.sha256, recovered: false }))
  const fd = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    writeWhole(fd, content, 0)
    fsyncSync(fd)
    syncDirectory(directory)
  } catch (error) {
    closeSync(fd)
    rmSync(path)
    throw error
  }
  return { fd, size: content.length, head }
}

function writeWhole(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, position + done)
}

const headerSizeMax = 4096

/** Where a file goes on from, by its own header; a damaged one is not taken for good by that. */
function placeOf(directory: string, { name }: AuditFile): Place {
  const bytes = Buffer.alloc(headerSizeMax)
  const fd = openSync(join(directory, name), 'r')
  try {
    readSync(fd, bytes)
  } finally {
    closeSync(fd)
  }
  const header = decodeHeader(bytes.toString('utf8', 0, bytes.indexOf(0x0a)))
  const { sequence, sha256 } = header ?? genesis
  return { file: name, sequence, sha256 }
}
