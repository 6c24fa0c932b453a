import { v7 as uuid } from 'uuid'
import { ServiceError } from '../config/service-error.ts'

/** What is known of every job. */
export interface Job {
  readonly id: string
  readonly createdBy: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** A job as it is carried out. */
export interface RunningJob<View extends Job> {
  readonly signal: AbortSignal
  note(news: Partial<Omit<View, keyof Job>>): void
}

export interface JobsOptions {
  /** What one is called: `restore`. */
  readonly what: string
  /** Jobs at once. */
  readonly runningCountMax: number
  /** Those that wait for their turn. */
  readonly waitingCountMax: number
  /** What becomes of one that was ended early, as the rest of a sentence: `run again, it goes on`. */
  readonly afterwards: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

interface Entry<View> {
  view: View
  readonly abort: AbortController
  done: Promise<unknown>
}

/** Long work that somebody waits for: a few jobs at once, the others in their order. */
export class Jobs<View extends Job> {
  readonly #options: JobsOptions
  readonly #entries = new Map<string, Entry<View>>()
  readonly #waiting = new Set<() => void>()
  #freePlaces: number
  #isClosed = false

  constructor(options: JobsOptions) {
    this.#options = options
    this.#freePlaces = options.runningCountMax
  }

  /** The oldest first. */
  list(): View[] {
    return [...this.#entries.values()].map(({ view }) => view)
  }

  /**
   * Carries out `work` when its turn comes. `endedBy`: aborted, it ends the job early.
   * @throws {ServiceError} `limit` or `unavailable`
   */
  run<T>(
    wanted: Omit<View, 'id' | 'startedAt'>,
    work: (job: RunningJob<View>) => Promise<T>,
    endedBy?: AbortSignal,
  ): Promise<T> {
    const { what, waitingCountMax, now } = this.#options
    if (this.#isClosed) throw this.#stopping()
    if (this.#waiting.size >= waitingCountMax)
      throw new ServiceError('limit', `${waitingCountMax} ${what}s wait already`)
    const startedAt = now()
    const id = uuid({ msecs: startedAt })
    const view = { ...wanted, id, startedAt } as View
    const entry: Entry<View> = { view, abort: new AbortController(), done: Promise.resolve() }
    const end = (): void => entry.abort.abort(endedBy?.reason)
    if (endedBy?.aborted === true) end()
    else endedBy?.addEventListener('abort', end)
    this.#entries.set(id, entry)
    const done = this.#inPlace(entry, work).finally(() => {
      this.#entries.delete(id)
      endedBy?.removeEventListener('abort', end)
    })
    entry.done = done
    return done
  }

  /** Ends a job early. @throws {ServiceError} `not-found` */
  abort(id: string): void {
    const { what, afterwards } = this.#options
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new ServiceError('not-found', `there is no ${what} ${id} under way`)
    entry.abort.abort(new ServiceError('conflict', `the ${what} was aborted: ${afterwards}`))
  }

  /** Ends all of them early, and takes no more. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    const entries = [...this.#entries.values()]
    for (const { abort } of entries) abort.abort(this.#stopping())
    await Promise.allSettled(entries.map(({ done }) => done))
  }

  async #inPlace<T>(entry: Entry<View>, work: (job: RunningJob<View>) => Promise<T>): Promise<T> {
    const { signal } = entry.abort
    await this.#takePlace(signal)
    try {
      signal.throwIfAborted()
      return await work({ signal, note: (news) => (entry.view = { ...entry.view, ...news }) })
    } finally {
      const [next] = this.#waiting
      if (next === undefined) this.#freePlaces += 1
      else next()
    }
  }

  /** Who gets a place from one that goes is told so: nobody comes in between. */
  async #takePlace(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#freePlaces > 0) {
      this.#freePlaces -= 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void) => (): void => {
        this.#waiting.delete(take)
        signal.removeEventListener('abort', leave)
        end()
      }
      const take = settle(resolve)
      const leave = settle(() => reject(signal.reason as Error))
      this.#waiting.add(take)
      signal.addEventListener('abort', leave)
    })
  }

  #stopping(): ServiceError {
    const { what, afterwards } = this.#options
    return new ServiceError('unavailable', `the gateway is stopping, and the ${what} with it: ${afterwards}`)
  }
}
