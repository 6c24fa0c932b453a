import { v7 as uuid } from 'uuid'
import { ServiceError } from '../config/service-error.ts'

/** Takings at once: each walks a whole share. */
export const runningCountMax = 2
/** Takings that wait for their turn. */
export const waitingCountMax = 10_000

/** What goes on for snapshots that are being taken. */
export interface SnapshotJob {
  readonly id: string
  /** Of the snapshots; undefined while it is not known yet. */
  readonly name: string | undefined
  readonly shareIds: readonly number[]
  /**
   * `preparing`: clients go on, `holding`: their changes wait, `finishing`: they go on again. `paused`: the end of a gateway has
   * interrupted it, and the next snapshot of the share goes on with it.
   */
  readonly phase: 'paused' | 'waiting' | 'preparing' | 'holding' | 'finishing'
  /** Of all shares together, so far. */
  readonly files: number
  readonly bytes: number
  readonly createdBy: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
}

/** A job as it is carried out. */
export interface RunningJob {
  readonly id: string
  readonly shareIds: readonly number[]
  readonly signal: AbortSignal
  note(news: Partial<Pick<SnapshotJob, 'name' | 'phase' | 'files' | 'bytes'>>): void
}

interface Entry {
  view: SnapshotJob
  readonly job: RunningJob
  readonly abort: AbortController
  /** Settles when it has ended. */
  done: Promise<unknown>
  readonly begin: () => void
  /** False: no taking, but what must not be under way at the same time as one. */
  readonly isListed: boolean
  isRunning: boolean
}

/** Takings one after the other: a few at once, and one of each share, since what changes in it is noted for one alone. */
export class SnapshotJobs {
  readonly #entries = new Map<string, Entry>()
  readonly #now: () => number
  #isClosed = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** The oldest first. */
  list(): SnapshotJob[] {
    return [...this.#entries.values()].filter(({ isListed }) => isListed).map(({ view }) => view)
  }

  /** Carries out `work` when its turn comes. @throws {ServiceError} `limit` or `unavailable` */
  add<T>(
    {
      isListed = true,
      ...wanted
    }: Pick<SnapshotJob, 'name' | 'shareIds' | 'createdBy'> & { readonly isListed?: boolean },
    work: (job: RunningJob) => Promise<T>,
  ): { readonly id: string; readonly done: Promise<T> } {
    if (this.#isClosed) throw new Interruption()
    if (this.#entries.size >= runningCountMax + waitingCountMax)
      throw new ServiceError('limit', `${waitingCountMax} takings of snapshots wait already`)
    const startedAt = this.#now()
    const id = uuid({ msecs: startedAt })
    let begin = (): void => {}
    const turn = new Promise<void>((resolve) => (begin = resolve))
    const abort = new AbortController()
    const entry: Entry = {
      view: { id, ...wanted, phase: 'waiting', files: 0, bytes: 0, startedAt },
      job: {
        id,
        shareIds: wanted.shareIds,
        signal: abort.signal,
        note: (news) => (entry.view = { ...entry.view, ...news }),
      },
      abort,
      done: turn,
      begin,
      isListed,
      isRunning: false,
    }
    this.#entries.set(id, entry)
    const done = turn
      .then(() => {
        abort.signal.throwIfAborted()
        return work(entry.job)
      })
      .finally(() => {
        this.#entries.delete(id)
        this.#beginNext()
      })
    entry.done = done
    this.#beginNext()
    return { id, done }
  }

  /** Ends a job early: its snapshots are not made. @throws {ServiceError} `not-found` */
  abort(id: string, reason: ServiceError = new ServiceError('conflict', 'the taking was aborted')): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) throw new ServiceError('not-found', `there is no taking ${id} under way`)
    entry.abort.abort(reason)
    // One that waits has nothing to undo.
    if (!entry.isRunning) this.#begin(entry)
  }

  /** Ends all jobs of a share early. Resolves when none is under way. */
  async endThoseOf(shareId: number, reason: ServiceError): Promise<void> {
    const jobs = [...this.#entries.values()].filter(({ job }) => job.shareIds.includes(shareId))
    for (const { job } of jobs) this.abort(job.id, reason)
    await Promise.allSettled(jobs.map(({ done }) => done))
  }

  /** Ends all of them early, and takes no more. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    const entries = [...this.#entries.values()]
    for (const { job } of entries) this.abort(job.id, new Interruption())
    await Promise.allSettled(entries.map(({ done }) => done))
  }

  #beginNext(): void {
    const busy = new Set<number>()
    let free = runningCountMax
    for (const { isRunning, isListed, job } of this.#entries.values()) {
      if (!isRunning) continue
      if (isListed) free -= 1
      for (const shareId of job.shareIds) busy.add(shareId)
    }
    for (const entry of this.#entries.values()) {
      const { isRunning, isListed, job } = entry
      if (isRunning) continue
      const mayBegin = (free > 0 || !isListed) && !job.shareIds.some((shareId) => busy.has(shareId))
      if (mayBegin) {
        if (isListed) free -= 1
        this.#begin(entry)
      }
      // Whoever waits longer for a share goes first.
      for (const shareId of job.shareIds) busy.add(shareId)
    }
  }

  #begin(entry: Entry): void {
    entry.isRunning = true
    entry.begin()
  }
}

/** Why a taking ends early of which a later one can go on with what was copied. */
export class Interruption extends ServiceError {
  constructor() {
    super(
      'unavailable',
      'the gateway is stopping: take the snapshot again when it runs; what was copied is not copied again',
    )
  }
}
