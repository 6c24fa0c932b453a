import { v7 as uuid } from 'uuid'
import { ServiceError } from '../../config/service-error.ts'
import type { RestoreCounts } from './report.ts'
import { Tally } from './report.ts'

/** Restores and clones at once: each walks two trees. */
export const runningCountMax = 2
/** Those that wait for their turn. */
export const waitingCountMax = 1000

/** A restore or clone that goes on. */
export interface RestoreJob {
  readonly id: string
  readonly kind: 'restore' | 'clone'
  readonly snapshotId: number
  /** The share that the snapshot is of. */
  readonly shareId: number
  /** Of a restore, where to in the share; of a clone, the path of the new one. */
  readonly to: string
  /** `saving`: the safety snapshot is taken. */
  readonly phase: 'waiting' | 'saving' | 'restoring'
  readonly counts: RestoreCounts
  readonly createdBy: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** A job as it is carried out. */
export interface RunningRestore {
  readonly signal: AbortSignal
  note(news: Partial<Pick<RestoreJob, 'phase' | 'counts'>>): void
}

interface Entry {
  view: RestoreJob
  readonly abort: AbortController
  done: Promise<unknown>
}

/** Restores and clones, a few at once. */
export class RestoreJobs {
  readonly #entries = new Map<string, Entry>()
  readonly #waiting: (() => void)[] = []
  readonly #now: () => number
  #freePlaces = runningCountMax
  #isClosed = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** The oldest first. */
  list(): RestoreJob[] {
    return [...this.#entries.values()].map(({ view }) => view)
  }

  /** Carries out `work` when its turn comes. @throws {ServiceError} `limit` or `unavailable` */
  run<T>(
    wanted: Omit<RestoreJob, 'id' | 'phase' | 'counts' | 'startedAt'>,
    work: (job: RunningRestore) => Promise<T>,
  ): Promise<T> {
    if (this.#isClosed) throw stopping()
    if (this.#waiting.length >= waitingCountMax)
      throw new ServiceError('limit', `${waitingCountMax} restores wait already`)
    const startedAt = this.#now()
    const id = uuid({ msecs: startedAt })
    const { counts } = new Tally()
    const entry: Entry = {
      view: { ...wanted, id, phase: 'waiting', counts, startedAt },
      abort: new AbortController(),
      done: Promise.resolve(),
    }
    this.#entries.set(id, entry)
    const done = this.#inPlace(entry, work).finally(() => this.#entries.delete(id))
    entry.done = done
    return done
  }

  /** Ends a job early: what it has done stays. @throws {ServiceError} `not-found` */
  abort(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new ServiceError('not-found', `there is no restore ${id} under way`)
    entry.abort.abort(new ServiceError('conflict', 'the restore was aborted: run again, it goes on'))
  }

  /** Ends all of them early, and takes no more. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    const entries = [...this.#entries.values()]
    for (const { abort } of entries) abort.abort(stopping())
    await Promise.allSettled(entries.map(({ done }) => done))
  }

  async #inPlace<T>(entry: Entry, work: (job: RunningRestore) => Promise<T>): Promise<T> {
    while (this.#freePlaces === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#freePlaces -= 1
    try {
      entry.abort.signal.throwIfAborted()
      return await work({
        signal: entry.abort.signal,
        note: (news) => (entry.view = { ...entry.view, ...news }),
      })
    } finally {
      this.#freePlaces += 1
      this.#waiting.shift()?.()
    }
  }
}

function stopping(): ServiceError {
  return new ServiceError('unavailable', 'the gateway is stopping: restore again when it runs, it goes on')
}
