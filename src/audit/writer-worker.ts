import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads'
import type { WriterAnswer, WriterRequest, WriterSetup } from './messages.ts'
import type { LogEvent } from '../telemetry/log.ts'
import { AuditWriter, type Trouble, type WriterReport } from './writer.ts'

// The thread that writes the audit. An error that nobody caught ends it: see Audit.

/** Milliseconds that an event waits at most before it is written, and before it is on the disk. */
const roundIntervalMs = 100
const syncIntervalMs = 1000

class WriterThread {
  readonly #plane: MessagePort
  readonly #writer: AuditWriter
  readonly #timers: readonly NodeJS.Timeout[]
  #flushes = 0
  #isClosing = false

  constructor(plane: MessagePort, writer: AuditWriter) {
    this.#plane = plane
    this.#writer = writer
    this.#timers = [
      setInterval(() => this.#round(), roundIntervalMs),
      setInterval(() => writer.sync(), syncIntervalMs),
    ]
    plane.on('message', (request: WriterRequest) => {
      this.#take(request)
      if (this.#flushes > 0 || this.#isClosing) this.#round()
    })
    tell({ kind: 'ready', head: writer.head })
  }

  #round(): void {
    do {
      // A flush that is asked for during the round may be about what comes after it.
      const due = this.#flushes
      this.#writer.round(this.#listen)
      for (let answered = 0; answered < due; answered++) tell({ kind: 'flushed' })
      this.#flushes -= due
    } while (this.#flushes > 0)
    if (this.#isClosing) this.#close()
  }

  /** Takes what has been sent, although the event loop has not come to it. */
  readonly #listen = (): void => {
    for (;;) {
      const next = receiveMessageOnPort(this.#plane) as { readonly message: WriterRequest } | undefined
      if (next === undefined) return
      this.#take(next.message)
    }
  }

  #take(request: WriterRequest): void {
    const writer = this.#writer
    switch (request.kind) {
      case 'ring':
        writer.attach(request.name, request.memory)
        break
      case 'grants':
        for (const { number, ...caller } of request.grants) writer.describeGrant(number, caller)
        break
      case 'forget-grant':
        writer.forgetGrant(request.number)
        break
      case 'shares':
        for (const { id, path } of request.shares) writer.describeShare(id, path)
        break
      case 'forget-share':
        writer.forgetShare(request.id)
        break
      case 'line':
        taken++
        writer.add(request.line)
        break
      case 'lost':
        writer.noteLost('control', request.events)
        break
      case 'flush':
        this.#flushes++
        break
      case 'close':
        this.#isClosing = true
    }
  }

  #close(): void {
    this.#timers.forEach((timer) => clearInterval(timer))
    this.#writer.close()
    // What was told is delivered still; then the thread has nothing to wait for.
    this.#plane.close()
  }
}

const plane = parentPort
if (plane === null) throw new Error('this file is the thread of the audit: it is started by Audit')

const tell = (answer: WriterAnswer) => plane.postMessage(answer)
/** Lines of the control plane that were taken since the last report. */
let taken = 0

function onReport(report: WriterReport): void {
  tell({ kind: 'report', report, taken })
  taken = 0
}

function onTrouble({ cause }: Trouble): void {
  const event: LogEvent =
    cause === undefined
      ? { level: 'info', message: 'audit is written again', fields: {} }
      : { level: 'error', message: 'audit cannot be written', fields: { err: cause } }
  tell({ kind: 'log', event })
}

try {
  const setup = workerData as WriterSetup
  const writer = await AuditWriter.open({ ...setup, now: Date.now, onReport, onTrouble })
  for (const { file, what } of writer.recovery.problems) {
    const message = 'audit is not as it was written: run berth audit verify'
    tell({ kind: 'log', event: { level: 'error', message, fields: { file, what } } })
  }
  new WriterThread(plane, writer)
} catch (error) {
  if (!(error instanceof Error && 'errno' in error)) throw error
  tell({ kind: 'failed', message: error.message })
  plane.close()
}
