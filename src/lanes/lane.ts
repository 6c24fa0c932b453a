import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { StartError } from '../config/error.ts'
import type { LogEvent } from '../telemetry/log.ts'
import type { LaneStatistics } from '../telemetry/metrics.ts'
import type { LaneAnswer, LaneReady, LaneRequest, LaneSetup } from './messages.ts'

export interface LaneEvents {
  onLog(event: LogEvent): void
  /** The lane ended although nobody asked it to. It cannot be mended: handles, locks and replies were its own. */
  onDeath(error: Error): void
}

/** A lane as the control plane sees it: a worker thread that serves NFS and MOUNT by itself. */
export class Lane {
  readonly ready: LaneReady
  readonly #worker: Worker
  readonly #exited: Promise<unknown>
  readonly #waiting: ((statistics: LaneStatistics) => void)[] = []
  readonly #events: LaneEvents
  #isDraining = false

  /**
   * Starts a lane; resolves when it listens.
   * @throws {StartError} if it cannot: its port is taken, a share's filesystem refuses.
   */
  static async start(setup: LaneSetup, events: LaneEvents): Promise<Lane> {
    const worker = new Worker(new URL('./lane-worker.js', import.meta.url), {
      workerData: setup,
      name: 'lane',
    })
    const ready = await firstAnswer(worker, events)
    return new Lane(worker, ready, events)
  }

  private constructor(worker: Worker, ready: LaneReady, events: LaneEvents) {
    this.#worker = worker
    this.#events = events
    this.ready = ready
    this.#exited = once(worker, 'exit')
    let cause: unknown
    worker.on('error', (error) => (cause = error))
    worker.on('exit', (code) => {
      if (!this.#isDraining) events.onDeath(new Error(`the lane ended with code ${code}`, { cause }))
    })
    worker.on('message', (answer: LaneAnswer) => this.#take(answer))
  }

  /** What the lane counts now. Answers come in the order of the questions. */
  statistics(): Promise<LaneStatistics> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#ask({ kind: 'statistics' })
    })
  }

  /** Takes no new calls, answers those in flight, writes everything to the disk, ends. */
  async drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true
    this.#ask({ kind: 'drain', timeoutMs })
    await this.#exited
  }

  #ask(request: LaneRequest): void {
    this.#worker.postMessage(request)
  }

  #take(answer: LaneAnswer): void {
    if (answer.kind === 'log') this.#events.onLog(answer.event)
    else if (answer.kind === 'statistics') this.#waiting.shift()?.(answer.statistics)
  }
}

/** Waits for a new worker to listen. Its log is passed on meanwhile. */
async function firstAnswer(worker: Worker, events: LaneEvents): Promise<LaneReady> {
  return new Promise((resolve, reject) => {
    const take = (answer: LaneAnswer) => {
      if (answer.kind === 'log') {
        events.onLog(answer.event)
        return
      }
      worker.removeAllListeners()
      if (answer.kind === 'ready') resolve(answer.ready)
      else if (answer.kind === 'failed') reject(new StartError(answer.message))
    }
    worker.on('message', take)
    worker.once('error', reject)
    worker.once('exit', (code) => reject(new Error(`the lane ended with code ${code} before it was ready`)))
  })
}
