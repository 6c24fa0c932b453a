import { Worker } from 'node:worker_threads'
import type { FileEvent } from '../../audit/event.ts'
import type { LogEvent } from '../../telemetry/log.ts'
import type { Question } from '../messages.ts'
import type {
  SlowOrder,
  SlowReply,
  SlowRequest,
  SlowThreadAnswer,
  SlowThreadMessage,
  SlowThreadSetup,
} from './messages.ts'

export interface SlowThreadEvents {
  readonly onReply: (id: number, reply: SlowReply) => void
  /** It is ready for a request: at first, and after each. */
  readonly onFree: () => void
  readonly onOpened: (shareId: number, isIndexed: boolean) => void
  readonly onAdded: (shareId: number, bytes: number, files: number) => void
  readonly onQuestion: (question: Question) => Promise<unknown>
  readonly onLog: (event: LogEvent) => void
  readonly onChanges: (entries: Uint8Array) => void
  readonly onAudit: (event: FileEvent) => void
}

/** Replies are all that it makes, and they are sent away. */
const youngGenerationSizeMib = 2

/** A thread that does the calls on one remote store, as its lane sees it. An error that ends it ends the lane. */
export class SlowThread {
  readonly ended: Promise<void>
  /** When it began what it is at, on the clock of `performance`; undefined: it waits for a request. */
  busySince: number | undefined
  readonly #worker: Worker
  readonly #orders = new Map<number, (result: never) => void>()
  #lastOrder = 0

  constructor(setup: SlowThreadSetup, events: SlowThreadEvents) {
    this.busySince = performance.now()
    this.#worker = new Worker(new URL('./slow-worker.js', import.meta.url), {
      workerData: setup,
      name: 'slow',
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
    })
    this.#worker.on('message', (answer: SlowThreadAnswer) => this.#heed(answer, events))
    this.ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    const name = `a thread of store ${setup.store}`
    this.#worker.on('error', (cause) => {
      throw new Error(`${name} died of an uncaught error`, { cause })
    })
    this.#worker.on('exit', (code) => {
      if (code !== 0) throw new Error(`${name} ended with code ${code}`)
    })
  }

  /** Has a request done. `moved`: memory that goes with it. */
  request(id: number, request: SlowRequest): void {
    this.busySince = performance.now()
    const moved = request.kind === 'call' ? [request.args.buffer] : []
    this.#post({ kind: 'request', id, request }, moved)
  }

  /** Has an order carried out, after what it is at: `Result` is what the order answers. */
  carryOut<Result>(order: SlowOrder): Promise<Result> {
    const id = ++this.#lastOrder
    return new Promise((resolve) => {
      this.#orders.set(id, resolve)
      this.#post({ kind: 'order', id, order })
    })
  }

  /** Ends it when it has done what it is at. */
  end(): Promise<void> {
    this.#post({ kind: 'end' })
    return this.ended
  }

  #heed(answer: SlowThreadAnswer, events: SlowThreadEvents): void {
    switch (answer.kind) {
      case 'ready':
      case 'free': {
        this.busySince = undefined
        events.onFree()
        return
      }
      case 'replied': {
        events.onReply(answer.id, answer.reply)
        return
      }
      case 'done': {
        this.#orders.get(answer.id)?.(answer.result as never)
        this.#orders.delete(answer.id)
        return
      }
      case 'opened': {
        events.onOpened(answer.shareId, answer.isIndexed)
        return
      }
      case 'added': {
        events.onAdded(answer.shareId, answer.bytes, answer.files)
        return
      }
      case 'question':
        return void this.#ask(answer.id, events.onQuestion(answer.question))
      case 'log': {
        events.onLog(answer.event)
        return
      }
      case 'changes': {
        events.onChanges(answer.entries)
        return
      }
      case 'audit': {
        events.onAudit(answer.event)
        return
      }
    }
  }

  async #ask(id: number, answer: Promise<unknown>): Promise<void> {
    this.#post({ kind: 'answer', id, answer: await answer })
  }

  #post(message: SlowThreadMessage, moved: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, moved)
  }
}
