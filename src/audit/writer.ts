import { ChainWriter, type ChainLimits, type Recovery } from './chain-writer.ts'
import { sealSizeMax, type Head } from './chain.ts'
import type { AuditLine, ControlEvent, NumberedLine } from './event.ts'
import { FileLines, type Caller } from './file-lines.ts'
import { controlLine, droppedLine } from './line.ts'
import { RingReader, type RingRecord } from './ring.ts'

export interface WriterOptions {
  readonly directory: string
  readonly limits: ChainLimits
  readonly now: () => number
  readonly onReport: (report: WriterReport) => void
  /** The disk refused, or takes lines again. */
  readonly onTrouble: (trouble: Trouble) => void
}

/** What was written, or could not be, since the last report. */
export interface WriterReport {
  readonly head: Head
  readonly lines: number
  /** Events that are lost, as the lines say. */
  readonly dropped: number
  /** For the recent window: not all file operations, when they are many. */
  readonly recent: readonly NumberedLine[]
}

/** Without a cause: it is over. */
export interface Trouble {
  readonly cause?: Error
}

/** Bytes after which lines are sealed and written without waiting for more. */
const flushSize = 1024 * 1024
/** No line is longer: its texts are bounded, at six bytes a character. */
const lineBytesMax = 256 * 1024

/** File operations a second that go into the recent window. */
export const recentFilesPerSecond = 1000

interface Lane {
  readonly name: string
  readonly ring: RingReader
}

/** Turns events into sealed lines. Runs in a thread of its own: it writes to the disk and waits for it. */
export class AuditWriter {
  readonly #options: WriterOptions
  readonly #chain: ChainWriter
  readonly #removed: string[]
  readonly #files = new FileLines()
  readonly #lanes: Lane[] = []
  #forgotten: (() => void)[] = []
  readonly #output = Buffer.allocUnsafe(flushSize + lineBytesMax + sealSizeMax)
  #size = 0
  #lines = 0
  /** Lines of the output that go into the recent window, each with its place among them. */
  #recent: { readonly line: AuditLine; readonly index: number }[] = []
  /** Lost events by source: not yet told of, and told of in the output. */
  #lost = new Map<string, number>()
  #told = new Map<string, number>()
  #second = 0
  #filesOfSecond = 0
  #trouble: string | undefined

  /**
   * Opens the audit of a directory, and notes in it what the process before has left behind.
   * @throws the error of the disk.
   */
  static async open(options: WriterOptions): Promise<AuditWriter> {
    const { directory, limits, now } = options
    const removed: string[] = []
    const onRemove = (file: string) => removed.push(file)
    const chain = await ChainWriter.open({ directory, limits, now, onRemove })
    return new AuditWriter(options, chain, removed)
  }

  private constructor(options: WriterOptions, chain: ChainWriter, removed: string[]) {
    this.#options = options
    this.#chain = chain
    this.#removed = removed
    const { unsealed, problems } = chain.recovery
    for (const { file, what } of problems) this.#addSystem('DAMAGED', file, what)
    if (unsealed > 0) this.#addSystem('RECOVERED', '', `${unsealed} lines were not sealed`)
  }

  get head(): Head {
    return this.#chain.head
  }

  /** What the process before has left. */
  get recovery(): Recovery {
    return this.#chain.recovery
  }

  /** Takes file operations from a lane from now on. */
  attach(name: string, memory: SharedArrayBuffer): void {
    this.#lanes.push({ name, ring: new RingReader(memory) })
  }

  describeGrant(grant: number, caller: Caller): void {
    this.#files.describeGrant(grant, caller)
  }

  /** The grant ends: after the next round no lane has operations of it. */
  forgetGrant(grant: number): void {
    this.#forgotten.push(() => this.#files.forgetGrant(grant))
  }

  describeShare(id: number, path: string): void {
    this.#files.describeShare(id, path)
  }

  forgetShare(id: number): void {
    this.#forgotten.push(() => this.#files.forgetShare(id))
  }

