import { setTimeout as delay } from 'node:timers/promises'
import type { SlowOrder, SlowReply, SlowRequest, SlowThreadSetup } from './messages.ts'
import { ObjectLocks } from '../../shared-memory/object-locks.ts'
import type { SlowThread, SlowThreadEvents } from './slow-thread.ts'

/** Threads of a store end when nothing was asked of them for as long, in ms: each takes some MiB. */
const idleMsMax = 60_000
/** A store that has not answered a call for as long, in ms, is told of in the log. */
const silentMsMax = 10_000
const lookIntervalMs = 1000

/** What waits to be done, or to be answered. */
export interface SlowJob {
  readonly request: SlowRequest
  /** Whether it changes something: a cut of the share waits for its end. */
  readonly isChange: boolean
  settle(reply: SlowReply): void
}

export interface SlowStoreOptions {
  readonly name: string
  readonly threadCountMax: number
  /** Starts a thread at a place among those of the store. */
  start(
    place: SlowThreadSetup['place'],
    events: Pick<SlowThreadEvents, 'onReply' | 'onFree' | 'onOpened'>,
  ): SlowThread
  onWarning(message: string): void
}

/**
 * The calls on one remote store, in the order in which they came, and the threads that do them: as many as are needed and
 * allowed. While the store does not answer, they wait here, and nobody else does.
 */
export class SlowStore {
  readonly name: string
  readonly #options: SlowStoreOptions
  readonly #locks: SharedArrayBuffer
  readonly #waiting: SlowJob[] = []
  /** Begun and not answered, by number. */
  readonly #running = new Map<number, SlowJob>()
  readonly #threads: SlowThread[] = []
  readonly #free = new Set<SlowThread>()
  /** Shares whose files any thread can open; those of others only the first one. */
  readonly #common = new Set<number>()
  readonly #watched = new Set<number>()
  #quiet: { readonly shareId: number; resolve(): void }[] = []
  #ending: Promise<unknown> = Promise.resolve()
  #isStarting = false
  #isSilent = false
  #lastJob = 0
  #usedAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: SlowStoreOptions) {
    this.name = options.name
    this.#locks = ObjectLocks.create(options.threadCountMax).buffer
    this.#options = options
  }

  /** Requests that are not answered. */
  get unansweredCount(): number {
    return this.#waiting.length + this.#running.size
  }

  /** Has it done as soon as there is a thread for it. */
  submit(job: SlowJob): void {
    this.#waiting.push(job)
    this.#timer ??= setInterval(() => this.#look(), lookIntervalMs).unref()
    this.#next()
  }

  /** Resolves when no change of a share is under way. */
  quiet(shareId: number): Promise<void> {
    if (!this.#changes(shareId)) return Promise.resolve()
    return new Promise((resolve) => this.#quiet.push({ shareId, resolve }))
  }

  /** Has an order carried out by all threads that there are, and answers what each says. */
  carryOut<Result>(order: SlowOrder): Promise<Result[]> {
    // One that ended would take along what it has noted.
    if (order.kind === 'watch') this.#watched.add(order.shareId)
    else if (order.kind === 'unwatch') this.#watched.delete(order.shareId)
    else if (order.kind === 'close-share') this.#common.delete(order.shareId)
    return Promise.all(this.#threads.map((thread) => thread.carryOut<Result>(order)))
  }

  /** Ends the threads, with all on the disk; whether all have ended within `timeoutMs`. */
  async close(timeoutMs: number): Promise<boolean> {
    clearInterval(this.#timer)
    this.#endThreads()
    const ended = this.#ending.then(() => true)
    return Promise.race([ended, delay(timeoutMs, false, { ref: false })])
  }

  #next(): void {
    for (const thread of this.#free) {
      const job = this.#takeFor(thread)
      if (job === undefined) continue
      this.#free.delete(thread)
      this.#usedAt = performance.now()
      this.#running.set(++this.#lastJob, job)
      thread.request(this.#lastJob, job.request)
    }
    const { threadCountMax } = this.#options
    const isShort = this.#waiting.length > 0 && this.#threads.length < threadCountMax
    if (isShort && !this.#isStarting) void this.#start()
  }

  /** The first that waits and that the thread can do. */
  #takeFor(thread: SlowThread): SlowJob | undefined {
    const isFirst = thread === this.#threads[0]
    const at = isFirst ? 0 : this.#waiting.findIndex(({ request }) => this.#common.has(request.share.id))
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  async #start(): Promise<void> {
    this.#isStarting = true
    // Two may not write one index of names.
    await this.#ending
    const { threadCountMax: countMax } = this.#options
    // All end together, so that their number is a place that is free.
    const place = { number: this.#threads.length, countMax, locks: this.#locks }
    const thread = this.#options.start(place, {
      onReply: (id, reply) => this.#replied(id, reply),
      onFree: () => {
        this.#isStarting &&= thread !== this.#threads.at(-1)
        this.#free.add(thread)
        this.#next()
      },
      onOpened: (shareId, isIndexed) => {
        if (isIndexed) this.#common.delete(shareId)
        else this.#common.add(shareId)
      },
    })
    this.#threads.push(thread)
  }

  #replied(id: number, reply: SlowReply): void {
    const job = this.#running.get(id)!
    this.#running.delete(id)
    if (this.#isSilent) {
      this.#isSilent = false
      this.#options.onWarning(`store ${this.name} answers again`)
    }
    job.settle(reply)
    if (!job.isChange || this.#quiet.length === 0) return
    const quiet = this.#quiet.filter(({ shareId }) => !this.#changes(shareId))
    this.#quiet = this.#quiet.filter((waiter) => !quiet.includes(waiter))
    for (const { resolve } of quiet) resolve()
  }

  #changes(shareId: number): boolean {
    const isChange = ({ isChange, request }: SlowJob) => isChange && request.share.id === shareId
    return this.#waiting.some(isChange) || [...this.#running.values()].some(isChange)
  }

  /** Tells of a store that is silent, and lets threads go that nobody needs. */
  #look(): void {
    const now = performance.now()
    const since = Math.min(...this.#threads.map(({ busySince }) => busySince ?? now))
    if (!this.#isSilent && now - since > silentMsMax) {
      this.#isSilent = true
      this.#options.onWarning(
        `store ${this.name} does not answer: ${this.unansweredCount} calls wait for it, one for ${silentMsMax / 1000} s and more`,
      )
    }
    if (this.unansweredCount > 0 || this.#isStarting || this.#watched.size > 0) return
    if (now - this.#usedAt > idleMsMax) this.#endThreads()
  }

  #endThreads(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    const threads = this.#threads.splice(0)
    this.#free.clear()
    this.#common.clear()
    this.#ending = Promise.all([this.#ending, ...threads.map((thread) => thread.end())])
  }
}
