import { v7 as uuid } from 'uuid'
import { ServiceError } from '../../config/service-error.ts'

/** Moves under way or waiting; each has a thread and, while it goes on, both stores busy. */
export const moveJobCountMax = 100
/** Moves at once. */
export const runningMoveCountMax = 2

/** A share that is being moved to another store. */
export interface MoveJob {
  readonly id: string
  readonly shareId: number
  /** Names of the stores. */
  readonly from: string
  readonly to: string
  /**
   * `copying` and `catching-up`: clients go on; `holding`: their changes wait; `finishing`: they go on again, and what there
   * was is removed.
   */
  readonly phase: 'waiting' | 'copying' | 'catching-up' | 'holding' | 'finishing'
  readonly files: number
  /** Of data that was copied, twice when it changed meanwhile. */
  readonly bytes: number
  /** How often what had changed was copied while clients went on. */
  readonly rounds: number
  readonly createdBy: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** A move as it is carried out. */
export interface RunningMove {
  readonly signal: AbortSignal
  note(news: Partial<Pick<MoveJob, 'phase' | 'files' | 'bytes' | 'rounds'>>): void
}

interface Entry {
  view: MoveJob
  readonly abort: AbortController
  done: Promise<unknown>
}

/** Moves, a few at once. */
export class MoveJobs {
  readonly #entries = new Map<string, Entry>()
  readonly #waiting: (() => void)[] = []
  readonly #now: () => number
  #freePlaces = runningMoveCountMax
  #isClosed = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** The oldest first. */
  list(): MoveJob[] {
    return [...this.#entries.values()].map(({ view }) => view)
  }

  /** Carries out `work` when its turn comes. @throws {ServiceError} `conflict`, `limit` or `unavailable` */
  run<T>(
    wanted: Pick<MoveJob, 'shareId' | 'from' | 'to' | 'createdBy'>,
    work: (job: RunningMove) => Promise<T>,
  ): Promise<T> {
    if (this.#isClosed) throw stopping()
    if (this.list().some(({ shareId }) => shareId === wanted.shareId))
      throw new ServiceError('conflict', `share ${wanted.shareId} is being moved to another store already`)
    if (this.#entries.size >= moveJobCountMax)
      throw new ServiceError('limit', `${moveJobCountMax} moves are under way or wait already`)
    const startedAt = this.#now()
    const id = uuid({ msecs: startedAt })
    const entry: Entry = {
      view: { ...wanted, id, phase: 'waiting', files: 0, bytes: 0, rounds: 0, startedAt },
      abort: new AbortController(),
      done: Promise.resolve(),
    }
    this.#entries.set(id, entry)
    const done = this.#inPlace(entry, work).finally(() => this.#entries.delete(id))
    entry.done = done
    return done
  }

  /** Ends a move early, unless it is finishing: the share stays where it is. @throws {ServiceError} `not-found` */
  abort(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new ServiceError('not-found', `there is no move ${id} under way`)
    entry.abort.abort(new ServiceError('conflict', 'the move was aborted: the share is where it was'))
  }

  /** Ends all of them early, and takes no more. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    const entries = [...this.#entries.values()]
    for (const { abort } of entries) abort.abort(stopping())
    await Promise.allSettled(entries.map(({ done }) => done))
  }

  async #inPlace<T>(entry: Entry, work: (job: RunningMove) => Promise<T>): Promise<T> {
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
  return new ServiceError('unavailable', 'the gateway is stopping: the share is where it was')
}
