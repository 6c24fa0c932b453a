import { Worker } from 'node:worker_threads'
import type { Catalog } from '../catalog/catalog.ts'
import { StartError } from '../config/error.ts'
import type { LogEvent } from '../telemetry/log.ts'
import { chainLimitsDefault, type ChainLimits } from './chain-writer.ts'
import type { Head } from './chain.ts'
import type { ControlEvent } from './event.ts'
import { controlLine } from './line.ts'
import type {
  GrantDescription,
  ShareDescription,
  WriterAnswer,
  WriterRequest,
  WriterSetup,
} from './messages.ts'
import { RecentWindow, type RecentAnswer, type RecentQuestion } from './recent-window.ts'
import { createRing } from './ring.ts'

export interface AuditOptions {
  /** Of the audit's files; made where it is missing. */
  readonly directory: string
  readonly catalog: Catalog
  readonly limits?: ChainLimits
  readonly onLog: (event: LogEvent) => void
  /** The writer ended by an error of ours: nothing is written any more, and all events count as dropped. */
  readonly onDeath: (error: Error) => void
}

/** Since the start. */
export interface AuditStatistics {
  readonly lines: number
  /** Events that were lost: a writer that was behind, a full disk. */
  readonly dropped: number
}

/** Events of the control plane on their way to the writer. More are dropped. */
export const controlEventsMax = 10_000

const windowIntervalMs = 1000
const youngGenerationSizeMib = 6

/** The audit as the control plane sees it. Nobody waits for the disk: a thread of its own writes. */
export class Audit {
  readonly #worker: Worker
  /** Resolves when the thread has ended as asked; rejects when it ended otherwise. */
  readonly #ended: Promise<void>
  readonly #window: RecentWindow
  readonly #onLog: AuditOptions['onLog']
  readonly #timer: NodeJS.Timeout
  readonly #flushes: (() => void)[] = []
  #head: Head
  /** Lines sent that the writer has not reported. */
  #underway = 0
  /** Events dropped here and not yet told to the writer. */
  #untold = 0
  #lines = 0
  #dropped = 0
  #isClosing = false

  /**
   * Opens the audit, and seals what a crash has left unsealed.
   * @throws {StartError} if its directory cannot be used.
   */
  static async start(options: AuditOptions): Promise<Audit> {
    const { directory, limits = chainLimitsDefault, catalog } = options
    const setup: WriterSetup = { directory, limits }
    const worker = new Worker(new URL('./writer-worker.js', import.meta.url), {
      workerData: setup,
      name: 'audit',
      // As in a lane: only short-lived garbage, and less memory that stays resident.
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
    })
    const ended = endOf(worker)
    const window = new RecentWindow(catalog)
    const early: WriterAnswer[] = []
    const keep = (answer: WriterAnswer) => early.push(answer)
    worker.on('message', keep)
    const head = await Promise.race([firstHead(worker, directory), ended.then(endedBeforeReady)])
    await window.begin(head.sequence)
    worker.off('message', keep)
    return new Audit(worker, { ended, window, head, early, options })
  }

