import type { Catalog } from '../catalog/catalog.ts'
import { dueSchedules, nextScheduleAt } from '../catalog/schedules.ts'
import { ServiceError } from '../config/service-error.ts'
import type { Logger } from '../telemetry/log.ts'
import { ScheduleRun, type OnScheduled, type ScheduleRunOptions } from './schedule-run.ts'
import {
  changeSchedule,
  isRunning,
  nextRunOf,
  type Schedule,
  type ScheduleResult,
  type Schedules,
} from './schedules.ts'

export interface SchedulerOptions extends Pick<ScheduleRunOptions, 'snapshots' | 'isNeeded'> {
  readonly onScheduled?: OnScheduled
  readonly catalog: Catalog
  readonly schedules: Schedules
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** For tests; default {@link leaseMs}. */
  readonly leaseMs?: number
}

/** A run of which nothing was heard for so long has died with its gateway: another begins it anew. */
const leaseMsDefault = 120_000
/** Longest sleep: another gateway may have changed a schedule, or have died with a run. */
const sleepMsMax = 30_000
const againMs = 1000
/** Schedules that run at once; others wait, and another gateway may take them. */
const runCountMax = 8

/**
 * Runs schedules when their time comes. What the catalog says is all that counts: a run is claimed by moving its
 * schedule's `nextRunAt` to the end of a lease, which is renewed while it goes on. So of several gateways over one
 * catalog one runs it; should that one die, the lease runs out and the run is due again. What was missed while no
 * gateway ran is due, once.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #now: () => number
  readonly #leaseMs: number
  readonly #running = new Map<string, Promise<ScheduleResult>>()
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #unlisten: (() => void) | undefined
  #looking: Promise<void> | undefined
  #shallLookAgain = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#leaseMs = options.leaseMs ?? leaseMsDefault
  }

  /** Begins to run what is due. */
  start(): this {
    this.#unlisten = this.#options.schedules.onChange(() => this.wake())
    this.wake()
    return this
  }

  /** Looks for what is due, now and whenever something will be. */
  wake(): void {
    if (this.#stopping.signal.aborted) return
    this.#shallLookAgain = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
      // Woken when it had looked already.
      if (this.#shallLookAgain) this.wake()
    })
  }

  /**
   * Runs a schedule now, enabled or not. When it comes next does not change.
   * @returns what came of it, which may be that it failed.
   * @throws {ServiceError} `not-found`, or `conflict` if a run of it goes on.
   */
  async run(reference: string): Promise<ScheduleResult> {
    const schedule = await this.#options.schedules.get(reference)
    const claimed = await this.#claim(schedule.id, () => true)
    if (claimed === undefined)
      throw new ServiceError('conflict', `schedule ${schedule.name} is running already`)
    return this.#begin(claimed)
  }

  /** Begins no more, gives up what goes on, so that the next start runs it, and waits until it is given up. */
  async close(): Promise<void> {
    this.#unlisten?.()
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#looking
    await Promise.allSettled(this.#running.values())
  }

  async #look(): Promise<void> {
    try {
      while (this.#shallLookAgain && !this.#stopping.signal.aborted) {
        this.#shallLookAgain = false
        await this.#beginDue()
        await this.#sleepUntilNext()
      }
    } catch (err) {
      // The catalog cannot be asked, for lack of space perhaps: it is tried again.
      this.#options.log.error({ err }, 'schedules cannot be looked at')
      this.#sleep(sleepMsMax)
    }
  }

  async #beginDue(): Promise<void> {
    for (const { id } of await dueSchedules(this.#options.catalog.db, this.#now())) {
      if (this.#running.size >= runCountMax || this.#stopping.signal.aborted) return
      const isDue = ({ enabled, nextRunAt }: Schedule) =>
        enabled && nextRunAt !== null && nextRunAt <= this.#now()
      const claimed = await this.#claim(id, isDue)
      if (claimed === undefined) continue
      this.#begin(claimed).catch((err: unknown) =>
        this.#options.log.error(
          { err, schedule: claimed.schedule.name },
          'schedule: the run was not recorded',
        ),
      )
    }
  }

  async #sleepUntilNext(): Promise<void> {
    // Whoever ends a run looks again.
    if (this.#running.size >= runCountMax) return
    const next = await nextScheduleAt(this.#options.catalog.db)
    const ms = (next ?? Infinity) - this.#now()
    // What is due, but was not claimed, another has.
    this.#sleep(ms > 0 ? Math.min(ms, sleepMsMax) : againMs)
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#stopping.signal.aborted) this.#timer = setTimeout(() => this.wake(), ms)
  }

  /** Takes a run upon this gateway; undefined: another has, or it is not to be run. */
  async #claim(id: string, isWanted: (now: Schedule) => boolean): Promise<Claim | undefined> {
    let before: Schedule | undefined
    const schedule = await changeSchedule(this.#options.catalog, id, (now) => {
      const at = this.#now()
      if (this.#running.has(id) || isRunning(now, at) || !isWanted(now)) return undefined
      before = now
      const lastResult = { ...noResult, state: 'running', startedAt: at } as const
      return { ...now, nextRunAt: at + this.#leaseMs, lastRunAt: at, lastResult }
    })
    return schedule && before && { schedule, before }
  }

  #begin(claim: Claim): Promise<ScheduleResult> {
    const { id } = claim.schedule
    const run = this.#carryOut(claim).finally(() => {
      this.#running.delete(id)
      this.wake()
    })
    this.#running.set(id, run)
    return run
  }

  async #carryOut({ schedule, before }: Claim): Promise<ScheduleResult> {
    const {
      catalog,
      log,
      schedules,
      snapshots,
      isNeeded = () => false,
      onScheduled = () => {},
    } = this.#options
    const lease = new Lease(catalog, schedule, this.#leaseMs, this.#now, (err) =>
      log.error({ err, schedule: schedule.name }, 'schedule: the lease of its run cannot be renewed'),
    )
    const { signal } = this.#stopping
    const shares = schedules.sharesOf(schedule)
    const run = new ScheduleRun({
      ...{ schedule, shares, snapshots, onScheduled, isNeeded, log, now: this.#now, signal },
    })
    const result = await run.result()
    await lease.end((now) => {
      // Given up: it is due as it was before.
      if (signal.aborted && result.state !== 'done')
        return {
          ...now,
          nextRunAt: before.nextRunAt,
          lastRunAt: before.lastRunAt,
          lastResult: before.lastResult,
        }
      const at = this.#now()
      const wasForced = before.nextRunAt !== null && before.nextRunAt > at && before.version === now.version
      return { ...now, lastResult: result, nextRunAt: wasForced ? before.nextRunAt : nextRunOf(now, at) }
    })
    const { state, made, failed, removed, messages } = result
    log[state === 'done' ? 'info' : 'warn'](
      { schedule: schedule.name, state, made, failed, removed, messages },
      'schedule: run has ended',
    )
    return result
  }
}

