import { v7 as uuid } from 'uuid'
import { ServiceError } from '../config/service-error.ts'
import type { Logger } from '../telemetry/log.ts'

/** Jobs at once: each reads as fast as disks and network do. */
export const runningCountMax = 2
/** Jobs that wait for their turn. */
export const waitingCountMax = 10_000
/** Jobs that have ended and are told of still. */
export const endedCountMax = 500

export type BackupJobKind = 'backup' | 'check' | 'prune' | 'forget' | 'unlock' | 'scan' | 'restore'

/** Something that goes on with a repository, or did so lately. */
export interface BackupJob {
  readonly id: string
  readonly kind: BackupJobKind
  readonly repositoryId: string
  readonly repositoryName: string
  /** What it is about: the share of a backup, the place that is restored to; null: the repository. */
  readonly path: string | null
  readonly shareId: number | null
  /** The row of a backup, once it has begun. */
  readonly backupId: string | null
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  /** What is done now: `snapshot`, `comparing`, `backing up`, `restoring`, …; empty: nothing yet, or no more. */
  readonly phase: string
  /** So far, and of how many; null: it is not known. */
  readonly files: number
  readonly filesTotal: number | null
  readonly bytes: number
  readonly bytesTotal: number | null
  /** What came of it, or why it failed, as a sentence. */
  readonly message: string
  /** What came of it in detail; null while it goes on. */
  readonly report: unknown
  readonly createdBy: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly startedAt: number | null
  readonly endedAt: number | null
}

type News = Partial<
  Pick<BackupJob, 'backupId' | 'phase' | 'files' | 'filesTotal' | 'bytes' | 'bytesTotal' | 'message'>
>

/** A job as it is carried out. */
export interface RunningBackupJob {
  readonly id: string
  readonly signal: AbortSignal
  note(news: News): void
}

export type WantedJob = Pick<BackupJob, 'kind' | 'repositoryId' | 'repositoryName' | 'createdBy'> &
  Partial<Pick<BackupJob, 'path' | 'shareId'>>

export interface BegunJob<T> {
  readonly job: BackupJob
  /** Fails with what came in the way; nobody need wait for it. */
  readonly done: Promise<T>
}

interface Entry {
  view: BackupJob
  readonly abort: AbortController
  readonly begin: () => void
  done: Promise<unknown>
}

/** Jobs one after the other: a few at once, and one of each repository, which most of them lock. */
export class BackupJobs {
  readonly #entries = new Map<string, Entry>()
  readonly #ended = new Map<string, BackupJob>()
  readonly #now: () => number
  readonly #log: Pick<Logger, 'error'>
  #isClosed = false

  constructor(now: () => number, log: Pick<Logger, 'error'>) {
    this.#now = now
    this.#log = log
  }

  /** The oldest first: those that have ended lately, and those under way. */
  list(): BackupJob[] {
    return [...this.#ended.values(), ...[...this.#entries.values()].map(({ view }) => view)]
  }

  /** @throws {ServiceError} `not-found` */
  get(id: string): BackupJob {
    const job = this.#entries.get(id)?.view ?? this.#ended.get(id)
    if (job === undefined) throw new ServiceError('not-found', `there is no backup job ${id}`)
    return job
  }

  /** Carries out `work` when its turn comes. @throws {ServiceError} `limit` or `unavailable` */
  add<T>(wanted: WantedJob, work: (job: RunningBackupJob) => Promise<T>): BegunJob<T> {
    if (this.#isClosed) throw stopping()
    if (this.#entries.size >= runningCountMax + waitingCountMax)
      throw new ServiceError('limit', `${waitingCountMax} backup jobs wait already`)
    const at = this.#now()
    const id = uuid({ msecs: at })
    let begin = (): void => {}
    const turn = new Promise<void>((resolve) => (begin = resolve))
    const abort = new AbortController()
    const entry: Entry = {
      view: { ...blank, ...wanted, id, createdAt: at },
      ...{ abort, begin, done: turn },
    }
    this.#entries.set(id, entry)
    const running: RunningBackupJob = {
      id,
      signal: abort.signal,
      note: (news) => (entry.view = { ...entry.view, ...news }),
    }
    const done = turn.then(async () => {
      abort.signal.throwIfAborted()
      return work(running)
    })
    entry.done = done.then(
      (report) => this.#end(entry, { state: 'done', report }),
      (error: unknown) => this.#end(entry, { state: 'failed', message: this.#messageOf(entry, error) }),
    )
    this.#beginNext()
    return { job: entry.view, done }
  }

  /** Ends a job early. @throws {ServiceError} `not-found`, or `conflict` for one that has ended */
  abort(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined)
      throw new ServiceError('conflict', `backup job ${this.get(id).id} has ended already`)
    this.#abort(entry, new ServiceError('conflict', 'the job was aborted'))
  }

  /** Ends all of them early, and takes no more. Resolves when none is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    const entries = [...this.#entries.values()]
    for (const entry of entries) this.#abort(entry, stopping())
    await Promise.all(entries.map(({ done }) => done))
  }

  #abort(entry: Entry, reason: ServiceError): void {
    entry.abort.abort(reason)
    // One that waits has nothing to undo.
    if (entry.view.state === 'waiting') this.#begin(entry)
  }

  #beginNext(): void {
    const entries = [...this.#entries.values()]
    const running = entries.filter(({ view }) => view.state === 'running')
    const busy = new Set(running.map(({ view }) => view.repositoryId))
    let free = runningCountMax - running.length
    for (const entry of entries) {
      const { state, repositoryId } = entry.view
      if (free <= 0) return
      if (state !== 'waiting' || busy.has(repositoryId)) continue
      busy.add(repositoryId)
      free -= 1
      this.#begin(entry)
    }
  }

  #begin(entry: Entry): void {
    entry.view = { ...entry.view, state: 'running', startedAt: this.#now() }
    entry.begin()
  }

  #end(entry: Entry, outcome: Partial<BackupJob>): void {
    const { id } = entry.view
    this.#entries.delete(id)
    this.#ended.set(id, { ...entry.view, ...outcome, phase: '', endedAt: this.#now() })
    const [oldest] = this.#ended.keys()
    if (this.#ended.size > endedCountMax && oldest !== undefined) this.#ended.delete(oldest)
    this.#beginNext()
  }

  /** A refusal is for who looks at the job. Anything else is for the log too. */
  #messageOf({ view }: Entry, error: unknown): string {
    if (!(error instanceof ServiceError))
      this.#log.error({ err: error, job: view.kind, repository: view.repositoryName }, 'backup: an error')
    return error instanceof Error ? error.message : String(error)
  }
}

const blank: Omit<BackupJob, keyof WantedJob | 'id' | 'createdAt'> & Pick<BackupJob, 'path' | 'shareId'> = {
  ...{ path: null, shareId: null, backupId: null, state: 'waiting' as const, phase: '' },
  ...{ files: 0, filesTotal: null, bytes: 0, bytesTotal: null, message: '', report: null },
  ...{ startedAt: null, endedAt: null },
}

function stopping(): ServiceError {
  return new ServiceError('unavailable', 'the gateway is stopping')
}