  private constructor(worker: Worker, { ended, window, head, early, options }: Started) {
    this.#worker = worker
    this.#ended = ended
    this.#window = window
    this.#head = head
    this.#onLog = options.onLog
    for (const answer of early) this.#take(answer)
    worker.on('message', (answer: WriterAnswer) => this.#take(answer))
    this.#timer = setInterval(() => void this.#writeWindow(), windowIntervalMs).unref()
    ended.then(
      () => {
        if (!this.#isClosing) options.onDeath(new Error('the writer of the audit ended by itself'))
      },
      (error: unknown) => options.onDeath(error as Error),
    )
  }

  /** The newest seal that was reported: noted elsewhere, it shows later that nobody wrote the audit anew. */
  get head(): Head {
    return this.#head
  }

  get statistics(): AuditStatistics {
    return { lines: this.#lines, dropped: this.#dropped + this.#untold }
  }

  /** Memory for one lane's file operations: the lane makes an `AuditBuffer` of it. */
  openRing(name: string): SharedArrayBuffer {
    const memory = createRing()
    this.#ask({ kind: 'ring', name, memory })
    return memory
  }

  /** Takes note of an event, or counts it as dropped when the writer is far behind. Secrets in it are masked. */
  record(event: ControlEvent): void {
    if (this.#underway >= controlEventsMax) {
      this.#untold++
      return
    }
    if (this.#untold > 0) this.#ask({ kind: 'lost', events: this.#untold })
    this.#untold = 0
    this.#underway++
    this.#ask({ kind: 'line', line: controlLine(event, Date.now()) })
  }

  /** Says who is behind grants, before any lane knows of them. */
  describeGrants(grants: readonly GrantDescription[]): void {
    this.#ask({ kind: 'grants', grants })
  }

  /** No lane serves the grant any more. */
  forgetGrant(number: number): void {
    this.#ask({ kind: 'forget-grant', number })
  }

  /** Says where shares are in the namespace, before any lane serves them and whenever they are moved. */
  describeShares(shares: readonly ShareDescription[]): void {
    this.#ask({ kind: 'shares', shares })
  }

  /** No lane serves the share any more. */
  forgetShare(id: number): void {
    this.#ask({ kind: 'forget-share', id })
  }

  /** The newest lines, those of the last second or so excepted: see {@link flush}. */
  recent(question: RecentQuestion): Promise<RecentAnswer> {
    return this.#window.recent(question)
  }

  /** Resolves when all that was recorded before is in the files (not yet on the disk) and in the recent window. */
  async flush(): Promise<void> {
    const written = new Promise<void>((resolve) => this.#flushes.push(resolve))
    this.#ask({ kind: 'flush' })
    await Promise.race([written, this.#ended])
    await this.#window.write()
  }

  /** Writes what there is, to the disk, and ends. The lanes must have ended; the catalog must not. */
  async close(): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    this.#ask({ kind: 'close' })
    await this.#ended
    await this.#window.write()
  }

  #take(answer: WriterAnswer): void {
    if (answer.kind === 'log') this.#onLog(answer.event)
    if (answer.kind === 'flushed') this.#flushes.shift()?.()
    if (answer.kind !== 'report') return
    const { report, taken } = answer
    this.#head = report.head
    this.#lines += report.lines
    this.#dropped += report.dropped
    this.#underway -= taken
    this.#window.add(report.recent)
  }

  async #writeWindow(): Promise<void> {
    try {
      await this.#window.write()
    } catch (err) {
      // The lines wait, bounded; the files have them.
      this.#onLog({ level: 'error', message: 'recent audit cannot be written', fields: { err } })
    }
  }

  #ask(request: WriterRequest): void {
    this.#worker.postMessage(request)
  }
}

interface Started {
  readonly ended: Promise<void>
  readonly window: RecentWindow
  readonly head: Head
  /** What the writer said while it started. */
  readonly early: readonly WriterAnswer[]
  readonly options: AuditOptions
}

function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    // An uncaught error comes first, the exit it causes after; only the first of the two counts.
    worker.on('error', (cause) =>
      reject(new Error('the writer of the audit died of an uncaught error', { cause })),
    )
    worker.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`the writer of the audit ended with code ${code}`))
    })
  })
}

function endedBeforeReady(): never {
  throw new Error('the writer of the audit ended before it was ready')
}

function firstHead(worker: Worker, directory: string): Promise<Head> {
  return new Promise((resolve, reject) => {
    worker.on('message', (answer: WriterAnswer) => {
      if (answer.kind === 'ready') resolve(answer.head)
      else if (answer.kind === 'failed')
        reject(new StartError(`audit ${directory} cannot be written: ${answer.message}`))
    })
  })
}
