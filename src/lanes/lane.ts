import { Worker } from 'node:worker_threads'
import { StartError } from '../config/error.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'
import type {
  ConnectedClient,
  LaneAnswer,
  LaneReady,
  LaneRequest,
  LaneSetup,
  Order,
  Question,
  ResultOf,
} from './messages.ts'

export interface LaneEvents {
  /** Answers what the lane does not know. It must not fail: an error ends the process. */
  readonly onQuestion: (question: Question) => Promise<unknown>
  readonly onLog: (event: LogEvent) => void
  /** Something changed in shares of which a journal is kept: entries of filesystem/journal-entries.ts. */
  readonly onChanges: (entries: Uint8Array) => void
  /** The lane ended although nobody asked it to. It cannot be mended: handles, locks and replies were its own. */
  readonly onDeath: (error: Error) => void
}

const youngGenerationSizeMib = 12

/** A lane as the control plane sees it: a worker thread that serves NFS and MOUNT by itself. */
export class Lane {
  readonly ready: LaneReady
  readonly #worker: Worker
  /** Resolves when the thread has ended as asked; rejects when it ended otherwise. */
  readonly #ended: Promise<void>
  readonly #waiting: ((statistics: LaneStatistics) => void)[] = []
  readonly #orders = new Map<number, (result: never) => void>()
  #lastOrder = 0
  readonly #waitingForClients: ((clients: readonly ConnectedClient[]) => void)[] = []
  #isDraining = false
  /** Resolves when it has done all there is to do before its end: with whether that will come. */
  readonly #drained: Promise<boolean>
  #tellDrained!: (ends: boolean) => void

  /**
   * Starts a lane; resolves when it listens.
   * @throws {StartError} if it cannot: its port is taken, a share's filesystem refuses.
   */
  static async start(setup: LaneSetup, events: LaneEvents): Promise<Lane> {
    const worker = new Worker(new URL('./lane-worker.js', import.meta.url), {
      workerData: setup,
      name: `lane ${setup.lane}`,
      // Calls leave only short-lived garbage: a small young generation is collected more often, in microseconds, and
      // keeps tens of MiB less resident than V8's default.
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationSizeMib },
    })
    worker.on('message', (answer: LaneAnswer) => {
      if (answer.kind === 'log') events.onLog(answer.event)
      else if (answer.kind === 'changes') events.onChanges(answer.entries)
      else if (answer.kind === 'question') void reply(worker, answer.id, events.onQuestion(answer.question))
    })
    const ended = endOf(worker)
    const ready = await Promise.race([firstAnswer(worker), ended.then(endedBeforeReady)])
    return new Lane(worker, ended, ready, events)
  }

  private constructor(worker: Worker, ended: Promise<void>, ready: LaneReady, events: LaneEvents) {
    this.#worker = worker
    this.#ended = ended
    this.ready = ready
    this.#drained = new Promise((resolve) => (this.#tellDrained = resolve))
    worker.on('message', (answer: LaneAnswer) => {
      if (answer.kind === 'statistics') this.#waiting.shift()?.(answer.statistics)
      else if (answer.kind === 'clients') this.#waitingForClients.shift()?.(answer.clients)
      else if (answer.kind === 'done') this.#done(answer.id, answer.result)
      else if (answer.kind === 'drained') this.#tellDrained(!answer.isSilent)
    })
    ended.then(
      () => {
        if (!this.#isDraining) events.onDeath(new Error('a lane ended by itself'))
      },
      (error: unknown) => events.onDeath(error as Error),
    )
  }

  /** What the lane counts now. Answers come in the order of the questions. */
  statistics(): Promise<LaneStatistics> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#ask({ kind: 'statistics' })
    })
  }

  /** Clients with TCP connections to this lane. */
  clients(): Promise<readonly ConnectedClient[]> {
    return new Promise((resolve) => {
      this.#waitingForClients.push(resolve)
      this.#ask({ kind: 'clients' })
    })
  }

  /** Has an order carried out. A lane that ends meanwhile never answers: the process ends with it. */
  carryOut<Given extends Order>(order: Given): Promise<ResultOf<Given>> {
    const id = ++this.#lastOrder
    return new Promise((resolve) => {
      this.#orders.set(id, resolve)
      this.#ask({ kind: 'order', id, order })
    })
  }

  /** Closes the connections of a client, which may come again. */
  disconnect(address: string): void {
    this.#ask({ kind: 'disconnect', address })
  }

  /** Lets go of the files of a share that is served no more. */
  closeShare(shareId: number): void {
    this.#ask({ kind: 'close-share', shareId })
  }

  /**
   * Takes no new calls, answers those in flight, writes everything to the disk, ends. Answers whether it has ended: one that
   * waits for a store which does not answer has done all but that.
   */
  async drain(timeoutMs: number): Promise<boolean> {
    this.#isDraining = true
    this.#ask({ kind: 'drain', timeoutMs })
    const ended = this.#ended.then(() => true)
    return (await Promise.race([this.#drained, ended])) && ended
  }

  #done(id: number, result: unknown): void {
    this.#orders.get(id)?.(result as never)
    this.#orders.delete(id)
  }

  #ask(request: LaneRequest): void {
    this.#worker.postMessage(request)
  }
}

async function reply(worker: Worker, id: number, answer: Promise<unknown>): Promise<void> {
  const request: LaneRequest = { kind: 'answer', id, answer: await answer }
  worker.postMessage(request)
}

function endOf(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    // An uncaught error comes first, the exit it causes after; only the first of the two counts.
    worker.on('error', (cause) => reject(new Error('a lane died of an uncaught error', { cause })))
    worker.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`a lane ended with code ${code}`))
    })
  })
}

function endedBeforeReady(): never {
  throw new Error('a lane ended before it was ready')
}

/** Whether a new worker listens or why it cannot. */
function firstAnswer(worker: Worker): Promise<LaneReady> {
  return new Promise((resolve, reject) => {
    worker.on('message', (answer: LaneAnswer) => {
      if (answer.kind === 'ready') resolve(answer.ready)
      else if (answer.kind === 'failed') reject(new StartError(answer.message))
    })
  })
}