const noResult = { endedAt: null, made: 0, failed: 0, removed: 0, messages: [] } as const

interface Claim {
  /** As it is while the run goes on. */
  readonly schedule: Schedule
  readonly before: Schedule
}

/** Says in the catalog that a run goes on, until it ends. */
class Lease {
  readonly #catalog: Catalog
  readonly #id: string
  readonly #ms: number
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #until: number
  #renewing: Promise<unknown> = Promise.resolve()

  constructor(
    catalog: Catalog,
    { id, nextRunAt }: Schedule,
    ms: number,
    now: () => number,
    onError: (error: unknown) => void,
  ) {
    this.#catalog = catalog
    this.#id = id
    this.#ms = ms
    this.#now = now
    this.#until = nextRunAt ?? 0
    const renew = () => {
      this.#renewing = this.#change((schedule) => ({ ...schedule, nextRunAt: this.#now() + this.#ms })).catch(
        onError,
      )
    }
    this.#timer = setInterval(renew, ms / 3)
  }

  /** Writes how the run has ended, unless it was taken for dead and begun anew, or its schedule is gone. */
  async end(change: (now: Schedule) => Schedule): Promise<void> {
    clearInterval(this.#timer)
    await this.#renewing
    await this.#change(change)
  }

  async #change(change: (now: Schedule) => Schedule): Promise<void> {
    const changed = await changeSchedule(this.#catalog, this.#id, (now) =>
      now.nextRunAt === this.#until ? change(now) : undefined,
    )
    if (changed !== undefined) this.#until = changed.nextRunAt ?? 0
  }
}
