import { setImmediate } from 'node:timers/promises'
import type { Catalog } from '../catalog/catalog.ts'
import type { Labels } from '../catalog/nodes.ts'
import { addMounts, type WorkloadMounts } from '../catalog/workloads.ts'
import type { Logger } from '../telemetry/log.ts'

/** Workloads whose mounts wait to be written. */
export const waitingCountMax = 10_000
/** Longest time that a mount waits. */
const waitMsMax = 1000
/** Rows of one transaction: a few milliseconds, in which nobody else has the event loop. */
const rowCountMax = 50

/** A mount that has succeeded. */
export interface Mount {
  readonly shareId: number
  /** The application that owns the share. */
  readonly applicationId: string | null
  readonly subject: string
  readonly address: string
  /** The name that the client gives itself; it may be empty. */
  readonly host: string
  /** Of the pod or container, when an orchestrator told them; checked by whoever took them. */
  readonly labels: Labels
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface WorkloadsOptions {
  readonly catalog: Catalog
  readonly log: Pick<Logger, 'warn'>
}

/**
 * Writes down which workloads mounted which shares. Mounts are gathered for up to a second, those of one workload in one
 * row: a mount does not wait for the disk. A crash loses what was gathered, of which the audit still knows.
 */
export class Workloads {
  readonly #catalog: Catalog
  readonly #log: Pick<Logger, 'warn'>
  #waiting = new Map<string, WorkloadMounts>()
  #timer: NodeJS.Timeout | undefined
  #lastFlush: Promise<void> = Promise.resolve()
  #lostCount = 0
  #isFailing = false

  constructor({ catalog, log }: WorkloadsOptions) {
    this.#catalog = catalog
    this.#log = log
  }

  /** Mounts that were not written down, since too many waited. */
  get lostCount(): number {
    return this.#lostCount
  }

  seen({ at, ...mount }: Mount): void {
    this.#add({ ...mount, firstAt: at, lastAt: at, mounts: 1 })
    // Nothing is to be kept running for it: who closes flushes.
    this.#timer ??= setTimeout(() => {
      void this.flush().catch((error: unknown) => this.#warn(error))
    }, waitMsMax).unref()
  }

  /** Writes all that was seen. @throws what the catalog throws; the rest waits for another try then. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#lastFlush = this.#lastFlush.then(
      () => this.#write(),
      () => this.#write(),
    )
    return this.#lastFlush
  }

  async #write(): Promise<void> {
    const rows = [...this.#waiting.values()]
    this.#waiting = new Map()
    for (let done = 0; done < rows.length; done += rowCountMax)
      try {
        await this.#catalog.transaction(async (db) => {
          for (const row of rows.slice(done, done + rowCountMax)) await addMounts(db, row)
        })
        await setImmediate()
      } catch (error) {
        for (const row of rows.slice(done)) this.#add(row)
        throw error
      }
    this.#isFailing = false
  }

  #add(mounts: WorkloadMounts): void {
    const { shareId, applicationId, subject, address, host } = mounts
    const key = JSON.stringify([shareId, applicationId, subject, address, host])
    const known = this.#waiting.get(key)
    if (known === undefined && this.#waiting.size >= waitingCountMax) {
      this.#lostCount += mounts.mounts
      return
    }
    this.#waiting.set(key, known === undefined ? mounts : together(known, mounts))
  }

  /** Once for a row of failures. The next mount tries again. */
  #warn(error: unknown): void {
    if (!this.#isFailing) this.#log.warn({ err: error }, 'mounts cannot be written to the catalog')
    this.#isFailing = true
  }
}

function together(a: WorkloadMounts, b: WorkloadMounts): WorkloadMounts {
  const [earlier, later] = a.lastAt <= b.lastAt ? [a, b] : [b, a]
  return {
    ...later,
    firstAt: Math.min(earlier.firstAt, later.firstAt),
    mounts: earlier.mounts + later.mounts,
  }
}
