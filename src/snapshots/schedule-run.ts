import type { ShareRecord } from '../catalog/shares.ts'
import type { SnapshotRecord } from '../catalog/snapshots.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Deletions } from './deletions.ts'
import { freeName } from './names.ts'
import { retain } from './retention.ts'
import { messageCountMax, type Schedule, type ScheduleResult } from './schedules.ts'
import { nameFrom } from './snapshot-name-template.ts'
import type { Snapshots } from './snapshots.ts'
import type { Takings } from './takings.ts'

/** What runs need of the service of snapshots. */
export interface SnapshotMaker extends Pick<Snapshots, 'of'> {
  readonly takings: Pick<Takings, 'begin' | 'abort' | 'jobs'>
  readonly deletions: Pick<Deletions, 'delete'>
}

/** Told of each snapshot that a schedule makes or removes. */
export type OnScheduled = (schedule: Schedule, deed: 'made' | 'removed', snapshot: SnapshotRecord) => void

export interface ScheduleRunOptions {
  readonly schedule: Schedule
  /** Of which snapshots are to be made. */
  readonly shares: readonly ShareRecord[]
  readonly snapshots: SnapshotMaker
  readonly onScheduled: OnScheduled
  /** Whether retention is to leave a snapshot alone for now: by default none. */
  readonly isNeeded?: (snapshot: SnapshotRecord) => boolean
  readonly log: Pick<Logger, 'error'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Begins no more once it is aborted. */
  readonly signal: AbortSignal
}

/** Shares of which a run has snapshots made at once; all runs share the places of the service. */
const shareCountMax = 2

/** Carries out one run of a schedule: snapshots of all its shares, then retention where there is a new one. */
export class ScheduleRun {
  readonly #options: ScheduleRunOptions
  readonly #startedAt: number
  readonly #made: SnapshotRecord[] = []
  readonly #messages: string[] = []
  #failed = 0
  #removed = 0

  constructor(options: ScheduleRunOptions) {
    this.#options = options
    this.#startedAt = options.now()
  }

  async result(): Promise<ScheduleResult> {
    const { schedule, shares, now } = this.#options
    if (shares.length === 0) this.#note('it is for no share: look at its selector')
    else if (schedule.group) await this.#make('all shares', shares, true)
    else await this.#makeEach()
    for (const { shareId } of this.#made) await this.#prune(shareId)
    return {
      state: this.#state(),
      startedAt: this.#startedAt,
      endedAt: now(),
      made: this.#made.length,
      failed: this.#failed,
      removed: this.#removed,
      messages: this.#messages.slice(0, messageCountMax),
    }
  }

  #state(): ScheduleResult['state'] {
    if (this.#made.length === 0) return 'failed'
    return this.#failed === 0 ? 'done' : 'partly'
  }

  async #makeEach(): Promise<void> {
    const { shares, signal } = this.#options
    const waiting = [...shares]
    const work = async () => {
      for (let share = waiting.shift(); share !== undefined; share = waiting.shift())
        if (signal.aborted) this.#fail(1, `${share.path}: the gateway is stopping`)
        else await this.#make(share.path, [share], false)
    }
    await Promise.all(Array.from({ length: shareCountMax }, work))
  }

  async #make(what: string, shares: readonly ShareRecord[], isGroup: boolean): Promise<void> {
    const { schedule, snapshots, signal, onScheduled } = this.#options
    const shareIds = shares.map(({ id }) => id)
    try {
      const { jobId, done } = snapshots.takings.begin(shareIds, this.#wish(shares), isGroup)
      const stop = () => {
        // It may have ended a moment ago.
        if (snapshots.takings.jobs().some(({ id }) => id === jobId))
          snapshots.takings.abort(jobId, 'stopping')
      }
      signal.addEventListener('abort', stop)
      const { records, warnings } = await done.finally(() => signal.removeEventListener('abort', stop))
      this.#made.push(...records)
      for (const record of records) onScheduled(schedule, 'made', record)
      for (const warning of warnings) this.#note(`${what}: ${warning}`)
    } catch (error) {
      this.#fail(shares.length, `${what}: ${this.#messageOf(error)}`)
    }
  }

  #wish(shares: readonly ShareRecord[]) {
    const { id, name, hooks } = this.#options.schedule
    return {
      name: this.#freeName(shares),
      reason: `schedule ${name}`,
      createdBy: `schedule:${name}`,
      scheduleId: id,
      hooks,
    }
  }

  #freeName(shares: readonly ShareRecord[]): string {
    const { schedule, snapshots } = this.#options
    const taken = new Set(shares.flatMap(({ id }) => snapshots.of(id).map(({ name }) => name)))
    return freeName(nameFrom({ ...schedule, at: this.#startedAt }), (name) => taken.has(name))
  }

  /** Removes what retention does not keep of this schedule's snapshots of a share. */
  async #prune(shareId: number): Promise<void> {
    const { schedule, snapshots, signal, onScheduled, isNeeded = () => false } = this.#options
    for (const snapshot of removable(schedule, snapshots.of(shareId))) {
      if (signal.aborted) return
      if (isNeeded(snapshot)) continue
      const { id, name, path } = snapshot
      try {
        await snapshots.deletions.delete(id)
        this.#removed += 1
        onScheduled(schedule, 'removed', snapshot)
      } catch (error) {
        this.#note(`${path}: snapshot ${name} is still there: ${this.#messageOf(error)}`)
      }
    }
  }

  /** A refusal is for who looks at the schedule. Anything else is for the log too; other shares go on. */
  #messageOf(error: unknown): string {
    if (error instanceof ServiceError) return error.message
    this.#options.log.error({ err: error, schedule: this.#options.schedule.name }, 'schedule: an error')
    return error instanceof Error ? error.message : String(error)
  }

  #fail(shareCount: number, message: string): void {
    this.#failed += shareCount
    this.#note(message)
  }

  #note(message: string): void {
    if (this.#messages.length < messageCountMax) this.#messages.push(message)
  }
}

/** Which of the snapshots of a share a schedule's retention does not keep, the oldest first. */
export function removable(
  schedule: Pick<Schedule, 'id' | 'retention' | 'timeZone'>,
  snapshots: readonly SnapshotRecord[],
): readonly SnapshotRecord[] {
  return retentionOf(schedule, snapshots)?.remove.map(({ record }) => record) ?? []
}

/** What a schedule's retention says of the snapshots of a share; undefined: it keeps all. */
export function retentionOf(
  { id, retention, timeZone }: Pick<Schedule, 'id' | 'retention' | 'timeZone'>,
  snapshots: readonly SnapshotRecord[],
) {
  if (retention === null) return undefined
  const own = snapshots.flatMap((record) =>
    record.scheduleId === id && record.cutAt !== null
      ? [{ id: record.id, cutAt: record.cutAt, isHeld: record.heldAt !== null, record }]
      : [],
  )
  return retain(own, retention, timeZone)
}