  /** Takes a line of the control plane. The next round writes it. */
  add(line: AuditLine): void {
    this.#recent.push({ line, index: this.#lines })
    this.#put(line.line)
  }

  /** Somebody had to drop events. */
  noteLost(source: string, events: number): void {
    if (events > 0) this.#lost.set(source, (this.#lost.get(source) ?? 0) + events)
  }

  /**
   * Writes all there is. What the control plane says about grants and shares is taken in `listen`, after the rings were
   * looked at: so a grant is known before its first operation is written, and forgotten after its last.
   */
  round(listen: () => void = () => {}): void {
    const forgotten = this.#forgotten
    this.#forgotten = []
    const lanes = this.#lanes.map((lane) => ({ ...lane, end: lane.ring.appended() }))
    listen()
    for (const { name, ring, end } of lanes) {
      ring.take(end, this.#takeFile)
      this.noteLost(name, ring.takeDropped())
    }
    for (const forget of forgotten) forget()
    this.#tellLost()
    this.#flush()
    for (const file of this.#removed.splice(0)) this.#addSystem('REMOVE_FILE', file, 'OK')
  }

  /** Brings what was written to the disk. */
  sync(): void {
    this.#try(() => this.#chain.sync())
  }

  /** Writes what is left. The lanes must have ended. */
  close(): void {
    this.round()
    this.#flush()
    this.#try(() => this.#chain.close())
  }

  readonly #takeFile = (record: RingRecord, bytes: Buffer): void => {
    if (this.#isForWindow()) {
      const text = this.#files.text(record, bytes)
      this.#recent.push({ line: this.#files.line(record, bytes, text), index: this.#lines })
    }
    this.#size = this.#files.write(record, bytes, this.#output, this.#size)
    this.#endLine()
  }

  #isForWindow(): boolean {
    const second = Math.floor(this.#options.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#filesOfSecond = 0
    }
    return this.#filesOfSecond++ < recentFilesPerSecond
  }

  #addSystem(operation: string, path: string, result: string): void {
    const event: ControlEvent = { kind: 'system', subject: '', address: '', operation, path, result }
    this.add(controlLine(event, this.#options.now()))
  }

  #put(text: string): void {
    this.#size += this.#output.write(text, this.#size)
    this.#endLine()
  }

  #endLine(): void {
    this.#output[this.#size++] = 0x0a
    this.#lines++
    if (this.#size >= flushSize) this.#flush()
  }

  #tellLost(): void {
    for (const [source, events] of this.#lost) {
      this.add(droppedLine(source, events, this.#options.now()))
      this.#told.set(source, (this.#told.get(source) ?? 0) + events)
    }
    this.#lost = new Map()
  }

  #flush(): void {
    if (this.#lines === 0) return
    const [lines, told] = [this.#lines, this.#told]
    const isWritten = this.#try(() => this.#chain.append(this.#output, this.#size, lines))
    const recent = isWritten ? this.#recent : []
    this.#size = 0
    this.#lines = 0
    this.#recent = []
    this.#told = new Map()
    if (!isWritten) {
      for (const [source, events] of told) this.noteLost(source, events)
      this.noteLost('disk', lines - told.size)
    }
    const { head } = this.#chain
    const first = head.sequence - lines + 1
    this.#options.onReport({
      head,
      lines: isWritten ? lines : 0,
      dropped: isWritten ? sum(told.values()) : 0,
      recent: recent.map(({ line, index }) => ({ ...line, sequence: first + index })),
    })
  }

  /** Whether the disk let `write` be done. A full disk must not end the gateway: lines are lost then, and counted. */
  #try(write: () => void): boolean {
    try {
      write()
    } catch (error) {
      if (!isOfTheDisk(error)) throw error
      if (this.#trouble !== error.code) this.#options.onTrouble({ cause: error })
      this.#trouble = error.code
      return false
    }
    if (this.#trouble !== undefined) this.#options.onTrouble({})
    this.#trouble = undefined
    return true
  }
}

function isOfTheDisk(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'errno' in error && 'code' in error && typeof error.code === 'string'
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
